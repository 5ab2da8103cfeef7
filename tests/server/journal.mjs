/**
 * What was asked of the server: one record per request, and counts made from the records, so that the two
 * never disagree. Tests assert requests and bytes from here.
 */

/**
 * @typedef {object} LogRecord
 * @property {number} id from 1, in order of arrival; goes on counting over a reset
 * @property {string} method
 * @property {string} path as requested: fault prefixes and query included
 * @property {string | null} range the Range field
 * @property {number | null} status null until the head is sent, and for a connection cut before it
 * @property {number} bytes of the body, as handed to the socket (after Content-Encoding, without chunk
 *   framing). Counted when handed over, so it is never behind what the client has; what an aborted request
 *   did not take is taken back when the request ends.
 * @property {Record<string, string | string[] | undefined>} headers of the request, names in lower case
 * @property {number} start ms since 1970, with fractions
 * @property {number | null} end null while the request is in flight
 * @property {boolean} aborted the connection ended before the answer did, and not by a fault
 * @property {boolean} preflight a CORS preflight
 * @property {string[]} faults names of those that applied, with their arguments
 */

/** @typedef {{ requests: number, bytes: number }} PathCounts */

/**
 * @typedef {object} Counts
 * @property {number} requests preflights not included
 * @property {number} bytes of bodies
 * @property {number} preflights
 * @property {Record<string, PathCounts>} paths by path as requested, fault prefixes included, query left out
 */

const now = () => performance.timeOrigin + performance.now()

/** @param {string} target */
export const withoutQuery = target => target.replace(/\?.*$/s, '')

/** Holds every record until `reset`. */
export class Journal {
  /** @type {LogRecord[]} in order of arrival; the same array for the journal's whole life */
  log = []
  #lastId = 0
  /** @type {Map<string, number>} */
  #seen = new Map()
  /** @type {Set<LogRecord>} */
  #open = new Set()
  /** @type {(() => void)[]} */
  #waiters = []
  #onEnd

  /** @param {(record: LogRecord) => void} [onEnd] */
  constructor(onEnd = () => {}) {
    this.#onEnd = onEnd
  }

  /**
   * @param {import('node:http').IncomingMessage} request
   * @param {string} path
   * @param {boolean} preflight
   * @returns {{ record: LogRecord, nth: number }} nth: how many requests of this path there were since the
   *   last reset, this one included, preflights and queries left out
   */
  begin(request, path, preflight) {
    /** @type {LogRecord} */
    const record = {
      id: ++this.#lastId,
      method: request.method ?? '',
      path,
      range: request.headers.range ?? null,
      status: null,
      bytes: 0,
      headers: { ...request.headers },
      start: now(),
      end: null,
      aborted: false,
      preflight,
      faults: [],
    }
    this.log.push(record)
    this.#open.add(record)
    const key = withoutQuery(path)
    const nth = (this.#seen.get(key) ?? 0) + (preflight ? 0 : 1)
    this.#seen.set(key, nth)
    return { record, nth }
  }

  /** @param {LogRecord} record */
  end(record) {
    record.end = now()
    this.#onEnd(record)
    this.#open.delete(record)
    if (this.#open.size > 0) return
    for (const resolve of this.#waiters.splice(0)) resolve()
  }

  /** Resolves when no request is in flight: then every record is complete. */
  idle() {
    if (this.#open.size === 0) return Promise.resolve()
    return /** @type {Promise<void>} */ (new Promise(resolve => this.#waiters.push(resolve)))
  }

  /** @returns {Counts} */
  counts() {
    /** @type {Counts} */
    const counts = { requests: 0, bytes: 0, preflights: 0, paths: {} }
    for (const { path, bytes, preflight } of this.log) {
      if (preflight) {
        counts.preflights += 1
        continue
      }
      const at = (counts.paths[withoutQuery(path)] ??= { requests: 0, bytes: 0 })
      at.requests += 1
      at.bytes += bytes
      counts.requests += 1
      counts.bytes += bytes
    }
    return counts
  }

  /** Forgets every record; requests in flight are not counted any more, and `nth` starts at 1 again. */
  reset() {
    this.log.length = 0
    this.#seen.clear()
  }
}
