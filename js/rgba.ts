/** Pixels of a read as colours, for a canvas. */

import { checkOptions } from './arguments.js'
import { fillRun, newArray } from './data-types.js'
import { PyramidionError, invalidArgument, toPyramidionError } from './errors.js'
import type { Colour } from './core-types.js'
import type { ReadResult, RgbaOptions } from './types.js'

/** Four bytes a pixel, red, green, blue and alpha, as `ImageData` wants them. `load` gives the decoder's function. */
export async function colours(
  load: () => Promise<Colour>,
  result: ReadResult,
  options?: RgbaOptions,
): Promise<Uint8ClampedArray<ArrayBuffer>> {
  const { bands, ranges, palette, nodata } = checkOptions(options)
  const { data, dtype, layout } = result
  const shown = (bands ?? defaultBands(result)).map(band => placeOf(band, result))
  const samples = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  const request = {
    dtype,
    bands: result.bands.length,
    interleaved: layout === 'pixel',
    shown,
    ranges: ranges?.map(([dark, bright]): [number, number] => [dark, bright]) ?? null,
    palette: palette ? Uint8Array.from(palette) : null,
    nodata: nodataBytes(nodata === undefined ? result.nodata : nodata, result),
  }
  try {
    const draw = await load()
    const drawn = draw(request, samples)
    return new Uint8ClampedArray(drawn.buffer as ArrayBuffer, drawn.byteOffset, drawn.byteLength)
  } catch (error) {
    throw toPyramidionError(error)
  }
}

/** Three bands are red, green and blue; of any other number the first is shown. */
function defaultBands({ bands }: ReadResult): readonly number[] {
  return bands.length === 3 ? bands : bands.slice(0, 1)
}

function placeOf(band: number, { bands }: ReadResult): number {
  const place = bands.indexOf(band)
  if (place >= 0) return place
  const message = `band ${band} was not read; the result has bands ${bands.join(', ')}`
  throw new PyramidionError('invalid_argument', message, { name: 'bands' })
}

/** The number as the result's array holds it; none where it cannot. */
function nodataBytes(nodata: number | bigint | null, { dtype }: ReadResult): Uint8Array | null {
  if (nodata === null) return null
  const array = newArray(dtype, 1)
  const big = dtype === 'bigint64' || dtype === 'biguint64'
  if (big !== (typeof nodata === 'bigint'))
    throw invalidArgument('nodata', `a number that ${dtype} has`, nodata)
  fillRun(array, dtype, nodata, 0, 1)
  const holds =
    big || dtype === 'complex64' || dtype === 'float32' || Object.is(Number(array[0]), Number(nodata))
  return holds ? new Uint8Array(array.buffer) : null
}
