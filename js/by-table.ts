/** What becomes of a block of a Cloud Optimized GeoTIFF whose leader does not fit it: the file's byte counts are asked, as GDAL does. */

import { isPyramidionError, PyramidionError } from './errors.js'
import type { CorePlan, CorePlannedBlock, Unfit } from './core-types.js'

const PROMISES: readonly Unfit[] = ['MASK_INTERLEAVED_WITH_IMAGERY', 'BLOCK_LEADER']

/** Which promise of the file was not kept, where a block could not be found between its leader and its trailer. */
export function unfitOf(error: unknown): Unfit | undefined {
  if (!isPyramidionError(error, 'malformed')) return undefined
  return PROMISES.find(promise => promise === error.detail.value)
}

/** Whether doing without `unfit` is more than doing without `known`. */
export function isMore(unfit: Unfit, known: Unfit | undefined): boolean {
  return known === undefined || PROMISES.indexOf(unfit) > PROMISES.indexOf(known)
}

/** All blocks of a plan: those of the pixels, then those of the mask. */
export function blocksOf({ blocks, mask }: CorePlan): CorePlannedBlock[] {
  return mask ? [...blocks, ...mask.blocks] : blocks
}

/** A read's other plans, each made when it is first needed: the same blocks in the same order, found without what is unfit. */
export class ByTable {
  readonly #blocks: CorePlannedBlock[]
  readonly #plan: (unfit: Unfit) => Promise<CorePlan>
  readonly #planned = new Map<Unfit, Promise<CorePlannedBlock[]>>()

  constructor(blocks: CorePlannedBlock[], plan: (unfit: Unfit) => Promise<CorePlan>) {
    this.#blocks = blocks
    this.#plan = plan
  }

  /** The same block, as it is found without that. */
  async counterpart(block: CorePlannedBlock, unfit: Unfit): Promise<CorePlannedBlock> {
    const planned = this.#planned.get(unfit) ?? this.#plan(unfit).then(blocksOf)
    this.#planned.set(unfit, planned)
    const found = (await planned)[this.#blocks.indexOf(block)]
    if (found?.index === block.index && found.file === block.file) return found
    throw new PyramidionError('internal', `block ${block.index} is not in the second plan`)
  }
}
