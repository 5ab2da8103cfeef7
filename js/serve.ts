/** A worker's side: it starts once, and then answers one job after the other. */

import { answer } from './job.js'
import { holdLock } from './lifeline.js'
import { toErrorRecord } from './errors.js'
import * as glue from './wasm/decoder.js'
import type { FromWorker, StartMessage, ToWorker } from './messages.js'

/** The way to the thread that started the worker. */
export interface Port {
  post(message: FromWorker, transfer: ArrayBuffer[]): void
  /** Called with each message, and with none where a message could not be read. */
  listen(onMessage: (message: ToWorker | undefined) => void): void
}

/** Serves that port. `compile` makes the module from its URL where it cannot be sent. */
export function serve(port: Port, compile: (url: URL) => Promise<WebAssembly.Module>): void {
  const fail = (error: unknown): void => port.post({ type: 'failed', error: toErrorRecord(error) }, [])
  port.listen(message => {
    if (!message) fail(new Error('a message to the worker could not be read'))
    else if (message.type === 'decode') decode(message, port, fail)
    else start(message, compile).then(locked => port.post({ type: 'ready', locked }, []), fail)
  })
}

async function start(
  { module, wasmUrl, lock }: StartMessage,
  compile: (url: URL) => Promise<WebAssembly.Module>,
): Promise<boolean> {
  await glue.default({ module_or_path: module ?? (await compile(new URL(wasmUrl))) })
  return lock !== undefined && holdLock(lock)
}

function decode(message: ToWorker & { type: 'decode' }, port: Port, fail: (error: unknown) => void): void {
  const reply = answer(message, glue.decode)
  const samples = 'samples' in reply ? reply.samples : null
  port.post(reply, samples ? [samples.buffer as ArrayBuffer] : [])
  if (!('trapped' in reply) || !reply.trapped) return
  try {
    glue.__wbg_reset_state()
  } catch (error) {
    fail(error)
  }
}
