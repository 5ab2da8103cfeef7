/**
 * Memory that is touched before it is needed. The system hands out a large new array page by page, as each is first written to, and
 * clears it then: a fifth of the time of a large read, where the thread that decodes has to wait for that. Writing zeros into what
 * is still zeros changes nothing, and another thread can do it ahead.
 */

/** Writes zeros in another thread. */
export interface Zeros {
  fill(memory: Uint8Array): Promise<void>
  close(): void
}

/** Undefined where there is nothing that does. */
export type OpenZeros = () => Promise<Zeros | undefined>

/** Bytes at once: so long may somebody have to wait. */
const PIECE_BYTES = 1024 * 1024

/** Less memory than this comes soon enough. */
export const LEAST_BYTES = 8 * PIECE_BYTES

/**
 * New memory, touched from its end backwards, but for what others have claimed. They come from its start as a rule, so that both
 * meet once: what the other thread works at, if it has to wait for a processor, holds nobody up before that.
 */
export class FreshPages {
  readonly #memory: Uint8Array
  /** For each piece 1 where it was touched, or is somebody's. */
  readonly #taken: Uint8Array
  #piece = -1
  #filling: Promise<void> | undefined

  /** `stopped` says whether there is no use in it any more. */
  constructor(memory: Uint8Array, open: OpenZeros, stopped: () => boolean) {
    this.#memory = memory
    this.#taken = new Uint8Array(Math.ceil(memory.length / PIECE_BYTES))
    void this.#run(open, stopped)
  }

  /** Bytes that are to be written to from now on, or as soon as what this gives has resolved. */
  claim(start: number, end: number): Promise<void> | undefined {
    const [first, behind] = [Math.floor(start / PIECE_BYTES), Math.ceil(end / PIECE_BYTES)]
    this.#taken.fill(1, first, behind)
    return this.#piece >= first && this.#piece < behind ? this.#filling : undefined
  }

  async #run(open: OpenZeros, stopped: () => boolean): Promise<void> {
    const zeros = await open().catch(() => undefined)
    if (!zeros) return
    for (let piece = this.#taken.length - 1; piece >= 0 && !stopped(); piece--) {
      if (this.#taken[piece]) continue
      this.#taken[piece] = 1
      this.#piece = piece
      const start = piece * PIECE_BYTES
      // What could not be touched is touched by its use.
      this.#filling = zeros.fill(this.#memory.subarray(start, start + PIECE_BYTES)).catch(() => {})
      await this.#filling
      this.#piece = -1
    }
    zeros.close()
  }
}
