// Runs one test program of wasm32-wasip1: cargo's runner for that target. Usage: node wasi-runner.mjs TEST.wasm [ARGS]
import { readFile } from 'node:fs/promises'
import { WASI } from 'node:wasi'
import { setFlagsFromString } from 'node:v8'
import { root } from './paths.mjs'

// The short cut from WebAssembly to node:wasi crashes Node once memory has grown (seen with 20.20).
setFlagsFromString('--no-turbo-fast-api-calls')

const [program, ...args] = process.argv.slice(2)
const wasi = new WASI({
  version: 'preview1',
  args: [program, ...args],
  env: process.env,
  // Tests read fixtures by paths below the crate's folder, absolute or relative to it.
  preopens: { [root]: root, '.': root },
  returnOnExit: true,
})
const module = await WebAssembly.compile(await readFile(program))
process.exitCode = wasi.start(await WebAssembly.instantiate(module, wasi.getImportObject()))
