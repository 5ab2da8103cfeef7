import type { DecoderInstance } from './instance.js'
import type { DecoderName } from './modules.js'

/** The decoding instances of a thread: one of each module that was needed. */
export class Decoders {
  readonly #load: (name: DecoderName) => Promise<DecoderInstance>
  readonly #instances = new Map<DecoderName, Promise<DecoderInstance>>()
  readonly #ready = new Set<DecoderName>()

  /** `load` makes a fresh instance each time: it is called again after a trap, and after a failure. */
  constructor(load: (name: DecoderName) => Promise<DecoderInstance>) {
    this.#load = load
  }

  /** Whether there is an instance that a job would not have to wait for. */
  has(name: DecoderName): boolean {
    return this.#ready.has(name)
  }

  get(name: DecoderName): Promise<DecoderInstance> {
    let instance = this.#instances.get(name)
    if (!instance) {
      instance = this.#made(name)
      this.#instances.set(name, instance)
    }
    return instance
  }

  /** After a trap: the next job gets a fresh instance. */
  forget(name: DecoderName): void {
    this.#instances.delete(name)
    this.#ready.delete(name)
  }

  async #made(name: DecoderName): Promise<DecoderInstance> {
    try {
      const instance = await this.#load(name)
      this.#ready.add(name)
      return instance
    } catch (error) {
      this.forget(name)
      throw error
    }
  }
}
