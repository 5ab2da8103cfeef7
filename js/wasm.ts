/** The WebAssembly module, compiled on first use and once, and its two instances. */

import type * as DecoderGlue from './wasm/decoder.js'
import type { Colour, CoreEngine, CoreNetOptions, Decode } from './core-types.js'

/** Makes engines in the core instance; `onTrap` is told when the instance stops in the middle of a task of its own. */
export interface CoreMaker {
  make(net: CoreNetOptions, onTrap: (cause: unknown) => void): CoreEngine
}

/** Loads the module's instances; a failure to load is not kept, the next call tries again. */
export class WasmLoader {
  readonly #compile: (url: URL) => Promise<WebAssembly.Module>
  #module: Promise<WebAssembly.Module> | undefined
  #core: Promise<void> | undefined
  #decoder: Promise<void> | undefined

  constructor(compile: (url: URL) => Promise<WebAssembly.Module>) {
    this.#compile = compile
  }

  /** The core instance; a fresh one where `replace` says that the last has trapped. */
  async core(replace: boolean): Promise<CoreMaker> {
    const glue = await import('./wasm/core.js')
    const first = this.#core === undefined
    this.#core ??= this.#instantiate(glue).catch((error: unknown) => {
      this.#core = undefined
      throw error
    })
    await this.#core
    if (replace && !first) glue.__wbg_reset_state()
    return { make: (net, onTrap) => new glue.Core(net, onTrap) }
  }

  /** The decoding instance: a fresh one each time. */
  async decode(): Promise<Decode> {
    const first = this.#decoder === undefined
    const glue = await this.#decoding()
    if (!first) glue.__wbg_reset_state()
    return glue.decode
  }

  /** Drawing keeps nothing: the decoding instance that is there will do. */
  async colour(): Promise<Colour> {
    const glue = await this.#decoding()
    return glue.rgba
  }

  async #decoding(): Promise<typeof DecoderGlue> {
    const glue = await import('./wasm/decoder.js')
    this.#decoder ??= this.#instantiate(glue).catch((error: unknown) => {
      this.#decoder = undefined
      throw error
    })
    await this.#decoder
    return glue
  }

  /** Where the module is. */
  get url(): URL {
    return new URL('./wasm/core.wasm', import.meta.url)
  }

  /** The module, compiled once. */
  module(): Promise<WebAssembly.Module> {
    this.#module ??= this.#compile(this.url).catch((error: unknown) => {
      this.#module = undefined
      throw error
    })
    return this.#module
  }

  async #instantiate(glue: Glue): Promise<void> {
    await glue.default({ module_or_path: await this.module() })
  }
}

interface Glue {
  default(options: { module_or_path: WebAssembly.Module }): Promise<unknown>
}
