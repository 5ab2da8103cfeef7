/** The pools of one entry of the package: the shared ones, and those that a user makes. */

import { PyramidionError, invalidArgument } from './errors.js'
import { checkFunction, checkOptions } from './arguments.js'
import { WorkerPool } from './pool.js'
import type { InlineDecoder } from './inline-decoder.js'
import type { Platform } from './platform.js'
import type { Pool, PoolOptions } from './pool-types.js'
import type { WasmLoader } from './wasm.js'

/** Workers at most, where nobody says how many: beyond this, reads wait for the network. */
const DEFAULT_MOST = 8

/** Workers at most, whoever says how many. */
const MOST = 64

/** Makes pools; starts nothing. */
export class Pools {
  readonly #platform: Platform
  readonly #wasm: WasmLoader
  readonly #inline: InlineDecoder
  #shared: WorkerPool | undefined
  readonly #bySize = new Map<number, WorkerPool>()

  constructor(platform: Platform, wasm: WasmLoader, inline: InlineDecoder) {
    this.#platform = platform
    this.#wasm = wasm
    this.#inline = inline
  }

  /** The pool of all rasters that name no other. */
  get shared(): WorkerPool {
    this.#shared ??= this.#make({})
    return this.#shared
  }

  /** `createPool`. */
  create(options?: PoolOptions): Pool {
    const checked = checkOptions(options)
    checkFunction('createWorker', checked.createWorker)
    if (checked.size !== undefined) checkSize('size', checked.size)
    return this.#make(checked)
  }

  /** What the `workers` of `open` stands for: rasters with the same number share a pool. */
  of(workers: unknown): WorkerPool {
    if (workers === undefined) return this.shared
    if (workers instanceof WorkerPool) {
      if (workers.closed) throw new PyramidionError('closed', 'the pool was closed')
      return workers
    }
    const size = checkSize('workers', workers, ' or a pool of createPool')
    let pool = this.#bySize.get(size)
    if (!pool) this.#bySize.set(size, (pool = this.#make({ size })))
    return pool
  }

  #make({ size, createWorker, workerUrl, wasmUrl }: PoolOptions): WorkerPool {
    const platform = this.#platform
    const url = wasmUrl === undefined ? undefined : absoluteUrl('wasmUrl', wasmUrl)
    const wasm = this.#wasm
    return new WorkerPool({
      size: size ?? Math.min(platform.cores(), DEFAULT_MOST),
      createWorker: createWorker ?? (() => platform.createWorker(workerUrl)),
      // Not before a worker needs it: where this is bundled for a server there may be no address to start from.
      get wasmUrl() {
        return (url ?? wasm.url).href
      },
      compile: url ? () => platform.compileWasm(url) : () => wasm.module(),
      inline: this.#inline,
    })
  }
}

function checkSize(name: string, size: unknown, or = ''): number {
  if (Number.isSafeInteger(size) && (size as number) >= 0 && (size as number) <= MOST) return size as number
  throw invalidArgument(name, `a whole number from 0 to ${MOST}${or}`, size)
}

function absoluteUrl(name: string, url: string | URL): URL {
  try {
    return new URL(url, globalThis.document?.baseURI)
  } catch {
    throw invalidArgument(name, 'a URL, absolute or relative to the page', url)
  }
}
