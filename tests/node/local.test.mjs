// Blocks of files of this machine, which are read without the core.
import assert from 'node:assert/strict'
import { mkdtemp, open as openFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Assembly } from '../../pkg/assemble.js'
import { bringLocal, runsOf } from '../../pkg/blocks.local.js'
import { giveBytes, keptFor, takeBytes } from '../../pkg/buffers.js'
import { Call } from '../../pkg/call.js'
import { createPool, isPyramidionError, open } from '../../pkg/index.node.js'
import { piecesOf, readPieces } from '../../pkg/scatter.js'
import { FileSource } from '../../pkg/source.file.js'
import { BlobSource, BytesSource } from '../../pkg/source.local.js'
import { floatTiff } from '../../benches/tiff.mjs'
import { fakePlan } from './fake-core.mjs'

const KIB = 1024
let folder
before(async () => (folder = await mkdtemp(join(tmpdir(), 'local-'))))
after(() => rm(folder, { recursive: true, force: true }))

const block = (index, start, end) => ({ index, file: 0, start, end })

/** Brings the blocks; what came, block by block. */
async function bring(source, blocks, placeOf = () => undefined, goalOf = () => undefined) {
  const call = new Call()
  const came = []
  const cost = await bringLocal(source, blocks, call, {
    placeOf,
    goalOf,
    placed: ({ index }) => came.push({ index, how: 'placed' }),
    async take({ index }, bytes, lent) {
      came.push({ index, bytes: [...bytes], how: lent ? 'lent' : 'given' })
    },
  })
  return { call, cost, came: came.sort((a, b) => a.index - b.index) }
}

test('blocks that lie together are read together, up to a bound, and a wide gap is left out', () => {
  const spans = blocks => runsOf(blocks).map(({ start, end, blocks }) => [start, end, blocks.length])
  assert.deepEqual(spans([]), [])
  assert.deepEqual(spans([block(0, 10, 20), block(1, 20, 30), block(2, 0, 10)]), [[0, 30, 3]])
  const far = 30 + 32 * KIB
  assert.deepEqual(spans([block(0, 10, 30), block(1, far, far + 5)]), [[10, far + 5, 2]])
  assert.deepEqual(spans([block(0, 10, 30), block(1, far + 1, far + 5)]), [
    [10, 30, 1],
    [far + 1, far + 5, 1],
  ])
  const half = 512 * KIB
  assert.deepEqual(spans([0, 1, 2, 3].map(i => block(i, i * half, (i + 1) * half))), [
    [0, 2 * half, 2],
    [2 * half, 4 * half, 2],
  ])
  // Blocks may share bytes, and one may be larger than any run.
  assert.deepEqual(spans([block(0, 0, 9), block(1, 0, 9), block(2, 9, 9 + 4 * half)]), [
    [0, 9, 2],
    [9, 9 + 4 * half, 1],
  ])
})

test('of a Blob more is read at once than of a file', async () => {
  const blocks = [0, 1, 2, 3].map(i => block(i, i * 1024 * KIB, (i + 1) * 1024 * KIB))
  const bytes = new Uint8Array(4 * 1024 * KIB)
  const read = async source => (await bring(source, blocks)).cost.requests
  assert.deepEqual(
    [await read(new BlobSource(new Blob([bytes]))), await read(new BytesSource(bytes))],
    [1, 4],
  )
})

test('each block gets its bytes: its own buffer alone, a part of one among others, a view of memory', async () => {
  const path = join(folder, 'bytes')
  const bytes = Uint8Array.from({ length: 200 * KIB }, (_, i) => i * 7 + (i >> 8))
  await writeFile(path, bytes)
  const blocks = [block(0, 100, 110), block(1, 120, 125), block(2, 190 * KIB, 200 * KIB)]
  const wanted = blocks.map(({ index, start, end }) => ({ index, bytes: [...bytes.subarray(start, end)] }))
  const file = new FileSource(path)
  for (const [source, hows] of [
    [file, ['lent', 'lent', 'given']],
    [new BytesSource(bytes), ['lent', 'lent', 'lent']],
  ]) {
    const { call, cost, came } = await bring(source, blocks)
    call.check()
    assert.deepEqual(
      came,
      wanted.map((one, i) => ({ ...one, how: hows[i] })),
    )
    const { waitMs, ...counts } = cost
    const useful = 15 + 10 * KIB
    assert.deepEqual(counts, {
      requests: 2,
      bytes: useful + 10,
      usefulBytes: useful,
      cacheHits: 0,
      retries: 0,
    })
    assert.ok(waitMs >= 0)
  }
  file.close()
})

test('a file that ends before a block is an error with the numbers', async () => {
  const path = join(folder, 'short')
  await writeFile(path, new Uint8Array(100))
  const file = new FileSource(path)
  for (const source of [file, new BytesSource(new Uint8Array(100))]) {
    for (const [start, end, found, words] of [
      [90, 120, 10, `bytes 90..120 are not all there: the file ends at byte 100`],
      [150, 160, 0, `bytes 150..160 are not there: the file ends at or before byte 150`],
    ]) {
      const { call, came } = await bring(source, [block(0, start, end)])
      assert.throws(
        () => call.check(),
        error => {
          assert.ok(isPyramidionError(error, 'truncated'))
          const { detail, message } = error
          assert.equal(message, words)
          assert.deepEqual(detail, { url: source.name, range: { start, end }, found, limit: end - start })
          return true
        },
      )
      assert.deepEqual(came, [])
    }
  }
  await truncate(path, 50)
  const { call } = await bring(file, [block(0, 40, 60)])
  assert.throws(() => call.check(), { code: 'truncated' })
  file.close()
})

test('rows that are the result’s own are read into it, others through a buffer', async () => {
  const stored = Uint8Array.from({ length: 64 }, (_, i) => i)
  const path = join(folder, 'rows')
  await writeFile(path, stored)
  const source = new FileSource(path)
  const whole = { storedRows: [0, 8] }
  const cases = [
    // Two blocks of whole rows, one behind the other in the file and in the result.
    [
      [
        [0, 0, 8, 2],
        [0, 2, 8, 2],
      ],
      [whole, whole],
      'placed',
    ],
    // The lower one comes first in the file: two places.
    [
      [
        [0, 2, 8, 2],
        [0, 0, 8, 2],
      ],
      [whole, whole],
      'lent',
    ],
    // Half a row, and rows with something between them.
    [[[0, 0, 4, 4]], [{ storedRows: [0, 4] }], 'given'],
    [[[0, 0, 8, 2]], [{ storedRows: [0, 9] }], 'given'],
    [[[0, 0, 8, 2]], [{ storedRows: [1, 8] }], 'given'],
    [[[0, 0, 8, 2]], [{}], 'given'],
  ]
  for (const [blocks, rows, how] of cases) {
    const plan = fakePlan({ blocks: blocks.map(place => ({ place, bytes: 16 })) })
    plan.blocks.forEach((one, i) => Object.assign(one, rows[i], { start: i * 16 + 5, end: i * 16 + 21 }))
    const assembly = new Assembly(plan, undefined)
    const { call, came } = await bring(source, plan.blocks, one => assembly.placeOf(one))
    call.check()
    assert.deepEqual(new Set(came.map(one => one.how)), new Set([how]), JSON.stringify(blocks))
    const length = how === 'placed' ? 32 : 0
    assert.deepEqual([...assembly.data.subarray(0, length)], [...stored.subarray(5, 5 + length)])
    assert.deepEqual([...assembly.data.subarray(length)], Array(32 - length).fill(0))
  }
  source.close()
})

/** A file whose reads of several pieces are counted. */
class Scattering extends FileSource {
  pieces = []

  async scatter(run, goalOf) {
    this.pieces.push(piecesOf(run, goalOf)?.length)
    return super.scatter(run, goalOf)
  }
}

test('rows of which more is stored than wanted are read into the result, where they are long and all there', async () => {
  const [row, stride, lead] = [5000, 70_000, 300]
  const at = (block, i) => 50 + block * 2 * stride + lead + i * stride
  const stored = Uint8Array.from({ length: 50 + 4 * stride }, (_, i) => (i * 31) ^ (i >> 9))
  const path = join(folder, 'long rows')
  await writeFile(path, stored)
  // The file's first block is the lower one.
  const read = async (wanted, changes = {}, width = row) => {
    const blocks = [2, 0].map(y => ({ place: [7, y, width, 2], bytes: 2 * stride }))
    const plan = fakePlan({ width: 6000, height: 4, blocks, ...changes })
    plan.blocks.forEach((one, i) => {
      const start = 50 + i * 2 * stride
      Object.assign(one, { storedRows: [lead, stride], start, end: start + 2 * stride })
    })
    const assembly = new Assembly(plan, undefined)
    const source = new Scattering(path)
    const ask = [one => assembly.placeOf(one), one => assembly.goalOf(one)]
    const { call, cost, came } = await bring(source, plan.blocks, ...ask)
    source.close()
    assert.deepEqual(new Set(came.map(one => one.how)), new Set(wanted ? [wanted] : []))
    return { call, cost, data: assembly.data, pieces: source.pieces }
  }

  const { call, cost, data, pieces } = await read('placed')
  call.check()
  // Each row, and what is before and behind it, in pieces of at most 32 KiB.
  assert.deepEqual([pieces, cost.requests, cost.bytes], [[4 + 1 + 3 * 2 + 2], 1, 4 * stride])
  const expected = new Uint8Array(6000 * 4)
  for (const [block, y] of [2, 0].entries()) {
    for (const i of [0, 1]) {
      expected.set(stored.subarray(at(block, i), at(block, i) + row), (y + i) * 6000 + 7)
    }
  }
  assert.deepEqual(data, expected)

  assert.deepEqual((await read('lent', {}, 4000)).pieces, [undefined], 'short rows')
  assert.deepEqual((await read('lent', { bands: [1, 2] })).pieces, [undefined], 'of two bands in one row')
  await truncate(path, 40 + 4 * stride)
  const short = await read(undefined)
  assert.throws(() => short.call.check(), { code: 'truncated', message: /the file ends at byte 280040/ })
})

test('pieces are filled one after the other, however many there are', async () => {
  const stored = Uint8Array.from({ length: 9000 }, (_, i) => (i * 31) ^ (i >> 7))
  const path = join(folder, 'pieces')
  await writeFile(path, stored)
  const handle = await openFile(path)
  // More than the system takes at once.
  const sizes = Array.from({ length: 3000 }, (_, i) => i % 7)
  const pieces = sizes.map(size => new Uint8Array(size))
  const count = sizes.reduce((sum, size) => sum + size)
  assert.equal(await readPieces(handle, 3, pieces), Math.min(count, 8997))
  const flat = pieces.flatMap(piece => [...piece])
  assert.deepEqual(
    flat,
    [...stored.subarray(3), ...Array(count)].slice(0, count).map(byte => byte ?? 0),
  )
  await handle.close()
})

test('a buffer that was given back is taken again, once, and never one that was transferred', () => {
  while (keptFor(64 * KIB)) {
    // Left by reads before.
  }
  const first = takeBytes(300 * KIB)
  assert.equal(first.length, 300 * KIB)
  giveBytes(first)
  giveBytes(first)
  assert.equal(takeBytes(400 * KIB).buffer, first.buffer)
  assert.equal(keptFor(64 * KIB), undefined)
  structuredClone(first, { transfer: [first.buffer] })
  giveBytes(first)
  giveBytes(new Uint8Array(new SharedArrayBuffer(100 * KIB)))
  assert.equal(keptFor(64 * KIB), undefined)
  // What is kept is bounded, and the oldest goes first.
  const many = Array.from({ length: 10 }, () => takeBytes(1024 * KIB))
  many.forEach(giveBytes)
  const kept = Array.from({ length: 10 }, () => keptFor(1024 * KIB)).filter(Boolean)
  assert.deepEqual(
    new Set(kept.map(({ buffer }) => buffer)),
    new Set(many.slice(2).map(({ buffer }) => buffer)),
  )
})

test('a file reads as its bytes do, in the calling thread and in workers, again and again', async () => {
  const bytes = floatTiff({ size: 1024, tile: 256 })
  const path = join(folder, 'float.tif')
  await writeFile(path, bytes)
  const pool = createPool({ size: 2 })
  const memory = await open(bytes, { workers: 0 })
  const expected = (await memory.read()).data
  for (const workers of [0, pool]) {
    const raster = await open(path, { workers })
    const before = raster.stats()
    for (let round = 0; round < 3; round++) {
      const { data, stats } = await raster.read()
      assert.deepEqual(data, expected)
      assert.ok(stats.requests > 0 && stats.bytes >= stats.usefulBytes && stats.usefulBytes > 100 * KIB)
      const window = [300, 200, 500, 400]
      const [one, two] = await Promise.all([raster.read({ window }), raster.read({ window })])
      assert.deepEqual(one.data, two.data)
      const row = expected.subarray(200 * 1024 + 300, 200 * 1024 + 800)
      assert.deepEqual(one.data.subarray(0, 500), row)
    }
    assert.ok(raster.stats().requests > before.requests + 3)
    raster.close()
  }
  memory.close()
  pool.close()
})

/** One strip of PackBits' plain runs, 256 x 512 pixels, and no StripByteCounts. */
function uncounted() {
  const entries = [
    [256, 256],
    [257, 512],
    [258, 8],
    [259, 32773],
    [262, 1],
    [273, 128],
    [277, 1],
    [278, 512],
  ]
  const bytes = new Uint8Array(128 + 1024 * 129)
  const view = new DataView(bytes.buffer)
  bytes.set([0x49, 0x49, 42, 0, 8, 0, 0, 0, entries.length])
  entries.forEach(([tag, value], index) => {
    const at = 10 + 12 * index
    view.setUint16(at, tag, true)
    view.setUint16(at + 2, 3, true)
    view.setUint32(at + 4, 1, true)
    view.setUint32(at + 8, value, true)
  })
  const pixels = Uint8Array.from({ length: 1024 * 128 }, (_, index) => index % 251)
  for (let run = 0; run < 1024; run++) {
    bytes[128 + 129 * run] = 127
    bytes.set(pixels.subarray(128 * run, 128 * run + 128), 129 + 129 * run)
  }
  return { bytes, pixels }
}

test('a block without a byte count reaches to the end of the file, whose length each source tells', async () => {
  const { bytes, pixels } = uncounted()
  const path = join(folder, 'uncounted.tif')
  await writeFile(path, bytes)
  for (const source of [path, new Blob([bytes]), bytes]) {
    const raster = await open(source, { workers: 0 })
    const { data } = await raster.read()
    assert.deepEqual(data, pixels)
    raster.close()
  }
})
