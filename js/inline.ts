/**
 * The package's entry in one file: `index.ts` with the worker and the WebAssembly that most files need in it. Unfit for a strict
 * CSP. Rarer compressions are in modules of their own, which are read from where `createPool({ wasmUrl })` says that they are.
 */

import { createFace } from './face.js'
import { browser } from './platform.browser.js'
import { wasm, worker } from './wasm/carried.js'
import type { ModuleName } from './modules.js'
import type { Platform } from './platform.js'

/** The build takes the addresses of the package's own files out: one that is there still is the user's. */
async function compileWasm(url: URL, name: ModuleName): Promise<WebAssembly.Module> {
  if (url.protocol !== 'about:') return browser.compileWasm(url, name)
  const packed = Object.hasOwn(wasm, name) ? wasm[name as keyof typeof wasm] : undefined
  if (packed === undefined) {
    throw new Error('pyramidion/inline does not carry it; createPool({ wasmUrl }) says where it is')
  }
  const bytes = Uint8Array.from(atob(packed), letter => letter.charCodeAt(0))
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))
  return WebAssembly.compile(await new Response(unpacked).arrayBuffer())
}

let script: string | undefined

/** One URL for all workers: it is never revoked, since a pool may start another worker at any time. */
function createWorker(url?: string | URL): Worker {
  script ??= URL.createObjectURL(new Blob([worker], { type: 'text/javascript' }))
  return new Worker(url ?? script, { type: 'module' })
}

const inline: Platform = { ...browser, compileWasm, createWorker }

export const { open, cache, configure, pool, createPool, toRGBA } = /* @__PURE__ */ createFace(inline)
export * from './exports.js'
