// A trap gives its instance up as a whole: whoever waits in it is told, and what is still under way brings nothing down.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startServer } from '../server/server.mjs'
import { Core, assertAtRest, fetchAll, freshInstance, until } from './core.mjs'

/** More than its memory can ever hold: the first thing that it does with that is to stop. */
const trap = instance =>
  assert.throws(
    () => instance.plain('dataset_came_from', 0, 0, new Uint8Array(2 ** 31)),
    WebAssembly.RuntimeError,
  )

test('answers, timers and aborts for an instance that has trapped are nobody’s', async () => {
  const server = await startServer({ root: fileURLToPath(new URL('../fixtures/data', import.meta.url)) })
  const told = []
  const instance = await freshInstance()
  const engines = [0, 1].map(number => new Core({ timeout: 200 }, () => told.push(number), instance))
  const controller = new AbortController()
  const outcomes = []
  for (const path of ['/fault/latency:100/cog_2048.tif', '/fault/stall/cog_2048.tif']) {
    const opening = engines[0].open({ url: server.url + path }, {}, controller.signal)
    opening.catch(error => outcomes.push(error))
  }
  await until(() => server.log.length === 2)
  trap(instance)
  assert.deepEqual([told, instance.trapped], [[0, 1], true])
  await assert.rejects(engines[1].open({ url: server.url }, {}), WebAssembly.RuntimeError)
  assert.throws(() => engines[0].cacheStats(), WebAssembly.RuntimeError)
  engines[0].clearCache()

  const fresh = new Core({}, undefined, await freshInstance())
  const dataset = await fresh.open({ url: `${server.url}/cog_2048.tif` }, {})
  await pause(400)
  assert.deepEqual(outcomes, [])
  controller.abort('enough')
  await until(() => outcomes.length === 2)
  assert.deepEqual(outcomes, ['enough', 'enough'])
  assert.deepEqual(told, [0, 1])
  assert.ok((await fetchAll(dataset, { window: [0, 0, 10, 10] })).blocks.length > 0)
  dataset.close()
  await assertAtRest(fresh)
  await server.close()
})
