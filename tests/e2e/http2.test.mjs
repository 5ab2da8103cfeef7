/** A real HTTP/2 server and a real browser: as many requests at once as share one connection. */

import assert from 'node:assert/strict'
import { createSecureServer } from 'node:http2'
import { after, before, test } from 'node:test'
import { makeCertificate } from '../server/certificate.mjs'
import { launch, openPage } from './chromium.mjs'
import { startSite } from './site.mjs'

const [WIDTH, ROWS] = [256, 400]
const LATENCY_MS = 250

/** A TIFF of one row a strip, uncompressed: row y holds y % 251. */
function rowsOfStrips() {
  const head = Buffer.alloc(8192)
  head.write('II*\0')
  head.writeUInt32LE(8, 4)
  const [offsets, counts] = [1024, 4096]
  const entries = [
    [256, 3, 1, WIDTH],
    [257, 3, 1, ROWS],
    [258, 3, 1, 8],
    [259, 3, 1, 1],
    [262, 3, 1, 1],
    [273, 4, ROWS, offsets],
    [277, 3, 1, 1],
    [278, 3, 1, 1],
    [279, 4, ROWS, counts],
  ]
  head.writeUInt16LE(entries.length, 8)
  entries.forEach(([tag, type, count, value], index) => {
    const at = 10 + index * 12
    head.writeUInt16LE(tag, at)
    head.writeUInt16LE(type, at + 2)
    head.writeUInt32LE(count, at + 4)
    head.writeUInt32LE(value, at + 8)
  })
  for (let row = 0; row < ROWS; row++) {
    head.writeUInt32LE(head.length + row * WIDTH, offsets + row * 4)
    head.writeUInt32LE(WIDTH, counts + row * 4)
  }
  return Buffer.concat([head, ...Array.from({ length: ROWS }, (_, row) => Buffer.alloc(WIDTH, row % 251))])
}

const file = rowsOfStrips()
let server, site, browser
let [underWay, most] = [0, 0]
const versions = new Set()
/** Whether pages may see how they were served. */
let timing = true

function answer(request, response) {
  const [, start, end] = /bytes=(\d+)-(\d+)/.exec(request.headers.range).map(Number)
  const body = file.subarray(start, end + 1)
  versions.add(request.httpVersion)
  most = Math.max(most, ++underWay)
  setTimeout(() => {
    underWay--
    response.writeHead(206, {
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Expose-Headers': 'Content-Range, ETag',
      'Content-Range': `bytes ${start}-${start + body.length - 1}/${file.length}`,
      'Content-Length': body.length,
      ...(timing && { 'Timing-Allow-Origin': '*' }),
    })
    response.end(body)
  }, LATENCY_MS)
}

before(async () => {
  server = createSecureServer({ ...makeCertificate('localhost'), allowHTTP1: true }, (request, response) => {
    if (request.method !== 'OPTIONS') return answer(request, response)
    const allow = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': 'Range' }
    response.writeHead(204, allow).end()
  })
  await new Promise(listening => server.listen(0, '127.0.0.1', listening))
  site = await startSite()
  browser = await launch()
})

after(async () => {
  await browser?.close()
  await site?.close()
  server?.close()
})

/** Reads forty rows that lie apart, all at once. */
async function readRows() {
  ;[underWay, most] = [0, 0]
  versions.clear()
  const { page } = await openPage(browser, site.url, { ignoreHTTPSErrors: true })
  const values = await page.evaluate(
    async ([url, width]) => {
      const { configure, open } = await import('pyramidion')
      configure({ firstRangeBytes: 8192, pageBytes: 64, mergeWaste: 0 })
      const raster = await open(url, { overviews: false })
      const rows = Array.from({ length: 40 }, (_, index) => index * 10)
      const reads = await Promise.all(rows.map(y => raster.read({ window: [0, y, width, 1] })))
      raster.close()
      return reads.map(({ data }) => (data.every(pixel => pixel === data[0]) ? data[0] : -1))
    },
    [`https://localhost:${server.address().port}/rows.tif`, WIDTH],
  )
  assert.deepEqual(
    values,
    Array.from({ length: 40 }, (_, index) => (index * 10) % 251),
  )
  await page.context().close()
}

test('an origin that speaks HTTP/2 is asked for more at once than six', async () => {
  timing = true
  await readRows()
  assert.deepEqual([...versions], ['2.0'])
  assert.ok(most > 6 && most <= 24, `${most} requests at once`)
  assert.ok(most >= 20, `${most} requests at once: 24 may be`)
})

test('six at once where the page is not told how it was served', async () => {
  timing = false
  await readRows()
  assert.deepEqual([...versions], ['2.0'])
  assert.ok(most <= 6, `${most} requests at once`)
})
