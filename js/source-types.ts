/** The public types of where bytes come from and how they are asked for, by hand. */

import type { Pool } from './pool-types.js'

/** Bytes `start` to before `end` of a file. */
export interface ByteRange {
  start: number
  end: number
}

/** Where bytes come from, when it is neither a URL, a path, a Blob nor a buffer. */
export interface Source {
  /** Names the content: sources with one key share cached bytes. Without it, only this object does. */
  readonly key?: string
  /** Length in bytes, where it is known. */
  readonly size?: number
  /**
   * The bytes of each range, in order. An answer may be shorter than its range only where the file ends; a range
   * past the end is answered with no bytes.
   */
  read(ranges: ByteRange[], signal?: AbortSignal): Promise<Uint8Array[]>
}

/**
 * What `open` takes: an http(s), file or blob URL; a path in Node; a relative URL in a browser; a Blob or File; a buffer
 * or a view of one; a `Source`. `#mode=bytes` and `#bytes` at the end of a URL are accepted and dropped.
 */
export type SourceLike = string | URL | Blob | ArrayBufferLike | ArrayBufferView | Source

/** `internal-first`: the sidecar is used only where the file has no overviews of its own. `append`: after them. */
export type OverviewPolicy = 'internal-first' | 'append'

/** Bounds on what a file may make the reader do; a breach is a `limit` error that names the bound. */
export type Limits = Record<string, number>

/**
 * Makes the URL that is really asked for, before each request, retries included. `url` is the file's own, by which it is
 * cached and named in errors. What it throws ends the request for good.
 */
export type Sign = (
  url: string,
  context: { range: ByteRange; attempt: number; signal: AbortSignal },
) => string | URL | Promise<string | URL>

/** One request that is over. */
export interface RequestEvent {
  /** The file's own URL or name, unsigned. */
  readonly url: string
  readonly range: ByteRange
  /** 1 for the first request for these bytes. */
  readonly attempt: number
  /** HTTP status; null where no answer came, or none with a status. */
  readonly status: number | null
  /** Bytes of body received. */
  readonly bytes: number
  /** Milliseconds, as of `performance.now()`. */
  readonly start: number
  readonly end: number
  /** `stopped`: nobody wanted the rest, its answer was refused, or it was silent for too long. */
  readonly outcome: 'done' | 'failed' | 'stopped'
  /** The platform's words where it failed. */
  readonly error: string | null
}

/** A line of a trace: the options, a fact that the scheduler was told and when, or an order that it gave. */
export type TraceLine =
  | { readonly options: Record<string, unknown> }
  | { readonly told: { readonly at: number; readonly fact: unknown } }
  | { readonly order: string }

/** Options of `open`. */
export interface OpenOptions {
  /** Used for every request instead of the global `fetch`. */
  fetch?: typeof fetch
  /** Sent with every request. In browsers, any header but `Range` may cost a CORS preflight. */
  headers?: HeadersInit
  credentials?: RequestCredentials
  /** The cache mode of `fetch`. Default `no-store`: the reader has its own cache, and Chromium's serialises ranges. */
  cache?: RequestCache
  /**
   * The `.ovr` sidecar: a source names it; `true` looks for it also beside a URL with a query; `false` never does.
   * Unset: looked for when a level or a reduced read needs it, except beside a URL with a query.
   */
  overviews?: SourceLike | boolean
  /** Default `internal-first`. */
  overviewPolicy?: OverviewPolicy
  /** How many `.ovr` may follow each other (`x.tif.ovr`, `x.tif.ovr.ovr`, ...): 1, the default, to 8. */
  overviewDepth?: number
  /** Whether `.aux.xml` (GDAL's PAM) and world files beside the raster count, in GDAL's order: PAM, the raster, a world file. */
  auxiliary?: boolean
  limits?: Limits
  /** Signs or refreshes the URL before each request, of the sidecar too. */
  sign?: Sign
  /** Told of each request when it is over, of the sidecar's too. What it throws is dropped. */
  onRequest?: (event: RequestEvent) => void
  /**
   * Node only, for services that open what users name: http and https alone, every address of the host must be public,
   * the connection goes to an address that was checked, and so for every redirect. In browsers: an `unsupported` error.
   */
  publicHostsOnly?: boolean
  /**
   * Where blocks are decoded. Unset: in workers that all rasters share, as many as there are cores, 8 at most. A number: in that
   * many, shared by the rasters that were given the same number; 0 is the calling thread. A pool: in its workers.
   */
  workers?: number | Pool
  /** Ends the call; it rejects with the signal's reason. It does not bind the raster. */
  signal?: AbortSignal
}

/** How bytes are asked for and kept, for all rasters opened afterwards. Bytes and milliseconds. */
export interface NetOptions {
  /** Bound of the cache, shared by all rasters: 64 MiB. */
  cacheBytes?: number
  /**
   * Bound of what is kept of decoded blocks, at once for all rasters: 32 MiB. Kept are blocks that were read for windows of
   * no more than a quarter of their pixels: whoever reads pixel by pixel decodes each block once.
   */
  decodedCacheBytes?: number
  /** Ranges are rounded to pages of this many bytes: 16 KiB. */
  pageBytes?: number
  /** The first range of a file: 32 KiB. */
  firstRangeBytes?: number
  /**
   * Neighbouring ranges are merged while the bytes between are less than this share of the useful ones: 0.25; and, once
   * latency and throughput of the origin are known, only where they come sooner than another answer would.
   */
  mergeWaste?: number
  /** Largest merged range. */
  mergeBytes?: number
  /** Largest body that is taken whole from a server that ignores `Range`. */
  wholeBytes?: number
  /** Requests for one range, the first included. */
  attempts?: number
  /** First pause before a retry; doubled each time. */
  backoff?: number
  backoffMax?: number
  /** Bound of one attempt. */
  timeout?: number
  /** Requests in flight to one origin: 6, which is all that browsers let through; 32 in Node. */
  perOrigin?: number
  /** The same where they share one connection (HTTP/2 and 3, as far as the platform tells): 24. */
  perOriginMultiplexed?: number
  /** Gets every line of a trace: what the scheduler was told and what it ordered. `JSON.stringify` takes them. */
  trace?: (line: TraceLine) => void
}

/** What the shared cache holds. */
export interface CacheStats {
  bytes: number
  limit: number
  pieces: number
  /** Of decoded blocks, beside the stored bytes. */
  decodedBytes: number
}

/** What a call, or a raster since it was opened, has cost. */
export interface Stats {
  /** Requests sent, retries included. */
  requests: number
  /** Bytes received. */
  bytes: number
  /** Ranges that needed no request. */
  cacheHits: number
  retries: number
  /** Bytes that were wanted, from wherever they came. */
  usefulBytes: number
  /** Milliseconds that reads waited for bytes, added up where they waited side by side. */
  waitMs: number
  /** Time spent in decoding blocks: the sum over all threads. */
  decodeMs: number
  /** Blocks that were decoded in workers. */
  workerBlocks: number
}
