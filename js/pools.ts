/** The pools of one entry of the package: the shared ones, and those that a user makes. */

import { PyramidionError, invalidArgument } from './errors.js'
import { checkFunction, checkOptions } from './arguments.js'
import { InlineDecoder } from './inline-decoder.js'
import { instantiate } from './instance.js'
import { Modules, ownUrl, type ModuleName } from './modules.js'
import { WorkerPool } from './pool.js'
import type { Platform } from './platform.js'
import type { ModuleUrls, Pool, PoolOptions } from './pool-types.js'

/** Workers at most, where nobody says how many: beyond this, reads wait for the network. */
const DEFAULT_MOST = 8

/** Workers at most, whoever says how many. */
const MOST = 64

/** Makes pools; starts nothing. */
export class Pools {
  readonly #platform: Platform
  readonly #modules: Modules
  readonly #inline: InlineDecoder
  #shared: WorkerPool | undefined
  readonly #bySize = new Map<number, WorkerPool>()

  constructor(platform: Platform, modules: Modules, inline: InlineDecoder) {
    this.#platform = platform
    this.#modules = modules
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
    const own = wasmUrl === undefined ? undefined : new Modules(platform.compileWasm, urlsOf(wasmUrl))
    return new WorkerPool({
      size: size ?? Math.min(platform.cores(), DEFAULT_MOST),
      createWorker: createWorker ?? (() => platform.createWorker(workerUrl)),
      modules: own ?? this.#modules,
      inline: own ? inlineDecoder(platform, own) : this.#inline,
    })
  }
}

/** Decodes in the calling thread with these modules. */
export function inlineDecoder(platform: Platform, modules: Modules): InlineDecoder {
  const load = async (name: ModuleName) => instantiate(await modules.compiled(name))
  return new InlineDecoder(load, platform.nextTask)
}

/** Where a pool finds its modules: beside `decode.wasm`, or each where it is said to be. */
function urlsOf(given: string | URL | ModuleUrls): (name: ModuleName) => URL {
  if (typeof given !== 'string' && !(given instanceof URL)) {
    const urls = Object.entries(checkOptions(given) as Record<string, string | URL>)
    const each = new Map(urls.map(([name, url]) => [name, absoluteUrl(url)]))
    return name => each.get(name) ?? ownUrl(name)
  }
  const url = absoluteUrl(given)
  const isFolder = url.pathname.endsWith('/')
  return name => (name === 'decode' && !isFolder ? url : new URL(`${name}.wasm`, url))
}

function checkSize(name: string, size: unknown, or = ''): number {
  if (Number.isSafeInteger(size) && (size as number) >= 0 && (size as number) <= MOST) return size as number
  throw invalidArgument(name, `a whole number from 0 to ${MOST}${or}`, size)
}

function absoluteUrl(url: string | URL): URL {
  try {
    return new URL(url, globalThis.document?.baseURI)
  } catch {
    throw invalidArgument('wasmUrl', 'a URL, absolute or relative to the page', url)
  }
}
