// The scripts of the package, each in one file, whatever it imports: the worker, which a bundler may only copy, the entry that
// carries worker and WebAssembly as strings, and the entries of browsers and Node, where each module more is one more to wait
// for. tsc's modules stand beside them in pkg/ for the tests, and are not packed.
import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { pkg, root } from '../paths.mjs'
import { step } from '../report.mjs'
import { filesBelow, hashOf, makeOnce } from '../stamp.mjs'
import { modules } from './modules.mjs'

/** Paths in the package; each is made from the TypeScript file of that name. */
export const bundled = ['worker.js', 'inline.js', 'index.js', 'index.node.js', 'worker.node.js', 'cli.js']

export function buildBundles() {
  return step('build bundles: esbuild', async () => {
    const sources = await filesBelow(join(root, 'js'))
    const wasm = (await filesBelow(join(pkg, 'wasm'))).filter(file => file.endsWith('.wasm'))
    const inputs = await hashOf([...sources, ...wasm, fileURLToPath(import.meta.url)])
    return makeOnce('bundles', inputs, async () => {
      for (const name of ['worker', 'index']) await write(name, {})
      for (const name of ['index.node', 'worker.node']) await write(name, { platform: 'node' })
      await write('cli', { platform: 'node', external: ['./index.node.js'] })
      const worker = await readFile(join(pkg, 'worker.js'), 'utf8')
      const names = ['core', 'decode', 'jpeg', 'lerc']
      const wasm = JSON.stringify(
        Object.fromEntries(await Promise.all(names.map(async name => [name, await packed(name)]))),
      )
      await write('inline', { carried: `export const worker = ${JSON.stringify(worker)}, wasm = ${wasm}` })
      await dropAddresses(join(pkg, 'inline.js'))
      const files = bundled.map(name => join(pkg, name))
      await chmod(join(pkg, 'cli.js'), 0o755)
      await Promise.all(files.map(file => stat(file)))
      return files
    })
  })
}

/** A module as text. */
async function packed(name) {
  return gzipSync(await readFile(join(pkg, 'wasm', `${name}.wasm`)), { level: 9 }).toString('base64')
}

/** The inline entry uses no file beside it: without their addresses, no bundler looks for them and carries them along. */
async function dropAddresses(file) {
  const text = await readFile(file, 'utf8')
  const addresses = text.match(/new URL\("\.\/[^"]+",import\.meta\.url\)/g) ?? []
  const expected = modules.length + 1
  if (addresses.length !== expected)
    throw new Error(
      `inline.js names ${addresses.length} files, expected worker.js and ${modules.length} modules`,
    )
  await writeFile(
    file,
    addresses.reduce((left, address) => left.replace(address, 'new URL("about:blank")'), text),
  )
}

/**
 * @param {string} name
 * @param {{ carried?: string, platform?: 'browser' | 'node', external?: string[] }} options carried: the module
 *   `./wasm/carried.js`; external: what it goes on importing
 */
async function write(name, { carried, platform = 'browser', external = [] }) {
  // Not above: in a fresh clone it is installed after this file was loaded.
  const { build } = await import('esbuild')
  return build({
    entryPoints: [join(root, 'js', `${name}.ts`)],
    outfile: join(pkg, `${name}.js`),
    bundle: true,
    platform,
    external,
    format: 'esm',
    target: 'es2022',
    minify: true,
    legalComments: 'none',
    logLevel: 'error',
    plugins: [generated(carried)],
  })
}

/** What the inline entry carries is not among the sources. */
function generated(carried) {
  return {
    name: 'generated',
    setup(build) {
      build.onResolve({ filter: /^\.\/wasm\/carried\.js$/ }, ({ path }) => ({ path, namespace: 'carried' }))
      build.onLoad({ filter: /.*/, namespace: 'carried' }, () => ({ contents: carried, loader: 'js' }))
    },
  }
}
