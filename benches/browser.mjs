// The cases of the disk in headless Chromium and Firefox: from an ArrayBuffer, through pyramidion and geotiff.js in turns, and from a Blob.

import { createServer } from 'node:http'
import { createReadStream, existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, dirname, extname, join, normalize, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { chromium } from 'playwright-core'
import puppeteer from 'puppeteer-core'
import { browserFlags, ensureBrowser } from '../scripts/tools/browser.mjs'
import { ensureFirefox } from '../scripts/tools/firefox.mjs'
import { windowOf } from './disk.mjs'
import { geometricMean, least, table } from './statistics.mjs'

const pkg = fileURLToPath(new URL('../pkg', import.meta.url))
const TYPES = { '.js': 'text/javascript', '.wasm': 'application/wasm', '.html': 'text/html' }

/** By name; each knows its version and makes pages. */
const BROWSERS = {
  Chromium: async () => {
    const { chrome } = await ensureBrowser()
    return chromium.launch({ executablePath: chrome, args: browserFlags })
  },
  Firefox: async () =>
    puppeteer.launch({ browser: 'firefox', executablePath: await ensureFirefox(), headless: true }),
}

/** @param {{ names: string[], cases: object[], rounds: number, say: (text: string) => void }} parts names: of browsers */
export async function measureBrowsers({ names, cases, rounds, say }) {
  const site = await startSite(dirname(cases[0].path), await bundledPeer())
  const measured = []
  try {
    for (const name of names) {
      const browser = await BROWSERS[name]()
      try {
        const results = []
        for (const item of cases) results.push(await measureCase({ browser, name, site, item, rounds, say }))
        measured.push({ name, version: await browser.version(), results })
      } finally {
        await browser.close()
      }
    }
  } finally {
    site.close()
  }
  return measured
}

async function measureCase({ browser, name, site, item, rounds, say }) {
  const page = await browser.newPage()
  await page.goto(site.url)
  const [, , width, height] = windowOf(item)
  const bytes = (width * height * item.bands * Number(item.dtype.match(/\d+$/)[0])) / 8
  const asked = { file: basename(item.path), window: windowOf(item), rounds, entry: browserEntry() }
  const result = await page.evaluate(measureInPage, asked)
  await page.close()
  const told = Object.entries(result.times).map(
    ([way, ms]) => `${way} ${(bytes / 1e3 / least(ms)).toFixed(0)}`,
  )
  const pixels = result.equal ? '' : 'OTHER PIXELS'
  say(`${name}, ${item.name}: ${told.join(', ')} ${JSON.stringify(result.errors)} ${pixels}`)
  return { item, bytes, ...result }
}

/** Runs in the page. */
async function measureInPage({ file, window, rounds, entry }) {
  const [{ open }, { fromArrayBuffer }] = await Promise.all([import(entry), import('/geotiff.js')])
  const buffer = await (await fetch(`/data/${file}`)).arrayBuffer()
  const blob = new Blob([buffer])
  const [x, y, width, height] = window
  const bytesOf = bands => bands.map(band => new Uint8Array(band.buffer, band.byteOffset, band.byteLength))
  const ours = (source, workers) => async () => {
    const raster = await open(source, { workers })
    const result = await raster.read({ window })
    raster.close()
    return result.bands.map(band => result.band(band))
  }
  const theirs = async () => {
    const image = await (await fromArrayBuffer(buffer)).getImage()
    return [...(await image.readRasters({ window: [x, y, x + width, y + height] }))]
  }
  const cores = navigator.hardwareConcurrency
  const ways = { inline: ours(buffer, 0), workers: ours(buffer, cores), geotiff: theirs, blob: ours(blob, 0) }
  const times = {}
  const errors = {}
  const hashes = {}
  for (let round = 0; round <= rounds; round++) {
    for (const [name, read] of Object.entries(ways)) {
      if (errors[name]) continue
      const start = performance.now()
      try {
        const bands = await read()
        const ms = performance.now() - start
        if (round > 0) (times[name] ??= []).push(ms)
        else {
          const digests = bytesOf(bands).map(bytes => crypto.subtle.digest('SHA-256', bytes))
          hashes[name] = (await Promise.all(digests)).map(digest => new Uint8Array(digest).join()).join()
        }
      } catch (error) {
        errors[name] = String(error?.message ?? error)
      }
    }
  }
  return { times, errors, equal: new Set(Object.values(hashes)).size < 2 }
}

/** geotiff.js as one file. */
async function bundledPeer() {
  const { outputFiles } = await build({
    stdin: {
      contents: "export { fromArrayBuffer } from 'geotiff'",
      resolveDir: fileURLToPath(new URL('..', import.meta.url)),
    },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    write: false,
    logLevel: 'error',
  })
  return outputFiles[0].contents
}

function browserEntry() {
  return existsSync(join(pkg, 'index.js')) ? '/pkg/index.js' : '/pkg/js/index.js'
}

async function startSite(data, peer) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://site')
    if (pathname === '/')
      return response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html>')
    if (pathname === '/geotiff.js') return response.writeHead(200, { 'Content-Type': TYPES['.js'] }).end(peer)
    const [, mount, ...rest] = pathname.split('/')
    const folder = { pkg, data }[mount]
    const path = folder && normalize(join(folder, ...rest))
    const found = path?.startsWith(folder + sep) && (await stat(path).catch(() => undefined))
    if (!found) return response.writeHead(404).end()
    response.writeHead(200, {
      'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream',
      'Content-Length': found.size,
    })
    createReadStream(path).pipe(response)
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { url: `http://127.0.0.1:${server.address().port}/`, close }
}

/** @returns {string} Markdown */
export function reportBrowsers(measured) {
  return measured.map(reportBrowser).join('\n\n')
}

function reportBrowser({ name, version, results }) {
  const speed = (bytes, ms) => (ms ? (bytes / 1e3 / least(ms)).toFixed(0) : 'not read')
  const ratio = ({ times }, key) => times[key] && times.inline && least(times[key]) / least(times.inline)
  const rows = results.map(result => [
    result.item.name,
    ...['inline', 'workers', 'geotiff', 'blob'].map(key => speed(result.bytes, result.times[key])),
    ratio(result, 'geotiff')?.toFixed(2) ?? '',
    result.equal ? 'equal' : 'other',
  ])
  const all = results.map(result => ratio(result, 'geotiff')).filter(Boolean)
  if (all.length > 0) rows.push(['**geometric mean**', '', '', '', '', geometricMean(all).toFixed(2), ''])
  const head = [
    'case',
    'pyramidion, inline',
    'pyramidion, workers',
    'geotiff.js',
    'pyramidion, inline, from a Blob',
    'inline over geotiff.js',
    'pixels',
  ]
  return [
    `## In ${name} ${version.replace(/^\w+\//, '')}, headless`,
    'The same windows from an ArrayBuffer, as Node has files in memory; fastest rounds, MB of samples per second. The bytes of a Blob come from another process.',
    table(head, rows),
  ].join('\n\n')
}
