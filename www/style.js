import { paletteOf, rampNames, rampOf } from './colormaps.js'
import { isMissing } from './texels.js'

/**
 * How values become colours.
 *
 * @typedef {object} Style
 * @property {number[]} bands one band, or three for red, green and blue; numbered from 1
 * @property {[number, number][]} ranges dark and bright, for each band
 * @property {string} colormap name of a ramp, or `file` for the band's own colour map; of no use for three bands
 * @property {Uint8Array} palette its colours, RGBA
 */

/** What a raster is shown as before anybody chose: as colours where it says that it has them. */
export function firstStyle(raster) {
  const colour = name => raster.bands.findIndex(band => band.colorInterpretation === name) + 1
  const named = ['red', 'green', 'blue'].map(colour)
  const three = named.every(Boolean) ? named : raster.bandCount === 3 ? [1, 2, 3] : null
  const bands = three ?? [1]
  return withColormap(raster, { bands, ranges: bands.map(band => knownRange(raster, band)) })
}

/** The same with other bands; their ranges are what the file says, or null where values have to be looked at. */
export function withBands(raster, style, bands) {
  const kept = (band, i) => (style.bands[i] === band ? style.ranges[i] : knownRange(raster, band))
  return withColormap(raster, { ...style, bands, ranges: bands.map(kept) }, style.colormap)
}

export function withColormap(raster, style, name) {
  const own = raster.bands[style.bands[0] - 1].colormap
  const colormap =
    own && (name === undefined || name === 'file') ? 'file' : rampNames.includes(name) ? name : 'grey'
  const palette = colormap === 'file' ? paletteOf(own) : rampOf(colormap)
  // A colour map is looked up by number: its range is its length, and is not to be stretched.
  const ranges = colormap === 'file' ? [[0, own.length - 1]] : style.ranges
  return { ...style, ranges, colormap, palette }
}

function knownRange(raster, band) {
  const { dtype, statistics } = raster.bands[band - 1]
  if (dtype === 'uint8' && raster.storage.bitsPerSample === 8) return [0, 255]
  const { minimum, maximum } = statistics ?? {}
  return Number.isFinite(minimum) && Number.isFinite(maximum) && minimum < maximum ? [minimum, maximum] : null
}

/** The range from the 2nd to the 98th percentile of each band, over some pixels of these results. */
export function rangesOf(results, bands) {
  return bands.map((_, place) => {
    const values = sampled(results, place).sort((a, b) => a - b)
    if (values.length === 0) return [0, 1]
    const at = share => values[Math.round(share * (values.length - 1))]
    const [low, high] = [at(0.02), at(0.98)]
    if (low < high) return [low, high]
    return values[0] < values.at(-1) ? [values[0], values.at(-1)] : [low, low + 1]
  })
}

/** At most some ten thousands of values: percentiles need no more. */
function sampled(results, place) {
  const total = results.reduce((sum, { width, height }) => sum + width * height, 0)
  const stride = Math.max(1, Math.floor(total / 40_000)) | 1
  const values = []
  for (const { data, width, height, nodata } of results) {
    const start = place * width * height
    for (let i = start; i < start + width * height; i += stride) {
      const value = data[i]
      if (!isMissing(value, nodata) && Number.isFinite(Number(value))) values.push(Number(value))
    }
  }
  return values
}
