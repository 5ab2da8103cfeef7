import { compileWasm } from './compile.browser.js'
import { PyramidionError } from './errors.js'
import type { Platform } from './platform.js'

/** A message needs no delay where nested timers wait 4 ms. */
function nextTask(): Promise<void> {
  return new Promise(resolve => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}

function resolveText(text: string): { url: string } {
  const base = globalThis.document?.baseURI ?? globalThis.location?.href
  try {
    return { url: new URL(text, base).href }
  } catch (cause) {
    const message = `'${text}' is a relative URL and there is no page that it is relative to`
    throw new PyramidionError('invalid_argument', message, { name: 'source', value: text }, { cause })
  }
}

function openFileUrl(url: URL): { url: string } {
  return { url: url.href }
}

async function blobOf(url: string): Promise<Blob> {
  const response = await fetch(url)
  return response.blob()
}

/** The first form is the one that bundlers know: they carry the worker along and put its new address here. */
function createWorker(url?: string | URL): Worker {
  return url === undefined
    ? new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
    : new Worker(url, { type: 'module' })
}

export const browser: Platform = {
  nextTask,
  compileWasm,
  resolveText,
  openFileUrl,
  blobOf,
  createWorker,
  cores: () => globalThis.navigator?.hardwareConcurrency || 2,
  sharedMemory: () => globalThis.crossOriginIsolated === true,
}
