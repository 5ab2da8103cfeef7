/** A flight over HTTP: head first, and its verdict; then the body, chunk by chunk. */

import { Body, bytesOf } from './body.js'
import { fault, messageOf, property } from './fault.js'
import { withRange } from './headers.js'
import { within } from './timer.js'
import type { Driver } from './driver.js'
import type { Flight, Head } from './flight.js'
import type { Http } from './origin.js'

/** The body of a refused answer is drained up to here, so that the connection can be used again. */
const DRAINED_BYTES = 4096

/** And for no longer than this. */
const DRAINED_MILLIS = 500

/** Asks, and tells Net what comes. Rejects with the exception that the flight ended with. */
export async function flyHttp(driver: Driver, flight: Flight, http: Http): Promise<void> {
  const url = http.sign ? await signed(flight, http) : http.url
  if (url === undefined) return
  const answer = await flight.settled(request(flight, http, url))
  if (!answer) return
  const response = answer.value
  if (typeof response !== 'object' || response === null) {
    throw new Error('fetch resolved to something that is no Response')
  }
  const head = headOf(response)
  const length = (head.contentLength ?? undefined) as number | undefined
  if (!flight.judge(head)) return discard(flight, response, length)
  // A whole file is kept in one piece.
  const [most, cuts] =
    head.status === 200 ? [driver.wholeBytes, []] : [flight.range.end - flight.range.start, flight.cuts]
  flight.body = Body.expecting(length, most, cuts)
  if ((await receive(flight, response)) && !flight.stopped) {
    driver.ended(flight.id)
    driver.learnProtocol(flight.source, url)
  }
}

/**
 * What the user's `sign` makes of the URL; nothing when the flight was stopped meanwhile. Its failure is final: it may try as often as
 * it likes itself.
 */
async function signed(flight: Flight, { url, sign }: Http): Promise<string | undefined> {
  const failed = (message: string, cause?: unknown) => fault('network', `sign: ${message}`, {}, cause)
  const { range, attempt, signal } = flight
  let answer: { value: unknown } | undefined
  try {
    answer = await flight.settled<unknown>(sign!(url, { range: { ...range }, attempt, signal }))
  } catch (cause) {
    throw failed(messageOf(cause), cause)
  }
  if (!answer) return undefined
  const { value } = answer
  const made = typeof value === 'string' ? value : property(value, 'href')
  if (typeof made === 'string' && made !== '') return made
  throw failed('it must give a URL, as text or as an object')
}

function request(flight: Flight, http: Http, url: string): Promise<Response> {
  const { start, end } = flight.range
  // Called plainly: of no object.
  const fetchIt = http.fetch ?? fetch
  return fetchIt(url, {
    headers: withRange(http.headers, `bytes=${start}-${end - 1}`),
    cache: http.cache,
    signal: flight.signal,
    ...(http.credentials !== undefined && { credentials: http.credentials }),
  })
}

function headOf(response: Response): Head {
  const header = (name: string) => response.headers.get(name)
  const length = header('content-length')?.trim()
  return {
    status: typeof response.status === 'number' ? response.status : 0,
    contentRange: header('content-range'),
    contentLength: length !== undefined && /^\d+$/.test(length) ? Number(length) : null,
    contentEncoding: header('content-encoding'),
    contentType: header('content-type'),
    redirected: response.redirected && typeof response.url === 'string' ? response.url : null,
    etag: header('etag'),
    lastModified: header('last-modified'),
    retryAfter: header('retry-after'),
    date: header('date'),
  }
}

/** Brings the body; `false` if the flight was stopped before its end. */
async function receive(flight: Flight, response: Response): Promise<boolean> {
  const reader = readerOf(response)
  if (!reader) return receiveAtOnce(flight, response)
  for (;;) {
    const read = await flight.settled(reader.read())
    if (!read) break
    const chunk = chunkOf(read.value)
    if (!chunk) return true
    flight.arrived(flight.body.push(chunk))
    if (flight.stopped) break
  }
  // The signal has ended the platform's own body; that of a user's `fetch` may not know of it.
  cancel(reader)
  return false
}

/** A body that cannot be read in parts: a platform, or a user's `fetch`, without streams. */
async function receiveAtOnce(flight: Flight, response: Response): Promise<boolean> {
  const buffer = await flight.settled(response.arrayBuffer())
  if (!buffer) return false
  flight.arrived(flight.body.push(new Uint8Array(buffer.value)))
  return true
}

type Reader = ReadableStreamDefaultReader<unknown>

function readerOf({ body }: Response): Reader | undefined {
  return typeof property(body, 'getReader') === 'function' ? body!.getReader() : undefined
}

/** The next chunk; nothing at the end. */
function chunkOf(read: unknown): Uint8Array | undefined {
  if (property(read, 'done')) return undefined
  const chunk = bytesOf(property(read, 'value'))
  if (chunk) return chunk
  throw new Error("the response's body gave a chunk that is no Uint8Array")
}

function cancel(reader: Reader): void {
  try {
    Promise.resolve(reader.cancel()).catch(() => {})
  } catch {
    // Nobody waits for it.
  }
}

/** Lets a refused answer go: drained where little of it is left, else aborted. */
async function discard(flight: Flight, response: Response, length: number | undefined): Promise<void> {
  if (length === undefined || length <= DRAINED_BYTES) await within(DRAINED_MILLIS, drain(response))
  flight.abort()
}

async function drain(response: Response): Promise<void> {
  const reader = readerOf(response)
  for (let drained = 0; reader && drained <= DRAINED_BYTES;) {
    const chunk = chunkOf(await reader.read())
    if (!chunk) return
    drained += chunk.length
  }
}
