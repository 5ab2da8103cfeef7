// What is under way when an instance is given up goes nowhere, and brings nothing down.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startServer } from '../server/server.mjs'
import { Core, assertAtRest, fetchAll, resetInstance, until } from './core.mjs'

test('answers, timers and aborts for an instance that was replaced reach the trap handler alone', async () => {
  const server = await startServer({ root: fileURLToPath(new URL('../fixtures/data', import.meta.url)) })
  const told = []
  const engine = new Core({ timeout: 200 }, cause => told.push(cause))
  const controller = new AbortController()
  const outcomes = []
  for (const path of ['/fault/latency:100/cog_2048.tif', '/fault/stall/cog_2048.tif']) {
    const opening = engine.open({ url: server.url + path }, {}, controller.signal)
    opening.then(
      dataset => outcomes.push(dataset),
      error => outcomes.push(error),
    )
  }
  await until(() => server.log.length === 2)
  resetInstance()
  const fresh = new Core({})
  const dataset = await fresh.open({ url: `${server.url}/cog_2048.tif` }, {})
  await pause(400)
  controller.abort()
  await until(() => told.length >= 3)
  for (const cause of told) assert.match(cause.message, /previous/)
  assert.deepEqual(outcomes, [])
  assert.throws(() => engine.counts(), /stale/)
  assert.ok((await fetchAll(dataset, { window: [0, 0, 10, 10] })).blocks.length > 0)
  dataset.close()
  await assertAtRest(fresh)
  await server.close()
})
