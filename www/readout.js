/** The line at the bottom: what is under the pointer, and what reading has cost so far. */

import { isMissing } from './texels.js'

const $ = id => document.getElementById(id)

/** @param {import('pyramidion').Raster} raster; `found` as `Tiles.valueAt` gives it, `x` and `y` in full-size pixels */
export function showPointer(raster, x, y, found) {
  const [column, row] = [Math.floor(x), Math.floor(y)]
  const output = $('pointer')
  if (column < 0 || row < 0 || column >= raster.width || row >= raster.height)
    return void (output.textContent = '')
  const place = raster.transform && mapPlace(raster.transform, x, y, raster.crs)
  const parts = [`pixel ${column}, ${row}`, place, found && values(raster, found)]
  output.textContent = parts.filter(Boolean).join('  ·  ')
}

export function clearPointer() {
  $('pointer').textContent = ''
}

function values(raster, { values: numbers, level }) {
  const texts = numbers.map(value => (isMissing(value, raster.nodata) ? 'nodata' : number(value)))
  const where = level > 0 ? ` (level ${level})` : ''
  return `value ${texts.join(', ')}${where}`
}

/** Digits as the data type has them: a float32 has about seven. */
function number(value) {
  if (typeof value === 'bigint' || Number.isInteger(value)) return String(value)
  return String(Number(value.toPrecision(7)))
}

function mapPlace([a, b, c, d, e, f], x, y, crs) {
  const [east, north] = [a * x + b * y + c, d * x + e * y + f]
  const size = Math.max(Math.abs(a), Math.abs(b), Math.abs(d), Math.abs(e))
  const digits = Math.max(0, Math.min(8, Math.ceil(-Math.log10(size)) + 1))
  const unit = crs?.epsg ? ` EPSG:${crs.epsg}` : ''
  return `${east.toFixed(digits)}, ${north.toFixed(digits)}${unit}`
}

/** @param {import('pyramidion').Stats} stats; `zoom` in CSS pixels per image pixel */
export function showCost(stats, { zoom, painter }) {
  const { requests, bytes, cacheHits, retries, decodeMs, workerBlocks } = stats
  const parts = [
    `${Math.round(zoom * 1000) / 10}%`,
    plural(requests, 'request'),
    size(bytes),
    plural(cacheHits, 'cache hit'),
    plural(retries, 'retry', 'retries'),
    `decoded in ${Math.round(decodeMs)} ms`,
    workerBlocks === undefined ? null : `${plural(workerBlocks, 'block')} by workers`,
    painter,
  ]
  $('cost').textContent = parts.filter(Boolean).join('  ·  ')
}

const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`

function size(bytes) {
  if (bytes < 1000) return `${bytes} B`
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}
