/** How a fault is chosen (server, callback, URL prefix), and the specs that are refused. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseFault } from './faults.mjs'
import { textReply } from './reply.mjs'
import { ask, askRange, serveRoot, sharedBed } from './testbed.mjs'

const bed = sharedBed()

describe('how faults are chosen', () => {
  test('prefixes nest, and the log says which applied', async () => {
    const { status, headers, body } = await ask(bed.server, '/fault/hide-headers/fault/truncate:3/ten.bin')
    assert.deepEqual([status, headers['access-control-expose-headers'], body.length], [200, undefined, 3])
    assert.deepEqual(bed.server.log.at(-1)?.faults, ['hide-headers', 'truncate:3'])
  })

  test('for the whole server, where a prefix of the same name counts more', async t => {
    const { server } = await serveRoot(t, { fault: ['longer:1', 'hide-headers'] })
    const plain = await askRange(server, '/ten.bin', 'bytes=0-3')
    assert.deepEqual([plain.body.length, plain.headers['access-control-expose-headers']], [5, undefined])
    assert.equal((await askRange(server, '/fault/longer:2/ten.bin', 'bytes=0-3')).body.length, 6)
  })

  test('of several replies the innermost counts', async t => {
    const { server } = await serveRoot(t, { fault: ['status:503', 'html'] })
    assert.equal((await ask(server, '/ten.bin')).headers['content-type'], 'text/html; charset=utf-8')
    assert.equal((await ask(server, '/fault/status:404/ten.bin')).status, 404)
    assert.equal((await ask(server, '/fault/status:404/fault/status:410/ten.bin')).status, 410)
  })

  test('redirects of a whole server come to an end', async t => {
    const { server } = await serveRoot(t, { fault: 'redirect:2' })
    const response = await fetch(`${server.url}/ten.bin`)
    assert.equal(await response.text(), '0123456789')
    assert.equal(server.log.length, 3)
  })

  test('by a callback, which sees the request and the file', async t => {
    /** @type {unknown[]} */
    const seen = []
    const { server } = await serveRoot(t, {
      fault: [
        'longer:1',
        ({ method, path, query, headers, nth }, file) => {
          seen.push([method, path, query, headers.range, nth, file?.size])
          if (path === '/ten.bin' && nth === 2) return ['status:503', 'hide-headers']
          if (path === '/one.bin') return () => textReply(299)
        },
      ],
    })
    const paths = ['/ten.bin?q', '/ten.bin', '/fault/longer:3/ten.bin', '/one.bin', '/nothing']
    const got = []
    for (const path of paths) got.push(await askRange(server, path, 'bytes=0-3'))
    assert.deepEqual(
      got.map(({ status }) => status),
      [206, 503, 206, 299, 404],
    )
    assert.equal(got[1].headers['access-control-expose-headers'], undefined)
    assert.equal(got[2].body.length, 7)
    assert.deepEqual(seen, [
      ['GET', '/ten.bin', '?q', 'bytes=0-3', 1, 10],
      ['GET', '/ten.bin', '', 'bytes=0-3', 2, 10],
      ['GET', '/ten.bin', '', 'bytes=0-3', 1, 10],
      ['GET', '/one.bin', '', 'bytes=0-3', 1, 1],
      ['GET', '/nothing', '', 'bytes=0-3', 1, undefined],
    ])
  })

  test('a mistake in a callback is 500 and told on the console', async t => {
    const told = t.mock.method(console, 'error', () => {})
    const { server } = await serveRoot(t, { fault: () => 'bogus' })
    const { status, body } = await ask(server, '/ten.bin')
    assert.equal(status, 500)
    assert.match(body.toString(), /no fault is called 'bogus'/)
    assert.equal(told.mock.callCount(), 1)
    await server.idle()
    assert.equal(server.log[0].status, 500)
  })

  test('a prefix that names no fault, or a wrong argument, is 400 and says what was expected', async () => {
    for (const spec of ['bogus', 'latency', 'latency:x', '', 'toString', '__proto__']) {
      const { status, body } = await ask(bed.server, `/fault/${spec}/ten.bin`)
      assert.equal(status, 400, spec)
      assert.match(body.toString(), /expected one of latency, slow|takes 1 whole number/)
    }
  })
})

describe('arguments', () => {
  const wrong = [
    ...['latency:-1', 'latency:1.5', 'latency:1:2', 'slow:0', 'slow', 'truncate', 'reset:x', 'stall:1:2'],
    ...['status', 'status:99', 'status:600', 'status:503:2:3', 'status-once', 'status-first:503', 'html:1'],
    ...['no-ranges:1', 'wrong-content-range:0', 'shifted:0', 'longer:0', 'shorter:x', 'gzip:9', 'no-cors:1'],
    ...['hide-headers:', 'changed-etag', 'replaced:1', 'replaced:1:b.tif', 'replaced:/b.tif', 'redirect'],
    ...['redirect-to', 'redirect-to:/x', 'redirect-to:ftp://x', 'redirect-loop:1'],
  ]
  for (const spec of wrong) {
    test(`${spec} is refused`, () => {
      assert.throws(() => parseFault(spec), { message: new RegExp(`^fault ${spec.split(':')[0]}: `) })
    })
  }
})
