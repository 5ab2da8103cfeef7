// npm run size: every shipped file raw, by gzip and by brotli, beside geotiff.js's published figures. Fails above the
// budget of what a page loads: the entry with all that it imports, core.wasm, and decode.wasm.
import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { ensureBuilt } from './build.mjs'
import { pkg } from './paths.mjs'
import { main } from './report.mjs'
import { filesBelow } from './stamp.mjs'

/** Bytes after gzip. */
const BUDGET = 150_000

/** geotiff.js 3.0.5, as published, after gzip. */
const PEER = [
  ['geotiff.js, browser bundle', 199_000],
  ['geotiff.js, main chunk of an application that imports its Pool', 109_000],
]

await main(async () => {
  await ensureBuilt()
  const shipped = (await filesBelow(pkg)).filter(file => /\.(js|wasm)$/.test(file))
  const sizes = new Map(await Promise.all(shipped.map(async file => [file, await sizeOf(file)])))
  const facade = measure(await bundledFacade())
  const [core, decode] = ['core', 'decode'].map(name => sizes.get(join(pkg, 'wasm', `${name}.wasm`)))
  const total = facade.map((size, i) => size + core[i] + decode[i])

  print('file', ['raw', 'gzip', 'brotli'])
  for (const [file, size] of sizes) print(relative(pkg, file), size)
  const worker = sizes.get(join(pkg, 'worker.js'))
  process.stdout.write('\n')
  print('facade and glue, bundled and minified', facade)
  print('a page: facade, glue, core.wasm, decode.wasm', total)
  if (worker) print('and in each worker: worker.js', worker)
  for (const [name, gzip] of PEER) print(name, ['', gzip, ''])
  print('budget of a page', ['', BUDGET, ''])
  if (total[1] > BUDGET) throw new Error(`a page loads ${total[1]} bytes after gzip, the budget is ${BUDGET}`)
})

async function sizeOf(file) {
  return measure(await readFile(file))
}

function measure(bytes) {
  return [bytes.length, gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes).length]
}

/** As a page of an application has it, and as the peer's figures are. */
async function bundledFacade() {
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
