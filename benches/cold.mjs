// The first window of a page that has nothing yet: node benches/cold.mjs [LATENCY_MS [ROUNDS]]. A fresh Chromium each time loads the
// package, or geotiff.js as one file, opens a raster of `npm run bench` by HTTP and reads 600 x 600 pixels. Every answer comes so
// many ms late, scripts and modules compressed by gzip.

import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { chromium } from 'playwright-core'
import { browserFlags, ensureBrowser } from '../scripts/tools/browser.mjs'
import { median, table } from './statistics.mjs'

const folder = path => fileURLToPath(new URL(path, import.meta.url))
const [pkg, data] = [folder('../pkg'), folder('../target/bench')]
const [latency = 30, rounds = 7] = process.argv.slice(2).map(Number)
const RASTERS = ['float32-deflate-p3', 'rgb-jpeg']
const WINDOW = [2048, 2048, 600, 600]
const TYPES = { '.js': 'text/javascript', '.wasm': 'application/wasm' }

/** Each runs in the page, and answers with the milliseconds until the raster was open, and until its pixels were there. */
const READERS = {
  'pyramidion, workers': ours,
  'pyramidion, inline': ours,
  'geotiff.js': theirs,
  'geotiff.js, Pool of 2': theirs,
}

async function ours({ name, url, window }) {
  const start = performance.now()
  const { open } = await import('/pkg/index.js')
  const raster = await open(url, name.endsWith('inline') ? { workers: 0 } : {})
  const opened = performance.now() - start
  await raster.read({ window })
  return [opened, performance.now() - start]
}

async function theirs({ name, url, window: [x, y, width, height] }) {
  const start = performance.now()
  const { fromUrl, Pool } = await import('/geotiff.js')
  const image = await (await fromUrl(url)).getImage()
  const opened = performance.now() - start
  const pool = name.includes('Pool') ? new Pool(2) : undefined
  await image.readRasters({ window: [x, y, x + width, y + height], ...(pool && { pool }) })
  return [opened, performance.now() - start]
}

async function peer() {
  const { outputFiles } = await build({
    stdin: { contents: "export { fromUrl, Pool } from 'geotiff'", resolveDir: folder('..') },
    ...{ bundle: true, minify: true, format: 'esm', platform: 'browser', write: false, logLevel: 'error' },
  })
  return Buffer.from(outputFiles[0].contents)
}

async function startSite() {
  const scripts = new Map([['/geotiff.js', gzipSync(await peer())]])
  const script = async path => {
    if (!scripts.has(path)) scripts.set(path, gzipSync(await readFile(join(pkg, path.slice('/pkg'.length)))))
    return scripts.get(path)
  }
  const answer = async (request, response) => {
    const { pathname } = new URL(request.url, 'http://site')
    if (pathname === '/')
      return response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html>')
    if (pathname.startsWith('/data/'))
      return range(join(data, pathname.slice('/data'.length)), request, response)
    const body = await script(pathname)
    const head = { 'Content-Type': TYPES[extname(pathname)], 'Content-Encoding': 'gzip' }
    return response.writeHead(200, head).end(body)
  }
  const server = createServer((request, response) => {
    setTimeout(() => answer(request, response).catch(() => response.writeHead(404).end()), latency)
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() }
}

async function range(path, { headers }, response) {
  const { size } = await stat(path)
  const [, start, last] = headers.range.match(/^bytes=(\d+)-(\d+)$/).map(Number)
  const end = Math.min(last, size - 1)
  const head = {
    'Content-Range': `bytes ${start}-${end}/${size}`,
    'Content-Length': end - start + 1,
    ETag: '"1"',
  }
  response.writeHead(206, head)
  createReadStream(path, { start, end }).pipe(response)
}

async function measure(site, executablePath, name, raster) {
  const browser = await chromium.launch({ executablePath, args: browserFlags })
  try {
    const page = await browser.newPage()
    await page.goto(site.url)
    return await page.evaluate(READERS[name], { name, url: `/data/${raster}.tif`, window: WINDOW })
  } finally {
    await browser.close()
  }
}

const site = await startSite()
const { chrome } = await ensureBrowser()
const found = {}
for (let round = 0; round < rounds; round++) {
  for (const raster of RASTERS) {
    for (const name of Object.keys(READERS)) {
      ;(found[`${raster}, ${name}`] ??= []).push(await measure(site, chrome, name, raster))
    }
  }
}
site.close()
const rows = Object.entries(found).map(([name, times]) => [
  name,
  ...[0, 1].map(i => median(times.map(time => time[i])).toFixed(0)),
])
process.stdout.write(
  `${table([`${latency} ms late, medians of ${rounds}, ms`, 'open', 'first window'], rows)}\n`,
)
process.exit()
