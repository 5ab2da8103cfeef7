// A.25, A.26: files beside a base are asked for as the base is, are let go of with it, and cost no more than their budgets.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { publicFetch } from '../../pkg/fetch.public.js'
import { configure, open } from '../../pkg/index.node.js'
import { assertAtRest, Core, isCode } from './core.mjs'

const folder = new URL('../fixtures/data/', import.meta.url)
const base = await readFile(new URL('ovr_gdal_plain.tif', folder))
const overviews = await readFile(new URL('ovr_gdal_plain.tif.ovr', folder))

/** Answers a request for a range of those bytes. */
function ranged({ headers }, response, bytes) {
  const [, first, last] = /bytes=(\d+)-(\d+)/.exec(headers.range).map(Number)
  const body = bytes.subarray(first, last + 1)
  const range = `bytes ${first}-${first + body.length - 1}/${bytes.length}`
  response.writeHead(206, { 'content-range': range, 'content-length': body.length }).end(body)
}

describe('files beside a base', () => {
  let server, asked, rasters, answers

  beforeEach(async () => {
    ;[asked, rasters] = [[], []]
    answers = { '/a.tif': base, '/a.tif.ovr': overviews }
    server = createServer((request, response) => {
      asked.push(request)
      const answer = answers[new URL(request.url, 'http://server').pathname]
      if (typeof answer === 'function') answer(request, response)
      else if (answer) ranged(request, response, answer)
      else response.writeHead(404).end()
    })
    // All of 127.0.0.0/8 leads here.
    await new Promise(listening => server.listen(0, '0.0.0.0', listening))
  })

  afterEach(async () => {
    for (const raster of rasters) raster.close()
    configure({})
    server.closeAllConnections()
    await new Promise(closed => server.close(closed))
  })

  const at = (path, host = '127.0.0.1') => `http://${host}:${server.address().port}${path}`
  const opened = async (url, options) => {
    const raster = await open(url, options)
    rasters.push(raster)
    return raster
  }
  const paths = () => asked.map(({ url }) => url)

  test('A.25 fetch, headers, credentials and cache mode are those of the base, probed or named', async () => {
    for (const named of [false, true]) {
      const seen = []
      const own = (url, init) => {
        seen.push({ path: new URL(url).pathname, ...init })
        return fetch(url, init)
      }
      const options = {
        ...{ fetch: own, headers: { 'X-Token': 'secret' }, credentials: 'include', cache: 'reload' },
        ...(named && { overviews: at('/a.tif.ovr') }),
      }
      const raster = await opened(at('/a.tif'), options)
      assert.equal((await raster.levels())[1].file, 'sidecar')
      await raster.read({ level: 1 })
      assert.ok(seen.some(({ path }) => path === '/a.tif') && seen.some(({ path }) => path === '/a.tif.ovr'))
      for (const { path, credentials, cache, headers } of seen) {
        assert.deepEqual([credentials, cache], ['include', 'reload'], path)
        assert.equal(new Headers(headers).get('x-token'), 'secret', path)
      }
    }
    for (const { headers, url } of asked) assert.equal(headers['x-token'], 'secret', url)
  })

  for (const [what, fault] of [
    ['503', (_, response) => response.writeHead(503).end()],
    ['a connection that breaks off', ({ socket }) => socket.destroy()],
  ])
    test(`A.25 a probe is tried again as any request of the base: ${what}`, async () => {
      let left = 2
      answers['/a.tif.ovr'] = (request, response) =>
        left-- > 0 ? fault(request, response) : ranged(request, response, overviews)
      configure({ backoff: 1, backoffMax: 5, attempts: 3 })
      const raster = await opened(at('/a.tif'))
      assert.ok((await raster.levels()).length > 1)
      assert.equal(raster.sidecar.state, 'present')
      assert.equal(paths().filter(path => path === '/a.tif.ovr').length, 3)
    })

  test('A.25 the policy of hosts holds for probes, named sidecars and their redirects', async () => {
    const isPublic = address => address === '127.0.0.2'
    const ask = publicFetch({ resolve: async () => [{ address: '127.0.0.2', family: 4 }], isPublic })
    const raster = await opened(at('/a.tif', '127.0.0.2'), { fetch: ask })
    assert.equal((await raster.levels())[1].file, 'sidecar')
    const privately = at('/a.tif.ovr', '127.0.0.1')
    answers['/a.tif.ovr'] = (_, response) => response.writeHead(302, { location: privately }).end()
    for (const options of [{}, { overviews: privately }]) {
      asked.length = 0
      const led = await opened(at('/a.tif', '127.0.0.2'), {
        fetch: ask,
        headers: { 'x-try': '1' },
        ...options,
      })
      assert.equal((await led.levels()).length, 1)
      assert.match(led.sidecar.reason, /127\.0\.0\.1.*no public address/)
      assert.ok(asked.every(({ headers }) => headers.host.startsWith('127.0.0.2:')))
    }
  })

  test('A.25 an open that fails lets go of both files', async () => {
    const engine = new Core({ backoff: 1 })
    answers['/a.tif.aux.xml'] = Buffer.alloc(100_000, ' ')
    answers['/cut.tif'] = base.subarray(0, 60)
    const limits = { metadataBytes: base.length + 1000 }
    const named = { overviews: { url: at('/a.tif.ovr') } }
    const wide = { ...named, auxiliary: true, limits }
    await assert.rejects(engine.open({ url: at('/a.tif') }, wide), isCode('limit'))
    // Both were asked for: the failure came after the base had opened.
    assert.deepEqual([...new Set(paths())].sort(), ['/a.tif', '/a.tif.aux.xml'])
    assert.deepEqual(await assertAtRest(engine), { pieces: 0, sources: 0 })
    await assert.rejects(engine.open({ url: at('/cut.tif') }, named), isCode('truncated'))
    assert.deepEqual(await assertAtRest(engine), { pieces: 0, sources: 0 })
    const dataset = await engine.open({ url: at('/a.tif') }, named)
    await dataset.levels()
    assert.equal(engine.counts().sources, 2)
    dataset.close()
    assert.deepEqual(await assertAtRest(engine), { pieces: 0, sources: 0 })
  })

  test('A.26 no merged range is larger than its budget, in either file, and the pixels are right', async () => {
    const lengths = () =>
      asked.map(({ headers, url }) => {
        const [, first, last] = /bytes=(\d+)-(\d+)/.exec(headers.range).map(Number)
        return { url, bytes: last + 1 - first }
      })
    const read = async mergeBytes => {
      configure({ firstRangeBytes: 512, pageBytes: 256, ...(mergeBytes && { mergeBytes }) })
      const raster = await opened(at('/a.tif'))
      asked.length = 0
      const levels = [await raster.read({ level: 0 }), await raster.read({ level: 1 })]
      return { data: levels.map(({ data }) => data), sent: lengths() }
    }
    const free = await read()
    const bound = 4096
    assert.ok(Math.max(...free.sent.map(({ bytes }) => bytes)) > 2 * bound, 'else nothing would be merged')
    const bounded = await read(bound)
    assert.deepEqual(bounded.data, free.data)
    for (const file of ['/a.tif', '/a.tif.ovr'])
      assert.ok(bounded.sent.filter(({ url }) => url === file).length > 1, `${file} takes several`)
    for (const { url, bytes } of bounded.sent) assert.ok(bytes <= bound, `${bytes} bytes of ${url}`)
  })
})
