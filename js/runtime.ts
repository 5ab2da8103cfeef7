import { CoreHost } from './core.js'
import { InlineDecoder, type Decoder } from './pool.js'
import { WasmLoader } from './wasm.js'
import type { Colour } from './core-types.js'
import type { Platform } from './platform.js'

/** What all rasters of one entry share. Nothing in it is loaded before the first `open`. */
export interface Runtime {
  platform: Platform
  host: CoreHost
  decoder: Decoder
  /** The drawing function of the calling thread's decoder. */
  colour: () => Promise<Colour>
}

export function createRuntime(platform: Platform): Runtime {
  const wasm = new WasmLoader(platform.compileWasm)
  return {
    platform,
    host: new CoreHost(replace => wasm.core(replace)),
    decoder: new InlineDecoder(() => wasm.decode(), platform.nextTask),
    colour: () => wasm.colour(),
  }
}
