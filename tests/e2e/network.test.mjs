/** What only a real browser does to requests. */

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startServer } from '../server/server.mjs'
import { launch, openPage } from './chromium.mjs'
import { startSite } from './site.mjs'

const fixtures = new URL('../fixtures/', import.meta.url)
const manifest = JSON.parse(await readFile(new URL('manifest.json', fixtures), 'utf8'))

let server, site, browser

before(async () => {
  server = await startServer({ root: fileURLToPath(fixtures) })
  site = await startSite()
  browser = await launch()
})

after(async () => {
  await browser?.close()
  await site?.close()
  await server?.close()
})

test('importing the package brings one file, and sends nothing', async () => {
  const { page, complaints } = await openPage(browser, site.url)
  const before = site.requested.length
  server.reset()
  assert.equal(await page.evaluate(async () => typeof (await import('pyramidion')).open), 'function')
  assert.deepEqual(site.requested.slice(before), ['/pyramidion/index.js'])
  assert.equal(server.counts().requests, 0)
  assert.deepEqual(complaints, [])
})

test('B.16 ranges of one URL travel at the same time', async () => {
  // Chromium's HTTP cache lets one range of a URL through at a time, unless it is told not to store them.
  const { page } = await openPage(browser, site.url)
  const { file } = manifest.filter(hasDistantBlocks).sort((a, b) => pixelsOf(b) - pixelsOf(a))[0]
  server.reset()
  const latency = 600
  const url = `${server.url}/fault/latency:${latency}/${file}`
  await page.evaluate(async url => {
    const { configure, open } = await import('pyramidion')
    // Small pages, and only neighbours merged: the first and the last row are then a request each.
    configure({ firstRangeBytes: 512, pageBytes: 64, mergeWaste: 0 })
    const raster = await open(url, { overviews: false })
    const { width, height } = raster
    await Promise.all([0, height - 1].map(y => raster.read({ window: [0, y, width, 1] })))
    raster.close()
  }, url)
  await server.idle()
  // One after the other, each would start a latency after the one before it.
  const starts = server.log.map(({ start }) => start).sort((a, b) => a - b)
  const gaps = starts.slice(1).map((start, index) => start - starts[index])
  const shortest = Math.min(...gaps)
  assert.ok(shortest < latency / 2, `${starts.length} requests, the closest two ${shortest} ms apart`)
})

test('a page reads a Blob without any request', async () => {
  const { page } = await openPage(browser, site.url)
  const { file, expect } = manifest.find(entry => entry.expect && !entry.sidecar)
  const url = `${server.url}/${file}`
  const size = await page.evaluate(async url => {
    globalThis.blob = await (await fetch(url)).blob()
    return (await import('pyramidion')) && globalThis.blob.size
  }, url)
  assert.ok(size > 0)
  server.reset()
  const read = await page.evaluate(async () => {
    const { open } = await import('pyramidion')
    const raster = await open(globalThis.blob)
    const { width, height, dtype } = await raster.read()
    return { width, height, dtype }
  })
  assert.deepEqual(read, { width: expect.width, height: expect.height, dtype: expect.dtype })
  assert.equal(server.counts().requests, 0)
})

test('a worker of the page opens and reads a URL', async () => {
  const { page } = await openPage(browser, site.url)
  const { file, expect } = manifest.find(entry => entry.name === 'cog_2048')
  const read = await page.evaluate(
    ([entry, url]) => {
      const script = `const { open } = await import('${entry}')
        const { data } = await (await open('${url}')).read()
        const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', data))
        postMessage(Array.from(hash, byte => byte.toString(16).padStart(2, '0')).join(''))`
      const worker = new Worker(URL.createObjectURL(new Blob([script], { type: 'text/javascript' })), {
        type: 'module',
      })
      return new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data)
        worker.onerror = ({ message }) => reject(new Error(message))
      })
    },
    [new URL('/pyramidion/index.js', site.url).href, `${server.url}/${file}`],
  )
  assert.equal(read, expect.levels[0].sha256)
})

const pixelsOf = ({ expect }) => expect.width * expect.height * expect.bandCount

/** Uncompressed, and at least three blocks from the first row to the last. */
function hasDistantBlocks({ expect }) {
  const level = expect?.levels[0]
  return level?.compression === 'none' && level.height / level.blockSize[1] >= 3
}
