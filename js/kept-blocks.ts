/** Decoded blocks of which reads want little: the next read that wants a pixel of one has it without decoding anything. */

/** What all rasters keep together, in bytes. */
const KEPT_BYTES = 32 * 1024 * 1024

/** Samples of a block that another read brings; none where it did not. */
export type Coming = Promise<Uint8Array | undefined>

interface Expected {
  coming: Coming
  priority: number
}

/** The blocks of all rasters: those that were used longest ago go first. */
export class KeptBlocks {
  readonly #kept = new Map<string, Uint8Array>()
  readonly #expected = new Map<string, Expected>()
  #limit = KEPT_BYTES
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  set limit(bytes: number) {
    this.#limit = bytes
    this.#shrink()
  }

  /** Samples that are here, only to be looked at. */
  get(key: string): Uint8Array | undefined {
    const samples = this.#kept.get(key)
    if (samples) {
      this.#kept.delete(key)
      this.#kept.set(key, samples)
    }
    return samples
  }

  /** Samples that a read of that priority or a higher one is bringing. */
  coming(key: string, priority: number): Coming | undefined {
    const expected = this.#expected.get(key)
    return expected && expected.priority >= priority ? expected.coming : undefined
  }

  /** Says that the caller brings the block. What this gives is to be called once it has come, or will not. */
  expect(key: string, priority: number): (samples?: Uint8Array) => void {
    let tell!: (samples: Uint8Array | undefined) => void
    const expected = { coming: new Promise<Uint8Array | undefined>(resolve => (tell = resolve)), priority }
    this.#expected.set(key, expected)
    return samples => {
      // Otherwise it was forgotten meanwhile.
      if (this.#expected.get(key) === expected) {
        this.#expected.delete(key)
        if (samples) this.#keep(key, samples)
      }
      tell(samples)
    }
  }

  /** Forgets what has a key that begins so; reads under way are not disturbed. */
  forget(prefix = ''): void {
    for (const key of [...this.#kept.keys()]) if (key.startsWith(prefix)) this.#drop(key)
    for (const key of [...this.#expected.keys()]) if (key.startsWith(prefix)) this.#expected.delete(key)
  }

  #keep(key: string, samples: Uint8Array): void {
    this.#drop(key)
    this.#kept.set(key, samples)
    this.#bytes += samples.buffer.byteLength
    this.#shrink()
  }

  #shrink(): void {
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.#limit) return
      this.#drop(oldest)
    }
  }

  #drop(key: string): void {
    this.#bytes -= this.#kept.get(key)?.buffer.byteLength ?? 0
    this.#kept.delete(key)
  }
}
