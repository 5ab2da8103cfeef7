/** The public types of pools of workers, by hand. */

/** A worker of a browser's, as far as a pool needs it. */
export interface WebWorkerLike {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void
  addEventListener(type: string, listener: (event: Event) => void): void
  terminate(): unknown
}

/** A worker of `node:worker_threads`, as far as a pool needs it. */
export interface NodeWorkerLike {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void
  on(event: string, listener: (value: unknown) => void): unknown
  terminate(): unknown
  ref(): void
  unref(): void
}

/** What `createWorker` may return: a `Worker` of either kind. */
export type AnyWorker = WebWorkerLike | NodeWorkerLike

/** Where modules of WebAssembly are, by name; those that are not named are looked for beside the package. */
export interface ModuleUrls {
  /** What most files need. */
  decode?: string | URL
  /** JPEG. */
  jpeg?: string | URL
  /** LERC. */
  lerc?: string | URL
  /** Rarer compressions. */
  extra?: string | URL
  /** JPEG 2000. */
  jp2?: string | URL
  /** JPEG XL. */
  jxl?: string | URL
}

/** Options of `createPool`. */
export interface PoolOptions {
  /** Workers at most, from 0 (decodes in the calling thread) to 64. Default: as many as there are cores, 8 at most. */
  size?: number
  /**
   * Makes a worker that runs the package's `worker.js` (`worker.node.js` in Node), for bundlers and policies that the default does
   * not suit. Called once for each worker, and again for each that died.
   */
  createWorker?: () => AnyWorker
  /** Where that script is, where it is not beside the package. */
  workerUrl?: string | URL
  /**
   * Where `decode.wasm` is, where it is not beside the package: absolute, or relative to the page. The other modules that decode
   * are looked for in the same folder, under their own names; or each where this says that it is.
   */
  wasmUrl?: string | URL | ModuleUrls
}

/** What a pool has, and what it did since it was made. */
export interface PoolStats {
  /** Workers at most. */
  size: number
  /** Workers that are there: ready, or about to be. */
  alive: number
  /** Workers that have something to decode. */
  busy: number
  /** Jobs that wait. */
  queued: number
  /** Blocks decoded, wherever. */
  jobs: number
  /** Those of them that were decoded in the calling thread. */
  inlineJobs: number
  /** Workers started in the place of one that failed. */
  restarts: number
  /** `inline`: blocks are decoded in the calling thread, because the size is 0 or no worker lives. */
  mode: 'workers' | 'inline'
  /** The last failure of a worker; null where there was none. */
  reason: string | null
}

/**
 * Workers that decode blocks: started when a read needs them, ended when they were idle for a while, replaced when they
 * die. Where none can live, blocks are decoded in the calling thread, and the pool says so: by an event `degraded`, by
 * one warning in the console, and in `stats()`. A minute later it tries a worker again.
 */
export interface Pool {
  readonly closed: boolean
  stats(): PoolStats
  /** `degraded`: no worker lives, blocks are decoded in the calling thread from now on. `stats().reason` says why. */
  addEventListener(type: 'degraded', listener: (event: Event) => void): void
  removeEventListener(type: 'degraded', listener: (event: Event) => void): void
  /** Ends the workers, at once and for good: reads that still need it reject with `closed`. */
  close(): void
}
