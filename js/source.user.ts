import { PyramidionError, describe, kindOf, toPyramidionError, isPyramidionError } from './errors.js'
import { typedArrayKind } from './data-types.js'
import type { ByteRange, Source } from './types.js'
import type { PlatformSource } from './core-types.js'

const known = new WeakMap<Source, UserSource>()

/** The same for the same `Source`: the core tells sources without a key apart by their objects. */
export function userSource(source: Source): UserSource {
  const before = known.get(source)
  if (before) return before
  const user = new UserSource(source)
  known.set(source, user)
  return user
}

/** A user's `Source`, whose answers are checked: wrong bytes must not become wrong pixels. */
class UserSource implements PlatformSource {
  readonly cached = true
  readonly name: string
  declare readonly key?: string
  declare readonly size?: number
  readonly #source: Source
  /** End of the bytes seen so far: the file is at least this long. */
  #seen = 0

  constructor(source: Source) {
    this.#source = source
    const { key, size } = source
    if (key !== undefined) this.key = checkKey(key)
    if (size !== undefined) this.size = checkSize(size)
    this.name = key ?? 'source'
  }

  async read(ranges: ByteRange[], signal?: AbortSignal): Promise<Uint8Array[]> {
    signal?.throwIfAborted()
    let answers: unknown
    try {
      answers = await this.#source.read(
        ranges.map(({ start, end }) => ({ start, end })),
        signal,
      )
    } catch (cause) {
      throw signal?.aborted ? signal.reason : this.#failure(cause, ranges)
    }
    if (!Array.isArray(answers) || answers.length !== ranges.length) {
      const found = Array.isArray(answers) ? `${answers.length} answers` : describe(answers)
      throw this.#wrong(`read() must resolve to an array of ${ranges.length} Uint8Array, got ${found}`)
    }
    return ranges.map((range, i) => this.#checked(range, answers[i]))
  }

  #checked(range: ByteRange, bytes: unknown): Uint8Array {
    const { start, end } = range
    const asked = `bytes ${start} to ${end}`
    if (typedArrayKind(bytes) !== 'Uint8Array') {
      const found = typeof bytes === 'object' && bytes !== null ? kindOf(bytes) : describe(bytes)
      throw this.#wrong(`read() of ${asked} must give a Uint8Array, got ${found}`, range)
    }
    const { length } = bytes as Uint8Array
    if (length > end - start)
      throw this.#wrong(`read() of ${asked} gave ${length} bytes, more than asked`, range)
    const known = this.size ?? this.#seen
    if (length < end - start && start + length < Math.min(end, known)) {
      const message = `${this.name}: read() of ${asked} gave ${length} bytes, the source has at least ${known}`
      throw new PyramidionError('truncated', message, { url: this.name, range })
    }
    if (length > 0) this.#seen = Math.max(this.#seen, start + length)
    return bytes as Uint8Array
  }

  #wrong(message: string, range?: ByteRange): PyramidionError {
    const detail = { name: 'source', ...(range && { range }) }
    return new PyramidionError('invalid_argument', `${this.name}: ${message}`, detail)
  }

  /** The source's own coded errors keep their code; any other failure is one of bringing bytes. */
  #failure(cause: unknown, ranges: ByteRange[]): PyramidionError {
    if (isPyramidionError(cause)) return toPyramidionError(cause)
    const message = cause instanceof Error ? cause.message : describe(cause)
    const range = ranges[0]
    return new PyramidionError('network', message, { url: this.name, ...(range && { range }) }, { cause })
  }
}

function checkKey(key: unknown): string {
  if (typeof key === 'string') return key
  const message = `a Source's key must be a string, got ${describe(key)}`
  throw new PyramidionError('invalid_argument', message, { name: 'source.key' })
}

function checkSize(size: unknown): number {
  if (Number.isSafeInteger(size) && (size as number) >= 0) return size as number
  const message = `a Source's size must be a whole number of bytes from 0, got ${describe(size)}`
  throw new PyramidionError('invalid_argument', message, { name: 'source.size' })
}
