/** The package's entry in one file: `index.ts` with the worker and the WebAssembly in it. Unfit for a strict CSP. */

import { createFace } from './face.js'
import { browser } from './platform.browser.js'
import { wasm, worker } from './wasm/carried.js'
import type { Platform } from './platform.js'

async function compileWasm(): Promise<WebAssembly.Module> {
  const packed = Uint8Array.from(atob(wasm), letter => letter.charCodeAt(0))
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'))
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
