// What reading costs on the wire, counted by the server.

import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { open } from '../../pkg/index.node.js'
import { startServer } from '../server/server.mjs'

const fixtures = fileURLToPath(new URL('../fixtures/data', import.meta.url))
const scene = fileURLToPath(new URL('../../examples/scene', import.meta.url))

describe('requests', () => {
  let server, rasters

  beforeEach(async () => {
    rasters = []
    server = await startServer({ mounts: { '/data/': fixtures, '/scene/': scene } })
  })

  afterEach(async () => {
    for (const raster of rasters) raster.close()
    await server.close()
  })

  const opened = async (path, options) => {
    const raster = await open(`${server.url}${path}`, options)
    rasters.push(raster)
    return raster
  }
  const spent = async () => {
    await server.idle()
    return server.counts()
  }

  test('a COG whose header fits the first range opens in one', async () => {
    await opened('/data/cog_2048.tif')
    assert.equal((await spent()).requests, 1)
  })

  test('open and one tile: two', async () => {
    const cog = await opened('/data/cog_2048.tif')
    await cog.read({ window: [512, 1024, 512, 512] })
    assert.equal((await spent()).requests, 2)
  })

  test('open and a window over nine tiles: at most four, and few bytes besides the tiles', async () => {
    const cog = await opened('/data/cog_2048.tif')
    const { stats } = await cog.read({ window: [300, 400, 1000, 1000] })
    const { requests, bytes } = await spent()
    assert.ok(requests <= 4, `${requests} requests`)
    const tiles = await storedBytes('/data/cog_2048.tif', [300, 400, 1000, 1000])
    assert.ok(bytes <= 1.25 * tiles + 32768, `${bytes} bytes for tiles of ${tiles}`)
    assert.equal(stats.requests, requests - 1)
    assert.equal(stats.bytes, bytes - 32768)
  })

  /** Stored bytes of the blocks of a window, as onProgress tells them. */
  async function storedBytes(path, window) {
    const other = await startServer({ mounts: { '/data/': fixtures } })
    const raster = await open(`${other.url}${path}`)
    let stored = 0
    await raster.read({ window, onProgress: ({ bytes }) => (stored = bytes) })
    raster.close()
    await other.close()
    return stored
  }

  test('the same window again: none', async () => {
    const cog = await opened('/data/cog_2048.tif')
    const window = [300, 400, 1000, 1000]
    const first = await cog.read({ window })
    const before = await spent()
    const second = await cog.read({ window })
    assert.equal((await spent()).requests, before.requests)
    assert.deepEqual(second.data, first.data)
    assert.equal(second.stats.requests, 0)
    assert.ok(second.stats.cacheHits > 0)
  })

  test('open and a whole overview of 1024 or less: two', async () => {
    for (const level of [1, 2]) {
      server.reset()
      const cog = await opened('/data/cog_2048.tif')
      const { width } = await cog.read({ level })
      assert.ok(width <= 1024)
      assert.equal((await spent()).requests, 2, `level ${level}`)
      cog.close()
    }
  })

  test('many files: 32 requests to one origin are under way before the first has ended', async () => {
    // Of files of their own, so that none can share a request.
    const paths = Array.from({ length: 40 }, (_, i) => `/fault/latency:60/data/cog_2048.tif?${i}`)
    const rasters = await Promise.all(paths.map(path => opened(path)))
    server.reset()
    const reads = rasters.map(raster => raster.read({ window: [700, 700, 1, 1] }))
    await Promise.all(reads)
    await server.idle()
    const first = Math.min(...server.log.map(({ end }) => end))
    assert.equal(server.log.filter(({ start }) => start < first).length, 32)
  })

  test('reads that begin in the same turn share requests', async () => {
    const cog = await opened('/data/cog_2048.tif')
    server.reset()
    // Blocks that lie one behind the other, each wanted by a read of its own.
    const reads = [0, 1, 2, 3].map(column => cog.read({ window: [512 * column + 5, 3, 1, 1] }))
    const stats = (await Promise.all(reads)).map(({ stats }) => stats.requests)
    assert.equal((await spent()).requests, 1)
    assert.deepEqual(stats, [1, 0, 0, 0])
  })

  test('A.6 base and sidecar: open and levels() take two, one sidecar tile a third', async () => {
    const raster = await opened('/scene/scene.tif')
    assert.equal((await spent()).requests, 1)
    const levels = await raster.levels()
    assert.deepEqual(new Set(levels.slice(1).map(({ file }) => file)), new Set(['sidecar']))
    assert.equal((await spent()).requests, 2)
    const { blockSize } = levels[1]
    await raster.read({ level: 1, window: [0, 0, ...blockSize] })
    assert.equal((await spent()).requests, 3)
    assert.deepEqual([...new Set(server.log.map(({ method }) => method))], ['GET'])
  })

  test('A.7 nothing is probed by open, by a read at full size, or when the base has overviews', async () => {
    const raster = await opened('/scene/scene.tif')
    await raster.read({ window: [0, 0, 10, 10] })
    await raster.read({ level: 0, window: [10, 10, 10, 10] })
    const cog = await opened('/data/cog_2048.tif')
    await cog.levels()
    await cog.preview({ maxSize: 256 })
    await server.idle()
    assert.deepEqual(
      server.log.filter(({ path }) => path.includes('.ovr')),
      [],
    )
    assert.equal(raster.sidecar.state, 'unprobed')
  })

  test('A.7 the absence of a sidecar is remembered', async () => {
    const raster = await opened('/data/ii_deflate_p1_uint8.tif')
    await raster.levels()
    await raster.levels()
    await raster.preview({ maxSize: 8 })
    await server.idle()
    assert.equal(server.log.filter(({ path }) => path.includes('.ovr')).length, 1)
    assert.equal(raster.sidecar.state, 'none')
    assert.match(raster.sidecar.reason, /404/)
  })

  test('A.27 readers that need the sidecar at once share the probe', async () => {
    const raster = await opened('/scene/scene.tif')
    await Promise.all([raster.levels(), raster.levels(), raster.preview({ maxSize: 256 })])
    await server.idle()
    const headers = server.log.filter(({ path, range }) => path.includes('.ovr') && /=0-/.test(range))
    assert.equal(headers.length, 1)
  })

  test('A.8 the sidecar is never read whole', async () => {
    const raster = await opened('/scene/scene.tif')
    const levels = await raster.levels()
    const before = (await spent()).bytes
    await raster.read({ level: 1, window: [0, 0, ...levels[1].blockSize] })
    const { bytes } = await spent()
    assert.ok(bytes - before < 150_000, `${bytes - before} bytes for one tile`)
  })

  test('B.9 two readers of one range share one request', async () => {
    const cog = await opened('/data/cog_2048.tif')
    const window = [0, 0, 512, 512]
    const [first, second] = await Promise.all([cog.read({ window }), cog.read({ window })])
    assert.deepEqual(first.data, second.data)
    assert.equal((await spent()).requests, 2)
  })

  test('no header but Range is sent unless asked for', async () => {
    await opened('/data/cog_2048.tif')
    await opened('/data/ii_deflate_p1_uint8.tif', { headers: { 'X-Token': 'a b' } })
    await server.idle()
    assert.equal(server.log[1].headers['x-token'], 'a b')
    assert.equal(server.log[0].headers['x-token'], undefined)
    assert.equal(server.log[0].range, 'bytes=0-32767')
  })
})
