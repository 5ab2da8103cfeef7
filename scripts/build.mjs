// npm run build: everything that stands in pkg/, the npm package.
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

/** Builds the package into pkg/ with its own set-up; a second call in one process, or an unchanged tree, costs little. */
export function ensureBuilt() {
  building ??= build()
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

async function build() {
  const bindgen = await setUpBuild()
  await buildWasm({ bindgen: bindgen.folder, bindgenVersion: bindgen.version })
  await buildFacade()
  await buildBundles()
  await buildManifest()
  // Left by a wasm-pack run, it would hide the package's files from npm.
  await rm(join(pkg, '.gitignore'), { force: true })
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(async () => {
    const start = performance.now()
    await ensureBuilt()
    say(`pkg/ is built (${seconds(performance.now() - start)})\n`)
  })
}
