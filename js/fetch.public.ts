/**
 * A `fetch` for Node that reaches public hosts alone: for services that open what their users name. The names are
 * resolved here, every address that a name has is checked, and the connection goes to one that was: no second look-up
 * could give another. Redirects are followed here too, and checked like the first URL.
 */

import { lookup as systemLookup } from 'node:dns'
import http from 'node:http'
import https from 'node:https'
import { isIP, type LookupFunction, type Socket } from 'node:net'
import { Readable } from 'node:stream'

import { isPublicAddress } from './address.js'
import { PyramidionError } from './errors.js'

/** Redirects of one request. */
const REDIRECTS = 5

/** Headers that are for the first host alone. */
const SECRET = ['authorization', 'cookie', 'proxy-authorization']

/** An address of a name. */
export interface Address {
  address: string
  family: number
}

/** What a fetch of public hosts works with; tests have their own. */
export interface PublicFetchParts {
  /** All addresses of a name. */
  resolve: (host: string) => Promise<Address[]>
  isPublic: (address: string) => boolean
}

const platformParts: PublicFetchParts = {
  resolve: host =>
    new Promise((done, failed) => {
      systemLookup(host, { all: true, verbatim: true }, (error, all) => (error ? failed(error) : done(all)))
    }),
  isPublic: isPublicAddress,
}

/** Makes such a `fetch`. It takes what pyramidion gives: a URL, `headers` and a `signal`; GET alone. */
export function publicFetch(parts: PublicFetchParts = platformParts): typeof fetch {
  const lookup = checkedLookup(parts)
  const agents = {
    'http:': new http.Agent({ keepAlive: true }),
    'https:': new https.Agent({ keepAlive: true }),
  }
  return async (input, init = {}) => {
    let url = new URL(input instanceof Request ? input.url : input)
    const headers = new Headers(init.headers)
    headers.set('accept-encoding', 'identity')
    for (let redirects = 0; ; redirects++) {
      checkUrl(url, parts.isPublic)
      const agent = agents[url.protocol as keyof typeof agents]
      const answer = await ask(url, { headers, agent, lookup, signal: init.signal ?? undefined, parts })
      const next = redirectOf(answer, url)
      if (!next) return responseOf(answer)
      answer.destroy()
      if (redirects === REDIRECTS) throw refused(url, `more than ${REDIRECTS} redirects`)
      if (next.origin !== url.origin) for (const name of SECRET) headers.delete(name)
      url = next
    }
  }
}

interface Asking {
  headers: Headers
  agent: http.Agent
  lookup: LookupFunction
  signal: AbortSignal | undefined
  parts: PublicFetchParts
}

function ask(url: URL, { headers, agent, lookup, signal, parts }: Asking): Promise<http.IncomingMessage> {
  return new Promise((done, failed) => {
    signal?.throwIfAborted()
    const client = url.protocol === 'https:' ? https : http
    const request = client.request(url, {
      agent,
      lookup,
      headers: Object.fromEntries(headers),
      ...(signal && { signal }),
    })
    request.on('response', done)
    request.on('error', error => failed(signal?.aborted ? (signal.reason as Error) : error))
    // Whatever way the address was come by: nothing is sent to one that is not public.
    request.on('socket', (socket: Socket) => {
      const check = (): void => {
        const { remoteAddress } = socket
        if (remoteAddress !== undefined && !parts.isPublic(remoteAddress))
          request.destroy(refused(url, `its connection goes to ${remoteAddress}`))
      }
      if (socket.connecting) socket.once('connect', check)
      else check()
    })
    request.end()
  })
}

/** Scheme, and hosts that are addresses: these are not looked up. The URL parser has made dotted decimals of all forms. */
function checkUrl(url: URL, isPublic: (address: string) => boolean): void {
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw refused(url, `its scheme is ${url.protocol}`)
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  if (isIP(host) !== 0 && !isPublic(host)) throw refused(url, `${host} is no public address`)
}

/** Every address of the name must be public: which one is connected to is not for an attacker's chance. */
function checkedLookup({ resolve, isPublic }: PublicFetchParts): LookupFunction {
  return (host, options, done) => {
    resolve(host).then(
      addresses => {
        const wrong = addresses.find(({ address }) => !isPublic(address))
        const [first] = addresses
        if (!first) done(notFound(host), '')
        else if (wrong) done(refusedHost(host, `it has the address ${wrong.address}`), '')
        else if (options.all) done(null, addresses)
        else done(null, first.address, first.family)
      },
      (error: NodeJS.ErrnoException) => done(error, ''),
    )
  }
}

function redirectOf(
  { statusCode = 0, headers: { location } }: http.IncomingMessage,
  url: URL,
): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(statusCode) || location === undefined) return undefined
  if (URL.canParse(location, url)) return new URL(location, url)
  throw refused(url, `it redirects to '${location}', which is no URL`)
}

function responseOf(answer: http.IncomingMessage): Response {
  const headers = new Headers()
  for (let at = 0; at + 1 < answer.rawHeaders.length; at += 2)
    headers.append(answer.rawHeaders[at] ?? '', answer.rawHeaders[at + 1] ?? '')
  const status = answer.statusCode ?? 0
  const empty = [101, 204, 205, 304].includes(status)
  if (empty) answer.resume()
  // Node's own type of stream, which Node's Response takes.
  const body: unknown = empty ? null : Readable.toWeb(answer)
  return new Response(body as BodyInit | null, { status, headers })
}

function refused(url: URL, why: string): PyramidionError {
  return new PyramidionError('forbidden', `publicHostsOnly: ${url.host} may not be asked: ${why}`, {
    url: url.href,
  })
}

function refusedHost(host: string, why: string): PyramidionError {
  return new PyramidionError('forbidden', `publicHostsOnly: ${host} may not be asked: ${why}`)
}

function notFound(host: string): Error {
  return Object.assign(new Error(`${host} has no address`), { code: 'ENOTFOUND' })
}
