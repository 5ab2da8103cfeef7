/** What one read shares with others: blocks of which it wants little, decoded once for all that want some of them. */

import type { CorePlannedBlock } from './core-types.js'
import type { Coming, KeptBlocks } from './kept-blocks.js'

/** Blocks by where their samples come from. */
export interface Sorted {
  /** Samples that are kept. */
  here: [CorePlannedBlock, Uint8Array][]
  /** Another read brings them. */
  coming: [CorePlannedBlock, Coming][]
  /** This read brings them. */
  stored: CorePlannedBlock[]
}

let latin1: TextDecoder | undefined

export class Sharing {
  readonly #kept: KeptBlocks
  readonly #raster: string
  readonly #priority: number
  readonly #promised = new Map<CorePlannedBlock, (samples?: Uint8Array) => void>()

  /** `raster` begins the keys of its blocks. */
  constructor(kept: KeptBlocks, raster: string, priority: number) {
    this.#kept = kept
    this.#raster = raster
    this.#priority = priority
  }

  /** Promises to others what this read has to bring: `end` must follow. */
  sort(blocks: CorePlannedBlock[]): Sorted {
    const sorted: Sorted = { here: [], coming: [], stored: [] }
    for (const block of blocks) {
      const key = block.part && this.#keyOf(block)
      const samples = key && this.#kept.get(key)
      const coming = key && this.#kept.coming(key, this.#priority)
      if (samples) sorted.here.push([block, samples])
      else if (coming) sorted.coming.push([block, coming])
      else {
        if (key) this.#promised.set(block, this.#kept.expect(key, this.#priority))
        sorted.stored.push(block)
      }
    }
    return sorted
  }

  /** Whether other reads are to have the block's samples, too. */
  owns(block: CorePlannedBlock): boolean {
    return this.#promised.has(block)
  }

  /** Hands on the samples of a whole block, which are only to be looked at from here on. */
  came(block: CorePlannedBlock, samples: Uint8Array): void {
    this.#promised.get(block)?.(samples)
    this.#promised.delete(block)
  }

  /** Nothing more will come. */
  end(): void {
    for (const tell of this.#promised.values()) tell()
    this.#promised.clear()
  }

  /** The job says which samples of which block, and in which order. */
  #keyOf({ file, start, end, job }: CorePlannedBlock): string {
    latin1 ??= new TextDecoder('latin1')
    return `${this.#raster} ${file} ${start} ${end} ${latin1.decode(job)}`
  }
}
