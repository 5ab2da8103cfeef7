import { readFile } from 'node:fs/promises'

import { PyramidionError } from './errors.js'

/** Compiles the module at that URL: a file's, or one to fetch. */
export async function compileWasm(url: URL): Promise<WebAssembly.Module> {
  if (url.protocol === 'file:') return WebAssembly.compile(await readFile(url))
  const response = await fetch(url)
  if (!response.ok) {
    const message = `the WebAssembly module answered with status ${response.status}`
    throw new PyramidionError('http', message, { url: url.href, status: response.status })
  }
  return WebAssembly.compile(await response.arrayBuffer())
}
