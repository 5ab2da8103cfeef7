import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPool, isPyramidionError, open } from '../../pkg/index.node.js'
import { FakeDataset, fakePlan, fakeRuntime, openFake } from './fake-core.mjs'

const invalid =
  (name, pattern = /./) =>
  error => {
    assert.ok(isPyramidionError(error, 'invalid_argument'), String(error))
    assert.equal(error.detail.name, name)
    assert.match(error.message, pattern)
    return true
  }

const wrongReads = [
  [{ window: 5 }, 'window', /whole pixels, x and y from 0, width and height from 1, got 5/],
  [{ window: [0, 0, 4] }, 'window', /got \[0, 0, 4\]/],
  [{ window: [0, 0, 0, 4] }, 'window', /got \[0, 0, 0, 4\]/],
  [{ window: [-1, 0, 4, 4] }, 'window', /x and y from 0/],
  [{ window: [0.5, 0, 4, 4] }, 'window', /0\.5/],
  [{ window: [0, NaN, 4, 4] }, 'window', /NaN/],
  [{ window: ['0', 0, 4, 4] }, 'window', /'0'/],
  [{ window: [0, 0, 2 ** 60, 4] }, 'window', /whole pixels/],
  [{ window: null }, 'window', /null/],
  [{ level: -1 }, 'level', /from 0 \(full size\) to the last index that levels\(\) lists, got -1/],
  [{ level: 1.5 }, 'level', /1\.5/],
  [{ level: '1' }, 'level', /'1'/],
  [{ width: 0 }, 'width', /from 1 .*got 0/],
  [{ width: NaN }, 'width', /NaN/],
  [{ height: -3 }, 'height', /from 1 .*got -3/],
  [{ height: Infinity }, 'height', /Infinity/],
  [{ bands: [0] }, 'bands', /numbered from 1.*from 1 to 3, got \[0\]/],
  [{ bands: [4] }, 'bands', /from 1 to 3, got \[4\]/],
  [{ bands: [] }, 'bands', /1 to 3/],
  [{ bands: [1, undefined] }, 'bands', /numbered from 1/],
  // eslint-disable-next-line no-sparse-arrays
  [{ bands: [1, , 2] }, 'bands', /numbered from 1/],
  [{ bands: 2 }, 'bands', /array of band numbers/],
  [{ layout: 'pixels' }, 'layout', /'band' or 'pixel', got 'pixels'/],
  [{ maxBytes: -1 }, 'maxBytes', /from 0/],
  [{ onProgress: 3 }, 'onProgress', /a function, got 3/],
  [{ signal: {} }, 'signal', /AbortSignal/],
  [[], 'options', /an object/],
  ['x', 'options', /an object/],
]

test('read refuses arguments of the wrong shape and asks nothing of the core', async () => {
  const { raster, dataset } = await openFake({ dataset: new FakeDataset({ info: { bandCount: 3 } }) })
  for (const [options, name, pattern] of wrongReads) {
    await assert.rejects(raster.read(options), invalid(name, pattern), JSON.stringify(options))
  }
  for (const maxSize of [0, 1.5, -1, NaN, '9']) {
    await assert.rejects(raster.preview({ maxSize }), invalid('maxSize', /from 1/))
  }
  assert.deepEqual(dataset.requests, [])
})

test('once levels are known, a wrong level is told the last one', async () => {
  const dataset = new FakeDataset({
    levels: [
      { width: 8, height: 4 },
      { width: 4, height: 2 },
    ],
  })
  const { raster } = await openFake({ dataset })
  await raster.levels()
  await assert.rejects(raster.read({ level: -1 }), invalid('level', /from 0 \(full size\) to 1, got -1/))
})

test('mask is checked', async () => {
  const { raster } = await openFake()
  await assert.rejects(raster.read({ mask: 1 }), invalid('mask', /true or false/))
})

test('workers, shared and priority are checked', async () => {
  const { raster, dataset } = await openFake()
  for (const workers of [-1, 1.5, 65, NaN, 'all', {}, null, new EventTarget()]) {
    await assert.rejects(open(new Uint8Array(8), { workers }), invalid('workers', /0 to 64 or a pool/))
  }
  for (const size of [-1, 1.5, 65, 'all', null]) assert.throws(() => createPool({ size }), invalid('size'))
  assert.throws(() => createPool({ createWorker: 'worker.js' }), invalid('createWorker'))
  for (const wasmUrl of ['decode.wasm', { jxl: 'jxl.wasm' }])
    assert.throws(() => createPool({ wasmUrl }), invalid('wasmUrl'))
  assert.throws(() => createPool(4), invalid('options'))
  await assert.rejects(raster.read({ shared: 1 }), invalid('shared'))
  for (const priority of [NaN, Infinity, '1', null])
    await assert.rejects(raster.preview({ priority }), invalid('priority'))
  assert.deepEqual(dataset.requests, [])
})

test('open refuses options of the wrong shape and asks nothing of the core', async () => {
  const { open, engine, loads } = fakeRuntime()
  const wrong = [
    [{ fetch: 'fetch' }, 'fetch'],
    [{ overviewPolicy: 'first' }, 'overviewPolicy'],
    [{ limits: { ifds: -1 } }, 'limits.ifds'],
    [{ limits: { ifds: NaN } }, 'limits.ifds'],
    [{ limits: 7 }, 'limits'],
    [{ overviews: 7 }, 'overviews'],
    [{ overviews: {} }, 'overviews'],
    [{ signal: 'now' }, 'signal'],
    [7, 'options'],
  ]
  for (const [options, name] of wrong) await assert.rejects(open(new Uint8Array(8), options), invalid(name))
  for (const source of [undefined, null, 7, {}, [], '', '#bytes', () => {}]) {
    await assert.rejects(open(source), error => isPyramidionError(error, 'invalid_argument'))
  }
  assert.deepEqual(engine.opened, [])
  assert.deepEqual(loads.core, [])
})

test('the request is what the core is asked, and no more', async () => {
  const { raster, dataset } = await openFake({ dataset: new FakeDataset({ info: { bandCount: 2 } }) })
  await raster.read()
  const bands = [2, 1]
  await raster.read({ window: [1, 2, 3, 4], level: 0, bands, layout: 'pixel', maxBytes: 9 }).catch(() => {})
  await raster.preview({ bands })
  await raster.preview({ maxSize: 9 })
  assert.deepEqual(dataset.requests, [
    {},
    { window: [1, 2, 3, 4], level: 0, bands, layout: 'pixel', maxBytes: 9 },
    { bands, maxSize: 1024 },
    { maxSize: 9 },
  ])
})

test('a width or height alone is completed from the shape of the window', async () => {
  const levels = [
    { width: 800, height: 400 },
    { width: 401, height: 200 },
  ]
  const dataset = new FakeDataset({ info: { width: 800, height: 400 }, levels, plan: fakePlan() })
  const { raster } = await openFake({ dataset })
  const size = async options => {
    await raster.read(options)
    const { width, height } = dataset.requests.at(-1)
    return [width, height]
  }
  assert.deepEqual(await size({ width: 100 }), [100, 50])
  assert.deepEqual(await size({ height: 100 }), [200, 100])
  assert.deepEqual(await size({ width: 1 }), [1, 1])
  assert.deepEqual(await size({ width: 10, window: [0, 0, 100, 300] }), [10, 30])
  assert.deepEqual(await size({ height: 1, window: [0, 0, 100, 300] }), [1, 1])
  assert.deepEqual(await size({ width: 1, window: [0, 0, 300, 100] }), [1, 1])
  assert.deepEqual(await size({ height: 200, level: 1 }), [401, 200])
  assert.deepEqual(await size({ width: 7, height: 9 }), [7, 9])
  assert.deepEqual(await size({}), [undefined, undefined])
  // That level does not exist: the core says so.
  assert.deepEqual(await size({ width: 7, level: 9 }), [7, undefined])
})
