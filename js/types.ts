/// <reference lib="esnext.disposable" preserve="true" />

/** The public types, by hand. Shapes, units and numbering are stated where they are declared. */

import type { Priority } from './priority.js'
import type { Stats } from './source-types.js'

export type {
  ByteRange,
  Source,
  SourceLike,
  OverviewPolicy,
  Limits,
  Sign,
  RequestEvent,
  TraceLine,
  OpenOptions,
  NetOptions,
  CacheStats,
  Stats,
} from './source-types.js'

/**
 * The element type of a result. Each names a typed array: `float32` also for float16 files, `uint8` also for 1 to 7 bits. An element of
 * the complex types is a pair of numbers, the real part first, so that arrays are twice as long.
 */
export type DataTypeName =
  | 'uint8'
  | 'int8'
  | 'uint16'
  | 'int16'
  | 'uint32'
  | 'int32'
  | 'biguint64'
  | 'bigint64'
  | 'float32'
  | 'float64'
  | 'complexint16'
  | 'complexint32'
  | 'complex64'
  | 'complex128'

/** The typed array of each data type. */
export interface TypedArrays {
  uint8: Uint8Array
  int8: Int8Array
  uint16: Uint16Array
  int16: Int16Array
  uint32: Uint32Array
  int32: Int32Array
  biguint64: BigUint64Array
  bigint64: BigInt64Array
  float32: Float32Array
  float64: Float64Array
  complexint16: Int16Array
  complexint32: Int32Array
  complex64: Float32Array
  complex128: Float64Array
}

/** The typed array of that data type. */
export type TypedArrayOf<D extends DataTypeName = DataTypeName> = TypedArrays[D]

/** Any typed array that a read can return. */
export type TypedArray = TypedArrays[DataTypeName]

/** `[x, y, width, height]` in pixels, from the upper left corner. */
export type Window = readonly [number, number, number, number]

/** `[minX, minY, maxX, maxY]` in the units of the CRS. */
export type Bounds = readonly [number, number, number, number]

/** `[a, b, c, d, e, f]`: `x = a * column + b * row + c`, `y = d * column + e * row + f`, at a pixel's upper left corner. */
export type Transform = readonly [number, number, number, number, number, number]
/** A band of the raster; bands are numbered from 1, so band n is `bands[n - 1]`. */
export interface BandInfo {
  readonly dtype: DataTypeName
  readonly nodata: number | bigint | null
  readonly description: string | null
  readonly unit: string | null
  /** `value = stored * scale + offset`; reads return the stored numbers. */
  readonly scale: number
  readonly offset: number
  readonly colorInterpretation: string
  /** Red, green, blue, alpha from 0 to 255 for each value. */
  readonly colormap: readonly (readonly [number, number, number, number])[] | null
  /** Statistics stored in the file. */
  readonly statistics: {
    readonly minimum?: number
    readonly maximum?: number
    readonly mean?: number
    readonly stdDev?: number
    readonly validPercent?: number
  } | null
  readonly metadata: Readonly<Record<string, string>>
  /** Metadata items of other domains than GDAL's default one, by domain. */
  readonly domains: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Names by stored value, from the auxiliary file. */
  readonly categories: readonly string[]
}

/** The coordinate reference system. */
export interface Crs {
  /** EPSG code of the projected or geographic system; null for one that the file defines itself. */
  readonly epsg: number | null
  /** EPSG code of the vertical system, where the CRS is a compound one. */
  readonly verticalEpsg: number | null
  /** Unit of heights in a compound CRS. */
  readonly verticalUnit: string | null
  readonly name: string | null
  /** The GeoKeys as stored, by name. */
  readonly keys: Readonly<Record<string, number | string | readonly number[]>>
}

/** How the full-size image is stored. */
export interface Storage {
  readonly byteOrder: 'little' | 'big'
  readonly bigTiff: boolean
  readonly tiled: boolean
  /** Width and height of a tile or strip, in pixels. */
  readonly blockSize: readonly [number, number]
  /** 1: pixels hold their bands together; 2: each band is stored apart. */
  readonly planarConfiguration: 1 | 2
  readonly bitsPerSample: number
  readonly sampleFormat: 'unsigned' | 'signed' | 'float' | 'void' | 'complexint' | 'complexfloat'
  readonly compression: string
  readonly predictor: number
  readonly photometric: string
  /** Orientation: 1 to 8. Pixels are not turned by it. */
  readonly orientation: number
}

/** What is known of a file beside the raster. */
export interface Sidecar {
  readonly role: 'overviews' | 'mask' | 'maskOverviews' | 'auxiliary' | 'worldFile'
  readonly state: 'unprobed' | 'none' | 'present' | 'unreadable'
  readonly url: string | null
  /** Why it is `none` or `unreadable`. */
  readonly reason: string | null
}

/** The full-size image (index 0) or an overview, in file order. */
export interface Level {
  readonly index: number
  readonly width: number
  readonly height: number
  /** Full-size pixels per pixel of this level, across and down. */
  readonly scale: readonly [number, number]
  /** The file that it lives in. */
  readonly file: 'base' | 'sidecar'
  readonly url: string
  readonly blockSize: readonly [number, number]
  readonly compression: string
  readonly dtype: DataTypeName
  readonly bandCount: number
  /** The level's own, as all that follows; what its directory leaves out is the full size's. */
  readonly nodata: number | bigint | null
  readonly transform: Transform | null
  readonly bounds: Bounds | null
  readonly epsg: number | null
  readonly colormap: readonly (readonly [number, number, number, number])[] | null
  readonly metadata: Readonly<Record<string, string>>
  /** Why it is read only when it is asked for by its index. */
  readonly doubt: string | null
}

/** Told after each block. */
export interface Progress {
  /** Blocks decoded. */
  done: number
  /** Blocks of the read. */
  total: number
  /** Stored bytes of the blocks decoded. */
  bytes: number
}

interface PixelOptions<D extends DataTypeName> {
  /** Band numbers, from 1, in the order wanted. Default: all. */
  bands?: readonly number[]
  /** `band` (default): band after band, each in rows; `pixel`: the bands of a pixel together. */
  layout?: 'band' | 'pixel'
  /** Filled instead of a new array: of the raster's type and exactly the result's length. Undefined after a failure. */
  out?: TypedArrayOf<D>
  /**
   * Gives `data` memory that is shared with the workers, which put the samples in their places themselves: Node, and pages that
   * are `crossOriginIsolated`. Elsewhere, the memory is as ever. Without meaning where `out` is given: that may be shared itself.
   */
  shared?: boolean
  /** Bound on the result. Default 512 MiB; more is a `too_large` error. */
  maxBytes?: number
  /** Ends the call; it rejects with the signal's reason. */
  signal?: AbortSignal
  /**
   * Whether `mask` is wanted too. It comes from mask images in the file, else a `.msk` beside it, else nodata, else an alpha
   * band; without any of them all pixels are valid. Of nodata, a pixel is missing where all bands read are.
   */
  mask?: boolean
  /** Whose requests leave first, and whose blocks are decoded first: higher does, 0 unless said. A `Priority` can be changed. */
  priority?: number | Priority
  /** Called after each block; an exception in it ends the read and is what it rejects with. */
  onProgress?: (progress: Progress) => void
}

/** Options of `read`. */
export interface ReadOptions<D extends DataTypeName = DataTypeName> extends PixelOptions<D> {
  /** In the level's pixels where `level` is given, else in full-size pixels. Default: the whole. Outside the image: an error. */
  window?: Window
  /** Index in `levels()`. Unset: the level that fits the width and height asked for. */
  level?: number
  /** Pixels of the result; given alone, height follows the window's shape. */
  width?: number
  /** Pixels of the result; given alone, width follows the window's shape. */
  height?: number
}

/** Options of `preview`. */
export interface PreviewOptions<D extends DataTypeName = DataTypeName> extends PixelOptions<D> {
  /** Longest side of the result, in pixels. Default 1024. */
  maxSize?: number
}

/** Options of `toRGBA`. */
export interface RgbaOptions {
  /** One band number, or three that are red, green and blue. Default: the three that were read, else the first. */
  bands?: readonly number[]
  /** Dark and bright for each band shown. Default: 0 and 255 for bytes, else the least and the greatest value. */
  ranges?: readonly (readonly [number, number])[]
  /** Colours of one band from dark to bright: red, green, blue, alpha of each step. Default: 256 greys. */
  palette?: Uint8Array | Uint8ClampedArray | readonly number[]
  /** Default: the result's own; `null`: none. Where all bands shown hold it, or NaN, the pixel is transparent. */
  nodata?: number | bigint | null
}

/** Pixels of a read. */
export interface ReadResultOf<D extends DataTypeName> {
  /** `width * height * bands.length` elements (pairs of numbers, where `dtype` is complex), laid out as `layout` says. Never a view of WebAssembly memory. */
  readonly data: TypedArrayOf<D>
  readonly dtype: D
  readonly width: number
  readonly height: number
  /** Band numbers, in the order of `data`. */
  readonly bands: readonly number[]
  readonly layout: 'band' | 'pixel'
  /** The level that was read. */
  readonly level: number
  /** The pixels read: on the level's grid where `level` was given, else on the full-size grid. */
  readonly window: Window
  readonly bounds: Bounds | null
  /** Of the result's own pixels. */
  readonly transform: Transform | null
  readonly nodata: number | bigint | null
  /** Where it was asked for: `width * height` numbers, 0 where a pixel is missing, 255 where it is valid, alpha as it is. */
  readonly mask?: Uint8Array
  readonly stats: Readonly<Stats>
  /** The pixels of that band number: a view of `data`, not a copy. With layout `pixel` only where there is one band. */
  band(number: number): TypedArrayOf<D>
}

/** Pixels of a read; comparing `dtype` narrows `data`. */
export type ReadResult<D extends DataTypeName = DataTypeName> = D extends DataTypeName
  ? ReadResultOf<D>
  : never

/** A place of the image, in pixels from its upper left corner, whose coordinates are known. */
export interface Gcp {
  readonly id: string
  readonly pixel: number
  readonly line: number
  readonly x: number
  readonly y: number
  readonly z: number
}

/** A document inside a file; `exif` comes as a small TIFF file of its own, `description` is ImageDescription, however long. */
export type EmbeddedKind = 'xmp' | 'icc' | 'exif' | 'description'

/** An open raster. Its properties are known without further requests. */
export interface Raster<D extends DataTypeName = DataTypeName> {
  readonly width: number
  readonly height: number
  readonly bandCount: number
  readonly dtype: D
  /** A bigint where `dtype` has 64-bit integers. */
  readonly nodata: number | bigint | null
  readonly transform: Transform | null
  readonly bounds: Bounds | null
  readonly crs: Crs | null
  readonly bands: readonly BandInfo[]
  /** Items of GDAL's default domain, those of TIFF's own tags (`TIFFTAG_SOFTWARE`, ...) among them. */
  readonly metadata: Readonly<Record<string, string>>
  /** Items of other domains, by domain. Those of domains named `xml:...` are documents. */
  readonly domains: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Rational polynomial coefficients by GDAL's names: one number each, twenty under `..._COEFF`. */
  readonly rpc: Readonly<Record<string, readonly number[]>> | null
  /** Ground control points, where there is no `transform`. */
  readonly gcps: readonly Gcp[]
  readonly storage: Storage
  /** As far as known: `unprobed` until something needed it. */
  readonly sidecar: Sidecar
  /** All files that may be beside it, as far as known: overviews, masks, auxiliary files. */
  readonly files: readonly Sidecar[]
  /**
   * What is not as it should be, and was read nevertheless: in the file, on its server, in files beside it; and in the blocks
   * read so far, whose damage decoders forgive as libtiff does.
   */
  readonly warnings: readonly string[]
  readonly closed: boolean
  /** All levels, full size first; asks for the sidecar where one may be. */
  levels(options?: { signal?: AbortSignal }): Promise<readonly Level[]>
  read(options?: ReadOptions<D>): Promise<ReadResult<D>>
  /** The whole image, no side longer than `maxSize`. */
  preview(options?: PreviewOptions<D>): Promise<ReadResult<D>>
  /** The bytes of a document inside the file; null where there is none. */
  embedded(kind: EmbeddedKind, options?: { signal?: AbortSignal }): Promise<Uint8Array | null>
  /** Since `open`, metadata included. */
  stats(): Stats
  /** At once, and as often as you like; calls under way reject with `closed`. Properties keep their values. */
  close(): void
  [Symbol.dispose](): void
  [Symbol.asyncDispose](): Promise<void>
}
