/** What both entries export besides `open`. */

export { isDtype } from './data-types.js'
export { Priority } from './priority.js'
export { PyramidionError, isPyramidionError } from './errors.js'
export type {
  ErrorCode,
  ErrorDetails,
  SourceDetail,
  FileDetail,
  BoundDetail,
  ArgumentDetail,
} from './errors.js'
export type {
  AnyWorker,
  ModuleUrls,
  NodeWorkerLike,
  Pool,
  PoolOptions,
  PoolStats,
  WebWorkerLike,
} from './pool-types.js'
export type {
  BandInfo,
  Bounds,
  ByteRange,
  CacheStats,
  Crs,
  DataTypeName,
  EmbeddedKind,
  Gcp,
  Level,
  Limits,
  NetOptions,
  OpenOptions,
  OverviewPolicy,
  PreviewOptions,
  Progress,
  Raster,
  ReadOptions,
  ReadResult,
  ReadResultOf,
  RequestEvent,
  RgbaOptions,
  Sidecar,
  Sign,
  Source,
  SourceLike,
  Stats,
  Storage,
  TraceLine,
  Transform,
  TypedArray,
  TypedArrayOf,
  TypedArrays,
  Window,
} from './types.js'
