import type { ByteRange } from './types.js'

/** What went wrong with the bytes of a file. */
export interface SourceDetail {
  /** The file's URL or name. */
  url?: string
  /** The bytes asked for. */
  range?: ByteRange
  /** HTTP status. */
  status?: number
  /** Requests sent for it, the first included. */
  attempts?: number
}

/** What is wrong, or not supported, in a file's content. */
export interface FileDetail extends SourceDetail {
  /** TIFF tag number. */
  tag?: number
  /** The tag's value, or the name of the feature. */
  value?: string
  /** Block number in the level, from 0. */
  block?: number
  level?: number
}

/** A bound that would be passed. */
export interface BoundDetail extends FileDetail {
  /** Name of the bound. */
  name?: string
  found?: number
  limit?: number
}

/** A caller's argument. */
export interface ArgumentDetail {
  /** Name of the argument. */
  name?: string
  /** The argument, as text. */
  value?: string
  level?: number
  found?: number
  limit?: number
}

/** The facts of each kind of error, present where they apply. */
export interface ErrorDetails {
  /** The source does not exist. */
  not_found: SourceDetail
  /** The source may not be read. */
  forbidden: SourceDetail
  /** Another HTTP status that is a failure. */
  http: SourceDetail
  /** No answer: refused, reset, DNS, CORS, or a disk that fails. */
  network: SourceDetail
  timeout: SourceDetail
  /** Fewer bytes than announced, or a file that ends before what it refers to. */
  truncated: FileDetail & { found?: number; limit?: number }
  /** The server ignores `Range` and the body is too large to take whole. */
  range_unsupported: SourceDetail & { found?: number; limit?: number }
  /** The file is not what it was when it was opened. */
  file_changed: SourceDetail
  not_a_tiff: FileDetail
  /** The file contradicts its specification or itself. */
  malformed: FileDetail
  /** A known feature that is not read. */
  unsupported: FileDetail & { name?: string }
  /** One of the `limits` would be passed. */
  limit: BoundDetail
  /** The result is larger than `maxBytes`. */
  too_large: BoundDetail
  invalid_argument: ArgumentDetail
  /** The raster was closed. */
  closed: SourceDetail
  /** A file of the package, `NAME.wasm`, could not be loaded; what needs no such module goes on. */
  module_unavailable: { name?: string; url?: string; status?: number }
  /** A bug in pyramidion. */
  internal: FileDetail
}

/** What kind of failure. */
export type ErrorCode = keyof ErrorDetails

/** An error as plain data, as the core throws it and as it travels between threads. */
export interface ErrorRecord {
  code: ErrorCode
  message: string
  detail: Record<string, unknown>
  cause?: unknown
}

const CODES: Record<ErrorCode, true> = {
  not_found: true,
  forbidden: true,
  http: true,
  network: true,
  timeout: true,
  truncated: true,
  range_unsupported: true,
  file_changed: true,
  not_a_tiff: true,
  malformed: true,
  unsupported: true,
  limit: true,
  too_large: true,
  invalid_argument: true,
  closed: true,
  module_unavailable: true,
  internal: true,
}

/** In the registry of all realms, so that errors of another copy of the package are known too. */
const BRAND = Symbol.for('pyramidion.error')

/** Every failure but an abort: `code` says what kind, `detail` the facts, `cause` what led to it. */
export class PyramidionError<C extends ErrorCode = ErrorCode> extends Error {
  static {
    Object.defineProperty(this.prototype, 'name', {
      value: 'PyramidionError',
      configurable: true,
      writable: true,
    })
    Object.defineProperty(this.prototype, BRAND, { value: true })
  }

  readonly code: C
  readonly detail: Readonly<ErrorDetails[C]>

  constructor(code: C, message: string, detail?: ErrorDetails[C], options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
    this.detail = detail ?? ({} as ErrorDetails[C])
  }
}

/** An error of one code or, for several, one of each: comparing `code` then narrows `detail`. */
type ErrorOf<C extends ErrorCode> = C extends ErrorCode ? PyramidionError<C> : never

/** Whether it is a `PyramidionError`, of this or another copy of the package or realm, and of that code where one is given. */
export function isPyramidionError<C extends ErrorCode = ErrorCode>(
  error: unknown,
  code?: C,
): error is ErrorOf<C> {
  if (typeof error !== 'object' || error === null || !(BRAND in error)) return false
  return code === undefined || (error as { code?: unknown }).code === code
}

/** An `invalid_argument` about the argument of that name. */
export function invalidArgument(name: string, expected: string, found: unknown): PyramidionError {
  const value = describe(found)
  return new PyramidionError('invalid_argument', `${name} must be ${expected}, got ${value}`, { name, value })
}

/** The class from whatever was thrown: plain data of the core keeps its code, anything unknown is `internal`. */
export function toPyramidionError(thrown: unknown): PyramidionError {
  if (isPyramidionError(thrown)) return thrown
  if (isErrorRecord(thrown)) {
    const { code, message, detail, cause } = thrown
    const options = cause === undefined || cause === null ? undefined : { cause: revive(cause) }
    return new PyramidionError(code, message, detail, options)
  }
  const message = thrown instanceof Error ? thrown.message : describe(thrown)
  return new PyramidionError('internal', message, {}, { cause: thrown })
}

/** The error as data that survives `structuredClone`, which drops an error's class, code and detail. */
export function toErrorRecord(thrown: unknown): ErrorRecord {
  const { code, message, detail, cause } = toPyramidionError(thrown)
  const record: ErrorRecord = { code, message, detail: { ...detail } }
  if (cause !== undefined) record.cause = recordOfCause(cause)
  return record
}

/** Whether it has the shape of a core error. */
export function isErrorRecord(value: unknown): value is ErrorRecord {
  if (typeof value !== 'object' || value === null) return false
  const { code, message } = value as Partial<ErrorRecord>
  return typeof code === 'string' && Object.hasOwn(CODES, code) && typeof message === 'string'
}

/** A value in a message: short, on one line, and never throwing. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return value.length > 60 ? `'${value.slice(0, 57)}...'` : `'${value}'`
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) {
    const shown = value.slice(0, 8).map(describe)
    return `[${shown.join(', ')}${value.length > 8 ? `, ... ${value.length} in all` : ''}]`
  }
  if (typeof value === 'object' && value !== null)
    return `an ${kindOf(value)}`.replace(/^an (?![AEIO])/, 'a ')
  return String(value)
}

/** The built-in kind of an object (`Blob`, `URL`, `Object`), also where it comes from another realm. */
export function kindOf(value: object): string {
  return Object.prototype.toString.call(value).slice(8, -1)
}

function revive(cause: unknown): unknown {
  return isErrorRecord(cause) && !(cause instanceof Error) ? toPyramidionError(cause) : cause
}

function recordOfCause(cause: unknown): unknown {
  if (isPyramidionError(cause) || isErrorRecord(cause)) return toErrorRecord(cause)
  return cause instanceof Error ? { name: cause.name, message: cause.message } : describe(cause)
}
