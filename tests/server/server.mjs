/**
 * A strict HTTP range server for demonstrations and tests: files from mounted directories, byte ranges by the
 * letter of RFC 9110, a log of every request, and faults by name.
 *
 *   const server = await startServer({ root: 'tests/fixtures' })
 *   await read(`${server.url}/a.tif`)
 *   await read(`${server.url}/fault/status-once:503/a.tif`)
 *   server.counts()   // { requests, bytes, preflights, paths }
 *   await server.close()
 *
 * `GET /__log` answers `{ log, counts }` as JSON and `POST /__reset` empties both, for tests that run in a
 * page; these two are neither logged nor subject to faults. The other files: exchange.mjs (from request to
 * reply), files.mjs (paths), range.mjs, conditional.mjs and reply.mjs (HTTP), cors.mjs, delivery.mjs (the
 * wire), journal.mjs (log and counts), faults.mjs (the faults, and how to add one).
 */

import { createServer } from 'node:http'
import { corsFields, isPreflight, preflightFields } from './cors.mjs'
import { ConnectionLost, deliver } from './delivery.mjs'
import { answer, originForm } from './exchange.mjs'
import { parseFault } from './faults.mjs'
import { resolveMounts } from './files.mjs'
import { Journal, withoutQuery } from './journal.mjs'
import { textReply } from './reply.mjs'

/** @typedef {import('./exchange.mjs').FaultChoice} FaultChoice */
/** @typedef {import('./journal.mjs').LogRecord} LogRecord */

/**
 * @typedef {object} ServerOptions
 * @property {string} [root] the directory at `/`
 * @property {Record<string, string>} [mounts] more directories by prefix (`/prefix/`); the longest prefix
 *   counts
 * @property {number} [port] 0, the default: a free one
 * @property {string} [host] 127.0.0.1
 * @property {string | FaultChoice | (string | FaultChoice)[]} [fault] for every request: specs, or callbacks
 *   that choose per request
 * @property {Record<string, string>} [headers] on every answer, over the server's own of that name
 * @property {(record: LogRecord) => void} [onEnd] called with each record when its request has ended
 * @property {string} [timingAllowOrigin] value of Timing-Allow-Origin; unset: no such header
 */

/**
 * @typedef {object} RunningServer
 * @property {string} url origin, without a slash at the end
 * @property {number} port
 * @property {LogRecord[]} log one record per request, in order of arrival; always the same array
 * @property {() => import('./journal.mjs').Counts} counts
 * @property {() => void} reset empties log and counts; faults that count requests start again
 * @property {() => Promise<void>} idle resolves when no request is in flight: then every record is complete
 * @property {() => Promise<void>} close ends every connection; may be called again
 */

/**
 * @param {ServerOptions} options
 * @returns {Promise<RunningServer>}
 */
export async function startServer(options) {
  const settings = await readOptions(options)
  const journal = new Journal(options.onEnd)
  const server = createServer((request, response) => {
    const control = CONTROL.get(withoutQuery(originForm(request.url ?? '')))
    if (control !== undefined) return control(request, response, journal)
    return serve(settings, journal, request, response)
  })
  // A client may keep a connection for the length of a test: closing it under a request would be a fault
  // unasked for.
  server.keepAliveTimeout = 0
  server.requestTimeout = 0
  server.on('connection', socket => socket.setMaxListeners(0))
  await listen(server, options.port ?? 0, options.host ?? '127.0.0.1')
  const address = /** @type {import('node:net').AddressInfo} */ (server.address())
  /** @type {Promise<void> | undefined} */
  let closed
  return {
    url: originOf(address),
    port: address.port,
    log: journal.log,
    counts: () => journal.counts(),
    reset: () => journal.reset(),
    idle: () => journal.idle(),
    close: () => (closed ??= closeServer(server, journal)),
  }
}

/** @param {import('node:net').AddressInfo} address */
export function originOf({ address, family, port }) {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}

/**
 * @param {ServerOptions} options
 * @returns {Promise<import('./exchange.mjs').ServerSettings>}
 */
async function readOptions({ root, mounts = {}, fault = [], headers = {}, timingAllowOrigin }) {
  const all = root === undefined ? mounts : { ...mounts, '/': root }
  if (Object.keys(all).length === 0) throw new TypeError('nothing to serve: expected root or mounts')
  for (const prefix of Object.keys(all)) {
    if (prefix.startsWith('/fault/')) throw new TypeError(`mount '${prefix}': /fault/ is for faults`)
  }
  const faults = [fault].flat()
  for (const spec of faults) if (typeof spec === 'string') parseFault(spec)
  /** @type {Record<string, string>} */
  const timing = timingAllowOrigin === undefined ? {} : { 'Timing-Allow-Origin': timingAllowOrigin }
  return { mounts: await resolveMounts(all), faults, headers: { ...timing, ...headers } }
}

/**
 * @param {import('node:http').Server} server
 * @param {number} port
 * @param {string} host
 * @returns {Promise<void>}
 */
function listen(server, port, host) {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/**
 * @param {import('node:http').Server} server
 * @param {Journal} journal
 */
async function closeServer(server, journal) {
  const ended = new Promise(resolve => server.close(resolve))
  server.closeAllConnections()
  await ended
  await journal.idle()
}

/**
 * Never rejects: what goes wrong here is the server's own mistake, and is answered with 500 or a dead
 * connection.
 * @param {import('./exchange.mjs').ServerSettings} settings
 * @param {Journal} journal
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 */
async function serve(settings, journal, request, response) {
  const { record, nth } = journal.begin(request, originForm(request.url ?? ''), isPreflight(request))
  const connection = watch(request.socket)
  /** @type {import('./files.mjs').ServedFile[]} */
  const opened = []
  const out = { response, record, signal: connection.signal }
  try {
    const { reply, delivery } = await answer(settings, request, { nth, record, opened })
    await deliver(reply, { ...out, delivery })
  } catch (error) {
    record.aborted = connection.signal.aborted || error instanceof ConnectionLost
    if (!record.aborted) fail(response, record, error)
  } finally {
    connection.forget()
    await Promise.all(opened.map(file => file.handle.close()))
    journal.end(record)
  }
}

/**
 * A signal for the end of a connection.
 * @param {import('node:net').Socket} socket
 */
function watch(socket) {
  const controller = new AbortController()
  const gone = () => controller.abort()
  if (socket.destroyed) gone()
  else socket.once('close', gone)
  return { signal: controller.signal, forget: () => socket.off('close', gone) }
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {LogRecord} record
 * @param {unknown} error
 */
function fail(response, record, error) {
  console.error(`${record.method} ${record.path}:`, error)
  if (response.headersSent) {
    response.destroy()
    return
  }
  const reply = textReply(500, {}, error instanceof Error ? error.message : String(error))
  record.status = 500
  response.writeHead(500, reply.headers).end(record.method === 'HEAD' ? undefined : reply.body)
}

/** @typedef {import('node:http').IncomingMessage} Request */
/** @typedef {import('node:http').ServerResponse} Response */
/** @typedef {(request: Request, response: Response, journal: Journal) => void} Control */

/** @type {Map<string, Control>} */
const CONTROL = new Map([
  ['/__log', control('GET', journal => JSON.stringify({ log: journal.log, counts: journal.counts() }))],
  [
    '/__reset',
    control('POST', journal => {
      journal.reset()
      return '{}'
    }),
  ],
])

/**
 * @param {string} method
 * @param {(journal: Journal) => string} act
 * @returns {Control}
 */
function control(method, act) {
  const policy = { ranges: true, cors: true, expose: true }
  return (request, response, journal) => {
    const fields = { ...corsFields(policy), 'Cache-Control': 'no-store', 'Content-Type': 'application/json' }
    if (isPreflight(request)) {
      const granted = { ...preflightFields(policy, request.headers), 'Access-Control-Allow-Methods': method }
      response.writeHead(204, { ...fields, ...granted }).end()
    } else if (request.method === method) {
      response.writeHead(200, fields).end(act(journal))
    } else {
      response.writeHead(405, { ...fields, Allow: method }).end()
    }
  }
}
