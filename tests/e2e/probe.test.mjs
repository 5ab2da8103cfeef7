/** A sidecar that nobody named, probed by a page: answers without CORS headers cost one request and no pause. */

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { launch, openPage } from './chromium.mjs'
import { startSite } from './site.mjs'

const folder = new URL('../fixtures/', import.meta.url)
const manifest = JSON.parse(await readFile(new URL('manifest.json', folder), 'utf8'))
const { file } = manifest.find(({ name }) => name === 'ovr_gdal_average')
const bytes = await readFile(new URL(file, folder))
const overviews = await readFile(new URL(`${file}.ovr`, folder))

let server, site, browser, requests
/** What is done with a request for the sidecar. */
let sidecar

function ranged(request, response, content) {
  const [, start, end] = /bytes=(\d+)-(\d+)/.exec(request.headers.range).map(Number)
  const body = content.subarray(start, end + 1)
  response.writeHead(206, {
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Expose-Headers': 'Content-Range',
    'Content-Range': `bytes ${start}-${start + body.length - 1}/${content.length}`,
  })
  response.end(body)
}

before(async () => {
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://server')
    requests.push(pathname)
    if (pathname === '/a.tif') return ranged(request, response, bytes)
    return sidecar(request, response)
  })
  await new Promise(listening => server.listen(0, '127.0.0.1', listening))
  site = await startSite()
  browser = await launch()
})

after(async () => {
  await browser?.close()
  await site?.close()
  server?.closeAllConnections()
  server?.close()
})

/** Opens a base in a new page and asks for its levels. */
async function probe(named = false) {
  requests = []
  const { page, complaints } = await openPage(browser, site.url)
  const found = await page.evaluate(
    async ([url, named]) => {
      const { configure, open } = await import('pyramidion')
      // Small enough that blocks take requests of their own.
      configure({ firstRangeBytes: 1024, pageBytes: 256 })
      const raster = await open(url, named ? { overviews: `${url}.ovr` } : {})
      const started = performance.now()
      const levels = await raster.levels()
      const ms = performance.now() - started
      const read = await raster.read({ level: levels.length - 1 })
      const { state, reason } = raster.sidecar
      return { ms, levels: levels.length, state, reason, width: read.width }
    },
    [`http://127.0.0.1:${server.address().port}/a.tif`, named],
  )
  await page.context().close()
  const asked = requests.filter(path => path.endsWith('.ovr')).length
  return { ...found, asked, complaints }
}

test('a 404 without CORS headers: one request, no pause, and the base reads on', async context => {
  sidecar = (_, response) => response.writeHead(404).end()
  const { ms, levels, state, reason, asked } = await probe()
  assert.deepEqual({ levels, state, asked }, { levels: 1, state: 'none', asked: 1 })
  assert.match(reason, /fetch/)
  // Three pauses would take 700 ms and more.
  assert.ok(ms < 500, `${ms} ms`)
  context.diagnostic(`settled after ${Math.round(ms)} ms`)
})

test('a sidecar that the caller named is asked for as often as any file', async () => {
  sidecar = (_, response) => response.writeHead(404).end()
  const { levels, state, asked } = await probe(true)
  assert.deepEqual({ levels, state, asked }, { levels: 1, state: 'none', asked: 4 })
})

test('what a page is told is tried again, and a sidecar that has answered, too', async () => {
  let first = true
  sidecar = (request, response) => {
    if (!first) return ranged(request, response, overviews)
    first = false
    response.writeHead(503, { 'Access-Control-Allow-Origin': '*' }).end()
  }
  const busy = await probe()
  assert.equal(busy.state, 'present')
  assert.ok(busy.levels > 1 && busy.asked >= 2)
  let asked = 0
  sidecar = (request, response) => {
    asked += 1
    // One that follows a good answer breaks off.
    if (asked === 2) return request.socket.destroy()
    ranged(request, response, overviews)
  }
  const broken = await probe()
  assert.equal(broken.state, 'present')
  assert.ok(broken.asked >= 3, `${broken.asked} requests`)
})
