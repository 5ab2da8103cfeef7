// Rust to pkg/wasm: cargo, wasm-bindgen, wasm-opt.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { pkg, root, target, work } from '../paths.mjs'
import { step } from '../report.mjs'
import { run } from '../run.mjs'
import { hashOf, makeOnce } from '../stamp.mjs'
import { glueFactory, glueModules } from './glue.mjs'

const wasmTarget = 'wasm32-unknown-unknown'
const compiled = join(target, wasmTarget, 'wasm', 'pyramidion.wasm')
const bound = join(work, 'bindgen')
const glueScript = join(root, 'scripts/build/glue.mjs')
const cargoHome = process.env.CARGO_HOME ?? join(homedir(), '.cargo')

// The default would name a .wasm file by URL, which bundlers take for one more asset; the facade says where it is.
// A trapped instance has to be replaced, hence the reset function.
const bindgenFlags = [
  ...['--target', 'web', '--out-name', 'core', '--no-typescript', '--omit-default-module-path'],
  ...['--experimental-reset-state-function', '--remove-producers-section'],
]

// What rustc emits for this target, and SIMD. Level 1: higher ones gain 1% and take minutes.
const optFlags = [
  ...[
    '-O1',
    '--strip-producers',
    '--strip-debug',
    '--enable-simd',
    '--enable-bulk-memory',
    '--enable-sign-ext',
  ],
  ...['--enable-mutable-globals', '--enable-nontrapping-float-to-int', '--enable-reference-types'],
  ...['--enable-multivalue'],
]

/** @param {{ bindgen: string, bindgenVersion: string }} tools bindgen: the folder of wasm-bindgen */
export async function buildCore({ bindgen, bindgenVersion }) {
  await step('build core: cargo', compile, { streams: true })
  await step('build core: wasm-bindgen', () => bind(bindgen, bindgenVersion))
  await step('build core: wasm-opt', optimise)
}

async function compile() {
  const flags = [`--remap-path-prefix=${cargoHome}=cargo`, `--remap-path-prefix=${root}=.`]
  // Added to those of .cargo/config.toml: the messages of panics name files, and not where this machine keeps them.
  const config = `target.${wasmTarget}.rustflags=${JSON.stringify(flags)}`
  const args = ['build', '--profile', 'wasm', '--lib', '--target', wasmTarget, '--config', config]
  await run('cargo', args, {
    stream: true,
    env: { CARGO_TERM_COLOR: process.stderr.isTTY ? 'always' : 'auto' },
  })
}

async function bind(folder, version) {
  const inputs = await hashOf([compiled], version, bindgenFlags)
  return makeOnce('bindgen', inputs, async () => {
    await rm(bound, { recursive: true, force: true })
    await run(join(folder, 'wasm-bindgen'), [...bindgenFlags, '--out-dir', bound, compiled])
    return [join(bound, 'core.js'), join(bound, 'core_bg.wasm')]
  })
}

async function optimise() {
  const glue = join(bound, 'core.js')
  const raw = join(bound, 'core_bg.wasm')
  const binaryen = join(root, 'node_modules', 'binaryen')
  const inputs = await hashOf(
    [glue, raw, glueScript, join(binaryen, 'package.json')],
    optFlags,
    String(glueFactory),
    glueModules,
  )
  const wasm = join(pkg, 'wasm', 'core.wasm')
  return makeOnce('wasm-opt', inputs, async () => {
    await mkdir(join(pkg, 'wasm'), { recursive: true })
    const wasmOpt = join(binaryen, 'bin', 'wasm-opt')
    await run(process.execPath, [wasmOpt, raw, ...optFlags, '-o', wasm])
    const modules = { 'glue.js': await glueFactory(await readFile(glue, 'utf8')), ...glueModules }
    const names = Object.keys(modules)
    await Promise.all(names.map(name => writeFile(join(pkg, 'wasm', name), modules[name])))
    return [wasm, ...names.map(name => join(pkg, 'wasm', name))]
  })
}
