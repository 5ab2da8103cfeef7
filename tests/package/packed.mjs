/** What the stage `package` packed and installed, and the fixtures that it is read with. */

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** @type {import('../../scripts/pack.mjs').Packed} */
export const packed = (() => {
  const text = process.env.PYRAMIDION_PACKED
  if (text === undefined)
    throw new Error('run by `npm test -- --only package`, which packs and installs first')
  return JSON.parse(text)
})()

export const root = new URL('../../', import.meta.url)
export const fixtures = new URL('tests/fixtures/', root)
export const consumer = fileURLToPath(new URL('tests/package/consumer/', root))

/** A pyramid with a sidecar whose pixels are on record, level by level. */
export async function pyramid() {
  const manifest = JSON.parse(await readFile(new URL('manifest.json', fixtures), 'utf8'))
  const whole = ({ expect, sidecar }) => sidecar && expect?.levels.every(level => level.pixels !== null)
  const found = manifest.find(entry => whole(entry) && entry.expect.levels.length > 1)
  if (!found) throw new Error('the manifest names no pyramid with a sidecar and recorded pixels')
  const pixels = await Promise.all(
    found.expect.levels.map(level => readFile(new URL(level.pixels, fixtures))),
  )
  return { file: found.file, ...found.expect, pixels }
}

/**
 * Cuts a window out of a level's recorded pixels (band after band, little endian).
 *
 * @param {Buffer} pixels
 * @param {{ width: number, height: number }} level
 * @param {number} bands
 * @param {[number, number, number, number]} window
 */
export function crop(pixels, { width, height }, bands, [x, y, columns, rows]) {
  const size = pixels.length / (width * height * bands)
  const parts = []
  for (let band = 0; band < bands; band++) {
    for (let row = y; row < y + rows; row++) {
      const start = ((band * height + row) * width + x) * size
      parts.push(pixels.subarray(start, start + columns * size))
    }
  }
  return Buffer.concat(parts)
}
