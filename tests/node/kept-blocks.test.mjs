// Blocks of which reads want little: decoded once, kept within a bound, and the pixels that a whole read has.
import assert from 'node:assert/strict'
import { afterEach, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { cache, configure, open } from '../../pkg/index.node.js'
import { KeptBlocks } from '../../pkg/kept-blocks.js'
import { readManifests } from '../fixtures/manifests.mjs'
import { startServer } from '../server/server.mjs'

const path = file => fileURLToPath(new URL(`../fixtures/${file}`, import.meta.url))
const pixel = (x, y) => ({ window: [x, y, 1, 1] })
const MiB = 1024 * 1024

describe('what is kept', () => {
  const samples = bytes => new Uint8Array(bytes)
  const kept = (limit, ...named) => {
    const blocks = new KeptBlocks()
    blocks.limit = limit
    for (const [key, bytes] of named) blocks.expect(key, 0)(samples(bytes))
    return blocks
  }

  test('stays within its bound; what was used longest ago goes first', () => {
    const blocks = kept(100, ['a', 40], ['b', 40])
    assert.equal(blocks.get('a').length, 40)
    blocks.expect('c', 0)(samples(40))
    assert.deepEqual(
      ['a', 'b', 'c'].map(key => blocks.get(key)?.length),
      [40, undefined, 40],
    )
    assert.equal(blocks.bytes, 80)
    blocks.expect('large', 0)(samples(101))
    assert.deepEqual([blocks.bytes, blocks.get('large')], [0, undefined])
    blocks.expect('a', 0)(samples(60))
    blocks.expect('a', 0)(samples(70))
    assert.equal(blocks.bytes, 70)
    blocks.limit = 50
    assert.deepEqual([blocks.bytes, blocks.get('a')], [0, undefined])
  })

  test('is forgotten by the beginning of its key, and what is coming then is not kept', async () => {
    const blocks = kept(100, ['1: a', 10], ['1: b', 10], ['12: a', 10])
    const tell = blocks.expect('1: c', 0)
    const coming = blocks.coming('1: c', 0)
    blocks.forget('1:')
    assert.deepEqual([blocks.bytes, blocks.coming('1: c', 0)], [10, undefined])
    tell(samples(20))
    assert.equal((await coming).length, 20)
    assert.equal(blocks.bytes, 10)
    blocks.forget()
    assert.equal(blocks.bytes, 0)
  })

  test('a more urgent read does not wait for a less urgent one', async () => {
    const blocks = kept(100)
    const tell = blocks.expect('a', 1)
    assert.equal(blocks.coming('a', 2), undefined)
    const coming = blocks.coming('a', 1)
    assert.equal(blocks.coming('a', 0), coming)
    // Its own bringing takes the place; the older one still reaches those who wait for it.
    const sooner = blocks.expect('a', 2)
    sooner(samples(5))
    tell(samples(6))
    assert.deepEqual([(await coming).length, blocks.get('a').length], [6, 5])
  })
})

describe('small reads', () => {
  let rasters = []
  const opened = async (source, options) => {
    const raster = await open(source, options)
    rasters.push(raster)
    return raster
  }

  afterEach(() => {
    for (const raster of rasters) raster.close()
    rasters = []
    configure({ decodedCacheBytes: 32 * MiB })
  })

  for (const workers of [0, 1]) {
    test(`pixels of one block decode it once, ${workers} workers`, async () => {
      const raster = await opened(path('data/cog_2048.tif'), { workers })
      const { data } = await raster.read({ window: [512, 512, 512, 512] })
      const points = Array.from({ length: 40 }, (_, i) => [(i * 37) % 512, (i * 91) % 512])
      const check = async () => {
        const before = raster.stats()
        const reads = await Promise.all(points.map(([x, y]) => raster.read(pixel(512 + x, 512 + y))))
        assert.deepEqual(
          reads.map(({ data }) => data[0]),
          points.map(([x, y]) => data[y * 512 + x]),
        )
        const { workerBlocks, requests } = raster.stats()
        const hits = reads.reduce((sum, { stats }) => sum + stats.cacheHits, 0)
        return [workerBlocks - before.workerBlocks, requests - before.requests, hits]
      }
      assert.deepEqual(await check(), [workers, 1, 39])
      assert.deepEqual(await check(), [0, 0, 40])
      cache.clear()
      assert.deepEqual(await check(), [workers, 1, 39])
    })
  }

  test('what is kept is bounded, counted, and gone with its raster', async () => {
    const raster = await opened(path('data/cog_2048.tif'), { workers: 0 })
    cache.clear()
    assert.equal(cache.stats().decodedBytes, 0)
    await raster.read(pixel(5, 5))
    const block = cache.stats().decodedBytes
    assert.ok(block > 0 && block <= MiB, `${block}`)
    configure({ decodedCacheBytes: 2 * block })
    for (let x = 100; x < 2048; x += 512) await raster.read(pixel(x, 700))
    assert.equal(cache.stats().decodedBytes, 2 * block)
    // Most of a block is not kept: whoever reads that goes on to the next.
    cache.clear()
    await raster.read({ window: [0, 0, 400, 400] })
    assert.equal(cache.stats().decodedBytes, 0)
    await raster.read(pixel(5, 5))
    raster.close()
    assert.equal(cache.stats().decodedBytes, 0)
  })

  test('a read that is aborted, or fails, takes no other with it', async () => {
    const server = await startServer({ mounts: { '/data/': path('data') } })
    try {
      const raster = await opened(`${server.url}/fault/latency:60/data/cog_2048.tif`)
      const wanted = (await (await opened(path('data/cog_2048.tif'))).read(pixel(9, 9))).data[0]
      await raster.levels()
      const controller = new AbortController()
      const first = raster.read({ ...pixel(3, 3), signal: controller.signal })
      // It has promised the block by now, and is waiting for its bytes.
      await new Promise(resolve => setTimeout(resolve, 30))
      const second = raster.read(pixel(9, 9))
      const third = new AbortController()
      const given = raster.read({ ...pixel(9, 9), signal: third.signal })
      await new Promise(resolve => setTimeout(resolve, 5))
      third.abort(new Error('third'))
      await assert.rejects(given, /third/)
      controller.abort(new Error('first'))
      await assert.rejects(first, /first/)
      assert.equal((await second).data[0], wanted)
    } finally {
      for (const raster of rasters.splice(0)) raster.close()
      await server.close()
    }
  })

  test('a damaged block is the error of each read that wants it', async () => {
    const raster = await opened(path('data/damaged_deflate_cut.tif'), { workers: 0 })
    const codes = await Promise.all(
      [1, 2, 3].map(x => raster.read(pixel(x, 20)).catch(error => [error.code, error.detail.block])),
    )
    assert.equal(new Set(codes.map(String)).size, 1)
    assert.ok(['malformed', 'truncated'].includes(codes[0][0]), String(codes))
  })
})

/** Element by element out of a whole read. */
function cut({ data, width, height, bands }, [x, y, across, down], layout) {
  const parts = data.length / (width * height * bands.length)
  const part = []
  const row = (band, line, column) =>
    (layout === 'band'
      ? (band * height + line) * width + column
      : (line * width + column) * bands.length + band) * parts
  const places = []
  if (layout === 'band') {
    for (let band = 0; band < bands.length; band++)
      for (let line = y; line < y + down; line++)
        for (let column = x; column < x + across; column++) places.push(row(band, line, column))
  } else {
    for (let line = y; line < y + down; line++)
      for (let column = x; column < x + across; column++)
        for (let band = 0; band < bands.length; band++) places.push(row(band, line, column))
  }
  for (const place of places) for (let i = 0; i < parts; i++) part.push(data[place + i])
  return part
}

test('every fixture: windows of a few pixels hold what the whole read holds, twice', async () => {
  const [compared, kept] = [{ windows: 0 }, { blocks: 0 }]
  for (const { file } of await readManifests()) {
    const raster = await open(path(file), { workers: 0 }).catch(() => undefined)
    const whole = {}
    try {
      for (const layout of ['band', 'pixel']) whole[layout] = await raster.read({ layout, mask: true })
    } catch {
      raster?.close()
      continue
    }
    const { width, height } = whole.band
    const windows = [0.1, 0.5, 0.93].map(at => {
      const [x, y] = [Math.floor(at * width), Math.floor((1 - at) * height * 0.99)]
      return [x, y, Math.min(3, width - x), Math.min(2, height - y)]
    })
    for (const round of [1, 2]) {
      for (const layout of ['band', 'pixel']) {
        const reads = windows.map(window => raster.read({ window, layout, mask: true }))
        for (const [i, { data, mask }] of (await Promise.all(reads)).entries()) {
          const what = `${file}, ${windows[i]}, ${layout}, time ${round}`
          assert.deepEqual([...data], cut(whole[layout], windows[i], layout), what)
          const all = { ...whole[layout], data: whole[layout].mask, bands: [1] }
          assert.deepEqual([...mask], cut(all, windows[i], 'band'), what)
          compared.windows += 1
        }
      }
    }
    kept.blocks += Number(cache.stats().decodedBytes > 0)
    raster.close()
  }
  assert.ok(compared.windows > 20_000 && kept.blocks > 1_000, JSON.stringify({ ...compared, ...kept }))
})
