import { CoreHost } from './core.js'
import { KeptBlocks } from './kept-blocks.js'
import { Pools, inlineDecoder } from './pools.js'
import { Modules } from './modules.js'
import { CoreLoader } from './wasm.js'
import type { Colour } from './core-types.js'
import type { Platform } from './platform.js'

/** What all rasters of one entry share. Nothing in it is loaded before the first `open`. */
export interface Runtime {
  platform: Platform
  host: CoreHost
  /** The drawing function of the calling thread's decoder. */
  colour: () => Promise<Colour>
  pools: Pools
  /** Decoded blocks that reads share. */
  kept: KeptBlocks
}

export function createRuntime(platform: Platform): Runtime {
  const modules = new Modules(platform.compileWasm)
  const loader = new CoreLoader(modules)
  const inline = inlineDecoder(platform, modules)
  return {
    platform,
    host: new CoreHost(replace => loader.core(replace), platform.net),
    colour: () => inline.colour(),
    pools: new Pools(platform, modules, inline),
    kept: new KeptBlocks(),
  }
}
