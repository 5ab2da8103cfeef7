/** A source as the facade describes it, before anybody reads it. */

import { fault, invalid, messageOf } from './fault.js'
import { sameHeaders, userHeaders, type UserHeaders } from './headers.js'
import type { CoreSource, PlatformSource } from '../core-types.js'
import type { RequestEvent, Sign } from '../types.js'

type Observer = (event: RequestEvent) => void

/** A URL and how its requests are made. */
export interface Http {
  /** Absolute, without a fragment. */
  url: string
  name: string
  fetch: typeof fetch | undefined
  headers: UserHeaders
  credentials: RequestCredentials | undefined
  cache: RequestCache
  /** Makes the URL that is really asked for, before each request. Who a file is, its own URL says. */
  sign: Sign | undefined
  observer: Observer | undefined
  /** Whether nobody named it: there may well be no such file. */
  guessed: boolean
}

/** An object with `read`. */
export interface Local {
  source: PlatformSource
  name: string
  cached: boolean
  observer: Observer | undefined
}

/** Where a file is and how it is asked for. */
export type Origin = Http | Local

export function isHttp(origin: Origin): origin is Http {
  return 'url' in origin
}

/** From the argument of that name. */
export function originOf(given: CoreSource, argument: string): Origin {
  if ('url' in given && typeof given.url === 'string') return httpOf(given)
  if ('source' in given && typeof given.source === 'object' && given.source !== null) {
    return { ...localOf(given.source, argument), observer: functionOf(given.onRequest) }
  }
  throw invalid(argument, `${argument} has neither url nor source`)
}

function httpOf(given: Extract<CoreSource, { url: string }>): Http {
  return {
    url: given.url,
    name: given.url,
    fetch: functionOf(given.fetch),
    headers: userHeaders(given.headers),
    credentials: given.credentials,
    // Chromium answers ranges of one URL one after the other through its own cache.
    cache: given.cache ?? 'no-store',
    sign: functionOf(given.sign),
    observer: functionOf(given.onRequest),
    guessed: false,
  }
}

function functionOf<T>(given: T): T | undefined {
  return typeof given === 'function' ? given : undefined
}

function localOf(source: PlatformSource, argument: string): Local {
  if (typeof source.read !== 'function') throw invalid(argument, `${argument} is a source without read()`)
  const name = source.name ?? source.key ?? argument
  return { source, name, cached: Boolean(source.cached), observer: undefined }
}

/** A URL beside it where a file may be, asked for in the same way. */
export function at(http: Http, url: string): Http {
  return { ...http, url, name: url, guessed: true }
}

/** The neighbour with that suffix added to the name. The user's code runs here. */
export function siblingOf({ source, name, observer }: Local, suffix: string): Local {
  const failed = (cause: unknown) =>
    fault('invalid_argument', `sibling('${suffix}') of ${name}: ${messageOf(cause)}`, {}, cause)
  let sibling: unknown
  try {
    sibling = source.sibling!(suffix)
  } catch (cause) {
    throw failed(cause)
  }
  if (typeof sibling !== 'object' || sibling === null) throw failed(sibling)
  return { ...localOf(sibling as PlatformSource, 'sibling'), observer }
}

/** How the core finds its neighbours. */
export function namedOf(origin: Origin): { name: string; kind: 'url' | 'siblings' | 'alone' } {
  if (isHttp(origin)) return { name: origin.url, kind: 'url' }
  return { name: origin.name, kind: typeof origin.source.sibling === 'function' ? 'siblings' : 'alone' }
}

/** As Net is told of it. */
export function specOf(origin: Origin): Record<string, unknown> {
  const { name } = origin
  if (isHttp(origin)) {
    return { kind: { http: { origin: serverOf(origin.url) } }, name, cached: true, size: null }
  }
  const { size } = origin.source
  return { kind: 'local', name, cached: origin.cached, size: Number.isSafeInteger(size) ? size : null }
}

/** Scheme, host and port of an absolute URL as the platform writes it: lower case, default ports left out. */
function serverOf(url: string): string {
  return /^(?:[^:/?#]*:\/\/)?[^/?#]*/.exec(url)![0]
}

/** Whether one answers exactly as the other does, as far as anybody can tell: then they may share bytes. */
export function isSame(a: Origin, b: Origin): boolean {
  if (isHttp(a)) return isHttp(b) && isSameHttp(a, b)
  if (isHttp(b) || a.cached !== b.cached) return false
  const [key, other] = [a.source.key, b.source.key]
  return key !== undefined && other !== undefined ? key === other : a.source === b.source
}

function isSameHttp(a: Http, b: Http): boolean {
  const alike = (['url', 'fetch', 'sign', 'credentials', 'cache'] as const).every(name => a[name] === b[name])
  return alike && sameHeaders(a.headers, b.headers)
}
