import { checkFunction, checkNumbers } from './arguments.js'
import { openIn } from './open.js'
import { colours } from './rgba.js'
import { createRuntime } from './runtime.js'
import type { Platform } from './platform.js'
import type {
  CacheStats,
  NetOptions,
  OpenOptions,
  Raster,
  ReadResult,
  RgbaOptions,
  SourceLike,
} from './types.js'
import type { Pool, PoolOptions } from './pool-types.js'

/** The functions of an entry of the package. */
export interface Face {
  /** Opens a raster: one request, or none for what is in memory. Everything else waits until it is needed. */
  open: (source: SourceLike, options?: OpenOptions) => Promise<Raster>
  /** What all rasters keep: stored bytes, and decoded blocks of which little was read. */
  cache: {
    /** What it holds now. */
    stats: () => CacheStats
    /** Forgets everything; reads under way are not disturbed. */
    clear: () => void
  }
  /** Sets how bytes are asked for and kept, for rasters opened afterwards: they share a new cache. */
  configure: (options: NetOptions) => void
  /** Pixels of a read as `ImageData` wants them: red, green, blue, alpha; nodata is transparent. */
  toRGBA: (result: ReadResult, options?: RgbaOptions) => Promise<Uint8ClampedArray<ArrayBuffer>>
  /** The workers that decode the blocks of all rasters that `open` was given no others for. */
  pool: Pool
  /** Makes a pool for `open`'s `workers`. It starts nothing before a read needs it. */
  createPool: (options?: PoolOptions) => Pool
}

/** The functions on that platform. Making them loads nothing. */
export function createFace(platform: Platform): Face {
  const runtime = createRuntime(platform)
  const { host, kept } = runtime
  return {
    open: async (source, options) => openIn(runtime, source, options),
    cache: {
      stats: () => ({ ...host.cacheStats(), decodedBytes: kept.bytes }),
      clear: () => {
        host.clearCache()
        kept.forget()
      },
    },
    configure: options => {
      checkFunction('options.trace', options?.trace)
      const { decodedCacheBytes, ...net } = checkNumbers('options', options) ?? {}
      if (decodedCacheBytes !== undefined) kept.limit = decodedCacheBytes
      host.configure(net)
    },
    toRGBA: (result, options) => colours(() => runtime.colour(), result, options),
    pool: runtime.pools.shared,
    createPool: options => runtime.pools.create(options),
  }
}
