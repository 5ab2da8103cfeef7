/** A raster's pixels as a picture: which bands, and how their values become 8 bits. */

import { partsOf } from '../data-types.js'
import { UsageError } from './arguments.js'
import { numberText } from './json.js'
import type { Raster, ReadResult, TypedArray } from '../types.js'
import type { PngImage } from './png.js'

/** Bands of a picture, and what to say of the choice. */
export interface PictureBands {
  bands: number[]
  note?: string
}

/** The bands that the picture shows: those asked for, else what their count and colours suggest. */
export function pictureBands(raster: Raster, asked: number[] | undefined): PictureBands {
  const bytes = raster.dtype === 'uint8'
  if (asked) {
    if ([1, 3].includes(asked.length) || (bytes && [2, 4].includes(asked.length))) return { bands: asked }
    const counts = bytes ? '1 (grey), 2 (grey, alpha), 3 (red, green, blue) or 4 (with alpha)' : '1 or 3'
    throw new UsageError(
      `a PNG of ${raster.dtype} takes ${counts} bands, got ${asked.length}; choose with --bands`,
    )
  }
  const { bandCount } = raster
  const last = raster.bands[bandCount - 1]
  const alpha = bytes && (bandCount === 2 || bandCount === 4) && last?.colorInterpretation === 'alpha'
  const count = alpha ? bandCount : bandCount < 3 ? 1 : 3
  const bands = Array.from({ length: count }, (_, i) => i + 1)
  if (count === bandCount) return { bands }
  const which = count === 1 ? 'band 1' : `bands ${bands.join(', ')}`
  return { bands, note: `the picture shows ${which} of ${bandCount}; choose with --bands` }
}

/** A picture, and what to say of how it was made. */
export interface Picture {
  image: PngImage
  notes: string[]
}

/** The picture of a result with layout `band`: uint8 as it is, others stretched; nodata is transparent. */
export function pictureOf(result: ReadResult, colormap: PngImage['palette'] | null): Picture {
  return result.dtype === 'uint8' ? plainPicture(result, colormap) : stretchedPicture(result)
}

function plainPicture(result: ReadResult<'uint8'>, colormap: PngImage['palette'] | null): Picture {
  const { width, height, bands, nodata } = result
  const kind = (['grey', 'grey+alpha', 'rgb', 'rgba'] as const)[bands.length - 1] ?? 'rgba'
  const samples = interleaved(bands.map((_, i) => planeOf(result, i) as Uint8Array))
  const hidden = typeof nodata === 'number' && Number.isInteger(nodata) && nodata >= 0 && nodata <= 255
  if (kind === 'grey' && colormap) {
    const palette = colormap.map((colour, value) =>
      value === nodata ? ([...colour.slice(0, 3), 0] as unknown as typeof colour) : colour,
    )
    if (!samples.some(value => value >= palette.length))
      return { image: { width, height, kind: 'palette', samples, palette }, notes: [] }
  }
  const transparent = hidden && (kind === 'grey' || kind === 'rgb') ? { transparent: nodata } : {}
  return { image: { width, height, kind, samples, ...transparent }, notes: [] }
}

function stretchedPicture(result: ReadResult): Picture {
  const { width, height, bands } = result
  // Magnitudes have no nodata: where it was, they are NaN.
  const nodata = partsOf(result.dtype) === 1 ? result.nodata : null
  const alpha = new Uint8Array(width * height).fill(255)
  const notes: string[] = []
  const planes = bands.map((band, i) => {
    const values = planeOf(result, i)
    const { lowest, highest } = rangeOf(values, nodata)
    notes.push(
      lowest > highest
        ? `band ${band} has no valid value`
        : `band ${band}: ${numberText(lowest)} to ${numberText(highest)} stretched to 0 to 255`,
    )
    return stretched(values, nodata, lowest, highest, alpha)
  })
  const kind = bands.length === 1 ? 'grey+alpha' : 'rgba'
  return { image: { width, height, kind, samples: interleaved([...planes, alpha]) }, notes }
}

/** By place, not number: a band may have been asked for twice. Complex values are shown by their magnitude. */
function planeOf({ data, dtype, width, height, nodata }: ReadResult, place: number): TypedArray {
  const parts = partsOf(dtype)
  const size = width * height * parts
  const plane = data.subarray(place * size, (place + 1) * size)
  return parts === 1 ? plane : magnitudes(plane, nodata)
}

/** NaN where the real part is nodata. */
function magnitudes(pairs: TypedArray, nodata: number | bigint | null): Float64Array {
  return Float64Array.from({ length: pairs.length / 2 }, (_, i) => {
    const [real, imaginary] = [Number(pairs[2 * i]), Number(pairs[2 * i + 1])]
    return real === nodata ? NaN : Math.hypot(real, imaginary)
  })
}

function isValid(value: number | bigint, nodata: number | bigint | null): boolean {
  return value !== nodata && (typeof value === 'bigint' || Number.isFinite(value))
}

/** Smallest and largest valid value; without any, the smallest is above the largest. */
function rangeOf(values: TypedArray, nodata: number | bigint | null): { lowest: number; highest: number } {
  let lowest = Infinity
  let highest = -Infinity
  for (const value of values) {
    if (!isValid(value, nodata)) continue
    const number = Number(value)
    if (number < lowest) lowest = number
    if (number > highest) highest = number
  }
  return { lowest, highest }
}

/** Values from `lowest` to `highest` as 0 to 255; where one is not valid, `alpha` becomes 0. */
function stretched(
  values: TypedArray,
  nodata: number | bigint | null,
  lowest: number,
  highest: number,
  alpha: Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(values.length)
  // Halved, so that the span of the largest floats is finite.
  const span = highest / 2 - lowest / 2
  let i = 0
  for (const value of values) {
    if (!isValid(value, nodata)) alpha[i] = 0
    else if (span > 0) bytes[i] = Math.round(((Number(value) / 2 - lowest / 2) / span) * 255)
    i += 1
  }
  return bytes
}

function interleaved(planes: Uint8Array[]): Uint8Array {
  const [first] = planes
  if (first && planes.length === 1) return first
  const samples = new Uint8Array((first?.length ?? 0) * planes.length)
  planes.forEach((plane, place) => {
    for (let i = 0, to = place; i < plane.length; i++, to += planes.length) samples[to] = plane[i] ?? 0
  })
  return samples
}
