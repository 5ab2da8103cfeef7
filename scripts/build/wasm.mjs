// Rust to pkg/wasm, for each module: cargo, wasm-bindgen, wasm-opt.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { pkg, root, target, work } from '../paths.mjs'
import { step } from '../report.mjs'
import { run } from '../run.mjs'
import { hashOf, makeOnce } from '../stamp.mjs'
import { decoders, modules } from './modules.mjs'
import { namedByLikeness } from './order.mjs'
import { withoutPanics } from './panics.mjs'

const wasmTarget = 'wasm32-unknown-unknown'
const binaryen = join(root, 'node_modules', 'binaryen')
const cargoHome = process.env.CARGO_HOME ?? join(homedir(), '.cargo')

// The facade runs the modules without wasm-bindgen's glue, which is thrown away.
const bindgenFlags = ['--target', 'web', '--no-typescript', '--remove-producers-section']

// What rustc emits for this target, and SIMD.
const optFlags = [
  ...['--strip-producers', '--enable-simd', '--enable-bulk-memory', '--enable-sign-ext'],
  ...['--enable-mutable-globals', '--enable-nontrapping-float-to-int', '--enable-reference-types'],
  ...['--enable-multivalue'],
]

const memoryExports = ['memory', '__wbindgen_malloc', '__wbindgen_free', '__wbindgen_start']
const decoderExports = ['decode', 'failure', 'fits']

/** @param {{ bindgen: string, bindgenVersion: string, only?: string[] }} tools bindgen: the folder of wasm-bindgen */
export async function buildWasm({ bindgen, bindgenVersion, only }) {
  await mkdir(join(pkg, 'wasm'), { recursive: true })
  for (const module of modules.filter(({ name }) => !only || only.includes(name))) {
    const { name } = module
    await step(`build ${name}.wasm: cargo`, () => compile(module), { streams: true })
    await step(`build ${name}.wasm: wasm-bindgen`, () => bind(module, bindgen, bindgenVersion))
    await step(`build ${name}.wasm: wasm-opt`, () => optimise(module))
  }
}

// Two builds of one library with different features have files of the same name: each has a folder of its own.
const targetOf = ({ name }) => join(target, 'modules', name)
const boundOf = ({ name }) => join(work, 'bindgen', name)
const compiledOf = module => join(targetOf(module), wasmTarget, module.profile, 'pyramidion.wasm')

async function compile(module) {
  const flags = [`--remap-path-prefix=${cargoHome}=cargo`, `--remap-path-prefix=${root}=.`]
  // Added to those of .cargo/config.toml: the messages of panics name files, and not where this machine keeps them.
  const config = `target.${wasmTarget}.rustflags=${JSON.stringify(flags)}`
  const features = ['--no-default-features', '--features', module.features.join(',')]
  const where = ['--lib', '--target', wasmTarget, '--target-dir', targetOf(module), '--config', config]
  await run('cargo', ['build', '--profile', module.profile, ...features, ...where], {
    stream: true,
    env: { CARGO_TERM_COLOR: process.stderr.isTTY ? 'always' : 'auto' },
  })
}

async function bind(module, folder, version) {
  const { name } = module
  const [compiled, bound] = [compiledOf(module), boundOf(module)]
  const inputs = await hashOf([compiled], version, bindgenFlags)
  return makeOnce(`bindgen-${name}`, inputs, async () => {
    await rm(bound, { recursive: true, force: true })
    const flags = [...bindgenFlags, '--out-name', name, '--out-dir', bound]
    await run(join(folder, 'wasm-bindgen'), [...flags, compiled])
    return [join(bound, `${name}.js`), join(bound, `${name}_bg.wasm`)]
  })
}

async function optimise(module) {
  const { name, passes } = module
  const raw = join(boundOf(module), `${name}_bg.wasm`)
  const scripts = ['binary', 'order', 'panics'].map(script => join(root, `scripts/build/${script}.mjs`))
  const inputs = await hashOf([raw, join(binaryen, 'package.json'), ...scripts], optFlags, passes)
  return makeOnce(`wasm-opt-${name}`, inputs, async () => {
    const wasm = join(pkg, 'wasm', `${name}.wasm`)
    const between = join(boundOf(module), 'optimised.wasm')
    await writeFile(between, withoutPanics(await readFile(raw)))
    await wasmOpt(between, ['--debuginfo', ...passes], between)
    await writeFile(between, namedByLikeness(await readFile(between)))
    await wasmOpt(between, ['--reorder-functions-by-name', '--strip-debug'], wasm)
    const kept = module.profile === 'release' ? ['give_back'] : []
    await checkBorder(wasm, decoders.includes(module) ? [...decoderExports, ...kept] : [])
    return [wasm]
  })
}

function wasmOpt(from, passes, to) {
  return run(process.execPath, [join(binaryen, 'bin', 'wasm-opt'), from, ...passes, ...optFlags, '-o', to])
}

/** What js/instance.ts and js/network/instance.ts count on: they run the modules without wasm-bindgen's own glue. */
async function checkBorder(wasm, wanted) {
  const module = await WebAssembly.compile(await readFile(wasm))
  const imports = WebAssembly.Module.imports(module).map(({ name }) => name)
  const needless = imports.filter(name => name !== '__wbindgen_init_externref_table')
  if (needless.length > 0)
    throw new Error(`${wasm} imports ${needless.join(', ')}: only bytes and numbers cross its border`)
  const exports = new Set(WebAssembly.Module.exports(module).map(({ name }) => name))
  const missing = [...memoryExports, ...wanted].filter(name => !exports.has(name))
  if (missing.length > 0) throw new Error(`${wasm} does not export ${missing.join(', ')}`)
}
