// npm run size: every shipped file raw, by gzip and by brotli, beside geotiff.js's published figures. Fails above the
// budget of what a first page loads: the entry with all that it imports, core.wasm, and decode.wasm, which reads what most files are
// compressed by. Modules for other compressions are loaded by the pages that meet them.
import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { modules } from './build/modules.mjs'
import { ensureBuilt } from './build.mjs'
import { pkg } from './paths.mjs'
import { main } from './report.mjs'
import { filesBelow } from './stamp.mjs'

/** Bytes after gzip. */
const BUDGET = 150_000

/** Bytes after gzip, a little above what the parts have come down to: a lower one is welcome, a higher one needs a reason. */
const CEILINGS = {
  facade: 29_800,
  core: 131_000,
  decode: 56_700,
  page: 217_000,
  jpeg: 51_500,
  lerc: 60_500,
  extra: 119_500,
  jp2: 90_000,
  jxl: 450_000,
}

/** geotiff.js 3.0.5, as published, after gzip. */
const PEER = [
  ['geotiff.js, browser bundle', 199_000],
  ['geotiff.js, main chunk of an application that imports its Pool', 109_000],
]

/** Raw, gzip and brotli bytes of each part, and of what a first page loads of them. */
export async function measureParts() {
  const sizes = modules.map(async ({ name }) => [name, await sizeOf(join(pkg, 'wasm', `${name}.wasm`))])
  const parts = Object.fromEntries(await Promise.all(sizes))
  const facade = measure(await bundledFacade())
  const page = facade.map((size, i) => size + parts.core[i] + parts.decode[i])
  return { facade, ...parts, page }
}

/** Fails where a part has grown past what it had come down to. */
export function checkCeilings(parts) {
  for (const [part, ceiling] of Object.entries(CEILINGS)) {
    const [, found] = parts[part]
    if (found > ceiling) throw new Error(`${part} takes ${found} bytes after gzip, the ceiling is ${ceiling}`)
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    await ensureBuilt()
    const shipped = (await filesBelow(pkg)).filter(file => /\.(js|wasm)$/.test(file))
    print('file', ['raw', 'gzip', 'brotli'])
    for (const file of shipped) print(relative(pkg, file), await sizeOf(file))
    const parts = await measureParts()
    process.stdout.write('\n')
    print('facade, bundled and minified', parts.facade)
    print('a first page: facade, core.wasm, decode.wasm', parts.page)
    print('and in each worker: worker.js', await sizeOf(join(pkg, 'worker.js')))
    for (const [name, gzip] of PEER) print(name, ['', gzip, ''])
    print('budget of a first page', ['', BUDGET, ''])
    checkCeilings(parts)
    const [, total] = parts.page
    if (total > BUDGET)
      throw new Error(`a first page loads ${total} bytes after gzip, the budget is ${BUDGET}`)
  })
}

async function sizeOf(file) {
  return measure(await readFile(file))
}

function measure(bytes) {
  return [bytes.length, gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes).length]
}

/** As a page of an application has it, and as the peer's figures are. */
async function bundledFacade() {
  const { build } = await import('esbuild')
  const { outputFiles } = await build({
    entryPoints: [join(pkg, 'index.js')],
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
    logLevel: 'error',
  })
  return outputFiles[0].contents
}

function print(name, columns) {
  const cells = columns.map(cell => String(cell).padStart(9))
  process.stdout.write(`${name.padEnd(64)} ${cells.join(' ')}\n`)
}
