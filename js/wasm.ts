/** The WebAssembly module, compiled on first use and once, and its two instances. */

import { compileWasm } from '#platform'
import type { CoreEngine, CoreNetOptions, Decode } from './core-types.js'

/** Makes engines in the core instance. */
export interface CoreMaker {
  make(net: CoreNetOptions): CoreEngine
}

let module: Promise<WebAssembly.Module> | undefined
let coreInstance: Promise<unknown> | undefined
let decoderInstance: Promise<unknown> | undefined

/** The core instance; a fresh one where `replace` says that the last has trapped. */
export async function loadCore(replace: boolean): Promise<CoreMaker> {
  const glue = await import('./wasm/core.js')
  const first = coreInstance === undefined
  coreInstance ??= instantiate(glue).catch((error: unknown) => {
    coreInstance = undefined
    throw error
  })
  await coreInstance
  if (replace && !first) glue.__wbg_reset_state()
  return { make: (net) => new glue.Core(net) }
}

/** The decoding instance: a fresh one each time. */
export async function loadDecode(): Promise<Decode> {
  const glue = await import('./wasm/decoder.js')
  const first = decoderInstance === undefined
  decoderInstance ??= instantiate(glue).catch((error: unknown) => {
    decoderInstance = undefined
    throw error
  })
  await decoderInstance
  if (!first) glue.__wbg_reset_state()
  return glue.decode
}

interface Glue {
  default(options: { module_or_path: WebAssembly.Module }): Promise<unknown>
}

async function instantiate(glue: Glue): Promise<void> {
  await glue.default({ module_or_path: await compiled() })
}

function compiled(): Promise<WebAssembly.Module> {
  // A failure is not kept: the next call tries again.
  module ??= compileWasm(new URL('./wasm/core.wasm', import.meta.url)).catch((error: unknown) => {
    module = undefined
    throw error
  })
  return module
}
