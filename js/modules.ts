/** The modules of WebAssembly: where they are, and each compiled on first use and once. */

import { PyramidionError, isPyramidionError } from './errors.js'

/** A module that decodes; which one reads a block is the core's to say. */
export type DecoderName = 'decode' | 'jpeg' | 'lerc' | 'extra' | 'jp2' | 'jxl'

/** Any module, by the name of its file. */
export type ModuleName = 'core' | DecoderName

/** In the form that bundlers know: they carry the files along. Not before one is needed: a server that renders pages has no address. */
const OWN: Partial<Record<ModuleName, () => URL>> = {
  core: () => new URL('./wasm/core.wasm', import.meta.url),
  decode: () => new URL('./wasm/decode.wasm', import.meta.url),
  jpeg: () => new URL('./wasm/jpeg.wasm', import.meta.url),
  lerc: () => new URL('./wasm/lerc.wasm', import.meta.url),
  extra: () => new URL('./wasm/extra.wasm', import.meta.url),
  jp2: () => new URL('./wasm/jp2.wasm', import.meta.url),
  jxl: () => new URL('./wasm/jxl.wasm', import.meta.url),
}

/** Where the package has the module. */
export function ownUrl(name: ModuleName): URL {
  const url = OWN[name]
  if (url) return url()
  throw new PyramidionError('internal', `there is no module ${name}`)
}

/** Compiles modules for whoever needs them; a failure is not kept, the next call tries again. */
export class Modules {
  readonly #compile: (url: URL, name: ModuleName) => Promise<WebAssembly.Module>
  readonly #urlOf: (name: ModuleName) => URL
  readonly #compiled = new Map<ModuleName, Promise<WebAssembly.Module>>()
  readonly #ready = new Map<ModuleName, WebAssembly.Module>()

  constructor(
    compile: (url: URL, name: ModuleName) => Promise<WebAssembly.Module>,
    urlOf: (name: ModuleName) => URL = ownUrl,
  ) {
    this.#compile = compile
    this.#urlOf = urlOf
  }

  /** Where it is. */
  url(name: ModuleName): URL {
    return this.#urlOf(name)
  }

  /** The module, if it is compiled already. */
  ready(name: ModuleName): WebAssembly.Module | undefined {
    return this.#ready.get(name)
  }

  /** Rejects with `module_unavailable`. */
  compiled(name: ModuleName): Promise<WebAssembly.Module> {
    let compiled = this.#compiled.get(name)
    if (!compiled) {
      compiled = this.#load(name).catch((error: unknown) => {
        this.#compiled.delete(name)
        throw error
      })
      this.#compiled.set(name, compiled)
    }
    return compiled
  }

  async #load(name: ModuleName): Promise<WebAssembly.Module> {
    const url = this.#urlOf(name)
    try {
      const module = await this.#compile(url, name)
      this.#ready.set(name, module)
      return module
    } catch (cause) {
      throw unavailable(name, url, cause)
    }
  }
}

/** What is read without that module goes on being read. */
export function unavailable(name: ModuleName, url: URL, cause: unknown): PyramidionError {
  const why = cause instanceof Error ? cause.message : String(cause)
  const message = `the module ${name}.wasm could not be loaded from ${url.href}: ${why}`
  const status = isPyramidionError(cause, 'http') ? cause.detail.status : undefined
  const detail = { name, url: url.href, ...(status !== undefined && { status }) }
  return new PyramidionError('module_unavailable', message, detail, { cause })
}
