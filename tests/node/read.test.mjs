import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { isDtype, isPyramidionError } from '../../pkg/index.node.js'
import {
  FakeDataset,
  deferred,
  fakeInfo,
  fakePlan,
  fakeRuntime,
  noCost,
  openFake,
  turns,
} from './fake-core.mjs'

const isCode = code => error => isPyramidionError(error, code)

/** Two blocks of four columns, of the values 1 and 2. */
const twoBlocks = () =>
  fakePlan({
    blocks: [
      { place: [0, 0, 4, 4], job: { samples: Array(16).fill(1) } },
      { place: [4, 0, 4, 4], job: { samples: Array(16).fill(2) } },
    ],
  })

test("the properties are the core's facts, frozen, with 64-bit nodata as bigint", async () => {
  const info = { dtype: 'bigint64', nodata: '-9223372036854775808', bandCount: 2 }
  const { raster } = await openFake({ dataset: new FakeDataset({ info }) })
  assert.equal(raster.nodata, -(2n ** 63n))
  assert.equal(raster.bands[1].nodata, -(2n ** 63n))
  assert.equal(raster.dtype, 'bigint64')
  assert.ok(isDtype(raster, 'bigint64') && !isDtype(raster, 'uint8'))
  const { storage, crs, bounds, transform, metadata, warnings } = fakeInfo(info)
  assert.deepEqual(
    [raster.storage, raster.crs, raster.bounds, raster.transform, raster.metadata, raster.warnings],
    [storage, crs, bounds, transform, metadata, warnings],
  )
  assert.deepEqual([raster.width, raster.height, raster.bandCount, raster.closed], [8, 4, 2, false])
  assert.throws(() => (raster.bands[0].scale = 2), TypeError)
  assert.throws(() => raster.warnings.push('x'), TypeError)
  const small = await openFake({ dataset: new FakeDataset({ info: { dtype: 'biguint64', nodata: 5 } }) })
  assert.equal(small.raster.nodata, 5n)
  const odd = await openFake({ dataset: new FakeDataset({ info: { dtype: 'bigint64', nodata: NaN } }) })
  assert.ok(Number.isNaN(odd.raster.nodata))
})

test('what the core learned of the sidecar is seen after the call that taught it', async () => {
  const { raster, dataset } = await openFake()
  assert.equal(raster.sidecar.state, 'unprobed')
  await raster.levels()
  assert.equal(raster.sidecar.state, 'unprobed')
  dataset.facts.sidecar = { state: 'present', url: 'http://x/a.tif.ovr', reason: null }
  dataset.facts.warnings = ['odd']
  await raster.levels()
  assert.equal(raster.sidecar.url, 'http://x/a.tif.ovr')
  assert.deepEqual(raster.warnings, ['odd'])
})

test('a read plans, fetches, decodes and assembles', async () => {
  const plan = {
    ...twoBlocks(),
    window: [1, 2, 8, 4],
    level: 3,
    nodata: 9,
    stats: { ...noCost, requests: 2, bytes: 7 },
  }
  const { raster, dataset } = await openFake({ dataset: new FakeDataset({ plan }) })
  const told = []
  const result = await raster.read({ onProgress: progress => told.push(progress) })
  assert.deepEqual([...result.data], Array(4).fill([1, 1, 1, 1, 2, 2, 2, 2]).flat())
  const { decodeMs, ...cost } = result.stats
  assert.deepEqual(cost, { ...noCost, requests: 3, bytes: 27, workerBlocks: 0 })
  assert.ok(decodeMs >= 0)
  assert.deepEqual(told, [
    { done: 1, total: 2, bytes: 10 },
    { done: 2, total: 2, bytes: 20 },
  ])
  const { window, level, width, height, bands, layout, dtype, nodata, bounds, transform } = result
  assert.deepEqual(
    { window, level, width, height, bands, layout, dtype, nodata, bounds, transform },
    {
      window: [1, 2, 8, 4],
      level: 3,
      width: 8,
      height: 4,
      bands: [1],
      layout: 'band',
      dtype: 'uint8',
      nodata: 9,
      bounds: null,
      transform: null,
    },
  )
  assert.deepEqual(dataset.fetches[0].ranges, [
    { file: 0, start: 1000, end: 1010 },
    { file: 0, start: 1010, end: 1020 },
  ])
  const total = raster.stats()
  assert.deepEqual(
    { ...total, decodeMs: 0 },
    { ...noCost, requests: 1, bytes: 100, decodeMs: 0, workerBlocks: 0 },
  )
  assert.equal(total.decodeMs, decodeMs)
  assert.deepEqual(structuredClone(result), { ...result })
})

test('band(n) is a view of the band of that number', async () => {
  const blocks = [{ place: [0, 0, 8, 4], job: { samples: [...Array(32).fill(3), ...Array(32).fill(1)] } }]
  const info = { bandCount: 3 }
  const dataset = new FakeDataset({ info, plan: fakePlan({ bands: [3, 1], blocks }) })
  const { raster } = await openFake({ dataset })
  const result = await raster.read({ bands: [3, 1] })
  assert.deepEqual([...result.band(3)], Array(32).fill(3))
  assert.deepEqual([...result.band(1)], Array(32).fill(1))
  assert.equal(result.band(1).buffer, result.data.buffer)
  for (const wrong of [0, 2, 4, '1', undefined])
    assert.throws(() => result.band(wrong), isCode('invalid_argument'))
  dataset.planned = { ...dataset.planned, layout: 'pixel' }
  const pixels = await raster.read({ bands: [3, 1], layout: 'pixel' })
  assert.throws(
    () => pixels.band(3),
    error => isCode('invalid_argument')(error) && /layout 'band'/.test(error.message),
  )
})

test('sparse blocks are neither fetched nor decoded', async () => {
  const blocks = [
    { place: [0, 0, 4, 4], sparse: true },
    { place: [4, 0, 4, 4], sparse: true },
  ]
  const { raster, dataset, loads } = await openFake({
    dataset: new FakeDataset({ plan: fakePlan({ blocks, fill: [6] }) }),
  })
  const told = []
  const { data, stats } = await raster.read({ onProgress: progress => told.push(progress) })
  assert.deepEqual([...data], Array(32).fill(6))
  assert.deepEqual(told, [{ done: 2, total: 2, bytes: 0 }])
  assert.deepEqual(dataset.fetches, [])
  assert.equal(loads.decoder, 0)
  assert.equal(stats.decodeMs, 0)
})

test('out is filled and returned; one that does not fit is refused before anything is fetched', async () => {
  const { raster, dataset } = await openFake({ dataset: new FakeDataset({ plan: twoBlocks() }) })
  const out = new Uint8Array(32)
  const result = await raster.read({ out })
  assert.equal(result.data, out)
  assert.equal(out[31], 2)
  dataset.fetches.length = 0
  await assert.rejects(raster.read({ out: new Uint8Array(31) }), isCode('invalid_argument'))
  await assert.rejects(raster.read({ out: new Int8Array(32) }), isCode('invalid_argument'))
  assert.deepEqual(dataset.fetches, [])
})

test('an aborted signal sends nothing, and its reason is what the call rejects with', async () => {
  const { raster, dataset, engine, open } = await openFake()
  const reason = { mine: true }
  const signal = AbortSignal.abort(reason)
  const same = error => error === reason
  engine.opened.length = 0
  await assert.rejects(raster.read({ signal }), same)
  await assert.rejects(raster.levels({ signal }), same)
  await assert.rejects(open(new Uint8Array(8), { signal }), same)
  assert.deepEqual([dataset.requests, dataset.fetches, engine.opened], [[], [], []])
})

/** Steps of a read at which the test aborts, each with how the core is made to wait there. */
const waits = {
  plan: dataset => (dataset.planned = () => new Promise(() => {})),
  fetch: dataset => (dataset.deliver = () => new Promise(() => {})),
  'some blocks': dataset => {
    dataset.deliver = ({ onBlock }) => {
      onBlock(1, new Uint8Array(10))
      return new Promise(() => {})
    }
  },
}

for (const [step, wait] of Object.entries(waits)) {
  test(`abort and close end a read that waits for: ${step}`, async () => {
    for (const end of ['abort', 'close']) {
      const { raster, dataset } = await openFake({ dataset: new FakeDataset({ plan: twoBlocks() }) })
      const controller = new AbortController()
      const plan = dataset.planned
      wait(dataset)
      if (step === 'plan') assert.notEqual(dataset.planned, plan)
      const reading = raster.read({ signal: controller.signal })
      const outcome = reading.catch(error => error)
      await turns()
      assert.equal(getEventListeners(controller.signal, 'abort').length, 1)
      if (end === 'abort') controller.abort()
      else raster.close()
      const error = await outcome
      if (end === 'abort') assert.equal(error, controller.signal.reason)
      else assert.ok(isPyramidionError(error, 'closed'), String(error))
      assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
      assert.equal(dataset.freed, end === 'close' ? 1 : 0)
      await turns()
    }
  })
}

test('a finished call leaves no listener on the signal', async () => {
  const { raster } = await openFake()
  const { signal } = new AbortController()
  for (let i = 0; i < 20; i++) await raster.read({ signal })
  await raster.levels({ signal })
  await assert.rejects(raster.read({ signal, window: [0] }))
  assert.equal(getEventListeners(signal, 'abort').length, 0)
})

test('an abort while blocks are decoded stops the rest, and out is left alone afterwards', async () => {
  const blocks = Array.from({ length: 200 }, (_, i) => ({ place: [i % 8, 0, 1, 1], job: { samples: [i] } }))
  const controller = new AbortController()
  let decoded = 0
  const decode = job => {
    const until = performance.now() + 3
    while (performance.now() < until);
    decoded += 1
    return Uint8Array.from(job.samples)
  }
  const { raster } = await openFake({ dataset: new FakeDataset({ plan: fakePlan({ blocks }) }), decode })
  const out = new Uint8Array(32)
  const reading = raster.read({ signal: controller.signal, out })
  // The timer only fires if decoding lets the event loop turn.
  setTimeout(() => controller.abort(), 30)
  await assert.rejects(reading, error => error === controller.signal.reason)
  assert.ok(decoded < 100, `${decoded} blocks were decoded`)
  const [copy, count] = [out.slice(), decoded]
  await turns()
  assert.deepEqual(out, copy)
  assert.equal(decoded, count)
})

test('an exception in onProgress ends the read and is what it rejects with', async () => {
  for (const thrown of [new Error('mine'), undefined]) {
    const { raster, dataset } = await openFake({ dataset: new FakeDataset({ plan: twoBlocks() }) })
    let calls = 0
    const onProgress = () => {
      calls += 1
      throw thrown
    }
    await assert.rejects(
      async () => raster.read({ onProgress }),
      error => error === thrown,
    )
    assert.equal(calls, 1)
    assert.ok(dataset.fetches[0].signal.aborted)
    await turns()
  }
})

test('the first error wins, the rest is aborted, and everything settles before the read rejects', async () => {
  const plan = twoBlocks()
  plan.blocks[0].job = { throws: { code: 'malformed', message: 'bad code 300', detail: { value: 'LZW' } } }
  plan.blocks[1].job = { throws: { code: 'truncated', message: 'later', detail: {} } }
  const dataset = new FakeDataset({ plan })
  const settled = deferred()
  let done = false
  dataset.fetch = async (ranges, onBlock, signal) => {
    ranges.forEach((_, index) => onBlock(index, new Uint8Array(10)))
    await new Promise(resolve => signal.addEventListener('abort', resolve))
    await settled.promise
    done = true
    throw signal.reason
  }
  const { raster } = await openFake({ dataset })
  const reading = raster.read()
  const outcome = reading.catch(error => ({ error, done }))
  await turns()
  settled.resolve()
  const { error, done: doneThen } = await outcome
  assert.ok(isPyramidionError(error, 'malformed'), String(error))
  assert.equal(error.message, 'block 0 of level 0: bad code 300')
  assert.deepEqual(error.detail, { value: 'LZW', block: 0, level: 0, url: 'http://fake/a.tif' })
  assert.equal(doneThen, true)
})

test('errors of the core keep their code, and those of its fetch end the read', async () => {
  const cause = new TypeError('refused')
  const lost = { code: 'network', message: 'no answer', detail: { url: 'u', attempts: 3 }, cause }
  for (const step of ['planned', 'deliver']) {
    const { raster, dataset } = await openFake()
    dataset[step] = async () => Promise.reject(lost)
    if (step === 'planned') dataset.plan = dataset.planned
    await assert.rejects(raster.read(), error => {
      assert.ok(isPyramidionError(error, 'network'))
      assert.deepEqual([error.detail, error.cause], [lost.detail, cause])
      return true
    })
  }
})

test('blocks that the core brings twice, unasked or not at all are internal errors', async () => {
  const bytes = new Uint8Array(10)
  const lies = [
    ({ onBlock }) => [0, 1, 1].forEach(index => onBlock(index, bytes.slice())),
    ({ onBlock }) => [0, 1, 2].forEach(index => onBlock(index, bytes.slice())),
    ({ onBlock }) => onBlock(0, bytes.slice()),
  ]
  for (const lie of lies) {
    const dataset = new FakeDataset({ plan: twoBlocks(), fetch: async call => (lie(call), noCost) })
    const { raster } = await openFake({ dataset })
    await assert.rejects(raster.read(), isCode('internal'))
  }
})

test('undecoded bytes are bounded: the next batch is asked for when there is room', async () => {
  const MiB = 1024 * 1024
  const blocks = Array.from({ length: 40 }, () => ({
    place: [0, 0, 1, 1],
    bytes: MiB,
    job: { samples: [1] },
  }))
  const dataset = new FakeDataset({ plan: fakePlan({ blocks }) })
  dataset.deliver = () => deferred().promise
  const waiting = []
  dataset.fetch = (ranges, onBlock) => {
    const gate = deferred()
    waiting.push({ ranges, onBlock, gate })
    return gate.promise
  }
  const { raster } = await openFake({ dataset })
  const reading = raster.read()
  await turns()
  const asked = () => waiting.reduce((sum, { ranges }) => sum + ranges.length, 0)
  assert.equal(asked(), 16)
  const [first] = waiting
  first.ranges.forEach((_, index) => first.onBlock(index, new Uint8Array(MiB)))
  await turns(20)
  assert.equal(asked(), 24)
  for (let at = 0; at < waiting.length; at++) {
    const { ranges, onBlock, gate } = waiting[at]
    if (at > 0) ranges.forEach((_, index) => onBlock(index, new Uint8Array(MiB)))
    gate.resolve({ ...noCost, requests: 1 })
    await turns(20)
  }
  assert.equal((await reading).stats.requests, 5)
})

test('a fetch that fails while another batch waits for room ends the read', async () => {
  const MiB = 1024 * 1024
  const blocks = Array.from({ length: 40 }, () => ({
    place: [0, 0, 1, 1],
    bytes: MiB,
    job: { samples: [1] },
  }))
  const dataset = new FakeDataset({ plan: fakePlan({ blocks }) })
  const gates = []
  dataset.deliver = () => {
    gates.push(deferred())
    return gates.at(-1).promise
  }
  const { raster } = await openFake({ dataset })
  const outcome = raster.read().catch(error => error)
  await turns()
  gates[0].reject({ code: 'timeout', message: 'slow', detail: {} })
  assert.ok(isPyramidionError(await outcome, 'timeout'))
  assert.equal(gates.length, 2)
})

test('a block larger than the bound is brought all the same', async () => {
  const blocks = [
    { place: [0, 0, 1, 1], bytes: 40 * 2 ** 20, job: { samples: [1] } },
    { place: [1, 0, 1, 1], job: { samples: [2] } },
  ]
  const dataset = new FakeDataset({
    plan: fakePlan({ blocks }),
    fetch: async ({ ranges, onBlock }) => (ranges.forEach((_, i) => onBlock(i, new Uint8Array(1))), noCost),
  })
  const { raster } = await openFake({ dataset })
  const { data } = await raster.read()
  assert.deepEqual([data[0], data[1]], [1, 2])
})

test('close is idempotent, frees once, and properties stay', async () => {
  const { raster, dataset } = await openFake()
  raster.close()
  raster.close()
  if (Symbol.dispose) raster[Symbol.dispose]()
  if (Symbol.asyncDispose) await raster[Symbol.asyncDispose]()
  assert.deepEqual([dataset.closed, dataset.freed], [1, 1])
  assert.deepEqual(
    [raster.width, raster.closed, raster.sidecar.state, raster.stats().requests],
    [8, true, 'unprobed', 1],
  )
  for (const call of [() => raster.read(), () => raster.levels(), () => raster.preview()]) {
    await assert.rejects(call(), isCode('closed'))
  }
})

test('using and await using close the raster', { skip: !Symbol.dispose }, async () => {
  const { raster, dataset } = await openFake()
  raster[Symbol.dispose]()
  assert.equal(dataset.closed, 1)
})

test('a failed or aborted open closes what it was given', async () => {
  const { open, engine } = fakeRuntime()
  engine.open = async () => Promise.reject({ code: 'not_a_tiff', message: 'found ab cd', detail: {} })
  await assert.rejects(open(), isCode('not_a_tiff'))
  const late = fakeRuntime()
  const controller = new AbortController()
  late.engine.open = async () => {
    controller.abort()
    return late.dataset
  }
  await assert.rejects(late.open(new Uint8Array(8), { signal: controller.signal }), { name: 'AbortError' })
  assert.deepEqual([late.dataset.closed, late.dataset.freed], [1, 1])
})
