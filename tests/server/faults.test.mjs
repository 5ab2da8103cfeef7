/** Every fault mode, by its name: MODES must name what FAULTS names. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { FAULTS } from './faults.mjs'
import { FILES, ask, askRange, sendRaw, sharedBed, until } from './testbed.mjs'

const A = FILES['a.tif']
const bed = sharedBed()

/**
 * @param {string} spec
 * @param {string} [range]
 * @param {string} [path]
 */
const faulty = (spec, range = 'bytes=100-199', path = '/a.tif') =>
  askRange(bed.server, `/fault/${encodeURIComponent(spec).replaceAll('%3A', ':')}${path}`, range)

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
    // A reset of a short answer can pass for an end; of several long ones it cannot.
    for (let i = 0; i < 6; i++) await assertCutInGoodOrder('truncate:70000', 70000)
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

  async 'retry-date'() {
    bed.server.reset()
    const { status, headers } = await faulty('retry-date:7')
    const ahead = Date.parse(headers['retry-after'] ?? '') - Date.parse(headers.date ?? '')
    assert.equal(status, 503)
    assert.ok(ahead >= 6000 && ahead <= 8000, `${ahead} ms`)
    assert.deepEqual((await faulty('retry-date:7')).body, A.subarray(100, 200))
  },

  async later() {
    bed.server.reset()
    const statuses = []
    for (let i = 0; i < 4; i++) statuses.push((await faulty('later:2:status:503')).status)
    assert.deepEqual(statuses, [206, 206, 503, 503])
    assert.equal((await faulty('later:0:html')).status, 200)
    for (const wrong of ['later', 'later:1', 'later:x:html', 'later:1:bogus'])
      assert.equal((await faulty(wrong)).status, 400, wrong)
  },

  async overlong() {
    const { status, headers, body } = await faulty('overlong:20')
    assert.deepEqual([status, headers['content-range']], [206, 'bytes 100-199/100000'])
    assert.deepEqual([headers['content-length'], body], [undefined, A.subarray(100, 220)])
    assert.equal((await faulty('overlong', 'bytes=99990-99999')).body.length, 10)
    await assertOnlyParts('overlong', ':5')
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
