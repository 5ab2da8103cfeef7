/** Log, counts and reset, from within and over HTTP. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, askRange, serveRoot, until } from './testbed.mjs'

test('one record per request, in order of arrival', async t => {
  /** @type {number[]} */
  const ended = []
  const { server } = await serveRoot(t, { onEnd: ({ id }) => void ended.push(id) })
  const before = Date.now()
  await ask(server, '/ten.bin?v=1', { headers: { Range: 'bytes=2-5', 'X-Own': 'seen' } })
  await ask(server, '/a.tif', { method: 'HEAD' })
  await ask(server, '/nothing')
  await server.idle()
  const brief = server.log.map(({ id, method, path, range, status, bytes }) => [
    id,
    method,
    path,
    range,
    status,
    bytes,
  ])
  assert.deepEqual(brief, [
    [1, 'GET', '/ten.bin?v=1', 'bytes=2-5', 206, 4],
    [2, 'HEAD', '/a.tif', null, 200, 0],
    [3, 'GET', '/nothing', null, 404, '404 Not Found\n'.length],
  ])
  assert.deepEqual(ended, [1, 2, 3])
  const [{ headers, start, end, aborted, faults }] = server.log
  assert.deepEqual([headers['x-own'], aborted, faults], ['seen', false, []])
  assert.ok(start >= before - 1 && (end ?? 0) >= start && (end ?? Infinity) <= Date.now() + 1)
  assert.deepEqual(server.counts(), {
    requests: 3,
    bytes: 18,
    preflights: 0,
    paths: {
      '/ten.bin': { requests: 1, bytes: 4 },
      '/a.tif': { requests: 1, bytes: 0 },
      '/nothing': { requests: 1, bytes: 14 },
    },
  })
})

test('bytes are counted as soon as the client has them', async t => {
  const { server } = await serveRoot(t)
  for (let i = 1; i <= 50; i++) {
    await askRange(server, '/a.tif', 'bytes=0-69999')
    assert.equal(server.counts().bytes, i * 70_000)
  }
})

test('overlap in time can be seen', async t => {
  const { server } = await serveRoot(t, { fault: 'latency:100' })
  await Promise.all(['/a.tif', '/b.tif'].map(path => ask(server, path)))
  await server.idle()
  const [first, second] = server.log
  assert.ok(second.start < (first.end ?? 0) && (first.end ?? 0) - first.start >= 99)
})

test('reset empties both, also of requests in flight', async t => {
  const { server } = await serveRoot(t)
  const { log } = server
  const waiting = ask(server, '/fault/latency:50/ten.bin')
  await until(() => log.length === 1)
  server.reset()
  await waiting
  assert.deepEqual(server.counts(), { requests: 0, bytes: 0, preflights: 0, paths: {} })
  await ask(server, '/ten.bin')
  assert.equal(server.log, log)
  assert.equal(log.length, 1)
})

test('/__log and /__reset serve pages, and are not counted', async t => {
  const { server } = await serveRoot(t, { fault: 'status:503' })
  await ask(server, '/ten.bin')
  await server.idle()
  const answer = await ask(server, '/__log?x')
  assert.equal(answer.headers['access-control-allow-origin'], '*')
  assert.equal(answer.headers['cache-control'], 'no-store')
  const told = JSON.parse(answer.body.toString())
  assert.deepEqual(told, JSON.parse(JSON.stringify({ log: server.log, counts: server.counts() })))
  assert.equal(told.log[0].status, 503)
  assert.equal((await ask(server, '/__reset')).status, 405)
  const asked = { Origin: 'http://page.example', 'Access-Control-Request-Method': 'POST' }
  const preflight = await ask(server, '/__reset', { method: 'OPTIONS', headers: asked })
  assert.deepEqual([preflight.status, preflight.headers['access-control-allow-methods']], [204, 'POST'])
  assert.equal(server.log.length, 1)
  assert.equal((await ask(server, '/__reset', { method: 'POST' })).status, 200)
  assert.equal(server.log.length, 0)
})
