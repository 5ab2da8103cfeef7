import { CoreHost } from './core.js'
import { InlineDecoder, type Decoder } from './pool.js'
import { WasmLoader } from './wasm.js'
import type { Platform } from './platform.js'

/** What all rasters of one entry share. Nothing in it is loaded before the first `open`. */
export interface Runtime {
  platform: Platform
  host: CoreHost
  decoder: Decoder
}

export function createRuntime(platform: Platform): Runtime {
  const wasm = new WasmLoader(platform.compileWasm)
  return {
    platform,
    host: new CoreHost(replace => wasm.core(replace)),
    decoder: new InlineDecoder(() => wasm.decode(), platform.nextTask),
  }
}
