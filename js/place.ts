/** Puts a block's samples in their place in a result: in the calling thread, or in a worker over shared memory. */

import { PyramidionError } from './errors.js'

/** How a result is laid out. */
export interface Grid {
  width: number
  height: number
  /** How many there are. */
  bands: number
  layout: 'band' | 'pixel'
  /** Bytes of one element. */
  unit: number
}

/** The rectangle of the result that a block fills, and the place of each of its bands, from 0. */
export interface Placement {
  x: number
  y: number
  width: number
  height: number
  bands: number[]
}

/** A part of a block: its first column and row, and the block's own width and height. */
export type Part = [x: number, y: number, width: number, height: number]

/** The samples of a placement, out of those of the whole block. */
export function partOf(
  { layout, unit }: Grid,
  [x, y, across, down]: Part,
  { width, height, bands }: Placement,
  samples: Uint8Array,
): Uint8Array {
  const [planes, pixel] = layout === 'band' ? [bands.length, unit] : [1, unit * bands.length]
  const expected = across * down * bands.length * unit
  if (samples.length !== expected || x + width > across || y + height > down) {
    throw new PyramidionError('internal', `decoded to ${samples.length} bytes, expected ${expected}`)
  }
  const part = new Uint8Array(planes * height * width * pixel)
  for (let row = 0; row < planes * height; row++) {
    const plane = Math.floor(row / height)
    const start = ((plane * down + y + (row % height)) * across + x) * pixel
    part.set(samples.subarray(start, start + width * pixel), row * width * pixel)
  }
  return part
}

/** Copies a block's samples, which come in the result's layout, into the result's memory. */
export function place(grid: Grid, memory: Uint8Array, placement: Placement, samples: Uint8Array): void {
  const { width, height, bands } = placement
  const expected = width * height * bands.length * grid.unit
  if (samples.length !== expected) {
    throw new PyramidionError('internal', `decoded to ${samples.length} bytes, expected ${expected}`)
  }
  checkInside(grid, placement)
  if (grid.layout === 'band') placePlanes(grid, memory, placement, samples)
  else if (isWhole(grid, bands)) placeRows(grid, memory, placement, samples)
  else placeSamples(grid, memory, placement, samples)
}

/** Whether so many stored bytes hold all rows of the placement. */
export function holdsRows(
  { unit }: Grid,
  { width, height, bands }: Placement,
  length: number,
  [start, stride]: [number, number],
): boolean {
  return height > 0 && start + (height - 1) * stride + width * bands.length * unit <= length
}

/** The byte of the result from which on so many stored bytes are the result's own, where all of them are. */
export function wholeRows(
  grid: Grid,
  placement: Placement,
  length: number,
  [start, stride]: [number, number],
): number | undefined {
  const { x, y, width, height, bands } = placement
  const row = width * bands.length * grid.unit
  const across = grid.layout === 'band' ? grid.width : grid.width * grid.bands
  // One band's plane, or all bands' pixels.
  const [band = 0] = grid.layout === 'band' ? bands : []
  const whole = grid.layout === 'band' ? bands.length === 1 : isWhole(grid, bands)
  const full = start === 0 && stride === row && row === across * grid.unit && height * row === length
  if (!whole || !full) return undefined
  checkInside(grid, placement)
  return offsetOf(grid, band, y, x) * grid.unit
}

/** Copies samples out of stored bytes that hold more than them: rows `stride` bytes apart, the first one at `start`. */
export function placeStored(
  grid: Grid,
  memory: Uint8Array,
  placement: Placement,
  stored: Uint8Array,
  [start, stride]: [number, number],
): void {
  const { x, y, width, height, bands } = placement
  const length = width * bands.length * grid.unit
  checkInside(grid, placement)
  if (stride === length) {
    place(grid, memory, placement, stored.subarray(start, start + height * length))
    return
  }
  if (grid.layout === 'pixel' && !isWhole(grid, bands)) {
    const rows = new Uint8Array(height * length)
    for (let row = 0; row < height; row++) {
      const from = start + row * stride
      rows.set(stored.subarray(from, from + length), row * length)
    }
    place(grid, memory, placement, rows)
    return
  }
  const [band = 0] = bands
  for (let row = 0; row < height; row++) {
    const from = start + row * stride
    const to = offsetOf(grid, band, y + row, x) * grid.unit
    memory.set(stored.subarray(from, from + length), to)
  }
}

/** The plan may be wrong: nothing is written outside the result. */
export function checkInside(grid: Grid, { x, y, width, height, bands }: Placement): void {
  const across = x >= 0 && x + width <= grid.width
  const down = y >= 0 && y + height <= grid.height
  if (across && down && bands.every(band => band >= 0 && band < grid.bands)) return
  throw new PyramidionError('internal', 'is placed outside the result')
}

/** Element of the result that holds that place's sample. */
export function offsetOf(grid: Grid, band: number, row: number, column: number): number {
  const { width, height, bands, layout } = grid
  return layout === 'band' ? (band * height + row) * width + column : (row * width + column) * bands + band
}

/** Whether a block's pixels are the result's pixels, so that a row is one copy. */
export function isWhole(grid: Grid, bands: number[]): boolean {
  return bands.length === grid.bands && bands.every((band, i) => band === i)
}

function placePlanes(grid: Grid, memory: Uint8Array, placement: Placement, samples: Uint8Array): void {
  const { x, y, width, height, bands } = placement
  bands.forEach((band, i) => copyRows(grid, memory, samples, i, width, height, offsetOf(grid, band, y, x)))
}

function placeRows(grid: Grid, memory: Uint8Array, placement: Placement, samples: Uint8Array): void {
  const { x, y, width, height, bands } = placement
  copyRows(grid, memory, samples, 0, width * bands.length, height, offsetOf(grid, 0, y, x))
}

/** Copies one plane of rows of `length` elements; `to` is an element of the result. */
function copyRows(
  { layout, width, bands, unit }: Grid,
  memory: Uint8Array,
  samples: Uint8Array,
  plane: number,
  length: number,
  height: number,
  to: number,
): void {
  const stride = layout === 'band' ? width : width * bands
  const bytes = length * unit
  if (length === stride || length === 0) {
    memory.set(samples.subarray(plane * height * bytes, (plane + 1) * height * bytes), to * unit)
    return
  }
  const rows = rowsIn(samples, bytes)
  for (let row = 0; row < height; row++) {
    memory.set(rows[plane * height + row] as Uint8Array, (to + row * stride) * unit)
  }
}

let known: Uint8Array[] = []

/** Views of rows. Those of the block before serve again where this one lies in the same place, as in WebAssembly's memory most do. */
function rowsIn({ buffer, byteOffset, length }: Uint8Array, bytes: number): Uint8Array[] {
  const [first] = known
  if (first?.buffer !== buffer || first.byteOffset !== byteOffset || first.length !== bytes) known = []
  for (let row = known.length; row < length / bytes; row++) {
    known.push(new Uint8Array(buffer, byteOffset + row * bytes, bytes))
  }
  return known
}

/** Pixel layout, and the block holds only some of the bands, or in another order: sample by sample. */
function placeSamples(grid: Grid, memory: Uint8Array, placement: Placement, samples: Uint8Array): void {
  const { x, y, width, height, bands } = placement
  // Integers of the element's size, or pairs of them: a float may lose its NaN's payload on the way.
  const words = Math.max(1, grid.unit / 4)
  const source = wordsOf(samples, grid.unit)
  const target = wordsOf(memory, grid.unit)
  const step = grid.bands * words
  bands.forEach((band, i) => {
    for (let row = 0; row < height; row++) {
      let from = (row * width * bands.length + i) * words
      let to = offsetOf(grid, band, y + row, x) * words
      for (let column = 0; column < width; column++) {
        for (let word = 0; word < words; word++) target[to + word] = source[from + word] as number
        from += bands.length * words
        to += step
      }
    }
  })
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
