/** What a single request gets: ranges, conditions, methods, paths, by the letter of RFC 9110. */

import assert from 'node:assert/strict'
import { stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { evaluatePreconditions, parseHttpDate, rangeApplies } from './conditional.mjs'
import { evaluateRange } from './range.mjs'
import { FILES, ask, askRange, sendRaw, sharedBed } from './testbed.mjs'

const bed = sharedBed()

describe('ranges', () => {
  const TEN = FILES['ten.bin']
  /** @type {[string, number, number][]} field, first byte, end */
  const parts = [
    ['bytes=0-0', 0, 1],
    ['bytes=0-3', 0, 4],
    ['bytes=3-7', 3, 8],
    ['bytes=9-9', 9, 10],
    ['bytes=0-9', 0, 10],
    ['bytes=4-', 4, 10],
    ['bytes=0-', 0, 10],
    ['bytes=5-10', 5, 10],
    ['bytes=5-99999999999999999999999', 5, 10],
    ['bytes=-1', 9, 10],
    ['bytes=-4', 6, 10],
    ['bytes=-10', 0, 10],
    ['bytes=-11', 0, 10],
    ['bytes=-99999999999999999999999', 0, 10],
    ['BYTES=0-3', 0, 4],
    ['bytes=00000003-0007', 3, 8],
    ['bytes=,0-3 ,', 0, 4],
    ['bytes= ,0-3', 0, 4],
  ]
  for (const [field, start, end] of parts) {
    test(`${field} of 10 bytes is 206`, async () => {
      const answer = await askRange(bed.server, '/ten.bin', field)
      assert.equal(answer.status, 206)
      assert.equal(answer.headers['content-range'], `bytes ${start}-${end - 1}/10`)
      assert.equal(answer.headers['content-length'], String(end - start))
      assert.equal(answer.headers['accept-ranges'], 'bytes')
      assert.deepEqual(answer.body, TEN.subarray(start, end))
    })
  }

  for (const field of ['bytes=10-', 'bytes=10-12', 'bytes=99999999999999999999999-', 'bytes=-0']) {
    test(`${field} of 10 bytes is 416`, async () => {
      const answer = await askRange(bed.server, '/ten.bin', field)
      assert.equal(answer.status, 416)
      assert.equal(answer.headers['content-range'], 'bytes */10')
      assert.equal(answer.headers['content-length'], String(answer.body.length))
    })
  }

  const ignored = [
    'bytes=5-2',
    'bytes=a-b',
    'bytes=1-2x',
    'bytes=-',
    'bytes=',
    'bytes=,',
    'bytes= 0-3',
    'bytes=0 - 3',
    'bytes=+1-3',
    'bytes=0x1-3',
    'bytes 0-3',
    'bytes:0-3',
    '0-3',
    'items=0-3',
    'bytes=0-1,3-4',
    'bytes=0-1,99-',
  ]
  for (const field of ignored) {
    test(`'${field}' is ignored: 200 with everything`, async () => {
      const answer = await askRange(bed.server, '/ten.bin', field)
      assert.equal(answer.status, 200)
      assert.equal(answer.headers['content-range'], undefined)
      assert.equal(answer.headers['content-length'], '10')
      assert.deepEqual(answer.body, TEN)
    })
  }

  test('two Range fields never give a part', async () => {
    const head = 'GET /ten.bin HTTP/1.1\r\nHost: x\r\nConnection: close\r\n'
    const { text } = await sendRaw(bed.server, `${head}Range: bytes=0-1\r\nRange: bytes=2-3\r\n\r\n`)
    assert.match(text, /^HTTP\/1\.1 200 .*\r\n\r\n0123456789$/s)
  })

  test('an empty file: 0- is 416, a suffix is the empty whole', async () => {
    const interval = await askRange(bed.server, '/empty.bin', 'bytes=0-')
    assert.deepEqual([interval.status, interval.headers['content-range']], [416, 'bytes */0'])
    const suffix = await askRange(bed.server, '/empty.bin', 'bytes=-5')
    assert.deepEqual([suffix.status, suffix.headers['content-length']], [200, '0'])
    const whole = await ask(bed.server, '/empty.bin')
    assert.deepEqual([whole.status, whole.headers['content-length'], whole.body.length], [200, '0', 0])
  })

  test('sizes and offsets past 4 GiB stay exact', () => {
    const size = 2 ** 40 + 3
    assert.deepEqual(evaluateRange(`bytes=${2 ** 40}-`, size), { kind: 'part', start: 2 ** 40, end: size })
    assert.deepEqual(evaluateRange('bytes=-2', size), { kind: 'part', start: size - 2, end: size })
    assert.deepEqual(evaluateRange(`bytes=${size}-`, size), { kind: 'unsatisfiable' })
  })
})

describe('a whole file', () => {
  test('GET describes it and sends every byte', async () => {
    const { status, headers, body } = await ask(bed.server, '/a.tif')
    assert.equal(status, 200)
    assert.deepEqual(body, FILES['a.tif'])
    assert.equal(headers['content-length'], '100000')
    assert.equal(headers['content-type'], 'image/tiff')
    assert.equal(headers['accept-ranges'], 'bytes')
    assert.equal(headers['last-modified'], 'Mon, 06 May 2024 07:08:09 GMT')
    assert.match(headers.etag ?? '', /^"[0-9a-f-]+"$/)
    assert.equal(headers['transfer-encoding'], undefined)
  })

  test('HEAD has the fields of GET, no body, and no use for Range', async () => {
    const get = await ask(bed.server, '/a.tif')
    for (const fields of [{}, { Range: 'bytes=0-9' }, { Range: 'bytes=999999-' }]) {
      const head = await ask(bed.server, '/a.tif', { method: 'HEAD', headers: fields })
      assert.equal(head.status, 200)
      assert.equal(head.body.length, 0)
      assert.deepEqual({ ...head.headers, date: '' }, { ...get.headers, date: '' })
    }
    const { text } = await sendRaw(bed.server, 'HEAD /a.tif HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    assert.ok(text.endsWith('\r\n\r\n'), 'bytes after the head')
  })

  test('the ETag follows the content, not the request', async () => {
    const path = join(bed.root, 'changing.txt')
    await writeFile(path, 'first')
    const first = (await ask(bed.server, '/changing.txt')).headers.etag
    assert.equal((await askRange(bed.server, '/changing.txt', 'bytes=0-1')).headers.etag, first)
    await utimes(path, 1e9, 1e9)
    const touched = (await ask(bed.server, '/changing.txt')).headers.etag
    await writeFile(path, 'second')
    await utimes(path, 1e9, 1e9)
    const longer = (await ask(bed.server, '/changing.txt')).headers.etag
    assert.equal(new Set([first, touched, longer]).size, 3)
  })

  test('Content-Type goes by suffix', async () => {
    const types = {
      'm.mjs': 'text/javascript',
      'm.WASM': 'application/wasm',
      'm.html': 'text/html',
      m: 'application/octet-stream',
    }
    for (const [name, type] of Object.entries(types)) {
      await writeFile(join(bed.root, name), 'x')
      const { headers } = await ask(bed.server, `/${name}`)
      assert.equal(headers['content-type']?.split(';')[0], type)
    }
    const sidecar = await ask(bed.server, '/sub/c.ovr')
    assert.equal(sidecar.headers['content-type'], 'application/octet-stream')
  })
})

describe('conditions', () => {
  const PAST = 'Mon, 06 May 2024 07:08:08 GMT'
  const SAME = 'Mon, 06 May 2024 07:08:09 GMT'
  const LATER = 'Mon, 06 May 2024 07:08:10 GMT'

  /** @param {Record<string, string>} headers TAG stands for the file's ETag */
  async function statusWith(headers, method = 'GET') {
    const { etag = '' } = (await ask(bed.server, '/ten.bin')).headers
    const filled = Object.fromEntries(Object.entries(headers).map(([k, v]) => [k, v.replace('TAG', etag)]))
    return (await ask(bed.server, '/ten.bin', { method, headers: filled })).status
  }

  /** @type {[number, Record<string, string>][]} */
  const cases = [
    [200, { 'If-Match': 'TAG' }],
    [200, { 'If-Match': '"x", TAG' }],
    [200, { 'If-Match': '*' }],
    [412, { 'If-Match': '"x"' }],
    [412, { 'If-Match': 'W/TAG' }],
    [200, { 'If-Match': 'TAG', 'If-Unmodified-Since': PAST }],
    [412, { 'If-Unmodified-Since': PAST }],
    [200, { 'If-Unmodified-Since': SAME }],
    [200, { 'If-Unmodified-Since': 'yesterday' }],
    [304, { 'If-None-Match': 'TAG' }],
    [304, { 'If-None-Match': 'W/TAG' }],
    [304, { 'If-None-Match': '"x" , TAG' }],
    [304, { 'If-None-Match': '*' }],
    [200, { 'If-None-Match': '"x"' }],
    [200, { 'If-None-Match': '"x"', 'If-Modified-Since': LATER }],
    [304, { 'If-Modified-Since': SAME }],
    [304, { 'If-Modified-Since': LATER }],
    [200, { 'If-Modified-Since': PAST }],
    [412, { 'If-Match': '"x"', 'If-None-Match': 'TAG' }],
    [304, { 'If-None-Match': 'TAG', Range: 'bytes=0-3' }],
    [412, { 'If-Match': '"x"', Range: 'bytes=0-3' }],
    [206, { 'If-Range': 'TAG', Range: 'bytes=0-3' }],
    [200, { 'If-Range': 'W/TAG', Range: 'bytes=0-3' }],
    [200, { 'If-Range': '"x"', Range: 'bytes=0-3' }],
    [206, { 'If-Range': SAME, Range: 'bytes=0-3' }],
    [200, { 'If-Range': LATER, Range: 'bytes=0-3' }],
    [200, { 'If-Range': PAST, Range: 'bytes=0-3' }],
    [200, { 'If-Range': 'yesterday', Range: 'bytes=0-3' }],
    [200, { 'If-Range': '"x"', Range: 'bytes=99-' }],
    [416, { 'If-Range': 'TAG', Range: 'bytes=99-' }],
  ]
  for (const [status, headers] of cases) {
    test(`${JSON.stringify(headers)} is ${status}`, async () =>
      assert.equal(await statusWith(headers), status))
  }

  test('304 has validators and no body, for HEAD too', async () => {
    assert.equal(await statusWith({ 'If-None-Match': 'TAG' }, 'HEAD'), 304)
    const { headers, body } = await ask(bed.server, '/ten.bin', { headers: { 'If-None-Match': '*' } })
    assert.deepEqual([body.length, headers['last-modified'], headers['content-length']], [0, SAME, undefined])
    assert.ok(headers.etag)
  })

  test('a date of this very second is no validator for If-Range', () => {
    const file = { etag: '"x"', lastModified: Date.parse(SAME) }
    const fields = { 'if-range': SAME }
    assert.equal(rangeApplies(fields, file, file.lastModified + 999), false)
    assert.equal(rangeApplies(fields, file, file.lastModified + 1000), true)
  })

  test('all three forms of a date are understood', () => {
    const time = Date.parse('1994-11-06T08:49:37Z')
    assert.equal(parseHttpDate('Sun, 06 Nov 1994 08:49:37 GMT'), time)
    assert.equal(parseHttpDate('Sunday, 06-Nov-94 08:49:37 GMT'), time)
    assert.equal(parseHttpDate('Sun Nov  6 08:49:37 1994'), time)
    for (const text of [
      '1994-11-06',
      '0',
      'Sun, 06 Nov 1994 08:49:37 +0100',
      'Sun, 99 Nov 1994 08:49:37 GMT',
    ]) {
      assert.equal(parseHttpDate(text), undefined, text)
    }
    assert.equal(
      evaluatePreconditions({ 'if-modified-since': '0' }, { etag: '"x"', lastModified: 0 }),
      'proceed',
    )
  })
})

describe('methods and targets', () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'TRACE', 'PROPFIND']) {
    test(`${method} is 405`, async () => {
      const sent = method === 'TRACE' ? {} : { body: 'x'.repeat(11), headers: { 'Content-Length': '11' } }
      const { status, headers } = await ask(bed.server, '/ten.bin', { method, ...sent })
      assert.deepEqual([status, headers.allow], [405, 'GET, HEAD, OPTIONS'])
      assert.equal((await stat(join(bed.root, 'ten.bin'))).size, 10)
    })
  }

  test('OPTIONS tells the methods', async () => {
    for (const path of ['/ten.bin', '*']) {
      const { status, headers, body } = await ask(bed.server, path, { method: 'OPTIONS' })
      assert.deepEqual([status, headers.allow, body.length], [204, 'GET, HEAD, OPTIONS', 0])
    }
  })

  const found = ['/ten.bin?', '/ten.bin?a=/../b&c=%zz', '/%74en%2Ebin', 'http://elsewhere/ten.bin?x']
  for (const path of found) {
    test(`${path} is /ten.bin`, async () => {
      const { status, body } = await ask(bed.server, path)
      assert.deepEqual([status, body.toString()], [200, '0123456789'])
    })
  }

  test('names are percent-decoded UTF-8', async () => {
    const answer = await ask(bed.server, '/with%20space%20%C3%BC%25.txt')
    assert.deepEqual([answer.status, answer.body.toString()], [200, 'named'])
  })

  test('a link inside the root is followed', async () => {
    assert.deepEqual((await ask(bed.server, '/inside.tif')).body, FILES['a.tif'])
  })

  const absent = [
    ...[
      '/',
      '/sub',
      '/sub/',
      '/nothing',
      '/ten.bin/',
      '/ten.bin/x',
      '//ten.bin',
      '/sub//c.ovr',
      '/./ten.bin',
    ],
    ...['/sub/../ten.bin', '/../secret/key.txt', '/%2e%2e/secret/key.txt', '/..%2fsecret%2fkey.txt'],
    ...[
      '/sub/..%2f..%2fsecret/key.txt',
      '/%2e%2e%2fsecret%2fkey.txt',
      '/../root-not/key.txt',
      '/sub%2fc.ovr',
    ],
    ...[
      '/..%5csecret%5ckey.txt',
      '/outside.txt',
      '/neighbour.txt',
      '/outside/key.txt',
      '/loop',
      '/etc/passwd',
    ],
    ...['//etc/passwd', '/%252e%252e/secret/key.txt', `/${'x'.repeat(300)}`, '*', '/ten.bin%3Fa=1'],
  ]
  for (const path of absent) {
    test(`${path.slice(0, 40)} is 404`, async () => {
      const { status, body } = await ask(bed.server, path)
      assert.equal(status, 404)
      assert.doesNotMatch(body.toString(), /secret|root:/)
    })
  }

  for (const path of ['/%', '/%zz', '/%ff', '/a%00.tif', '/ten.bin%00', '/fault/%ff/ten.bin']) {
    test(`${path} is 400`, async () => assert.equal((await ask(bed.server, path)).status, 400))
  }
})
