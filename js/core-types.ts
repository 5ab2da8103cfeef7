/**
 * The seam between the facade and the driver (js/network), which talks to `core.wasm`. Values only; nothing here is public.
 *
 * `Core` is in `core.wasm`, in the main thread, and never sees a block's bytes; `decode` is in each module that decodes, inline or
 * in a worker, and never sees the network.
 */

import type { DecoderName } from './modules.js'
import type { Part } from './place.js'
import type { ByteRange, DataTypeName, RequestEvent, Sign, Source } from './types.js'

/** What a thrown core error is: plain data, with the platform's own exception as `cause` where there was one. */
export interface CoreError {
  code: string
  message: string
  detail: Record<string, unknown>
  cause?: unknown
}

/** A file as the core is told of it. */
export type CoreSource =
  | {
      url: string
      fetch?: typeof fetch
      headers?: HeadersInit
      credentials?: RequestCredentials
      cache?: RequestCache
      sign?: Sign
      onRequest?: (event: RequestEvent) => void
    }
  | { source: PlatformSource; onRequest?: (event: RequestEvent) => void }

/** A `Source` that may know its neighbours: a Node path has a sibling for `.ovr`, a Blob has none. */
export interface PlatformSource extends Source {
  /** For errors and levels: a path, a file's name. */
  name?: string
  /** Whether Net should cache: true for a user's remote `Source`, false for local files, Blobs and buffers. */
  cached?: boolean
  /** The file with that suffix added to its name, or, after an asterisk, in place of its extension; it need not exist (its read then rejects with `not_found`). */
  sibling?(suffix: string): PlatformSource
}

export interface CoreOpenOptions {
  /** unset: probe when needed, unless the URL has a query; true: also then; false: never; else: this file. */
  overviews?: CoreSource | boolean
  overviewPolicy?: 'internal-first' | 'append'
  /** How often `.ovr` may follow `.ovr`: 1 (the default) to 8. */
  overviewDepth?: number
  /** Whether `.aux.xml` and world files count. */
  auxiliary?: boolean
  limits?: Record<string, number>
}

/** One Net with its cache, shared by all its datasets. */
export interface CoreEngine {
  /** One request: IFD 0 only. */
  open(source: CoreSource, options: CoreOpenOptions, signal?: AbortSignal): Promise<CoreDataset>
  cacheStats(): { bytes: number; limit: number; pieces: number }
  clearCache(): void
}

export interface CoreDataset {
  /** Facts known so far; asked again after `levels()` it knows of the sidecar. */
  info(): CoreInfo
  levels(signal?: AbortSignal): Promise<CoreLevel[]>
  /** The bytes of a document inside the base, a fresh buffer. */
  embedded(kind: string, signal?: AbortSignal): Promise<Uint8Array | null>
  /** `group` names the calls whose priority `setPriority` changes; 0 is none. */
  plan(request: CoreRequest, signal?: AbortSignal, group?: number, priority?: number): Promise<CorePlan>
  /**
   * Brings the bytes of the blocks, merged and in parallel. `onBlock(index, bytes)` is called once per range, as it
   * arrives, with a fresh exact buffer that the caller owns (and may transfer). Resolves after the last one.
   */
  fetch(
    ranges: { file: number; start: number; end: number }[],
    onBlock: (index: number, bytes: Uint8Array) => void,
    signal?: AbortSignal,
    group?: number,
    priority?: number,
  ): Promise<CoreReadStats>
  setPriority(group: number, priority: number): void
  /** Since `open`, metadata included. */
  stats(): CoreReadStats
  /** Synchronous and idempotent; pending calls reject with `closed`. */
  close(): void
  free(): void
}

export interface CoreReadStats {
  requests: number
  bytes: number
  cacheHits: number
  retries: number
  usefulBytes: number
  waitMs: number
}

/** A 64-bit integer nodata that a number cannot hold comes as decimal text. */
export type CoreNumber = number | string

export interface CoreBand {
  dtype: DataTypeName
  nodata: CoreNumber | null
  description: string | null
  unit: string | null
  scale: number
  offset: number
  colorInterpretation: string
  colormap: [number, number, number, number][] | null
  statistics: {
    minimum?: number
    maximum?: number
    mean?: number
    stdDev?: number
    validPercent?: number
  } | null
  metadata: Record<string, string>
  domains: Record<string, Record<string, string>>
  categories: string[]
}

/** What is known of a file beside the base. */
export interface CoreSidecar {
  role: 'overviews' | 'mask' | 'maskOverviews' | 'auxiliary' | 'worldFile'
  state: 'unprobed' | 'none' | 'present' | 'unreadable'
  url: string | null
  reason: string | null
}

export interface CoreInfo {
  width: number
  height: number
  bandCount: number
  dtype: DataTypeName
  nodata: CoreNumber | null
  transform: [number, number, number, number, number, number] | null
  bounds: [number, number, number, number] | null
  crs: {
    epsg: number | null
    verticalEpsg: number | null
    verticalUnit: string | null
    name: string | null
    keys: Record<string, number | string | number[]>
  } | null
  bands: CoreBand[]
  metadata: Record<string, string>
  domains: Record<string, Record<string, string>>
  rpc: Record<string, number[]> | null
  gcps: { id: string; pixel: number; line: number; x: number; y: number; z: number }[]
  storage: {
    byteOrder: 'little' | 'big'
    bigTiff: boolean
    tiled: boolean
    blockSize: [number, number]
    planarConfiguration: 1 | 2
    bitsPerSample: number
    sampleFormat: 'unsigned' | 'signed' | 'float' | 'void' | 'complexint' | 'complexfloat'
    compression: string
    predictor: number
    photometric: string
    orientation: number
  }
  sidecar: CoreSidecar
  files: CoreSidecar[]
  warnings: string[]
}

export interface CoreLevel {
  index: number
  width: number
  height: number
  /** Full-size pixels per pixel of this level, across and down. */
  scale: [number, number]
  file: 'base' | 'sidecar'
  url: string
  blockSize: [number, number]
  compression: string
  dtype: DataTypeName
  bandCount: number
  nodata: CoreNumber | null
  transform: [number, number, number, number, number, number] | null
  bounds: [number, number, number, number] | null
  epsg: number | null
  colormap: [number, number, number, number][] | null
  metadata: Record<string, string>
  doubt: string | null
}

/** All optional: the whole image at full size, all bands. */
/** What a file promises of the surroundings of its blocks (`Unfit` in src/codec/frame.rs). The second includes the first. */
export type Unfit = 'MASK_INTERLEAVED_WITH_IMAGERY' | 'BLOCK_LEADER'

export interface CoreRequest {
  window?: [number, number, number, number]
  level?: number
  width?: number
  height?: number
  bands?: number[]
  layout?: 'band' | 'pixel'
  /** Longest side of a preview; instead of window, level, width and height. */
  maxSize?: number
  maxBytes?: number
  mask?: boolean
  /** What is done without from now on: it was found not to be as the file says. */
  unfit?: Unfit
}

export interface CorePlan {
  level: number
  window: [number, number, number, number]
  width: number
  height: number
  bands: number[]
  layout: 'band' | 'pixel'
  dtype: DataTypeName
  nodata: CoreNumber | null
  /** What sparse blocks hold, band by band of the result: nodata where the dtype can hold it, else 0. */
  fill: CoreNumber[]
  transform: [number, number, number, number, number, number] | null
  bounds: [number, number, number, number] | null
  /** Bytes of the result. */
  bytes: number
  blocks: CorePlannedBlock[]
  /** Where colours are made of planes: how many the blocks give, pixel by pixel; else 0. */
  planes: number
  /** How the result is made of the planes: blocks whose bytes are theirs. */
  colours: CorePlannedBlock[]
  /** Where it was asked for. */
  mask?: CoreMask | null
  /** What the planning itself has cost: pages of tile tables, the sidecar's header. Unset: not counted. */
  stats?: CoreReadStats
}

/** The mask of a read: of samples, its own or the pixels', each of which is missing or valid. */
export interface CoreMask {
  kind: 'all' | 'stored' | 'nonzero' | 'alpha16' | 'nodata'
  /** Whether the samples are the result's own; then there are no blocks. */
  ofPixels: boolean
  dtype: DataTypeName
  bands: number
  /** Of each band of the samples. */
  nodata: (CoreNumber | null)[]
  fill: CoreNumber[]
  blocks: CorePlannedBlock[]
  /** How the samples are made of the planes that the pixels' blocks give, where it takes all of these. */
  colours: CorePlannedBlock[]
}

export interface CorePlannedBlock {
  file: number
  /** Number in its level, from 0: for messages. */
  index: number
  /** The stored bytes; start = end for a sparse block, which is filled and never fetched. */
  start: number
  end: number
  /** The module that decodes it. */
  module: DecoderName
  /** Bytes of the whole block, stored or decoded, whichever are more: what there is to do. */
  weight: number
  /** Where the stored bytes are the samples: the byte of the first row that is wanted, and the bytes from row to row. */
  storedRows?: [start: number, stride: number]
  /** Where in the block lies what is wanted, where the job is the whole block's: it is worth keeping. */
  part?: Part
  job: CoreJob
  placement: {
    /** Rectangle of the result that this block fills. */
    x: number
    y: number
    width: number
    height: number
    /** For each sample of the job's output, the band's place in the result, from 0. */
    bands: number[]
  }
}

/** Goes to `decode` as it is, inline or by `postMessage`: src/codec/message.rs wrote it and reads it. */
export type CoreJob = Uint8Array

/**
 * Decodes one block. The answer is `placement.width * placement.height * bands` elements of the plan's dtype in native
 * byte order, arranged by the plan's layout, in a fresh buffer; with `take` there is none: that gets them where they
 * lie, in a view that is good until it returns. `forgive` is told why the bytes are not as they should be, where they
 * were read nevertheless. Throws a `PyramidionError`.
 */
export type Decode = (
  job: CoreJob,
  bytes: Uint8Array,
  take?: (samples: Uint8Array) => void,
  forgive?: (why: string) => void,
) => Uint8Array | null

/** How samples become colours: `Rgba` in src/pixel/rgba.rs. */
export interface CoreColours {
  dtype: DataTypeName
  /** Bands that the samples hold. */
  bands: number
  interleaved: boolean
  /** Places, from 0, of one band or of three. */
  shown: number[]
  ranges: [number, number][] | null
  /** Red, green, blue, alpha of each step. */
  palette: Uint8Array | null
  /** One sample's bytes. */
  nodata: Uint8Array | null
}

/** Draws samples: four bytes a pixel, a fresh buffer. Throws a `PyramidionError`. */
export type Colour = (options: CoreColours, samples: Uint8Array) => Uint8Array

export type { ByteRange }
