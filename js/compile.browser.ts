import { PyramidionError } from './errors.js'

/** Compiles the module at that URL. */
export async function compileWasm(url: URL): Promise<WebAssembly.Module> {
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
