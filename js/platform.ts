/**
 * What differs between browsers and Node. Each entry of the package hands its own down: an import map, or a bundler
 * that knows conditions, is not needed, and no bundle for a browser meets a module of Node's.
 */

import type { AnyWorker } from './pool-types.js'
import type { ModuleName } from './modules.js'
import type { NetOptions } from './types.js'
import type { LocalSource } from './source.local.js'

export interface Platform {
  /** How bytes are asked for, where it differs from the core's own ways. */
  net?: NetOptions
  /** Resolves in a later turn of the event loop, without a timer's delay. */
  nextTask: () => Promise<void>
  /** Compiles the module of that name at that URL. */
  compileWasm: (url: URL, name: ModuleName) => Promise<WebAssembly.Module>
  /** What a text that is no absolute URL names: a path, or a URL relative to the page. */
  resolveText: (text: string) => { url: string } | LocalSource
  /** A file URL's file. */
  openFileUrl: (url: URL) => { url: string } | LocalSource
  /** The Blob behind a blob or data URL. */
  blobOf: (url: string) => Promise<Blob>
  /** A `fetch` that reaches public hosts alone, the same one each time, where there can be one. */
  publicFetch?: () => typeof fetch
  /** Starts a worker: the package's own, or the one at that URL. */
  createWorker: (url?: string | URL) => AnyWorker
  /** How many threads run at once. */
  cores: () => number
  /** Whether workers can be given memory that is shared with them. */
  sharedMemory: () => boolean
}
