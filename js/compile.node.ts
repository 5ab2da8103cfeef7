import { readFile } from 'node:fs/promises'

/** Compiles the module at that URL: a file's, or one to fetch. */
export async function compileWasm(url: URL): Promise<WebAssembly.Module> {
  if (url.protocol === 'file:') return WebAssembly.compile(await readFile(url))
  const response = await fetch(url)
  return WebAssembly.compile(await response.arrayBuffer())
}
