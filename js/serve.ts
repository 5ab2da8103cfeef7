/** A worker's side: it starts once, is told of modules, and answers one job after the other. */

import { Decoders } from './decoders.js'
import { PyramidionError, toErrorRecord } from './errors.js'
import { instantiate, type DecoderInstance } from './instance.js'
import { answer } from './job.js'
import { holdLock } from './lifeline.js'
import { unavailable, type DecoderName } from './modules.js'
import type { DecodeMessage, FromWorker, ModuleMessage, ToWorker } from './messages.js'

/** The way to the thread that started the worker. */
export interface Port {
  post(message: FromWorker, transfer: ArrayBuffer[]): void
  /** Called with each message, and with none where a message could not be read. */
  listen(onMessage: (message: ToWorker | undefined) => void): void
}

type Compile = (url: URL, name: DecoderName) => Promise<WebAssembly.Module>

/** Serves that port. `compile` makes a module from its URL where it cannot be sent. */
export function serve(port: Port, compile: Compile): void {
  const modules = new Map<DecoderName, ModuleMessage>()
  const decoders = new Decoders(name => load(modules.get(name), name, compile))
  const handle = async (message: ToWorker | undefined): Promise<void> => {
    if (!message) throw new Error('a message to the worker could not be read')
    if (message.type === 'start') {
      const locked = message.lock !== undefined && (await holdLock(message.lock))
      port.post({ type: 'ready', locked }, [])
    } else if (message.type === 'module') {
      modules.set(message.name, message)
      await decoders.get(message.name)
    } else {
      await decode(message, port, decoders)
    }
  }
  const fail = (error: unknown): void => port.post({ type: 'failed', error: toErrorRecord(error) }, [])
  // In the order in which they came, also where one has to wait for a module.
  let last = Promise.resolve()
  port.listen(message => (last = last.then(() => handle(message)).catch(fail)))
}

async function load(
  message: ModuleMessage | undefined,
  name: DecoderName,
  compile: Compile,
): Promise<DecoderInstance> {
  if (!message) throw new PyramidionError('internal', `the worker was not told of the module ${name}`)
  const url = new URL(message.url)
  try {
    return await instantiate(message.module ?? (await compile(url, name)))
  } catch (error) {
    throw unavailable(name, url, error)
  }
}

async function decode(message: DecodeMessage, port: Port, decoders: Decoders): Promise<void> {
  const { decode } = await decoders.get(message.module)
  const { bytes } = message
  const reply = { ...answer(message, decode), bytes }
  const samples = 'samples' in reply ? reply.samples : null
  const buffers = [bytes, samples].flatMap(view => (view?.buffer instanceof ArrayBuffer ? [view.buffer] : []))
  port.post(reply, buffers)
  if ('error' in reply && reply.trapped) decoders.forget(message.module)
}
