import { answer, unwrap, type Decoded } from './job.js'
import { PyramidionError } from './errors.js'
import type { CoreJob, Decode } from './core-types.js'

/** Decodes blocks somewhere. It owns the order and the number at work; callers bound the bytes that they hand over. */
export interface Decoder {
  /** The bytes belong to the decoder from here on. A job whose signal is aborted before its turn is dropped. */
  decode(job: CoreJob, bytes: Uint8Array, options: { signal: AbortSignal }): Promise<Decoded>
}

/** Decoding for this long is followed by a turn of the event loop, so that aborts, timers and input get through. */
const TURN_MS = 12

/** Decodes in the calling thread, one block at a time in order of arrival, through the message that a worker gets. */
export class InlineDecoder implements Decoder {
  readonly #load: () => Promise<Decode>
  readonly #nextTask: () => Promise<void>
  #instance: Promise<Decode> | undefined
  #last: Promise<unknown> = Promise.resolve()
  #busyMs = 0
  #nextId = 1

  /** `load` makes a fresh instance each time: it is called again after a trap. `nextTask` lets the event loop turn. */
  constructor(load: () => Promise<Decode>, nextTask: () => Promise<void>) {
    this.#load = load
    this.#nextTask = nextTask
  }

  decode(job: CoreJob, bytes: Uint8Array, { signal }: { signal: AbortSignal }): Promise<Decoded> {
    const turn = this.#last.then(() => this.#decode(job, bytes, signal))
    this.#last = turn.catch(() => {})
    return turn
  }

  async #decode(job: CoreJob, bytes: Uint8Array, signal: AbortSignal): Promise<Decoded> {
    signal.throwIfAborted()
    const decode = await this.#ready()
    if (this.#busyMs >= TURN_MS) {
      this.#busyMs = 0
      await this.#nextTask()
    }
    signal.throwIfAborted()
    const reply = answer({ id: this.#nextId++, job, bytes }, decode)
    if ('error' in reply && reply.trapped) this.#instance = undefined
    const decoded = unwrap(reply)
    this.#busyMs += decoded.ms
    return decoded
  }

  #ready(): Promise<Decode> {
    this.#instance ??= this.#load().catch((error: unknown) => {
      this.#instance = undefined
      throw error
    })
    return this.#instance
  }
}

/** Refuses every way of decoding but the one there is. */
export function checkWorkers(workers: unknown): void {
  if (workers === undefined || workers === 0) return
  const message =
    'workers must be 0: blocks are decoded in the calling thread, other values are not supported yet'
  throw new PyramidionError('unsupported', message, { name: 'workers' })
}
