// Reads a PNG by hand, as its specification says: chunks with their checksums, filters, 8-bit samples.
import assert from 'node:assert/strict'
import { inflateSync } from 'node:zlib'

const SAMPLES = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }

export function decodePng(file) {
  assert.equal(file.toString('latin1', 0, 8), '\x89PNG\r\n\x1a\n')
  const chunks = {}
  const order = []
  for (let at = 8; at < file.length;) {
    const length = file.readUInt32BE(at)
    const type = file.toString('latin1', at + 4, at + 8)
    assert.equal(
      file.readUInt32BE(at + 8 + length),
      crcOf(file.subarray(at + 4, at + 8 + length)),
      `checksum of ${type}`,
    )
    chunks[type] = file.subarray(at + 8, at + 8 + length)
    order.push(type)
    at += 12 + length
  }
  assert.deepEqual([order[0], order.at(-1)], ['IHDR', 'IEND'])
  const [width, height] = [chunks.IHDR.readUInt32BE(0), chunks.IHDR.readUInt32BE(4)]
  const [depth, colorType, ...rest] = chunks.IHDR.subarray(8)
  assert.deepEqual([depth, ...rest], [8, 0, 0, 0])
  const samples = unfiltered(inflateSync(chunks.IDAT), width, height, SAMPLES[colorType])
  return { width, height, colorType, chunks, samples }
}

function unfiltered(bytes, width, height, pixel) {
  const row = width * pixel
  assert.equal(bytes.length, (row + 1) * height)
  const samples = []
  for (let y = 0; y < height; y++) {
    const [filter, ...line] = bytes.subarray(y * (row + 1), (y + 1) * (row + 1))
    assert.ok(filter === 0 || filter === 1, `filter ${filter}`)
    line.forEach((_, i) => {
      if (filter === 1 && i >= pixel) line[i] = (line[i] + line[i - pixel]) & 255
    })
    samples.push(...line)
  }
  return samples
}

/** Bit by bit, unlike the writer's. */
function crcOf(bytes) {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return (crc ^ 0xffffffff) >>> 0
}
