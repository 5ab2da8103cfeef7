/** How much of each file its header took, so that the next opening asks for all of it at once. */

/** Files that are remembered; the one that was learnt the longest ago goes first. */
const FILES = 256

/** Headers that reach further are read by what they refer to: what lies between may be pixels. */
const LONGEST = 1 << 20

/** First ranges by URL or name. */
export class Hints {
  readonly #known = new Map<string, number>()

  /** Bytes that the header of that file took, where they were more than `usual`. */
  firstRange(name: string, usual: number): number {
    return this.#known.get(name) ?? usual
  }

  /** The header of that file reached to `end`. */
  learn(name: string, end: number, usual: number): void {
    this.#known.delete(name)
    if (end <= usual || end > Math.max(LONGEST, usual)) return
    const [oldest] = this.#known.keys()
    if (this.#known.size >= FILES && oldest !== undefined) this.#known.delete(oldest)
    this.#known.set(name, end)
  }
}
