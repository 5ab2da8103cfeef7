import { PyramidionError } from './errors.js'
import { checkedOut, elementBytes, fillRun, newArray, numberOf } from './data-types.js'
import type { CorePlan, CorePlannedBlock } from './core-types.js'
import type { DataTypeName, TypedArrayOf } from './types.js'

/** Puts decoded blocks in their places in the result: rows are copied once, sparse blocks filled. */
export class Assembly<D extends DataTypeName> {
  readonly data: TypedArrayOf<D>
  readonly #plan: CorePlan
  readonly #fresh: boolean
  readonly #unit: number
  #bytes: Uint8Array

  /** `out` is the caller's array, checked here; without it a new one is made. */
  constructor(plan: CorePlan, out: unknown) {
    const dtype = plan.dtype as D
    const length = plan.width * plan.height * plan.bands.length
    this.#plan = plan
    this.#fresh = out === undefined
    this.#unit = elementBytes(dtype)
    this.data = out === undefined ? newArray(dtype, length) : checkedOut(out, dtype, length)
    this.#bytes = bytesOf(this.data)
  }

  /** Copies a block's samples, which come in the plan's layout. */
  place(block: CorePlannedBlock, samples: Uint8Array): void {
    const { width, height, bands } = block.placement
    const expected = width * height * bands.length * this.#unit
    if (samples.length !== expected) {
      throw internal(block, `decoded to ${samples.length} bytes, expected ${expected}`)
    }
    this.#check(block)
    if (this.#plan.layout === 'band') this.#placePlanes(block, samples)
    else if (this.#wholePixels(bands)) this.#placeRows(block, samples)
    else this.#placeSamples(block, samples)
  }

  /** Fills a sparse block's place. */
  fill(block: CorePlannedBlock): void {
    this.#check(block)
    const value = numberOf(this.#plan.fill, this.#plan.dtype)
    if (this.#fresh && Object.is(Number(value), 0)) return
    const { x, y, width, height, bands } = block.placement
    const across = this.#plan.bands.length
    const planes = this.#plan.layout === 'band'
    // One value for all bands: whose it is does not matter where a block has them all.
    const runs = planes ? bands : bands.length === across ? [0] : []
    const length = planes ? width : width * across
    for (const band of runs) {
      for (let row = y; row < y + height; row++) {
        const start = this.#offset(band, row, x)
        fillRun(this.data, value, start, start + length)
      }
    }
    if (runs.length === 0) this.#fillSamples(block, value)
  }

  /** Element of the result that holds that place's sample. */
  #offset(band: number, row: number, column: number): number {
    const { width, height, layout, bands } = this.#plan
    return layout === 'band'
      ? (band * height + row) * width + column
      : (row * width + column) * bands.length + band
  }

  /** Whether a block's pixels are the result's pixels, so that a row is one copy. */
  #wholePixels(bands: number[]): boolean {
    return bands.length === this.#plan.bands.length && bands.every((band, i) => band === i)
  }

  #placePlanes(block: CorePlannedBlock, samples: Uint8Array): void {
    const { x, y, width, height, bands } = block.placement
    bands.forEach((band, i) =>
      this.#copyRows(samples, i * width * height, width, height, this.#offset(band, y, x)),
    )
  }

  #placeRows(block: CorePlannedBlock, samples: Uint8Array): void {
    const { x, y, width, height, bands } = block.placement
    this.#copyRows(samples, 0, width * bands.length, height, this.#offset(0, y, x))
  }

  /** Copies rows of `length` elements; `from` and `to` are elements of the samples and of the result. */
  #copyRows(samples: Uint8Array, from: number, length: number, height: number, to: number): void {
    const { layout, width, bands } = this.#plan
    const stride = layout === 'band' ? width : width * bands.length
    const unit = this.#unit
    if (length === stride) {
      this.#bytes.set(samples.subarray(from * unit, (from + length * height) * unit), to * unit)
      return
    }
    for (let row = 0; row < height; row++) {
      const start = (from + row * length) * unit
      this.#bytes.set(samples.subarray(start, start + length * unit), (to + row * stride) * unit)
    }
  }

  /** Pixel layout, and the block holds only some of the bands, or in another order: sample by sample. */
  #placeSamples(block: CorePlannedBlock, samples: Uint8Array): void {
    const { x, y, width, height, bands } = block.placement
    // Integers of the element's size, or pairs of them: a float may lose its NaN's payload on the way.
    const words = Math.max(1, this.#unit / 4)
    const source = wordsOf(samples, this.#unit)
    const target = wordsOf(this.#bytes, this.#unit)
    const step = this.#plan.bands.length * words
    bands.forEach((band, i) => {
      for (let row = 0; row < height; row++) {
        let from = (row * width * bands.length + i) * words
        let to = this.#offset(band, y + row, x) * words
        for (let column = 0; column < width; column++) {
          for (let word = 0; word < words; word++) target[to + word] = source[from + word] as number
          from += bands.length * words
          to += step
        }
      }
    })
  }

  /** Pixel layout, and only some of the bands. */
  #fillSamples(block: CorePlannedBlock, value: number | bigint): void {
    const { x, y, width, height, bands } = block.placement
    const data = this.data as unknown as (number | bigint)[]
    for (const band of bands) {
      for (let row = y; row < y + height; row++) {
        for (let column = x; column < x + width; column++) data[this.#offset(band, row, column)] = value
      }
    }
  }

  /** The result is the caller's memory for as long as the read lasts: it may have been transferred, the plan may be wrong. */
  #check(block: CorePlannedBlock): void {
    const { width, height, bands } = this.#plan
    const place = block.placement
    const across = place.x >= 0 && place.x + place.width <= width
    const down = place.y >= 0 && place.y + place.height <= height
    const inside = across && down && place.bands.every(band => band >= 0 && band < bands.length)
    if (!inside) throw internal(block, 'is placed outside the result')
    if (this.data.length === width * height * bands.length) return
    throw new PyramidionError('invalid_argument', 'out was detached during the read', { name: 'out' })
  }
}

function internal(block: CorePlannedBlock, what: string): PyramidionError {
  return new PyramidionError('internal', `block ${block.index} ${what}`, { block: block.index })
}

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}

/** The same memory as integers of 1, 2 or 4 bytes; copied first where it does not start at a whole one. */
function wordsOf(bytes: Uint8Array, unit: number): Uint8Array | Uint16Array | Uint32Array {
  const size = Math.min(unit, 4)
  const { buffer, byteOffset, byteLength } = aligned(bytes, size)
  if (size === 1) return new Uint8Array(buffer, byteOffset, byteLength)
  if (size === 2) return new Uint16Array(buffer, byteOffset, byteLength / 2)
  return new Uint32Array(buffer, byteOffset, byteLength / 4)
}

function aligned(bytes: Uint8Array, size: number): Uint8Array {
  return bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes)
}
