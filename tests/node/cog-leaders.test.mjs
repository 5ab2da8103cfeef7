// B.12: what the leaders of a Cloud Optimized GeoTIFF save, counted; and what becomes of those that lie.

import assert from 'node:assert/strict'
import { afterEach, describe, test } from 'node:test'
import { deflateSync } from 'node:zlib'
import { open } from '../../pkg/index.node.js'

const [ACROSS, TILE] = [100, 16]
const TILES = ACROSS * ACROSS
/** Far apart, so that no page of one table holds a piece of the other. */
const [OFFSETS, COUNTS, MASK_OFFSETS, MASK_COUNTS, BLOCKS] = [100_000, 300_000, 400_000, 600_000, 700_000]
const [SHORT, LONG, LONG8] = [3, 4, 16]
const TEXT = `LAYOUT=IFDS_BEFORE_DATA
BLOCK_ORDER=ROW_MAJOR
BLOCK_LEADER=SIZE_AS_UINT4
BLOCK_TRAILER=LAST_4_BYTES_REPEATED
KNOWN_INCOMPATIBLE_EDITION=NO
 MASK_INTERLEAVED_WITH_IMAGERY=YES
`

/** The value of all pixels of a tile, and of its mask. */
const valueOf = tile => (tile * 7) % 251
const maskOf = tile => (tile % 3 === 0 ? 0 : 255)

function directory(next, kind, offsets, counts) {
  const entries = [
    [254, LONG, 1, kind],
    [256, LONG, 1, ACROSS * TILE],
    [257, LONG, 1, ACROSS * TILE],
    [258, SHORT, 1, 8],
    [259, SHORT, 1, 8],
    [262, SHORT, 1, kind ? 4 : 1],
    [277, SHORT, 1, 1],
    [322, SHORT, 1, TILE],
    [323, SHORT, 1, TILE],
    [324, LONG8, TILES, offsets],
    [325, LONG, TILES, counts],
  ]
  const bytes = Buffer.alloc(16 + entries.length * 20)
  bytes.writeBigUInt64LE(BigInt(entries.length), 0)
  entries.forEach(([tag, type, count, value], index) => {
    const at = 8 + index * 20
    bytes.writeUInt16LE(tag, at)
    bytes.writeUInt16LE(type, at + 2)
    bytes.writeBigUInt64LE(BigInt(count), at + 4)
    bytes.writeBigUInt64LE(BigInt(value), at + 12)
  })
  bytes.writeBigUInt64LE(BigInt(next), 8 + entries.length * 20)
  return bytes
}

function framed(block) {
  const leader = Buffer.alloc(4)
  leader.writeUInt32LE(block.length)
  return Buffer.concat([leader, block, block.subarray(-4)])
}

/** A COG of 10,000 tiles, each with its mask behind it. `text` is that of the ghost area, `spoil` changes the bytes. */
function cog({ text = TEXT, spoil = () => {} } = {}) {
  const parts = []
  const places = []
  let at = BLOCKS
  const put = block => {
    parts.push(framed(block))
    const place = { at: at + 4, size: block.length }
    at += block.length + 8
    return place
  }
  for (let tile = 0; tile < TILES; tile++) {
    const pixels = put(deflateSync(Buffer.alloc(TILE * TILE, valueOf(tile)), { level: 1 }))
    const mask = put(deflateSync(Buffer.alloc(TILE * TILE, maskOf(tile)), { level: 1 }))
    places.push({ pixels, mask })
  }
  const head = Buffer.alloc(BLOCKS)
  head.write('II')
  head.writeUInt16LE(43, 2)
  head.writeUInt16LE(8, 4)
  head.writeBigUInt64LE(1024n, 8)
  head.write(`GDAL_STRUCTURAL_METADATA_SIZE=000174 bytes\n${text}`, 16)
  directory(2048, 0, OFFSETS, COUNTS).copy(head, 1024)
  directory(0, 4, MASK_OFFSETS, MASK_COUNTS).copy(head, 2048)
  places.forEach(({ pixels, mask }, tile) => {
    head.writeBigUInt64LE(BigInt(pixels.at), OFFSETS + tile * 8)
    head.writeUInt32LE(pixels.size, COUNTS + tile * 4)
    head.writeBigUInt64LE(BigInt(mask.at), MASK_OFFSETS + tile * 8)
    head.writeUInt32LE(mask.size, MASK_COUNTS + tile * 4)
  })
  const bytes = Buffer.concat([head, ...parts])
  spoil(bytes, places)
  return bytes
}

/** The file as a source that notes what it is asked for. */
function sourceOf(bytes) {
  const asked = []
  return {
    asked,
    size: bytes.length,
    async read(ranges) {
      asked.push(...ranges)
      return ranges.map(({ start, end }) => new Uint8Array(bytes.subarray(start, end)))
    },
  }
}

const plain = TEXT.replace('BLOCK_LEADER', 'BLOCK_READER')

describe('B.12 leaders', () => {
  const rasters = []
  afterEach(() => rasters.splice(0).forEach(raster => raster.close()))

  /** Reads a window of tiles; what was asked for besides the first range. */
  async function readTiles(file, [x, y, width, height], options = {}) {
    const source = sourceOf(file)
    const raster = await open(source)
    rasters.push(raster)
    const scaled = [x, y, width, height].map(tiles => tiles * TILE)
    const read = await raster.read({ window: scaled, ...options })
    check(read, [x, y, width, height])
    return { asked: source.asked.slice(1), source, raster, read }
  }

  function check({ data, mask }, [x, y, width, height]) {
    for (let row = 0; row < height * TILE; row++) {
      for (let column = 0; column < width * TILE; column++) {
        const tile = (y + Math.floor(row / TILE)) * ACROSS + x + Math.floor(column / TILE)
        const at = row * width * TILE + column
        assert.equal(data[at], valueOf(tile), `pixel ${column}, ${row}`)
        if (mask) assert.equal(mask[at], maskOf(tile), `mask ${column}, ${row}`)
      }
    }
  }

  const within = (range, start, end) => range.start < end && range.end > start
  const ofCounts = range => within(range, COUNTS, MASK_OFFSETS) || within(range, MASK_COUNTS, BLOCKS)

  test('B.12 one tile takes a page of offsets and the tile; without leaders a page of byte counts as well', async () => {
    const { asked } = await readTiles(cog(), [50, 50, 1, 1])
    assert.equal(asked.length, 2, JSON.stringify(asked))
    assert.ok(!asked.some(ofCounts), JSON.stringify(asked))
    const { asked: more } = await readTiles(cog({ text: plain }), [50, 50, 1, 1])
    assert.equal(more.length, 3, JSON.stringify(more))
    assert.equal(more.filter(ofCounts).length, 1)
  })

  test('B.12 windows of any size take fewer requests than by the tables', async () => {
    for (const window of [
      [0, 0, 3, 3],
      [97, 97, 3, 3],
      [40, 20, 5, 1],
      [10, 10, 20, 12],
    ]) {
      const { asked } = await readTiles(cog(), window)
      const { asked: more } = await readTiles(cog({ text: plain }), window)
      assert.ok(asked.length < more.length, `${window}: ${asked.length}, ${more.length} by the tables`)
      assert.ok(!asked.some(ofCounts))
    }
  })

  test('B.12 the last tile ends where the file does: no byte counts for it', async () => {
    const { asked } = await readTiles(cog(), [99, 99, 1, 1], { mask: true })
    assert.equal(asked.length, 2, JSON.stringify(asked))
    assert.ok(!asked.some(ofCounts))
  })

  test('B.12 pixels and mask take one range: not one request more than the pixels alone', async () => {
    for (const window of [
      [50, 50, 1, 1],
      [10, 10, 4, 3],
    ]) {
      const alone = await readTiles(cog(), window)
      const both = await readTiles(cog(), window, { mask: true })
      assert.deepEqual(both.asked, alone.asked)
      assert.equal(both.read.stats.bytes, alone.read.stats.bytes)
      // By the tables it takes the mask's offsets and byte counts, too.
      const tables = await readTiles(cog({ text: plain }), window, { mask: true })
      assert.ok(tables.asked.length >= both.asked.length + 3, `${tables.asked.length}`)
    }
  })

  test('B.12 a file that was edited is read by its tables, and says so', async () => {
    const text = TEXT.replace('EDITION=NO\n ', 'EDITION=YES\n')
    const { asked, raster } = await readTiles(cog({ text }), [50, 50, 1, 1], { mask: true })
    assert.ok(asked.some(ofCounts))
    assert.ok(raster.warnings.some(warning => warning.includes('KNOWN_INCOMPATIBLE_EDITION=YES')))
  })

  test('B.12 byte counts of zero are no need: pixels and masks of every tile', async () => {
    const spoil = bytes => {
      bytes.fill(0, COUNTS, MASK_OFFSETS)
      bytes.fill(0, MASK_COUNTS, BLOCKS)
    }
    await readTiles(cog({ spoil }), [0, 0, 4, 4], { mask: true })
    await readTiles(cog({ spoil }), [97, 98, 3, 2], { mask: true })
  })

  const tile = 50 * ACROSS + 50
  const end = ({ at, size }) => at + size
  for (const [what, spoil] of [
    ['a leader', (bytes, { pixels }) => bytes.writeUInt32LE(5000, pixels.at - 4)],
    ['a leader that is too small', (bytes, { pixels }) => bytes.writeUInt32LE(4, pixels.at - 4)],
    ['a trailer', (bytes, { pixels }) => bytes.fill(0x55, end(pixels), end(pixels) + 4)],
    ["a mask's leader", (bytes, { mask }) => bytes.writeUInt32LE(5000, mask.at - 4)],
    ["a mask's trailer", (bytes, { mask }) => bytes.fill(0x55, end(mask), end(mask) + 4)],
  ]) {
    test(`B.12 the byte counts are asked where it does not fit: ${what}`, async () => {
      const file = cog({ spoil: (bytes, places) => spoil(bytes, places[tile]) })
      const { asked, source, raster } = await readTiles(file, [49, 50, 3, 1], { mask: true })
      assert.ok(asked.some(ofCounts), JSON.stringify(asked))
      const sofar = source.asked.length
      const later = await raster.read({ window: [20 * TILE, 20 * TILE, TILE, TILE] })
      check(later, [20, 20, 1, 1])
      // Exactly the tile, without its frame; but where only masks were found elsewhere, pixels are still found by their leaders.
      const { start, end } = source.asked.slice(sofar).at(-1)
      const text = what.includes('mask') ? TEXT : plain
      const { asked: exact } = await readTiles(cog({ text }), [20, 20, 1, 1])
      assert.deepEqual({ start, end }, exact.at(-1))
      const masked = await raster.read({ window: [20 * TILE, 21 * TILE, TILE, TILE], mask: true })
      check(masked, [20, 21, 1, 1])
      assert.ok(within(source.asked.at(-1), BLOCKS, file.length))
    })
  }
})
