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

async function compileWasm(url: URL): Promise<WebAssembly.Module> {
  const response = await fetch(url)
  if (!response.ok) {
    const message = `the WebAssembly module answered with status ${response.status}`
    throw new PyramidionError('http', message, { url: url.href, status: response.status })
  }
  // Streaming demands this very type; hosts that send another one are still served.
  const type = response.headers.get('content-type') ?? ''
  if (/^application\/wasm\s*(;|$)/i.test(type)) return WebAssembly.compileStreaming(response)
  return WebAssembly.compile(await response.arrayBuffer())
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

export const browser: Platform = { nextTask, compileWasm, resolveText, openFileUrl, blobOf }
