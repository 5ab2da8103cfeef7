/** What becomes of a block of a Cloud Optimized GeoTIFF whose leader does not fit it: the file's byte counts are asked, as GDAL does. */

import { isPyramidionError, PyramidionError } from './errors.js'
import type { CorePlan, CorePlannedBlock } from './core-types.js'

/** Whether a block could not be found between its leader and its trailer (`BLOCK_LEADER` in src/codec/frame.rs). */
export function isUnfitLeader(error: unknown): boolean {
  return isPyramidionError(error, 'malformed') && error.detail.value === 'BLOCK_LEADER'
}

/** All blocks of a plan: those of the pixels, then those of the mask. */
export function blocksOf({ blocks, mask }: CorePlan): CorePlannedBlock[] {
  return mask ? [...blocks, ...mask.blocks] : blocks
}

/** A read's second plan, made when it is first needed: the same blocks in the same order, found by the byte counts. */
export class ByTable {
  readonly #blocks: CorePlannedBlock[]
  readonly #plan: () => Promise<CorePlan>
  #planned: Promise<CorePlannedBlock[]> | undefined

  constructor(blocks: CorePlannedBlock[], plan: () => Promise<CorePlan>) {
    this.#blocks = blocks
    this.#plan = plan
  }

  /** The same block, as the byte counts have it. */
  async counterpart(block: CorePlannedBlock): Promise<CorePlannedBlock> {
    this.#planned ??= this.#plan().then(blocksOf)
    const found = (await this.#planned)[this.#blocks.indexOf(block)]
    if (found?.index === block.index && found.file === block.file) return found
    throw new PyramidionError('internal', `block ${block.index} is not in the second plan`)
  }
}
