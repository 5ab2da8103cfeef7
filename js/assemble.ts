import { PyramidionError, isPyramidionError } from './errors.js'
import { checkedOut, elementBytes, fillRun, newArray, numberOf, partsOf } from './data-types.js'
import {
  checkInside,
  holdsRows,
  offsetOf,
  partOf,
  place,
  placeStored,
  wholeRows,
  type Grid,
  type Part,
} from './place.js'
import type { CorePlan, CorePlannedBlock } from './core-types.js'
import type { Destination } from './messages.js'
import type { DataTypeName, TypedArrayOf } from './types.js'

/** Puts decoded blocks in their places in the result: rows are copied once, sparse blocks filled. */
export class Assembly<D extends DataTypeName> {
  readonly data: TypedArrayOf<D>
  readonly #plan: CorePlan
  readonly #grid: Grid
  readonly #fresh: boolean
  readonly #memory: Uint8Array

  /** `out` is the caller's array, checked here; without it a new one is made, in shared memory where `shared` says so. */
  constructor(plan: CorePlan, out: unknown, shared = false) {
    const dtype = plan.dtype as D
    const { width, height, layout } = plan
    const length = width * height * plan.bands.length
    this.#plan = plan
    this.#grid = { width, height, bands: plan.bands.length, layout, unit: elementBytes(dtype) }
    this.#fresh = out === undefined
    this.data = out === undefined ? newArray(dtype, length, shared) : checkedOut(out, dtype, length)
    this.#memory = bytesOf(this.data)
  }

  /** Where a worker may put the block's samples itself; undefined where the result is not shared memory. */
  destination(block: CorePlannedBlock): Destination | undefined {
    return isShared(this.#memory.buffer) ? this.goalOf(block) : undefined
  }

  /** Where the block's samples go. */
  goalOf({ placement }: CorePlannedBlock): Destination {
    return { memory: this.#memory, grid: this.#grid, placement }
  }

  /** The part of the result that a block's stored bytes are, all of them and in their order; undefined where they are not. */
  placeOf({ start, end, placement, storedRows }: CorePlannedBlock): Uint8Array | undefined {
    const at = storedRows && wholeRows(this.#grid, placement, end - start, storedRows)
    return at === undefined ? undefined : this.#memory.subarray(at, at + end - start)
  }

  /** Copies a block's samples, which come in the plan's layout: those that are wanted, or of `part` the whole block's. */
  place(block: CorePlannedBlock, samples: Uint8Array, part?: Part): void {
    const { placement } = block
    this.#checkAttached()
    aboutBlock(block, () => {
      const wanted = part ? partOf(this.#grid, part, placement, samples) : samples
      place(this.#grid, this.#memory, placement, wanted)
    })
  }

  /** Copies a block whose stored bytes are its samples; false where they are not, or too few: a decoder is asked then. */
  placeStored(block: CorePlannedBlock, stored: Uint8Array): boolean {
    const rows = block.storedRows
    if (!rows || !holdsRows(this.#grid, block.placement, stored.length, rows)) return false
    this.#checkAttached()
    aboutBlock(block, () => placeStored(this.#grid, this.#memory, block.placement, stored, rows))
    return true
  }

  /** Fills a sparse block's place. */
  fill(block: CorePlannedBlock): void {
    aboutBlock(block, () => checkInside(this.#grid, block.placement))
    this.#checkAttached()
    const values = this.#plan.fill.map(fill => numberOf(fill, this.#plan.dtype))
    const [first = 0] = values
    const { bands } = block.placement
    if (this.#fresh && bands.every(band => Object.is(Number(values[band]), 0))) return
    const whole = bands.length === values.length && values.every(value => Object.is(value, first))
    if (this.#plan.layout === 'band') for (const band of bands) this.#fillRows(block, band, 1, values[band])
    else if (whole) this.#fillRows(block, 0, values.length, first)
    else for (const band of bands) this.#fillSamples(block, band, values[band])
  }

  /** Rows whose samples follow each other, so many of each pixel. */
  #fillRows(block: CorePlannedBlock, band: number, samples: number, value: number | bigint = 0): void {
    const { x, y, width, height } = block.placement
    for (let row = y; row < y + height; row++) {
      const start = offsetOf(this.#grid, band, row, x)
      fillRun(this.data, this.#plan.dtype, value, start, start + width * samples)
    }
  }

  /** One band of several in pixel layout. */
  #fillSamples(block: CorePlannedBlock, band: number, value: number | bigint = 0): void {
    const { x, y, width, height } = block.placement
    for (let row = y; row < y + height; row++) {
      for (let column = x; column < x + width; column++) {
        const at = offsetOf(this.#grid, band, row, column)
        fillRun(this.data, this.#plan.dtype, value, at, at + 1)
      }
    }
  }

  /** The result is the caller's memory for as long as the read lasts: it may have been transferred. */
  #checkAttached(): void {
    const { width, height, bands } = this.#grid
    if (this.data.length === width * height * bands * partsOf(this.#plan.dtype)) return
    throw new PyramidionError('invalid_argument', 'out was detached during the read', { name: 'out' })
  }
}

/** Says of which block an error of its placement speaks. */
function aboutBlock(block: CorePlannedBlock, work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!isPyramidionError(error, 'internal')) throw error
    throw new PyramidionError('internal', `block ${block.index} ${error.message}`, { block: block.index })
  }
}

function isShared(buffer: ArrayBufferLike): boolean {
  return typeof SharedArrayBuffer === 'function' && buffer instanceof SharedArrayBuffer
}

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}
