import { resolveObjectURL } from 'node:buffer'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

import { PyramidionError } from './errors.js'
import { publicFetch as makePublicFetch } from './fetch.public.js'
import { FileSource } from './source.file.js'
import type { Platform } from './platform.js'

function nextTask(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

async function compileWasm(url: URL): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await readFile(url))
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

export const node: Platform = { nextTask, compileWasm, resolveText, openFileUrl, blobOf, publicFetch }
