import { PyramidionError, invalidArgument, kindOf } from './errors.js'
import { BlobSource, BytesSource, type LocalSource } from './source.local.js'
import { userSource } from './source.user.js'
import type { OpenOptions, Source } from './types.js'
import type { CoreSource } from './core-types.js'
import type { Platform } from './platform.js'

/** How requests of one raster are made: the same for the file and its sidecar. */
export type HttpOptions = Pick<
  OpenOptions,
  'fetch' | 'headers' | 'credentials' | 'cache' | 'sign' | 'onRequest' | 'publicHostsOnly'
>

/** The source as the core is told of it, and what is to be closed with the raster. */
export interface ResolvedSource {
  core: CoreSource
  /** Where the blocks of a file of this machine are read without the core: not where somebody wants to be told of each request. */
  local?: LocalSource
  /** URL or name, for errors. */
  name: string
  close(): void
}

/** netCDF's way of saying that a URL is to be read by ranges, which all of ours are. */
const BYTES_MODE = /#(mode=bytes|bytes)$/i

/** Absolute URLs; one letter and a colon is a Windows drive. */
const SCHEME = /^([a-z][a-z0-9+.-]+):/i

/** What sources are resolved with; `name` is the argument's, for errors. */
export interface SourceContext {
  platform: Platform
  http: HttpOptions
  name: string
}

/** Tells what `open` was given. Nothing is read or sent. */
export function resolveSource(source: unknown, context: SourceContext): ResolvedSource {
  const resolved = resolve(source, context)
  const { onRequest } = context.http
  if (!onRequest) return resolved
  const { local: _, ...rest } = resolved
  return { ...rest, core: { ...rest.core, onRequest } }
}

function resolve(source: unknown, context: SourceContext): ResolvedSource {
  if (typeof source === 'string') return fromText(source, context)
  if (typeof source === 'object' && source !== null) {
    const kind = kindOf(source)
    if (kind === 'URL') return fromText((source as URL).href, context)
    if (kind === 'Blob' || kind === 'File') return local(new BlobSource(source as Blob))
    if (kind === 'ArrayBuffer' || kind === 'SharedArrayBuffer')
      return local(new BytesSource(source as ArrayBufferLike))
    if (ArrayBuffer.isView(source)) return local(new BytesSource(source))
    if (typeof (source as Source).read === 'function') {
      const user = userSource(source as Source)
      return { core: { source: user }, name: user.name, close() {} }
    }
  }
  throw invalidArgument(
    context.name,
    'a URL, a path (in Node), a Blob, a buffer or an object with read()',
    source,
  )
}

function fromText(text: string, { platform, http, name }: SourceContext): ResolvedSource {
  const place = text.replace(BYTES_MODE, '')
  if (place === '') throw invalidArgument(name, 'a URL or a path', text)
  const scheme = SCHEME.exec(place)?.[1]?.toLowerCase()
  if (http.publicHostsOnly && scheme !== 'http' && scheme !== 'https') {
    const message = `publicHostsOnly: ${name} must be an http or https URL`
    throw new PyramidionError('forbidden', message, { url: place })
  }
  if (scheme === undefined) return placed(platform.resolveText(place), http)
  if (scheme === 'http' || scheme === 'https' || scheme === 'file') {
    const url = parseUrl(place, name)
    return placed(scheme === 'file' ? platform.openFileUrl(url) : { url: url.href }, http)
  }
  if (scheme === 'blob' || scheme === 'data')
    return local(new BlobSource(() => platform.blobOf(place), nameOfUrl(place)))
  const message = `${name} has the scheme '${scheme}:'; known are http, https, file, blob and data`
  throw new PyramidionError('unsupported', message, { value: scheme, url: place })
}

function placed(place: { url: string } | LocalSource, http: HttpOptions): ResolvedSource {
  if (!('url' in place)) return local(place)
  // A fragment is never sent; without it, the same file has the same name.
  const { href } = Object.assign(new URL(place.url), { hash: '' })
  const { fetch, headers, credentials, cache, sign } = http
  const core = {
    url: href,
    ...(fetch && { fetch }),
    ...(headers && { headers }),
    ...(credentials && { credentials }),
    ...(cache && { cache }),
    ...(sign && { sign }),
  }
  return { core, name: href, close() {} }
}

function local(source: LocalSource): ResolvedSource {
  return { core: { source }, local: source, name: source.name, close: () => source.close() }
}

function parseUrl(text: string, name: string): URL {
  try {
    return new URL(text)
  } catch (cause) {
    throw new PyramidionError(
      'invalid_argument',
      `${name} is not a URL: '${text}'`,
      { name, value: text },
      { cause },
    )
  }
}

function nameOfUrl(url: string): string {
  return url.length > 80 ? `${url.slice(0, 77)}...` : url
}
