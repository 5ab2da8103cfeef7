import { answer, unwrap } from './job.js'
import type { CoreJob, Decode } from './core-types.js'
import type { DecodeOptions, Decoded, Decoder } from './decoder.js'

/** Decoding for this long is followed by a turn of the event loop, so that aborts, timers and input get through. */
const TURN_MS = 12

/** Decodes in the calling thread, one block at a time in order of arrival, through the message that a worker gets. */
export class InlineDecoder implements Decoder {
  readonly #load: () => Promise<Decode>
  readonly #nextTask: () => Promise<void>
  #instance: Promise<Decode> | undefined
  #loaded = false
  #last: Promise<unknown> = Promise.resolve()
  #busyMs = 0
  #nextId = 1

  /** `load` makes a fresh instance each time: it is called again after a trap. `nextTask` lets the event loop turn. */
  constructor(load: () => Promise<Decode>, nextTask: () => Promise<void>) {
    this.#load = load
    this.#nextTask = nextTask
  }

  /** Whether there is an instance that a job would not have to wait for. */
  get loaded(): boolean {
    return this.#loaded
  }

  /** Begins to load; a failure is told to the job that needs the instance. */
  prepare(): void {
    this.#ready().catch(() => {})
  }

  decode(job: CoreJob, bytes: Uint8Array, { signal }: DecodeOptions): Promise<Decoded> {
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
    if ('error' in reply && reply.trapped) this.#forget()
    const decoded = unwrap(reply)
    this.#busyMs += decoded.ms
    return { ...decoded, inWorker: false }
  }

  #ready(): Promise<Decode> {
    this.#instance ??= this.#load().then(
      decode => {
        this.#loaded = true
        return decode
      },
      (error: unknown) => {
        this.#forget()
        throw error
      },
    )
    return this.#instance
  }

  #forget(): void {
    this.#instance = undefined
    this.#loaded = false
  }
}
