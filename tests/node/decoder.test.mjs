import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PyramidionError, isPyramidionError } from '../../pkg/index.node.js'
import { answer, unwrap } from '../../pkg/job.js'
import { InlineDecoder } from '../../pkg/inline-decoder.js'
import { FakeDataset, deferred, fakePlan, fakeRuntime, openFake, turns } from './fake-core.mjs'

const trap = () => new WebAssembly.RuntimeError('unreachable')
const nextTask = () => new Promise(resolve => setImmediate(resolve))
const bytes = () => new Uint8Array(4)
const { signal } = new AbortController()

/** The way of a worker: both messages are cloned. */
function throughClone(job, decode) {
  const message = structuredClone({ id: 7, job, bytes: bytes() })
  return unwrap(structuredClone(answer(message, decode)))
}

test("messages and answers survive a worker's border", () => {
  const { samples, ms } = throughClone({ a: 1 }, (job, given) => new Uint8Array([job.a, given.length]))
  assert.deepEqual([...samples], [1, 4])
  assert.ok(ms >= 0)
  const core = {
    code: 'malformed',
    message: 'adler32 is 1, expected 2',
    detail: { block: 3 },
    cause: { code: 'truncated', message: 'in', detail: {} },
  }
  for (const thrown of [core, Object.assign(new Error(core.message), core)]) {
    assert.throws(
      () =>
        throughClone({}, () => {
          throw thrown
        }),
      error => {
        assert.ok(isPyramidionError(error, 'malformed'))
        assert.deepEqual([error.message, error.detail], [core.message, core.detail])
        assert.ok(isPyramidionError(error.cause, 'truncated'))
        return true
      },
    )
  }
  assert.throws(
    () => unwrap({ id: 1, samples: 'text', ms: 0 }),
    error => isPyramidionError(error, 'internal'),
  )
})

test('an inline decoder puts samples in their place out of a view, and hands none back', async () => {
  const view = new Uint8Array([1, 2, 3])
  const decode = (job, given, take) => (take ? (take(view), null) : view)
  const decoder = new InlineDecoder(async () => ({ decode }), nextTask)
  const seen = []
  const decoded = await decoder.decode({}, bytes(), { signal, put: samples => void seen.push(samples) })
  assert.deepEqual([seen, decoded.samples], [[view], null])
  assert.equal((await decoder.decode({}, bytes(), { signal })).samples, view)
  const failing = decoder.decode({}, bytes(), {
    signal,
    put() {
      throw new PyramidionError('invalid_argument', 'out was detached')
    },
  })
  await assert.rejects(failing, error => isPyramidionError(error, 'invalid_argument'))
})

test('what is no coded error counts as a trap', () => {
  for (const thrown of [trap(), new RangeError('Maximum call stack size exceeded'), 'text', undefined]) {
    const reply = answer({ id: 1, job: {}, bytes: bytes() }, () => {
      throw thrown
    })
    assert.equal(reply.trapped, true)
    assert.equal(reply.error.code, 'internal')
    structuredClone(reply)
  }
})

test('a trapped instance is replaced; the call that met it rejects with internal', async () => {
  let loads = 0
  const load = async () => {
    const number = ++loads
    const decode = job => {
      if (job.trap) throw trap()
      return Uint8Array.of(number)
    }
    return { decode }
  }
  const decoder = new InlineDecoder(load, nextTask)
  const first = await decoder.decode({}, bytes(), { signal })
  const failing = decoder.decode({ trap: true }, bytes(), { signal })
  const after = decoder.decode({}, bytes(), { signal })
  await assert.rejects(
    failing,
    error => isPyramidionError(error, 'internal') && /unreachable/.test(error.message),
  )
  assert.deepEqual([first.samples[0], (await after).samples[0], loads], [1, 2, 2])
})

test('a decoder that cannot be loaded is an error of that call, and is tried again', async () => {
  let loads = 0
  const load = async () => {
    loads += 1
    if (loads === 1) throw new Error('offline')
    return { decode: () => bytes() }
  }
  const decoder = new InlineDecoder(load, nextTask)
  await assert.rejects(decoder.decode({}, bytes(), { signal }), /offline/)
  await decoder.decode({}, bytes(), { signal })
  assert.equal(loads, 2)
})

test('blocks are decoded one at a time in order of arrival, and aborted ones are dropped', async () => {
  const gate = deferred()
  const order = []
  const decoder = new InlineDecoder(() => gate.promise, nextTask)
  const controller = new AbortController()
  const jobs = [1, 2, 3, 4].map(name =>
    decoder.decode({ name }, bytes(), { signal: name === 2 || name === 3 ? controller.signal : signal }),
  )
  const outcomes = Promise.allSettled(jobs)
  await turns()
  controller.abort()
  gate.resolve({ decode: job => (order.push(job.name), bytes()) })
  assert.deepEqual(
    (await outcomes).map(({ status }) => status),
    ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
  )
  assert.deepEqual(order, [1, 4])
})

test('the event loop turns at least every 16 ms of decoding', async () => {
  const decode = () => {
    const until = performance.now() + 4
    while (performance.now() < until);
    return bytes()
  }
  const decoder = new InlineDecoder(async () => ({ decode }), nextTask)
  let ticks = 0
  const timer = setInterval(() => (ticks += 1), 1)
  await Promise.all(Array.from({ length: 40 }, () => decoder.decode({}, bytes(), { signal })))
  clearInterval(timer)
  assert.ok(ticks >= 9, `${ticks} turns in 160 ms of decoding`)
})

test('a trap of the core ends every call in it, and the next open gets a fresh instance', async () => {
  const fakes = fakeRuntime({ dataset: new FakeDataset({ plan: fakePlan() }) })
  const [one, two] = [await fakes.open(), await fakes.open()]
  fakes.dataset.levels = () => new Promise(() => {})
  const hanging = two.levels()
  const outcome = hanging.catch(error => error)
  await turns()
  fakes.dataset.plan = async () => {
    throw trap()
  }
  await assert.rejects(
    one.read(),
    error => isPyramidionError(error, 'internal') && /opened again/.test(error.message),
  )
  assert.ok(isPyramidionError(await outcome, 'internal'))
  await assert.rejects(two.read(), error => isPyramidionError(error, 'internal'))
  assert.equal(two.width, 8)
  two.close()
  assert.equal(fakes.dataset.closed, 0)
  fakes.dataset.plan = FakeDataset.prototype.plan
  const fresh = await fakes.open()
  assert.equal((await fresh.read()).width, 8)
  assert.deepEqual(fakes.loads.core, [false, true])
})

test('a trap while blocks are fetched is seen', async () => {
  const fakes = fakeRuntime()
  const raster = await fakes.open()
  fakes.dataset.fetch = async () => {
    throw trap()
  }
  await assert.rejects(
    raster.read(),
    error => isPyramidionError(error, 'internal') && /opened again/.test(error.message),
  )
  await fakes.open()
  assert.deepEqual(fakes.loads.core, [false, true])
})

test('a trap where an answer is due at once does not escape from close or stats', async () => {
  const { raster, dataset } = await openFake()
  dataset.stats = () => {
    throw trap()
  }
  dataset.close = () => {
    throw trap()
  }
  assert.equal(raster.stats().requests, 0)
  raster.close()
  await assert.rejects(raster.read(), error => isPyramidionError(error, 'closed'))
})

test('the cache is asked of the shared engine, and new network options make a new one', async () => {
  const { runtime, engine, open, loads } = fakeRuntime()
  runtime.host.configure({ cacheBytes: 5, timeout: 9 })
  assert.deepEqual(runtime.host.cacheStats(), { bytes: 0, limit: 5, pieces: 0 })
  runtime.host.clearCache()
  await Promise.all([open(), open()])
  assert.deepEqual(loads.core, [false])
  assert.deepEqual(engine.net, { cacheBytes: 5, timeout: 9 })
  assert.deepEqual(runtime.host.cacheStats(), { bytes: 7, limit: 64, pieces: 1 })
  runtime.host.clearCache()
  assert.ok(engine.cleared)
  runtime.host.configure({ timeout: 8 })
  await open()
  assert.deepEqual(engine.net, { cacheBytes: 5, timeout: 8 })
  assert.deepEqual(loads.core, [false, false])
})

test('a core that cannot be loaded is an error of that open, and is tried again', async () => {
  const { CoreHost } = await import('../../pkg/core.js')
  let tries = 0
  const host = new CoreHost(async () => {
    tries += 1
    throw new Error('offline')
  })
  await assert.rejects(host.core(), /offline/)
  await assert.rejects(host.core(), /offline/)
  assert.equal(tries, 2)
})
