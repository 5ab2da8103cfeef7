// Workers that do not start, die, hang or talk nonsense: every job ends, and the pool says what happened.

import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { isPyramidionError } from '../../pkg/index.node.js'
import { turns } from './fake-core.mjs'
import { FakeWorker, fakePool, healthy, warningsOf } from './fake-workers.mjs'

const pools = []
afterEach(() => pools.splice(0).forEach(pool => pool.close()))

function makePool(parts) {
  const fakes = fakePool(parts)
  pools.push(fakes.pool)
  return fakes
}

const starting = (message, worker) => message.type === 'start' && queueMicrotask(() => worker.ready())
const nameOf = ({ samples }) => samples[0]
const JOBS = [1, 2, 3, 4, 5, 6, 7, 8]

/** All jobs must come out right, in the calling thread, with one warning and one event that give the reason. */
async function degrades(parts, reason) {
  const fakes = makePool(parts)
  const warnings = await warningsOf(async () => {
    const decoded = await Promise.all(JOBS.map(name => fakes.decode(name)))
    assert.deepEqual(decoded.map(nameOf), JOBS)
    assert.ok(decoded.every(({ inWorker }) => !inWorker))
    await fakes.decode(9)
  })
  const stats = fakes.pool.stats()
  assert.deepEqual([stats.mode, stats.alive, stats.inlineJobs], ['inline', 0, 9])
  assert.match(stats.reason, reason)
  assert.equal(warnings.length, 1)
  assert.match(warnings[0], reason)
  assert.equal(fakes.degraded.length, 1)
  assert.match(fakes.degraded[0], reason)
  assert.ok(fakes.workers.every(({ terminated }) => terminated === 1))
  return fakes
}

test('where no worker can be made, decoding goes on here and the pool says so', async () => {
  const make = () => {
    throw new DOMException('refused to create a worker', 'SecurityError')
  }
  await degrades({ make }, /could not be made: refused to create a worker/)
})

test('the same where none says that it is ready', async () => {
  const { workers } = await degrades({ times: { start: 20 } }, /not ready within 20 ms/)
  assert.equal(workers.length, 2)
})

test('the same where each dies before it is ready: its script cannot be loaded', async () => {
  const make = () => new FakeWorker((_, worker) => queueMicrotask(() => worker.die('')))
  await degrades({ make }, /script could not be loaded/)
})

test('the same where each dies after it was ready, whatever it had', async () => {
  const onSend = (message, worker) =>
    message.type === 'start' ? starting(message, worker) : queueMicrotask(() => worker.die('after ready'))
  await degrades({ make: () => new FakeWorker(onSend) }, /after ready/)
})

test('the same where each talks nonsense', async () => {
  const nonsense = [
    ...[undefined, null, 'text', 7, {}, { type: 'ready', locked: false }],
    ...[{ type: 'answer' }, { type: 'answer', id: -1, samples: new Uint8Array(8), ms: 1 }],
    { type: 'answer', id: 1, samples: [], ms: 1 },
    { type: 'answer', id: 1, samples: null, ms: 1 },
    { type: 'answer', id: 1, samples: new Uint8Array(99_999), ms: 1 },
    { type: 'answer', id: 1, error: 'text', trapped: false },
    { type: 'answer', id: 1, error: { code: 'none', message: '' }, trapped: false },
  ]
  for (const data of nonsense) {
    const onSend = (message, worker) => {
      if (message.type !== 'decode') return starting(message, worker)
      const said = data?.id === 1 ? { ...data, id: message.id } : data
      queueMicrotask(() => worker.say(said))
    }
    await degrades({ make: () => new FakeWorker(onSend) }, /no worker says|fits no job/)
  }
})

test('a worker that fails with the module is replaced by one that compiles it itself', async () => {
  const refuse = { type: 'failed', error: { code: 'internal', message: 'no module came', detail: {} } }
  const onSend = (message, worker) => {
    if (message.type === 'module' && message.module) queueMicrotask(() => worker.say(refuse))
    else healthy(message, worker)
  }
  const { pool, decode, workers, degraded } = makePool({ size: 4, make: () => new FakeWorker(onSend) })
  const decoded = await Promise.all(JOBS.map(name => decode(name)))
  assert.ok(decoded.every(({ inWorker }) => inWorker))
  assert.deepEqual([pool.stats().alive, pool.stats().mode, degraded], [4, 'workers', []])
  const told = workers.slice(4).flatMap(({ sent }) => sent.filter(({ type }) => type === 'module'))
  assert.ok(told.length > 0 && told.every(({ module }) => module === undefined))
})

test('a module that cannot be posted is compiled in the worker', async () => {
  class Picky extends FakeWorker {
    postMessage(message, transfer) {
      if (message.type === 'module' && message.module) throw new DOMException('no modules', 'DataCloneError')
      super.postMessage(message, transfer)
    }
  }
  const { decode, workers, pool } = makePool({ size: 1, make: () => new Picky(healthy) })
  assert.ok((await decode(1)).inWorker)
  assert.deepEqual([workers.length, pool.stats().restarts], [1, 0])
  assert.equal(workers[0].sent[1].url, 'file:///decode.wasm')
})

test('a worker that dies in the middle is replaced, and its jobs are sent again with bytes brought anew', async () => {
  const { pool, workers, decode, degraded } = makePool({ size: 1, make: () => new FakeWorker(starting) })
  const all = JOBS.map(name => decode(name))
  await turns()
  workers[0].answer(1)
  workers[0].die()
  await turns()
  assert.deepEqual([workers.length, workers[0].terminated, decode.brought], [2, 1, [2, 3]])
  // In their old places.
  assert.deepEqual(
    workers[1].jobs.map(({ job }) => job.name),
    [2, 3],
  )
  while (workers[1].jobs.length > 0) workers[1].answer()
  const decoded = await Promise.all(all)
  assert.deepEqual(decoded.map(nameOf), JOBS)
  assert.ok(decoded.every(({ inWorker }) => inWorker))
  const { restarts, reason, mode } = pool.stats()
  assert.deepEqual([restarts, mode, degraded], [1, 'workers', []])
  assert.match(reason, /killed/)
  // A worker that is gone is not heard any more.
  workers[0].answered.clear()
  workers[0].say({ type: 'answer', id: 2, samples: new Uint8Array(1), ms: 1 })
  assert.equal(pool.stats().restarts, 1)
})

test('a job that kills three workers is given up; the others are decoded', async () => {
  const onSend = (message, worker) =>
    message.type === 'decode' && message.job.name === 5
      ? queueMicrotask(() => worker.die('poison'))
      : healthy(message, worker)
  const { pool, workers, decode, degraded } = makePool({ size: 2, make: () => new FakeWorker(onSend) })
  const outcomes = await Promise.allSettled(JOBS.map(name => decode(name)))
  outcomes.forEach(({ status, value, reason }, i) => {
    if (i + 1 !== 5)
      return assert.deepEqual([status, value.samples[0], value.inWorker], ['fulfilled', i + 1, true])
    assert.ok(isPyramidionError(reason, 'internal'))
    assert.match(reason.message, /worker after worker was lost .* poison/)
  })
  assert.deepEqual([workers.length <= 5, degraded], [true, []])
  assert.equal(pool.stats().mode, 'workers')
})

test('a job that two workers took down with them is decoded by the third', async () => {
  let lost = 0
  const onSend = (message, worker) => {
    const dies = message.type === 'decode' && message.job.name === 2 && lost < 2
    if (!dies) return healthy(message, worker)
    lost += 1
    queueMicrotask(() => worker.die('killed'))
  }
  const { pool, decode } = makePool({ size: 1, make: () => new FakeWorker(onSend) })
  // An answer: it is not the workers that cannot live.
  await decode(1)
  const { samples, inWorker } = await decode(2)
  assert.deepEqual([samples[0], inWorker], [2, true])
  assert.equal(pool.stats().restarts, 2)
})

test('a worker that does not answer any more is replaced, a job that hangs twice given up', async () => {
  const onSend = (message, worker) =>
    message.type === 'decode' && message.job.name === 2 ? undefined : healthy(message, worker)
  const times = { silence: 25 }
  const { pool, decode } = makePool({ size: 1, times, make: () => new FakeWorker(onSend) })
  const outcomes = await Promise.allSettled([1, 2, 3].map(name => decode(name)))
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  assert.match(outcomes[1].reason.message, /worker after worker was lost .* no answer for 50 ms/)
  assert.equal(pool.stats().mode, 'workers')
})

test('bytes that cannot be brought again are the job’s error', async () => {
  const { workers, decode } = makePool({ size: 1, make: () => new FakeWorker(starting) })
  const again = async () => {
    throw new Error('the network is gone')
  }
  const job = decode(1, { again })
  await turns()
  workers[0].die()
  await assert.rejects(job, /the network is gone/)
})

test('an aborted job is not sent again', async () => {
  const { workers, decode } = makePool({ size: 1, make: () => new FakeWorker(starting) })
  const controller = new AbortController()
  const job = decode(1, { signal: controller.signal })
  await turns()
  controller.abort('enough')
  await assert.rejects(job, reason => reason === 'enough')
  workers[0].die()
  await turns()
  assert.deepEqual([decode.brought, workers.length], [[], 1])
})

test('fewer workers than wished are enough', async () => {
  let room = 2
  let tries = 0
  const make = number => {
    tries += 1
    if (number >= room) throw new Error('no room for more')
    return new FakeWorker(healthy)
  }
  const { pool, decode, degraded } = makePool({ size: 8, make, times: { retry: 50 } })
  for (let round = 0; round < 3; round++) {
    const decoded = await Promise.all(JOBS.map(name => decode(name)))
    assert.ok(decoded.every(({ inWorker }) => inWorker))
  }
  const { alive, mode, reason } = pool.stats()
  assert.deepEqual([alive, mode, degraded, tries], [2, 'workers', [], 3])
  assert.match(reason, /no room for more/)
  // Later there may be room.
  await new Promise(resolve => setTimeout(resolve, 60))
  room = 4
  await Promise.all(JOBS.map(name => decode(name)))
  assert.equal(pool.stats().alive, 4)
})

test('when the last worker dies after others could not start, jobs still end', async () => {
  let broken = false
  const make = () => {
    if (broken) throw new Error('no more workers')
    return new FakeWorker(starting)
  }
  const { pool, workers, decode } = makePool({ size: 3, make })
  const first = decode(1)
  await turns()
  broken = true
  const rest = [2, 3, 4, 5].map(name => decode(name))
  workers[0].answer(1)
  await first
  const warnings = await warningsOf(async () => {
    workers[0].die()
    assert.deepEqual((await Promise.all(rest)).map(nameOf), [2, 3, 4, 5])
  })
  assert.deepEqual([pool.stats().mode, warnings.length], ['inline', 1])
})

test('after a while a worker is tried again, and decodes where it lives', async () => {
  let broken = true
  const make = () => {
    if (broken) throw new Error('not now')
    return new FakeWorker(healthy)
  }
  const { pool, workers, decode, degraded } = makePool({ size: 2, make, times: { retry: 30 } })
  const warnings = await warningsOf(async () => {
    await decode(1)
    assert.equal(pool.stats().mode, 'inline')
    await new Promise(resolve => setTimeout(resolve, 40))
    await decode(2)
    assert.equal(pool.stats().mode, 'inline')
    broken = false
    await new Promise(resolve => setTimeout(resolve, 40))
    await decode(3)
    await turns()
  })
  assert.equal(pool.stats().mode, 'workers')
  assert.ok((await decode(4)).inWorker)
  assert.deepEqual([warnings.length, degraded.length], [1, 1])
  // Broken once more, it says so, but the console is warned once in a pool's life.
  broken = true
  const more = await warningsOf(async () => {
    workers.at(-1).die()
    assert.ok(!(await decode(5)).inWorker)
  })
  assert.deepEqual([more, degraded.length], [[], 2])
})

test('where nothing can decode at all, the read is told why', async () => {
  const make = () => {
    throw new Error('no workers')
  }
  const { decode } = makePool({ make, inlineLoads: false })
  await warningsOf(() => assert.rejects(decode(1), /no inline decoder here/))
})
