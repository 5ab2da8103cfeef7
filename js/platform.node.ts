import { resolveObjectURL } from 'node:buffer'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

import { compileWasm } from './compile.node.js'
import { PyramidionError } from './errors.js'
import { publicFetch as makePublicFetch } from './fetch.public.js'
import { FileSource } from './source.file.js'
import type { Platform } from './platform.js'

function nextTask(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

function resolveText(text: string): FileSource {
  return new FileSource(text)
}

function openFileUrl(url: URL): FileSource {
  try {
    return new FileSource(fileURLToPath(url))
  } catch (cause) {
    const message = `${url.href} names no file of this machine`
    throw new PyramidionError('invalid_argument', message, { name: 'source', value: url.href }, { cause })
  }
}

async function blobOf(url: string): Promise<Blob> {
  if (url.startsWith('blob:')) {
    const blob = resolveObjectURL(url)
    if (blob) return blob as Blob
    throw new PyramidionError('not_found', `${url} names no Blob, or was revoked`, { url })
  }
  const response = await fetch(url)
  return response.blob()
}

let fetchOfPublicHosts: typeof fetch | undefined

function publicFetch(): typeof fetch {
  return (fetchOfPublicHosts ??= makePublicFetch())
}

/** No arguments of the program's own: some, such as those of a script on the command line, are refused for a worker. */
function createWorker(url?: string | URL): Worker {
  if (url === undefined) return new Worker(new URL('./worker.node.js', import.meta.url), { execArgv: [] })
  // A text is a path there, unless it is made a URL.
  return new Worker(URL.canParse(String(url)) ? new URL(url) : url, { execArgv: [] })
}

export const node: Platform = {
  net: { perOrigin: 32 },
  nextTask,
  compileWasm,
  resolveText,
  openFileUrl,
  blobOf,
  createWorker,
  cores: availableParallelism,
  sharedMemory: () => true,
  publicFetch,
}
