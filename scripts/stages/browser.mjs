// The core and its driver in headless Chromium, through wasm-pack.
import { mkdir, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { ensureWasmBindgen } from '../build.mjs'
import { work } from '../paths.mjs'
import { run } from '../run.mjs'
import { browserFlags, ensureBrowser } from '../tools/browser.mjs'
import { ensureCargoTool, ensureTarget, findCargo } from '../tools/rust.mjs'
import { cargoCounts, remark } from './counts.mjs'

const wasmPack = { crate: 'wasm-pack', version: '0.15.1', programs: ['wasm-pack'] }

export async function setUp() {
  const browser = await ensureBrowser()
  await findCargo()
  await ensureTarget('wasm32-unknown-unknown')
  const bindgen = await ensureWasmBindgen()
  return { ...browser, bindgen: bindgen.folder, wasmPack: await ensureCargoTool(wasmPack) }
}

export async function check(tools) {
  const env = {
    // wasm-pack takes the wasm-bindgen that it finds there, where the version is right.
    PATH: [tools.bindgen, process.env.PATH].join(delimiter),
    WASM_BINDGEN_TEST_WEBDRIVER_JSON: await writeCapabilities(tools.chrome),
    // Seconds. A busy machine needs more than the 5 and 20 that it waits for a driver and for a test program.
    WASM_BINDGEN_TEST_DRIVER_TIMEOUT: '60',
    WASM_BINDGEN_TEST_TIMEOUT: '300',
    // Nothing of this project goes into the home folder.
    WASM_PACK_CACHE: join(work, 'wasm-pack-cache'),
  }
  const driver = ['--headless', '--chrome', '--chromedriver', tools.chromedriver]
  // What is tested is the border: the codecs of the rarer modules would only take time to build.
  const features = ['--no-default-features', '--features', 'core,decode']
  const args = ['test', '--mode', 'no-install', ...driver, '.', '--lib', '--test', 'wasm', ...features]
  const { output } = await run(join(tools.wasmPack, 'wasm-pack'), args, { env, timeout: 15 * 60_000 })
  return remark(cargoCounts(output).passed)
}

async function writeCapabilities(chrome) {
  const path = join(work, 'webdriver.json')
  await mkdir(work, { recursive: true })
  await writeFile(
    path,
    JSON.stringify({ 'goog:chromeOptions': { binary: chrome, args: browserFlags } }, null, 2),
  )
  return path
}
