/** How an application is built by each bundler: what its documentation (docs/BUNDLERS.md) says, and no more. */

import { copyFile, mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * @typedef {(folders: { source: string, out: string, installed: string }) => Promise<void>} Build
 *   source: holds page.html and app.js; out: where the site has to be; installed: the package's folder
 */

/** @type {Build} Zero configuration. */
export async function webpack5({ source, out }) {
  const { bundle } = await import('../../../scripts/viewer.mjs')
  await bundle({
    mode: 'production',
    context: source,
    entry: './app.js',
    output: { path: out, filename: 'app.js' },
    performance: { hints: false },
  })
  await page(source, out)
}

/** @type {Build} Zero configuration. */
export async function vite8({ source, out }) {
  const { build } = await import('vite')
  await viteBuild(build, source, out)
}

/** @type {Build} Zero configuration. */
export async function vite7({ source, out }) {
  const { build } = await import('vite7')
  await viteBuild(build, source, out)
}

async function viteBuild(build, source, out) {
  await build({
    configFile: false,
    root: source,
    logLevel: 'error',
    // Top-level await in the test's own script; the page is not called index.html.
    build: { outDir: out, target: 'es2022', rollupOptions: { input: join(source, 'page.html') } },
  })
}

/** @type {Build} The worker and the modules are copied. */
export async function esbuild({ source, out, installed }) {
  const { build } = await import('esbuild')
  await build({
    entryPoints: [join(source, 'app.js')],
    outdir: out,
    bundle: true,
    format: 'esm',
    logLevel: 'error',
  })
  await copied(installed, out)
  await page(source, out)
}

/** @type {Build} The worker and the modules are copied. */
export async function rollup({ source, out, installed }) {
  const { rollup } = await import('rollup')
  const { nodeResolve } = await import('@rollup/plugin-node-resolve')
  const bundle = await rollup({
    input: join(source, 'app.js'),
    plugins: [nodeResolve({ browser: true })],
  })
  await bundle.write({ dir: out, format: 'es' })
  await bundle.close()
  await copied(installed, out)
  await page(source, out)
}

/** @type {Build} The entry that carries everything, through a bundler that copies nothing. */
export async function inlineEntry({ source, out }) {
  const { build } = await import('esbuild')
  const script = await readFile(join(source, 'app.js'), 'utf8')
  await writeFile(join(source, 'app.js'), script.replace("from 'pyramidion'", "from 'pyramidion/inline'"))
  await build({
    entryPoints: [join(source, 'app.js')],
    outdir: out,
    bundle: true,
    format: 'esm',
    logLevel: 'error',
  })
  await page(source, out)
}

async function copied(installed, out) {
  await mkdir(join(out, 'wasm'), { recursive: true })
  await copyFile(join(installed, 'worker.js'), join(out, 'worker.js'))
  const modules = (await readdir(join(installed, 'wasm'))).filter(name => name.endsWith('.wasm'))
  await Promise.all(modules.map(name => copyFile(join(installed, 'wasm', name), join(out, 'wasm', name))))
}

async function page(source, out) {
  await copyFile(join(source, 'page.html'), join(out, 'page.html'))
}
