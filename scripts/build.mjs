// npm run build: everything that stands in pkg/, the npm package. `-- decode jp2` builds these modules of WebAssembly and
// leaves the others as they are: for trying things out.
import { pathToFileURL } from 'node:url'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { buildBundles } from './build/bundles.mjs'
import { buildWasm } from './build/wasm.mjs'
import { buildFacade } from './build/facade.mjs'
import { buildManifest } from './build/manifest.mjs'
import { pkg } from './paths.mjs'
import { main, say, seconds } from './report.mjs'
import { ensureNpmPackages } from './tools/npm.mjs'
import { ensureCargoTool, ensureTarget, findCargo, lockedVersion } from './tools/rust.mjs'

/** wasm-bindgen's program must be of exactly the version of its library: the two share a private format. */
export async function ensureWasmBindgen() {
  const version = await lockedVersion('wasm-bindgen')
  const programs = ['wasm-bindgen', 'wasm-bindgen-test-runner']
  return { version, folder: await ensureCargoTool({ crate: 'wasm-bindgen-cli', version, programs }) }
}

/**
 * Builds the package into pkg/ with its own set-up; a second call in one process, or an unchanged tree, costs little.
 *
 * @param {string[]} [only] names of modules of WebAssembly: the others stay as they were built last
 */
export function ensureBuilt(only) {
  building ??= build(only)
  return building
}

let building

/** Everything that a build needs, and no test tool. */
export async function setUpBuild() {
  await findCargo()
  await ensureTarget('wasm32-unknown-unknown')
  await ensureNpmPackages()
  return ensureWasmBindgen()
}

async function build(only) {
  const bindgen = await setUpBuild()
  await buildWasm({ bindgen: bindgen.folder, bindgenVersion: bindgen.version, only })
  await buildFacade()
  await buildBundles()
  await buildManifest()
  // Left by a wasm-pack run, it would hide the package's files from npm.
  await rm(join(pkg, '.gitignore'), { force: true })
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    const start = performance.now()
    const only = process.argv.slice(2)
    await ensureBuilt(only.length > 0 ? only : undefined)
    say(`pkg/ is built (${seconds(performance.now() - start)})\n`)
  })
}
