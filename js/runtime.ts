import { CoreHost } from './core.js'
import { InlineDecoder } from './inline-decoder.js'
import { Pools } from './pools.js'
import { WasmLoader } from './wasm.js'
import type { Colour } from './core-types.js'
import type { Platform } from './platform.js'

/** What all rasters of one entry share. Nothing in it is loaded before the first `open`. */
export interface Runtime {
  platform: Platform
  host: CoreHost
  /** The drawing function of the calling thread's decoder. */
  colour: () => Promise<Colour>
  pools: Pools
}

export function createRuntime(platform: Platform): Runtime {
  const wasm = new WasmLoader(platform.compileWasm)
  const inline = new InlineDecoder(() => wasm.decode(), platform.nextTask)
  return {
    platform,
    host: new CoreHost(replace => wasm.core(replace)),
    colour: () => wasm.colour(),
    pools: new Pools(platform, wasm, inline),
  }
}
