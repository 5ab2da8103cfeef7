import { answer, unwrap } from './job.js'
import { Decoders } from './decoders.js'
import type { Colour, CoreJob } from './core-types.js'
import type { DecodeOptions, Decoded, Decoder, ExpectedJob } from './decoder.js'
import type { DecoderInstance } from './instance.js'
import type { DecoderName } from './modules.js'

/** Decoding for this long is followed by a turn of the event loop, so that aborts, timers and input get through. */
const TURN_MS = 12

/** Decodes in the calling thread, one block at a time in order of arrival, through the message that a worker gets. */
export class InlineDecoder implements Decoder {
  readonly #decoders: Decoders
  readonly #nextTask: () => Promise<void>
  #last: Promise<unknown> = Promise.resolve()
  #busyMs = 0
  #nextId = 1

  /** `load` makes a fresh instance each time. `nextTask` lets the event loop turn. */
  constructor(load: (name: DecoderName) => Promise<DecoderInstance>, nextTask: () => Promise<void>) {
    this.#decoders = new Decoders(load)
    this.#nextTask = nextTask
  }

  /** Whether there is an instance that a job would not have to wait for. */
  has(module: DecoderName): boolean {
    return this.#decoders.has(module)
  }

  /** Begins to load; a failure is told to the job that needs the instance. */
  prepare(jobs: ExpectedJob[]): void {
    for (const module of new Set(jobs.map(({ module }) => module))) this.#decoders.get(module).catch(() => {})
  }

  /** What draws. It keeps nothing: the instance that decodes will do. */
  async colour(): Promise<Colour> {
    const { rgba } = await this.#decoders.get('decode')
    return rgba
  }

  decode(job: CoreJob, bytes: Uint8Array, options: DecodeOptions): Promise<Decoded> {
    const turn = this.#last.then(() => this.#decode(job, bytes, options))
    this.#last = turn.catch(() => {})
    return turn
  }

  async #decode(job: CoreJob, bytes: Uint8Array, options: DecodeOptions): Promise<Decoded> {
    const { signal, module = 'decode', put } = options
    signal.throwIfAborted()
    const { decode } = await this.#decoders.get(module)
    if (this.#busyMs >= TURN_MS) {
      this.#busyMs = 0
      await this.#nextTask()
    }
    signal.throwIfAborted()
    const reply = answer({ id: this.#nextId++, job, bytes }, decode, put)
    if ('error' in reply && reply.trapped) this.#decoders.forget(module)
    const decoded = unwrap(reply)
    this.#busyMs += decoded.ms
    return { ...decoded, inWorker: false }
  }
}
