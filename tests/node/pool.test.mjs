// Which job goes where, and when.

import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { isPyramidionError } from '../../pkg/index.node.js'
import { deferred, turns } from './fake-core.mjs'
import { FakeWorker, fakePool, healthy } from './fake-workers.mjs'

const pools = []
afterEach(() => pools.splice(0).forEach(pool => pool.close()))

const MB = 1024 * 1024

/** A pool whose workers are there and ready. */
async function readyPool(parts = {}) {
  const fakes = fakePool(parts)
  pools.push(fakes.pool)
  fakes.pool.prepare(Array(parts.size ?? 2).fill({ module: 'decode', weight: 1e6 }))
  await turns()
  fakes.workers.forEach(worker => worker.ready())
  return fakes
}

const names = worker => worker.jobs.map(({ job }) => job.name)
const isCode = code => error => isPyramidionError(error, code)
const nameOf = ({ samples }) => samples[0]

test('nothing is started before there is work, and no more workers than jobs', async () => {
  const { pool, workers, decode } = fakePool({ size: 4, make: () => new FakeWorker(healthy) })
  pools.push(pool)
  assert.deepEqual([pool.stats().size, pool.stats().alive, workers.length], [4, 0, 0])
  await decode(1)
  assert.equal(workers.length, 1)
  await Promise.all([decode(2), decode(3)])
  assert.equal(workers.length, 2)
  await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(name => decode(name)))
  assert.equal(workers.length, 4)
  assert.deepEqual(pool.stats(), {
    ...{ size: 4, alive: 4, busy: 0, queued: 0, jobs: 11, inlineJobs: 0, restarts: 0 },
    ...{ mode: 'workers', reason: null },
  })
})

test('the module is compiled once, sent once to each worker, before any job', async () => {
  let compiled = 0
  const module = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0))
  const compile = async () => (compiled++, module)
  const { workers, decode } = await readyPool({ compile })
  const done = Promise.all([decode(1), decode(2)])
  workers.forEach(worker => worker.answer())
  await done
  assert.equal(compiled, 1)
  for (const { sent } of workers) {
    assert.deepEqual(
      sent.map(({ type }) => type),
      ['start', 'module', 'decode'],
    )
    assert.ok(sent[1].module instanceof WebAssembly.Module)
    assert.deepEqual([sent[1].name, sent[1].url], ['decode', 'file:///decode.wasm'])
  }
})

test('stored bytes are transferred, not copied', async () => {
  const { pool, workers } = await readyPool({ size: 1 })
  const bytes = Uint8Array.of(1, 2, 3)
  const { signal } = new AbortController()
  const done = pool.decode({ name: 7 }, bytes, { signal, outBytes: 1e6 })
  assert.equal(bytes.length, 0)
  assert.deepEqual([...workers[0].jobs[0].bytes], [1, 2, 3])
  const { id } = workers[0].jobs[0]
  workers[0].say({ type: 'answer', id, samples: new Uint8Array(1e6), ms: 3 })
  const { ms, inWorker } = await done
  assert.deepEqual({ ms, inWorker }, { ms: 3, inWorker: true })
})

test('work goes to the least busy worker, two jobs each at most', async () => {
  const { pool, workers, decode } = await readyPool()
  const all = [1, 2, 3, 4, 5, 6].map(name => decode(name))
  assert.deepEqual(workers.map(names), [
    [1, 3],
    [2, 4],
  ])
  assert.deepEqual([pool.stats().queued, pool.stats().busy], [2, 2])
  workers[1].answer(2)
  assert.deepEqual(names(workers[1]), [4, 5])
  workers[1].answer(4)
  workers[1].answer(5)
  assert.deepEqual(workers.map(names), [[1, 3], [6]])
  workers[0].answer(1)
  workers[0].answer(3)
  workers[1].answer(6)
  assert.deepEqual((await Promise.all(all)).map(nameOf), [1, 2, 3, 4, 5, 6])
})

test('light jobs wait at the worker: eight at most, two megabytes at most', async () => {
  const { workers, decode } = await readyPool({ size: 1 })
  const light = Array.from({ length: 10 }, (_, i) => decode(i, { length: 100_000 }))
  assert.deepEqual(names(workers[0]), [0, 1, 2, 3, 4, 5, 6, 7])
  workers[0].answer(0)
  assert.deepEqual(names(workers[0]), [1, 2, 3, 4, 5, 6, 7, 8])
  while (names(workers[0]).length > 0) workers[0].answer(names(workers[0])[0])
  await Promise.all(light)
  const heavier = Array.from({ length: 6 }, (_, i) => decode(i, { length: 800_000 }))
  assert.deepEqual(names(workers[0]), [0, 1, 2])
  while (names(workers[0]).length > 0) workers[0].answer(names(workers[0])[0])
  await Promise.all(heavier)
})

test('bytes that are lent are copied for a worker', async () => {
  const { workers, pool } = await readyPool({ size: 1 })
  const bytes = Uint8Array.of(1, 2, 3)
  const { signal } = new AbortController()
  const done = pool.decode({ name: 7 }, bytes, { signal, lent: true, outBytes: 8 })
  assert.deepEqual([...workers[0].jobs[0].bytes], [1, 2, 3])
  assert.deepEqual([...bytes], [1, 2, 3])
  workers[0].answer(7)
  await done
})

test('jobs go by priority, then by arrival', async () => {
  const { workers, decode } = await readyPool({ size: 1 })
  const given = [
    [1, 0],
    [2, 0],
    [3, 0],
    [4, 5],
    [5, -1],
    [6, 5],
    [7, 0.5],
  ]
  const all = given.map(([name, priority]) => decode(name, { priority }))
  const order = []
  while (names(workers[0]).length > 0) {
    order.push(names(workers[0])[0])
    workers[0].answer()
  }
  await Promise.all(all)
  // The first two were with the worker before the others came.
  assert.deepEqual(order, [1, 2, 4, 6, 7, 3, 5])
})

test('the bytes at the workers stay below 16 MiB, and a larger block goes alone', async () => {
  const { workers, decode } = await readyPool({ size: 3 })
  const sizes = [9, 6, 2, 20, 1]
  const all = sizes.map((size, name) => decode(name, { size: size * MB }))
  assert.deepEqual(workers.map(names), [[0], [1], []])
  workers[0].answer(0)
  assert.deepEqual(workers.map(names).flat().sort(), [1, 2])
  workers.find(worker => names(worker).includes(1)).answer(1)
  assert.deepEqual(workers.map(names).flat(), [2])
  workers.find(worker => names(worker).includes(2)).answer(2)
  assert.deepEqual(workers.map(names).flat(), [3])
  workers.find(worker => names(worker).includes(3)).answer(3)
  workers.find(worker => names(worker).includes(4)).answer(4)
  assert.deepEqual((await Promise.all(all)).map(nameOf), [0, 1, 2, 3, 4])
})

test('an abort drops what waits, at once, and throws the answer of what runs away', async () => {
  const { pool, workers, decode } = await readyPool({ size: 1 })
  const controller = new AbortController()
  let listeners = 0
  const { addEventListener } = controller.signal
  controller.signal.addEventListener = function (...args) {
    listeners += 1
    return addEventListener.apply(this, args)
  }
  const reason = new Error('enough')
  const doomed = [1, 2, 3, 4].map(name => decode(name, { signal: controller.signal }))
  const outcomes = Promise.allSettled(doomed)
  const kept = decode(5)
  assert.equal(listeners, 1)
  controller.abort(reason)
  for (const { reason: got } of await outcomes) assert.equal(got, reason)
  assert.deepEqual([pool.stats().queued, names(workers[0])], [1, [1, 2]])
  workers[0].answer(1)
  workers[0].answer(2)
  workers[0].answer(5)
  assert.equal(nameOf(await kept), 5)
  assert.equal(pool.stats().jobs, 1)
  await assert.rejects(decode(6, { signal: controller.signal }), error => error === reason)
})

test('small jobs run here once the decoder is here; the first ones call for it', async () => {
  const { pool, inline, workers, decode } = fakePool({ size: 1, make: () => new FakeWorker(healthy) })
  pools.push(pool)
  const small = { size: 100, length: 1000 }
  assert.equal((await decode(1, small)).inWorker, true)
  await turns()
  assert.ok(inline.has('decode'))
  assert.equal((await decode(2, small)).inWorker, false)
  // Large before or after decoding: worth the way.
  assert.equal((await decode(3, { size: 100, length: 4097 })).inWorker, true)
  assert.equal((await decode(4, { size: 4097, length: 100 })).inWorker, true)
  assert.equal((await decode(5, { size: 4096, length: 4096 })).inWorker, false)
  const { jobs, inlineJobs } = pool.stats()
  assert.deepEqual([jobs, inlineJobs, workers.length], [5, 2, 1])
})

test('an error of a job is the job’s alone', async () => {
  const { pool, workers, decode } = await readyPool({ size: 1 })
  const [failing, fine] = [decode(1), decode(2)]
  const { id } = workers[0].jobs[0]
  const error = { code: 'malformed', message: 'adler32 is 1, expected 2', detail: { block: 3 } }
  workers[0].answered.add(id)
  workers[0].say({ type: 'answer', id, error, trapped: false })
  workers[0].answer(2)
  await assert.rejects(failing, thrown => isCode('malformed')(thrown) && thrown.detail.block === 3)
  assert.equal(nameOf(await fine), 2)
  assert.deepEqual([pool.stats().alive, pool.stats().restarts, workers[0].terminated], [1, 0, 0])
})

test('idle workers are ended after a while, and started again', async () => {
  const { pool, workers, decode } = fakePool({ times: { idle: 20 }, make: () => new FakeWorker(healthy) })
  pools.push(pool)
  await Promise.all([decode(1), decode(2)])
  assert.equal(pool.stats().alive, 2)
  const ended = performance.now() + 2000
  while (pool.stats().alive > 0 && performance.now() < ended) await turns(1)
  assert.deepEqual([pool.stats().alive, workers.map(({ terminated }) => terminated)], [0, [1, 1]])
  await decode(3)
  assert.deepEqual([workers.length, pool.stats().restarts], [3, 0])
})

test('a closed pool ends its workers, and rejects what it has and what comes', async () => {
  const { pool, workers, decode } = await readyPool()
  const all = Promise.allSettled([1, 2, 3, 4, 5, 6].map(name => decode(name)))
  pool.close()
  for (const { reason } of await all) assert.ok(isPyramidionError(reason, 'closed'))
  assert.ok(pool.closed)
  assert.deepEqual(
    workers.map(({ terminated }) => terminated),
    [1, 1],
  )
  await assert.rejects(decode(7), isCode('closed'))
  pool.close()
  pool.prepare([{ module: 'decode', weight: 1e6 }])
  assert.deepEqual([pool.stats().alive, pool.stats().queued, workers.length], [0, 0, 2])
})

test('a pool of no workers decodes here in the order of priorities, and warns nobody', async () => {
  const { pool, degraded, decode } = fakePool({ size: 0 })
  const order = []
  const given = [
    [1, 0],
    [2, 0],
    [3, 9],
  ]
  await Promise.all(given.map(([name, priority]) => decode(name, { priority }).then(() => order.push(name))))
  assert.deepEqual(order, [1, 3, 2])
  const { mode, reason, jobs, inlineJobs } = pool.stats()
  assert.deepEqual([mode, reason, jobs, inlineJobs, degraded], ['inline', null, 3, 3, []])
})

test('a module that cannot be loaded is an error of the jobs that need it, and no worker’s fault', async () => {
  const module = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0))
  const asked = []
  const compile = async (url, name) => {
    asked.push(url.href)
    if (name === 'jxl' && asked.length < 4) throw new Error('offline')
    return module
  }
  const { pool, workers, decode, degraded } = fakePool({ compile, make: () => new FakeWorker(healthy) })
  pools.push(pool)
  pool.prepare([{ module: 'jxl', weight: 1e6 }])
  const needing = { module: 'jxl' }
  const outcomes = await Promise.allSettled([decode(1, needing), decode(2), decode(3, needing)])
  assert.deepEqual(
    outcomes.map(({ status, reason }) => reason?.code ?? status),
    ['module_unavailable', 'fulfilled', 'module_unavailable'],
  )
  const { reason } = outcomes[0]
  assert.ok(isPyramidionError(reason, 'module_unavailable'))
  assert.deepEqual(reason.detail, { name: 'jxl', url: 'file:///jxl.wasm' })
  assert.match(reason.message, /jxl\.wasm could not be loaded from file:\/\/\/jxl\.wasm: offline/)
  assert.deepEqual([pool.stats().mode, pool.stats().restarts, degraded], ['workers', 0, []])
  assert.deepEqual(asked, ['file:///jxl.wasm', 'file:///decode.wasm'])
  // A failure is not kept.
  await assert.rejects(decode(4, needing), isCode('module_unavailable'))
  assert.equal((await decode(5, needing)).inWorker, true)
  const told = workers.flatMap(({ sent }) => sent.filter(({ type }) => type === 'module'))
  assert.ok(told.some(({ name, url }) => name === 'jxl' && url === 'file:///jxl.wasm'))
  assert.equal(new Set(told.map(({ name }) => name)).size, 2)
})

test('a job whose signal is aborted while its module is loaded is not sent', async () => {
  const gate = deferred()
  const { pool, workers, decode } = fakePool({
    compile: () => gate.promise,
    make: () => new FakeWorker(healthy),
  })
  pools.push(pool)
  const controller = new AbortController()
  const doomed = decode(1, { signal: controller.signal })
  await turns()
  controller.abort('enough')
  await assert.rejects(doomed, error => error === 'enough')
  gate.resolve(new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)))
  await turns()
  assert.deepEqual([pool.stats().queued, workers.flatMap(names)], [0, []])
})
