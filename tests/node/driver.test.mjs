// The driver over real HTTP: what is sent, and what is shared.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Core, decode, fetchAll, isCode, rangesOf } from './core.mjs'
import { DriverScene, WINDOW, cog } from './driver-scene.mjs'

describe('driver', () => {
  const scene = new DriverScene()

  test('open is one request for the first range; a read is one more; the same read is none', async () => {
    const dataset = await scene.open('/cog_2048.tif')
    assert.equal(await scene.requests(), 1)
    assert.equal(scene.server.log[0].range, 'bytes=0-32767')
    const { plan, blocks, stats } = await fetchAll(dataset, WINDOW)
    assert.equal(await scene.requests(), 2)
    const { waitMs, usefulBytes, ...counts } = stats
    assert.deepEqual(counts, { requests: 1, bytes: stats.bytes, cacheHits: 0, retries: 0 })
    assert.equal(
      usefulBytes,
      rangesOf(plan).reduce((sum, { start, end }) => sum + end - start, 0),
    )
    assert.ok(waitMs >= 0 && waitMs < 2000)
    rangesOf(plan).forEach(({ start, end }, index) => {
      const { buffer, byteOffset } = blocks[index]
      assert.deepEqual([byteOffset, buffer.byteLength], [0, end - start], 'a fresh exact buffer')
      assert.deepEqual(Buffer.from(blocks[index]), cog.subarray(start, end))
    })
    const again = await fetchAll(dataset, WINDOW)
    assert.equal(await scene.requests(), 2)
    assert.deepEqual(again.stats, {
      requests: 0,
      bytes: 0,
      cacheHits: blocks.length,
      retries: 0,
      usefulBytes,
      waitMs: 0,
    })
    assert.notEqual(again.blocks[0].buffer, blocks[0].buffer)
    assert.deepEqual(again.blocks, blocks)
    assert.equal(dataset.stats().requests, 2)
    const decoded = decode(plan.blocks[0].job, blocks[0])
    assert.equal(decoded.buffer.byteLength, decoded.length)
    assert.ok(decoded.length > 0)
  })

  test('values have the shapes of core-types', async () => {
    const dataset = await scene.open('/cog_2048.tif')
    const info = dataset.info()
    assert.deepEqual([info.width, info.height, info.storage.blockSize.length], [2048, 2048, 2])
    assert.deepEqual(info.sidecar, {
      role: 'overviews',
      state: 'unprobed',
      url: scene.at('/cog_2048.tif.ovr'),
      reason: null,
    })
    assert.ok(Array.isArray(info.warnings))
    assert.equal(Object.getPrototypeOf(info.metadata), Object.prototype)
    const [full, half] = await dataset.levels()
    assert.deepEqual(Object.keys(half).sort(), [
      ...[
        'bandCount',
        'blockSize',
        'bounds',
        'colormap',
        'compression',
        'doubt',
        'dtype',
        'epsg',
        'file',
        'height',
      ],
      ...['index', 'metadata', 'nodata', 'scale', 'transform', 'url', 'width'],
    ])
    assert.deepEqual([full.url, half.file, half.scale], [scene.at('/cog_2048.tif'), 'base', [2, 2]])
    const plan = await dataset.plan(WINDOW)
    const [block] = plan.blocks
    assert.deepEqual(
      [block.file, typeof block.index, typeof block.start, typeof block.end],
      [0, 'number', 'number', 'number'],
    )
    assert.deepEqual(Object.keys(block.placement).sort(), ['bands', 'height', 'width', 'x', 'y'])
    assert.deepEqual(Object.keys(plan.stats).sort(), [
      'bytes',
      'cacheHits',
      'requests',
      'retries',
      'usefulBytes',
      'waitMs',
    ])
    structuredClone(plan)
  })

  test('scene.datasets of one URL share bytes only while they are asked for in the same way', async () => {
    const custom = (url, init) => fetch(url, init)
    const variants = [
      { url: scene.at('/cog_2048.tif') },
      { url: scene.at('/cog_2048.tif'), headers: { 'X-Key': '1' } },
      { url: scene.at('/cog_2048.tif'), headers: { 'X-Key': '2' } },
      { url: scene.at('/cog_2048.tif'), fetch: custom },
      { url: scene.at('/cog_2048.tif'), credentials: 'omit' },
      { url: scene.at('/cog_2048.tif'), cache: 'default' },
    ]
    for (const [index, variant] of variants.entries()) {
      await scene.open(variant)
      assert.equal(await scene.requests(), index + 1, JSON.stringify(variant))
    }
    await scene.open({ url: scene.at('/cog_2048.tif'), headers: new Headers({ 'x-key': '1' }) })
    await scene.open({ url: scene.at('/cog_2048.tif'), headers: [['x-KEY', '2']] })
    await scene.open({ url: scene.at('/cog_2048.tif'), fetch: custom })
    assert.equal(await scene.requests(), variants.length)
    assert.equal(scene.engine.counts().sources, variants.length)
    assert.deepEqual(
      scene.server.log.map(({ headers }) => headers?.['x-key']).slice(1, 3),
      scene.server.log[0].headers ? ['1', '2'] : [undefined, undefined],
    )
  })

  test('headers go out as given, the range is ours, fetch is called plainly', async () => {
    const calls = []
    const spy = function (...args) {
      calls.push([this, ...args])
      return fetch(...args)
    }
    const headers = { Authorization: 'Bearer x', range: 'bytes=7-8' }
    const dataset = await scene.open({
      url: scene.at('/cog_2048.tif'),
      fetch: spy,
      headers,
      credentials: 'include',
    })
    headers.Authorization = 'changed later'
    await fetchAll(dataset, WINDOW)
    const [[self, url, init]] = calls
    assert.deepEqual([self, url], [undefined, scene.at('/cog_2048.tif')])
    assert.deepEqual(init.headers, { Authorization: 'Bearer x', Range: 'bytes=0-32767' })
    assert.deepEqual([init.cache, init.credentials], ['no-store', 'include'])
    assert.ok(init.signal instanceof AbortSignal)
    assert.equal(calls[1][2].headers.Authorization, 'Bearer x')
    await assert.rejects(
      scene.open({ url: scene.at('/a'), headers: { 'bad name': '1' } }),
      isCode('invalid_argument'),
    )
  })

  test('an exception of onBlock is what fetch rejects with, and nothing more is handed out', async () => {
    const dataset = await scene.open('/cog_2048.tif')
    const exception = new Error('from onBlock')
    let calls = 0
    const throwing = () => {
      calls += 1
      throw exception
    }
    const { blocks } = await dataset.plan({})
    await assert.rejects(dataset.fetch(rangesOf({ blocks }), throwing), error => error === exception)
    assert.equal(calls, 1)
  })

  test('onBlock may close the dataset, abort, and start other calls', async () => {
    const dataset = await scene.open('/cog_2048.tif')
    const plan = await dataset.plan({})
    const started = []
    await dataset.fetch(rangesOf(plan), index => {
      if (index === 0) started.push(fetchAll(dataset, WINDOW))
    })
    const [inner] = await Promise.all(started)
    assert.ok(inner.blocks.length > 0)
    const controller = new AbortController()
    let seen = 0
    const aborting = dataset.fetch(
      rangesOf(plan),
      () => {
        seen += 1
        controller.abort('enough')
      },
      controller.signal,
    )
    await assert.rejects(aborting, error => error === 'enough')
    assert.equal(seen, 1)
    let late = 0
    const closing = dataset.fetch(rangesOf(plan), () => {
      late += 1
      dataset.close()
    })
    await assert.rejects(closing, isCode('closed'))
    assert.equal(late, 1)
  })

  test('A.5 overviews: probed when needed, not beside a query, never on request', async () => {
    for (const [path, overviews, expected] of [
      ['/ovr_gdal_plain.tif', undefined, 'present'],
      ['/ovr_gdal_plain.tif?x', undefined, 'none'],
      ['/ovr_gdal_plain.tif?x', true, 'present'],
      ['/ovr_gdal_plain.tif', false, 'none'],
      ['/ovr_gdal_plain.tif', { url: scene.at('/ovr_gdal_plain.tif.ovr?y') }, 'present'],
      ['/ovr_gdal_plain.tif', { url: scene.at('/nowhere') }, 'none'],
    ]) {
      const dataset = await scene.open(path, overviews === undefined ? {} : { overviews })
      const levels = await dataset.levels()
      const { sidecar, warnings } = dataset.info()
      assert.equal(sidecar.state, expected, path)
      assert.equal(levels.length > 1, expected === 'present')
      assert.equal(warnings.length, overviews?.url?.endsWith('/nowhere') ? 1 : 0)
    }
    const probes = scene.server.log.map(({ path }) => path).filter(path => path.includes('.ovr'))
    assert.deepEqual(probes, [
      '/ovr_gdal_plain.tif.ovr',
      '/ovr_gdal_plain.tif.ovr?x',
      '/ovr_gdal_plain.tif.ovr?y',
    ])
  })

  test('wrong options are named', async () => {
    for (const options of [{ attempts: 0 }, { cacheBytes: -1 }, { mergeWaste: 'x' }, { pageBytes: 0.5 }])
      assert.throws(
        () => new Core(options),
        error => isCode('invalid_argument')(error) && error.detail.name === Object.keys(options)[0],
      )
    new Core({ attempts: undefined })
    await assert.rejects(scene.open('/cog_2048.tif', { limits: { nonsense: 1 } }), isCode('invalid_argument'))
    await assert.rejects(scene.open('/cog_2048.tif', { overviewPolicy: 'x' }), isCode('invalid_argument'))
    await assert.rejects(scene.open({}), isCode('invalid_argument'))
  })
})
