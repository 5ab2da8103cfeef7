// How calls, datasets and processes end, and that nothing is left of them.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { assertAtRest, countedController, fetchAll, isCode, memory, rangesOf, turns, until } from './core.mjs'
import { DriverScene, WINDOW, cog } from './driver-scene.mjs'

describe('driver at the end', () => {
  const scene = new DriverScene()

  test('an abort before the call sends nothing; one in flight stops the request', async () => {
    const reason = { an: 'object' }
    await assert.rejects(
      scene.open('/cog_2048.tif', {}, AbortSignal.abort(reason)),
      error => error === reason,
    )
    assert.equal(await scene.requests(), 0)
    const counted = countedController()
    const opening = scene.open('/fault/stall/cog_2048.tif', {}, counted.signal)
    await until(() => scene.server.log.length === 1)
    assert.equal(counted.live, 1)
    counted.controller.abort(reason)
    await assert.rejects(opening, error => error === reason)
    assert.deepEqual([counted.added, counted.live], [1, 0])
    await scene.server.idle()
    assert.ok(scene.server.log[0].aborted)
  })

  test('listeners are taken back by calls that succeed', async () => {
    const counted = countedController()
    const dataset = await scene.open('/cog_2048.tif', {}, counted.signal)
    await fetchAll(dataset, WINDOW, { signal: counted.signal })
    await dataset.levels(counted.signal)
    assert.deepEqual([counted.added, counted.live], [4, 0])
  })

  test('an abort in mid-body leaves other readers of the same bytes alone', async () => {
    const dataset = await scene.open('/fault/slow:400000/cog_2048.tif')
    const controller = new AbortController()
    const plan = await dataset.plan(WINDOW)
    const doomed = fetchAll(dataset, WINDOW, { signal: controller.signal })
    const lasting = fetchAll(dataset, WINDOW)
    await until(() => scene.server.log.length === 2)
    controller.abort()
    await assert.rejects(doomed, { name: 'AbortError' })
    const { blocks } = await lasting
    rangesOf(plan).forEach(({ start, end }, index) =>
      assert.deepEqual(Buffer.from(blocks[index]), cog.subarray(start, end)),
    )
    assert.equal(await scene.requests(), 2)
  })

  test('close ends pending calls at once, whatever they wait for; then everything is closed', async () => {
    const dataset = await scene.open('/cog_2048.tif')
    const stalled = await scene.open({
      url: scene.at('/cog_2048.tif'),
      fetch: (url, init) =>
        fetch(init.headers.Range === 'bytes=0-32767' ? url : scene.at('/fault/stall/cog_2048.tif'), init),
    })
    const pending = [fetchAll(stalled, WINDOW), fetchAll(stalled), stalled.levels()]
    await until(() => scene.server.log.length === 4)
    stalled.close()
    stalled.close()
    for (const call of pending.slice(0, 2)) await assert.rejects(call, isCode('closed'))
    await Promise.allSettled(pending)
    await scene.server.idle()
    assert.ok(scene.server.log[2].aborted)
    await assert.rejects(stalled.levels(), isCode('closed'))
    await assert.rejects(stalled.plan({}), isCode('closed'))
    await assert.rejects(
      stalled.fetch([], () => {}),
      isCode('closed'),
    )
    assert.throws(() => stalled.info(), isCode('closed'))
    assert.equal(typeof stalled.stats().requests, 'number')
    await fetchAll(dataset, WINDOW)
  })

  test('a dataset may be freed while a call is under way', async () => {
    const dataset = await scene.engine.open({ url: scene.at('/cog_2048.tif') }, {})
    const levels = dataset.levels()
    const fetched = fetchAll(dataset, WINDOW)
    await turns(1)
    dataset.free()
    assert.ok((await levels).length > 1)
    await fetched.catch(() => {})
  })

  test('a thousand reads leave memory where it was', async () => {
    const dataset = await scene.open('/cog_2048.tif')
    const random = mulberry(1)
    const round = async count => {
      for (let i = 0; i < count; i++) {
        const [x, y] = [random(), random()].map(part => Math.floor(part * 1500))
        const controller = new AbortController()
        const reading = fetchAll(dataset, { window: [x, y, 300, 300] }, { signal: controller.signal })
        if (i % 10 === 0) {
          controller.abort()
          await assert.rejects(reading, { name: 'AbortError' })
        } else await reading
      }
    }
    await round(200)
    const before = memory.buffer.byteLength
    await round(1000)
    assert.equal(memory.buffer.byteLength, before)
    const { pieces } = await assertAtRest(scene.engine)
    assert.ok(pieces < 200, `${pieces} pieces`)
    scene.engine.clearCache()
    assert.deepEqual([scene.engine.cacheStats().bytes, scene.engine.counts().pieces], [0, 0])
  })

  test('opening and closing leaves memory where it was', async () => {
    const round = async count => {
      for (let i = 0; i < count; i++) {
        const dataset = await scene.engine.open({ url: scene.at('/cog_2048.tif') }, {})
        await dataset.levels()
        dataset.close()
        dataset.free()
      }
    }
    await round(100)
    const before = memory.buffer.byteLength
    await round(500)
    assert.equal(memory.buffer.byteLength, before)
  })

  for (const why of ['nothing', 'stalled', 'backoff', 'unclosed', 'error-body'])
    test(`the process ends by itself: ${why}`, async () => {
      const script = fileURLToPath(new URL('driver-exit.mjs', import.meta.url))
      const child = spawn(process.execPath, [script, scene.server.url, why], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const started = performance.now()
      const [code] = await once(child, 'exit')
      assert.equal(code, 0)
      assert.ok(performance.now() - started < 8000, `${performance.now() - started} ms`)
    })
})

/** Numbers in [0, 1), the same for the same seed. */
function mulberry(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
