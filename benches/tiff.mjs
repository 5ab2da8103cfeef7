// Tiled TIFFs made in memory, so that a benchmark needs no file and no other program.

import { deflateSync } from 'node:zlib'

const LONG = 4
const SHORT = 3

/**
 * A classic little-endian TIFF of one float32 band, in Deflate tiles with predictor 3.
 *
 * @param {{ size: number, tile: number }} shape pixels of a side, of the image and of its tiles
 * @returns {Uint8Array}
 */
export function floatTiff({ size, tile }) {
  const across = Math.ceil(size / tile)
  const tiles = Array.from({ length: across * across }, (_, i) =>
    deflateSync(predicted(terrain((i % across) * tile, Math.floor(i / across) * tile, tile), tile), {
      level: 6,
    }),
  )
  const head = 8 + 2 + 13 * 12 + 4
  const tables = head + tiles.length * 8
  let at = tables
  const offsets = tiles.map(({ length }) => (at += length) - length)
  const file = new Uint8Array(at)
  const view = new DataView(file.buffer)
  file.set([0x49, 0x49, 42, 0, 8, 0, 0, 0])
  const list = (values, place) => {
    if (values.length === 1) return values[0]
    values.forEach((value, i) => view.setUint32(place + 4 * i, value, true))
    return place
  }
  const entries = [
    [256, LONG, 1, size],
    [257, LONG, 1, size],
    [258, SHORT, 1, 32],
    [259, SHORT, 1, 8],
    [262, SHORT, 1, 1],
    [277, SHORT, 1, 1],
    [284, SHORT, 1, 1],
    [317, SHORT, 1, 3],
    [322, LONG, 1, tile],
    [323, LONG, 1, tile],
    [324, LONG, tiles.length, list(offsets, head)],
    [
      325,
      LONG,
      tiles.length,
      list(
        tiles.map(({ length }) => length),
        head + tiles.length * 4,
      ),
    ],
    [339, SHORT, 1, 3],
  ]
  view.setUint16(8, entries.length, true)
  entries.forEach(([tag, type, count, value], i) => {
    const place = 10 + 12 * i
    view.setUint16(place, tag, true)
    view.setUint16(place + 2, type, true)
    view.setUint32(place + 4, count, true)
    view.setUint32(place + 8, value, true)
  })
  tiles.forEach((bytes, i) => file.set(bytes, offsets[i]))
  return file
}

/** Hills with a little noise: compresses as elevations do. */
function terrain(left, top, tile) {
  const heights = new Float32Array(tile * tile)
  let noise = (left * 31 + top) | 1
  for (let y = 0; y < tile; y++) {
    for (let x = 0; x < tile; x++) {
      noise = (Math.imul(noise, 1664525) + 1013904223) | 0
      const hills = 900 * Math.sin((left + x) / 310) * Math.cos((top + y) / 270)
      heights[y * tile + x] = Math.round((1500 + hills + (noise >>> 24) / 64) * 10) / 10
    }
  }
  return heights
}

/** Predictor 3: the bytes of a row's numbers, most significant ones first, each less the one before it. */
function predicted(heights, tile) {
  const bytes = new Uint8Array(heights.buffer)
  const row = tile * 4
  const result = new Uint8Array(bytes.length)
  for (let start = 0; start < bytes.length; start += row) {
    for (let x = 0; x < tile; x++) {
      for (let part = 0; part < 4; part++) result[start + part * tile + x] = bytes[start + x * 4 + 3 - part]
    }
    for (let i = row - 1; i > 0; i--) result[start + i] -= result[start + i - 1]
  }
  return result
}
