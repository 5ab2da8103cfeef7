/** The server as a whole: bytes in bulk, connections, CORS, mounts and options, its end. */

import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { open, readFile, truncate, writeFile } from 'node:fs/promises'
import { Agent, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { originOf, startServer } from './server.mjs'
import { FILES, ask, askRange, makeRoot, seeded, sendRaw, serveRoot, sharedBed, until } from './testbed.mjs'

/** More than the sockets of both sides hold, so that a client that does not read holds the server back. */
const LARGE = 64 * 1024 * 1024

/** @param {string} root */
async function makeLarge(root) {
  const file = await open(join(root, 'large.bin'), 'w')
  await file.truncate(LARGE)
  await file.close()
}

/**
 * Asks for a path, reads some bytes, and leaves the connection open without reading on.
 * @param {{ port: number }} server
 * @param {string} path
 * @returns {Promise<import('node:net').Socket>}
 */
function startReading(server, path) {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1', () =>
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`),
    )
    socket.once('error', reject)
    socket.once('data', () => {
      socket.pause()
      resolve(socket)
    })
  })
}

/**
 * What a number comes to, once it stands still.
 * @param {() => number} measure
 */
async function settled(measure) {
  let value = measure()
  for (let still = 0; still < 20; still++) {
    await new Promise(resolve => setTimeout(resolve, 5))
    if (measure() !== value) still = 0
    value = measure()
  }
  return value
}

describe('bytes', () => {
  const bed = sharedBed()

  test('200 seeded ranges are the bytes on the disk', async () => {
    const disk = await readFile(join(bed.root, 'a.tif'))
    const random = seeded(20)
    for (let i = 0; i < 200; i++) {
      const start = Math.floor(random() * disk.length)
      // Squared, so that short ranges, and ends past the file's, both occur.
      const end = start + 1 + Math.floor(random() ** 2 * disk.length)
      const { status, headers, body } = await askRange(bed.server, '/a.tif', `bytes=${start}-${end - 1}`)
      const expected = disk.subarray(start, end)
      assert.equal(status, 206)
      assert.equal(headers['content-range'], `bytes ${start}-${start + expected.length - 1}/${disk.length}`)
      assert.ok(body.equals(expected), `bytes ${start}-${end - 1}`)
    }
  })

  test('100 requests at once each get their own bytes', async () => {
    const random = seeded(21)
    const asked = Array.from({ length: 100 }, async () => {
      const name = random() < 0.5 ? 'a.tif' : 'b.tif'
      const start = Math.floor(random() * 40_000)
      const { body } = await askRange(bed.server, `/${name}`, `bytes=${start}-${start + 9999}`)
      assert.ok(body.equals(FILES[name].subarray(start, start + 10_000)), `${name} from ${start}`)
    })
    await Promise.all(asked)
  })

  test('a file larger than a piece is sent whole, past 64 KiB and 1 MiB', async () => {
    const bytes = Buffer.concat(Array.from({ length: 12 }, () => FILES['a.tif']))
    await writeFile(join(bed.root, 'pieces.bin'), bytes)
    assert.ok((await ask(bed.server, '/pieces.bin')).body.equals(bytes))
    const { body } = await askRange(bed.server, '/pieces.bin', 'bytes=65535-1100000')
    assert.ok(body.equals(bytes.subarray(65535, 1100001)))
  })
})

describe('connections', () => {
  test('stay open from request to request', async t => {
    const { server } = await serveRoot(t)
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    t.after(async () => agent.destroy())
    const sockets = new Set()
    agent.on('free', socket => sockets.add(socket.localPort))
    for (const path of [
      '/a.tif',
      '/nothing',
      '/fault/status:503/a.tif',
      '/b.tif',
      '/fault/no-ranges/ten.bin',
    ]) {
      await ask(server, path, { agent, headers: { Range: 'bytes=0-9' } })
      await ask(server, path, { agent, headers: { Range: 'bytes=999999-' } })
    }
    assert.equal(sockets.size, 1)
  })

  test('answer pipelined requests in order', async t => {
    const { server } = await serveRoot(t)
    const ranges = Array.from({ length: 20 }, (_, i) => `bytes=${i % 10}-${i % 10}`)
    const requests = ranges.map((range, i) => {
      const path = i === 0 ? '/fault/latency:30/ten.bin' : '/ten.bin'
      const close = i === ranges.length - 1 ? 'Connection: close\r\n' : ''
      return `GET ${path} HTTP/1.1\r\nHost: x\r\nRange: ${range}\r\n${close}\r\n`
    })
    const { text } = await sendRaw(server, requests.join(''))
    const bodies = text
      .split(/HTTP\/1\.1 206 Partial Content\r\n/)
      .slice(1)
      .map(part => part.at(-1))
    assert.equal(bodies.join(''), '01234567890123456789')
  })

  test('a client that stops reading holds the server back, and one that leaves stops it', async t => {
    const { server, root } = await serveRoot(t)
    await makeLarge(root)
    const socket = await startReading(server, '/large.bin')
    const [record] = server.log
    const held = await settled(() => record.bytes)
    assert.ok(held > 0 && held < LARGE / 2, `${held} bytes were taken by nobody`)
    assert.deepEqual([record.end, record.aborted], [null, false])
    socket.destroy()
    await server.idle()
    assert.equal(record.aborted, true)
    assert.ok(record.bytes < held, 'the piece that nobody took is still counted')
    assert.equal(record.status, 200)
    assert.ok(record.bytes < LARGE / 2 && record.end !== null)
    assert.equal((await ask(server, '/ten.bin')).status, 200)
  })

  test('a client that leaves during a wait ends the wait', async t => {
    const { server } = await serveRoot(t)
    const request = httpRequest(`${server.url}/fault/latency:60000/ten.bin`, { agent: false })
    request.on('error', () => {})
    request.end()
    await until(() => server.log.length === 1)
    request.destroy()
    await server.idle()
    const [record] = server.log
    assert.deepEqual([record.aborted, record.status, record.bytes], [true, null, 0])
    assert.ok((record.end ?? Infinity) - record.start < 30_000)
  })

  test('every file that was opened is closed, however the request ends', async t => {
    const { server, root } = await serveRoot(t)
    await makeLarge(root)
    const paths = ['/ten.bin', '/fault/status:503/ten.bin', '/fault/reset:3/ten.bin', '/fault/gzip/ten.bin']
    paths.push('/fault/replaced:0:%2Fb.tif/ten.bin')
    const before = readdirSync('/dev/fd').length
    for (let round = 0; round < 10; round++) {
      for (const path of paths) await ask(server, path)
      await ask(server, '/ten.bin', { method: 'POST' })
      const half = await startReading(server, '/large.bin')
      half.destroy()
    }
    await server.idle()
    await until(() => readdirSync('/dev/fd').length <= before, 2000)
  })

  test('a file that shrinks while it is sent breaks the connection', async t => {
    t.mock.method(console, 'error', () => {})
    const { server, root } = await serveRoot(t)
    await makeLarge(root)
    const socket = await startReading(server, '/large.bin')
    await truncate(join(root, 'large.bin'), 10)
    const ended = new Promise(resolve => socket.on('close', resolve))
    let received = 0
    socket.on('data', data => (received += data.length))
    socket.resume()
    await ended
    assert.ok(received < LARGE)
    assert.equal(server.log[0].aborted, false)
  })

  test('close() ends idle, waiting and half-sent ones, and may be called twice', async t => {
    const { server, root } = await serveRoot(t)
    await makeLarge(root)
    const agent = new Agent({ keepAlive: true })
    await ask(server, '/ten.bin', { agent })
    const half = await startReading(server, '/large.bin')
    const broken = new Promise(resolve => half.once('close', resolve))
    half.on('error', () => {})
    const waiting = ask(server, '/fault/latency:60000/ten.bin')
    const stalled = ask(server, '/fault/stall:3/ten.bin')
    await until(() => server.log.length === 4)
    await Promise.all([server.close(), server.close()])
    half.resume()
    assert.equal((await waiting).error, 'ECONNRESET')
    assert.equal((await stalled).error, 'ECONNRESET')
    await broken
    assert.equal((await ask(server, '/ten.bin')).error, 'ECONNREFUSED')
    assert.deepEqual(
      server.log.map(record => record.end === null),
      [false, false, false, false],
    )
    agent.destroy()
  })
})

describe('CORS', () => {
  const bed = sharedBed()
  const EXPOSED = 'Accept-Ranges, Content-Length, Content-Range, ETag, Last-Modified'

  for (const [path, status] of /** @type {[string, number][]} */ ([
    ['/ten.bin', 206],
    ['/nothing', 404],
    ['/%', 400],
  ])) {
    test(`${status} may be read by any origin, with the headers that ranges need`, async () => {
      const { headers, ...answer } = await askRange(bed.server, path, 'bytes=0-1')
      assert.equal(answer.status, status)
      assert.equal(headers['access-control-allow-origin'], '*')
      assert.equal(headers['access-control-expose-headers'], EXPOSED)
    })
  }

  test('preflights are granted, never cached, and counted apart', async () => {
    bed.server.reset()
    const fields = {
      Origin: 'http://page.example',
      'Access-Control-Request-Method': 'GET',
      'Access-Control-Request-Headers': 'range,x-token',
    }
    const { status, headers } = await ask(bed.server, '/ten.bin', { method: 'OPTIONS', headers: fields })
    assert.equal(status, 204)
    assert.equal(headers['access-control-allow-origin'], '*')
    assert.equal(headers['access-control-allow-methods'], 'GET, HEAD, OPTIONS')
    assert.equal(headers['access-control-allow-headers'], 'range,x-token')
    assert.equal(headers['access-control-max-age'], '0')
    await ask(bed.server, '/ten.bin', { method: 'OPTIONS' })
    await ask(bed.server, '/ten.bin')
    const { preflights, requests, paths } = bed.server.counts()
    assert.deepEqual([preflights, requests, paths['/ten.bin'].requests], [1, 2, 2])
    assert.deepEqual(
      bed.server.log.map(({ preflight }) => preflight),
      [true, false, false],
    )
  })
})

describe('options', () => {
  test('mounts: the longest prefix counts, and root is the rest', async t => {
    const { root } = await makeRoot(t)
    const server = await startServer({ root, mounts: { '/x/': join(root, 'sub'), '/x/y/': root } })
    t.after(() => server.close())
    const statuses = [
      '/ten.bin',
      '/x/c.ovr',
      '/x/y/ten.bin',
      '/x/ten.bin',
      '/x',
      '/x/../ten.bin',
      '/y/ten.bin',
    ]
    const answers = await Promise.all(statuses.map(path => ask(server, path)))
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200, 404, 404, 404, 404],
    )
    assert.deepEqual(answers[1].body, FILES['sub/c.ovr'])
  })

  test('without root there is nothing beside the mounts', async t => {
    const { root } = await makeRoot(t)
    const server = await startServer({ mounts: { '/x/': root } })
    t.after(() => server.close())
    assert.equal((await ask(server, '/ten.bin')).status, 404)
    assert.equal((await ask(server, '/x/ten.bin')).status, 200)
  })

  test('what cannot be served is refused at the start', async t => {
    const { root } = await makeRoot(t)
    await assert.rejects(startServer({}), /expected root or mounts/)
    await assert.rejects(startServer({ root: join(root, 'ten.bin') }), /no directory/)
    await assert.rejects(startServer({ root: join(root, 'nowhere') }), { code: 'ENOENT' })
    await assert.rejects(startServer({ mounts: { x: root } }), /start and end with a slash/)
    await assert.rejects(startServer({ mounts: { '/fault/': root } }), /for faults/)
    await assert.rejects(startServer({ root, fault: ['latency:5', 'bogus'] }), /no fault is called 'bogus'/)
    const taken = await startServer({ root })
    t.after(() => taken.close())
    await assert.rejects(startServer({ root, port: taken.port }), { code: 'EADDRINUSE' })
  })

  test('headers go on every answer; Timing-Allow-Origin only when asked for', async t => {
    const own = { 'Cache-Control': 'max-age=60', 'Content-Type': 'application/x-own' }
    const { server } = await serveRoot(t, { headers: own, timingAllowOrigin: '*' })
    const { headers } = await ask(server, '/ten.bin')
    assert.deepEqual([headers['cache-control'], headers['content-type']], ['max-age=60', 'application/x-own'])
    assert.equal(headers['timing-allow-origin'], '*')
    assert.equal((await ask(server, '/nothing')).headers['cache-control'], 'max-age=60')
    const { server: plain } = await serveRoot(t)
    assert.equal((await ask(plain, '/ten.bin')).headers['timing-allow-origin'], undefined)
  })

  test('the URL holds an address of either family', () => {
    assert.equal(originOf({ address: '127.0.0.1', family: 'IPv4', port: 80 }), 'http://127.0.0.1:80')
    assert.equal(originOf({ address: '::1', family: 'IPv6', port: 8080 }), 'http://[::1]:8080')
  })
})
