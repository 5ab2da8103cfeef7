/** Every fault mode, by its name: MODES must name what FAULTS names. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { FAULTS, parseFault } from './faults.mjs'
import { textReply } from './reply.mjs'
import { FILES, ask, askRange, sendRaw, serveRoot, sharedBed, until } from './testbed.mjs'

const A = FILES['a.tif']
const bed = sharedBed()

/**
 * @param {string} spec
 * @param {string} [range]
 * @param {string} [path]
 */
const faulty = (spec, range = 'bytes=100-199', path = '/a.tif') =>
  askRange(bed.server, `/fault/${encodeURIComponent(spec)}${path}`, range)

/** @param {import('./testbed.mjs').Answer} answer */
const contentRange = ({ status, headers, body }) => [status, headers['content-range'], body.length]

/**
 * @param {string} name
 * @param {string} [argument]
 */
function assertOnlyParts(name, argument = '') {
  return Promise.all(
    [undefined, 'bytes=999999-'].map(async range => {
      const headers = range === undefined ? {} : { Range: range }
      const changed = await ask(bed.server, `/fault/${name}${argument}/a.tif`, { headers })
      const plain = await ask(bed.server, '/a.tif', { headers })
      assert.deepEqual({ ...changed.headers, date: '' }, { ...plain.headers, date: '' })
      assert.deepEqual([changed.status, changed.body], [plain.status, plain.body])
    }),
  )
}

/** @type {Record<string, (name: string) => Promise<void>>} */
const MODES = {
  async latency() {
    const began = performance.now()
    const { status, body } = await faulty('latency:120')
    const took = performance.now() - began
    assert.ok(took >= 119, `${took} ms`)
    assert.deepEqual([status, body], [206, A.subarray(100, 200)])
  },

  async slow() {
    const began = performance.now()
    const { status, body } = await faulty('slow:20000', 'bytes=0-3999')
    const took = performance.now() - began
    assert.ok(took >= 199, `${took} ms for 4000 bytes at 20000 per second`)
    assert.deepEqual([status, body], [206, A.subarray(0, 4000)])
    assert.equal((await faulty('slow:1', 'bytes=0-0')).body.length, 1)
  },

  async truncate() {
    const cut = await faulty('truncate:30')
    assert.deepEqual(contentRange(cut), [206, 'bytes 100-199/100000', 30])
    assert.equal(cut.error, 'ECONNRESET')
    assert.equal(cut.headers['content-length'], '100')
    assert.deepEqual(cut.body, A.subarray(100, 130))
    await assertCutInGoodOrder('truncate:30', 30)
    await assertCutInGoodOrder('truncate:0', 0)
    const whole = await faulty('truncate:100')
    assert.deepEqual([whole.error, whole.body.length], [null, 100])
    assert.equal((await faulty('truncate:70000', 'bytes=0-')).body.length, 70000)
    const head = await ask(bed.server, '/fault/truncate:0/a.tif', { method: 'HEAD' })
    assert.deepEqual([head.status, head.error], [200, null])
  },

  async reset() {
    for (const [spec, length] of /** @type {[string, number][]} */ ([
      ['reset:30', 30],
      ['reset:0', 0],
    ])) {
      const { text, error } = await sendRaw(
        bed.server,
        `GET /fault/${spec}/a.tif HTTP/1.1\r\nHost: x\r\n\r\n`,
      )
      assert.equal(error, 'ECONNRESET')
      assert.match(text, /^HTTP\/1\.1 200 OK\r\n(.*\r\n)*Content-Length: 100000\r\n/)
      assert.equal(text.slice(text.indexOf('\r\n\r\n') + 4), A.toString('latin1', 0, length))
    }
    const none = await sendRaw(bed.server, 'GET /fault/reset/a.tif HTTP/1.1\r\nHost: x\r\n\r\n')
    assert.deepEqual(none, { text: '', error: 'ECONNRESET' })
    await bed.server.idle()
    const { status, aborted, bytes } = bed.server.log[bed.server.log.length - 1]
    assert.deepEqual([status, aborted, bytes], [null, false, 0])
  },

  async stall() {
    for (const [spec, bytes, status] of /** @type {const} */ ([
      ['stall:30', 30, 200],
      ['stall', 0, null],
    ])) {
      const controller = new AbortController()
      const answer = ask(bed.server, `/fault/${spec}/a.tif`, { signal: controller.signal })
      const { log } = bed.server
      await until(() => log.at(-1)?.path === `/fault/${spec}/a.tif` && log.at(-1)?.bytes === bytes)
      await new Promise(resolve => setTimeout(resolve, 50))
      assert.deepEqual([log.at(-1)?.end, log.at(-1)?.bytes, log.at(-1)?.status], [null, bytes, status])
      controller.abort()
      assert.equal((await answer).body.length, bytes)
      await bed.server.idle()
      assert.equal(log.at(-1)?.aborted, true)
    }
  },

  async status() {
    const { status, headers } = await faulty('status:503:7')
    assert.deepEqual([status, headers['retry-after'], headers['content-range']], [503, '7', undefined])
    assert.equal((await faulty('status:503')).headers['retry-after'], undefined)
    assert.equal((await faulty('status:404')).status, 404)
    assert.equal((await faulty('status:401')).headers['www-authenticate'], 'Bearer')
    assert.equal((await faulty('status:416')).headers['content-range'], 'bytes */100000')
    assert.equal((await faulty('status:429', 'bytes=0-1', '/nothing')).status, 429)
    assert.deepEqual(contentRange(await faulty('status:204')), [204, undefined, 0])
    assert.equal((await faulty('status:500')).headers['access-control-allow-origin'], '*')
  },

  async 'status-once'() {
    bed.server.reset()
    const first = await faulty('status-once:429:2')
    assert.deepEqual([first.status, first.headers['retry-after']], [429, '2'])
    assert.deepEqual((await faulty('status-once:429:2')).body, A.subarray(100, 200))
    const sidecar = await faulty('status-once:429:2', 'bytes=0-1', '/sub/c.ovr')
    assert.equal(sidecar.status, 429, 'each path has a first request of its own')
    bed.server.reset()
    assert.equal((await faulty('status-once:429:2')).status, 429)
  },

  async 'status-first'() {
    bed.server.reset()
    const path = '/fault/status-first:2:502/a.tif'
    await ask(bed.server, path, {
      method: 'OPTIONS',
      headers: { Origin: 'http://page.example', 'Access-Control-Request-Method': 'GET' },
    })
    const statuses = []
    for (const query of ['', '?a', '?b', '']) statuses.push((await ask(bed.server, path + query)).status)
    assert.deepEqual(statuses, [502, 502, 200, 200], 'a preflight is not counted, a query is no other path')
  },

  async html() {
    const { status, headers, body } = await faulty('html')
    assert.equal(status, 200)
    assert.match(headers['content-type'] ?? '', /^text\/html/)
    assert.match(body.toString(), /^<!DOCTYPE html>/)
    assert.deepEqual([headers['accept-ranges'], headers['content-range']], [undefined, undefined])
    assert.equal((await faulty('html', 'bytes=0-1', '/nothing')).status, 200)
  },

  async 'no-ranges'() {
    for (const range of ['bytes=0-9', 'bytes=999999-', 'bytes=-5']) {
      const { status, headers, body } = await faulty('no-ranges', range)
      assert.deepEqual(
        [status, headers['accept-ranges'], headers['content-range']],
        [200, undefined, undefined],
      )
      assert.deepEqual(body, A)
    }
  },

  async 'wrong-content-range'(name) {
    const shifted = await faulty('wrong-content-range')
    assert.deepEqual(contentRange(shifted), [206, 'bytes 101-200/100000', 100])
    assert.deepEqual(shifted.body, A.subarray(100, 200))
    assert.deepEqual(contentRange(await faulty('wrong-content-range:50')), [206, 'bytes 150-249/100000', 100])
    const last = await faulty('wrong-content-range:50', 'bytes=-10')
    assert.deepEqual(contentRange(last), [206, 'bytes 99940-99949/100000', 10])
    await assertOnlyParts(name)
  },

  async shifted(name) {
    const shifted = await faulty('shifted')
    assert.deepEqual(contentRange(shifted), [206, 'bytes 101-200/100000', 100])
    assert.deepEqual(shifted.body, A.subarray(101, 201))
    assert.equal(shifted.headers['accept-ranges'], 'bytes')
    const last = await faulty('shifted:50', 'bytes=-10')
    assert.deepEqual(contentRange(last), [206, 'bytes 99940-99949/100000', 10])
    assert.deepEqual(last.body, A.subarray(99940, 99950))
    await assertOnlyParts(name)
  },

  async longer(name) {
    const longer = await faulty('longer:20')
    assert.deepEqual(contentRange(longer), [206, 'bytes 100-219/100000', 120])
    assert.equal(longer.headers['content-length'], '120')
    assert.deepEqual(longer.body, A.subarray(100, 220))
    assert.equal((await faulty('longer')).body.length, 100 + 1024)
    assert.deepEqual(contentRange(await faulty('longer', 'bytes=-9')), [206, 'bytes 99991-99999/100000', 9])
    await assertOnlyParts(name)
  },

  async shorter(name) {
    const shorter = await faulty('shorter:20')
    assert.deepEqual(contentRange(shorter), [206, 'bytes 100-179/100000', 80])
    assert.deepEqual(shorter.body, A.subarray(100, 180))
    assert.deepEqual(contentRange(await faulty('shorter:500')), [206, 'bytes 100-100/100000', 1])
    assert.equal((await faulty('shorter')).body.length, 99)
    await assertOnlyParts(name)
  },

  async gzip() {
    const part = await faulty('gzip')
    assert.deepEqual([part.status, part.headers['content-encoding']], [206, 'gzip'])
    assert.equal(part.headers['content-range'], 'bytes 100-199/100000')
    assert.equal(part.headers['content-length'], undefined)
    assert.deepEqual(gunzipSync(part.body), A.subarray(100, 200))
    const whole = await ask(bed.server, '/fault/gzip/a.tif')
    assert.deepEqual(gunzipSync(whole.body), A)
    assert.equal(bed.server.log.at(-1)?.bytes, whole.body.length)
    const head = await ask(bed.server, '/fault/gzip/a.tif', { method: 'HEAD' })
    assert.deepEqual([head.headers['content-encoding'], head.body.length], ['gzip', 0])
    assert.equal((await ask(bed.server, '/fault/gzip/fault/truncate:1000/a.tif')).body.length, 1000)
    await bed.server.idle()
    assert.deepEqual([bed.server.log.at(-1)?.status, bed.server.log.at(-1)?.aborted], [200, false])
  },

  async 'hide-headers'() {
    const { headers } = await faulty('hide-headers')
    assert.equal(headers['access-control-allow-origin'], '*')
    assert.equal(headers['access-control-expose-headers'], undefined)
    assert.equal(headers['content-range'], 'bytes 100-199/100000')
  },

  async 'no-cors'() {
    const { status, headers } = await faulty('no-cors')
    const preflight = await ask(bed.server, '/fault/no-cors/a.tif', {
      method: 'OPTIONS',
      headers: { Origin: 'http://page.example', 'Access-Control-Request-Method': 'GET' },
    })
    assert.deepEqual([status, preflight.status], [206, 204])
    const names = [...Object.keys(headers), ...Object.keys(preflight.headers)]
    assert.deepEqual(
      names.filter(name => name.startsWith('access-control-')),
      [],
    )
  },

  async 'changed-etag'() {
    bed.server.reset()
    const answers = []
    for (let i = 0; i < 4; i++) answers.push(await faulty('changed-etag:2'))
    const [first, second, third, fourth] = answers.map(({ headers }) => headers)
    assert.deepEqual([first.etag, first['last-modified']], [second.etag, second['last-modified']])
    assert.deepEqual([third.etag, third['last-modified']], [fourth.etag, fourth['last-modified']])
    assert.notEqual(first.etag, third.etag)
    assert.match(third.etag ?? '', /^"[^"]+"$/)
    assert.notEqual(first['last-modified'], third['last-modified'])
    assert.deepEqual(
      [second, third].map(h => h['content-range']),
      ['bytes 100-199/100000', 'bytes 100-199/100001'],
    )
    const whole = await ask(bed.server, '/fault/changed-etag:2/a.tif')
    assert.deepEqual(whole.body, Buffer.concat([A, Buffer.from([0])]))
    const kept = { Range: 'bytes=0-9', 'If-Range': first.etag ?? '' }
    assert.equal((await ask(bed.server, '/fault/changed-etag:2/a.tif', { headers: kept })).status, 200)
  },

  async replaced() {
    bed.server.reset()
    const spec = 'replaced:1:/b.tif'
    assert.deepEqual((await faulty(spec)).body, A.subarray(100, 200))
    const other = await faulty(spec)
    assert.deepEqual(contentRange(other), [206, 'bytes 100-199/50000', 100])
    assert.deepEqual(other.body, FILES['b.tif'].subarray(100, 200))
    assert.equal((await faulty('replaced:0:/nothing')).status, 404)
    assert.equal((await faulty('replaced:0:/../secret/key.txt')).status, 404)
  },

  async redirect() {
    const hops = await follow('/fault/redirect:2/a.tif?q=1')
    assert.deepEqual(hops, [
      [302, '/fault/redirect:1/a.tif?q=1'],
      [302, '/fault/redirect:0/a.tif?q=1'],
      [200, undefined],
    ])
    const [[, nested]] = await follow('/fault/redirect:1/fault/longer:5/a.tif')
    assert.equal(nested, '/fault/longer:5/fault/redirect:0/a.tif', 'other faults stay')
  },

  async 'redirect-to'() {
    const { headers, status } = await faulty(
      'redirect-to:http://other.example:81',
      'bytes=0-1',
      '/sub/c.ovr?q',
    )
    assert.deepEqual([status, headers.location], [302, 'http://other.example:81/sub/c.ovr?q'])
    const page = await faulty('redirect-to:https://other.example/login?next=1')
    assert.equal(page.headers.location, 'https://other.example/login?next=1')
  },

  async 'redirect-loop'() {
    const { status, headers } = await faulty('redirect-loop', 'bytes=0-1', '/a.tif?q')
    assert.deepEqual([status, headers.location], [302, '/fault/redirect-loop/a.tif?q'])
  },
}

/**
 * @param {string} spec
 * @param {number} length
 */
async function assertCutInGoodOrder(spec, length) {
  const { text, error } = await sendRaw(bed.server, `GET /fault/${spec}/a.tif HTTP/1.1\r\nHost: x\r\n\r\n`)
  assert.equal(error, null)
  assert.match(text, /^HTTP\/1\.1 200 OK\r\n/)
  assert.equal(text.slice(text.indexOf('\r\n\r\n') + 4), A.toString('latin1', 0, length))
  await bed.server.idle()
  const { aborted, bytes } = bed.server.log[bed.server.log.length - 1]
  assert.deepEqual([aborted, bytes], [false, length])
}

/** @param {string} path */
async function follow(path) {
  const hops = []
  for (let next = /** @type {string | undefined} */ (path); next !== undefined;) {
    const { status, headers } = await ask(bed.server, next)
    hops.push([status, headers.location])
    next = headers.location
  }
  return hops
}

test('every mode has its test', () => assert.deepEqual(Object.keys(MODES).sort(), Object.keys(FAULTS).sort()))

for (const [name, check] of Object.entries(MODES)) test(name, () => check(name))

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
