/**
 * One request from its target to its reply: which file, which faults, which answer. Faults are found here and
 * defined in faults.mjs.
 */

import { METHODS, corsFields, isPreflight, preflightFields } from './cors.mjs'
import { plainDelivery } from './delivery.mjs'
import { FaultError } from './fault.mjs'
import { parseFault } from './faults.mjs'
import { BadRequest, openFile } from './files.mjs'
import { fileReply, textReply } from './reply.mjs'

/** @typedef {import('./fault.mjs').Exchange} Exchange */
/** @typedef {import('./fault.mjs').Fault} Fault */
/** @typedef {import('./reply.mjs').Reply} Reply */

/**
 * The prefixes are decoded fault specs, outermost first; the path is still percent-encoded.
 * @typedef {{ prefixes: string[], path: string, query: string }} Target
 */

/**
 * Chosen per request; `file` is null where there is none.
 * @typedef {(
 *   request: import('./fault.mjs').FaultRequest,
 *   file: { path: string, size: number } | null,
 * ) => Fault | Fault[] | undefined} FaultChoice
 */

/**
 * @typedef {object} ServerSettings
 * @property {import('./files.mjs').Mount[]} mounts
 * @property {(string | FaultChoice)[]} faults
 * @property {Record<string, string>} headers on every answer
 */

/**
 * The path and query of a request target in origin form or absolute form (RFC 9112, section 3.2).
 * @param {string} url
 */
export function originForm(url) {
  return url.replace(/^https?:\/\/[^/?]*/i, '').replace(/^(?!\/)/, '/')
}

/**
 * @param {string} url in origin form
 * @returns {Target}
 */
export function parseTarget(url) {
  const mark = url.indexOf('?')
  const query = mark < 0 ? '' : url.slice(mark)
  let path = mark < 0 ? url : url.slice(0, mark)
  /** @type {string[]} */
  const prefixes = []
  for (let match; (match = /^\/fault\/([^/]*)(\/.*)$/s.exec(path)) !== null; path = match[2]) {
    try {
      prefixes.push(decodeURIComponent(match[1]))
    } catch {
      throw new BadRequest(`'${match[1]}' is not percent-encoded UTF-8`)
    }
  }
  return { prefixes, path, query }
}

/**
 * The files opened on the way go into `opened`; the caller closes them when the reply is delivered.
 * @param {ServerSettings} settings
 * @param {import('node:http').IncomingMessage} incoming
 * @param {{ nth: number, record: import('./journal.mjs').LogRecord, opened:
 *   import('./files.mjs').ServedFile[] }} about
 * @returns {Promise<{ reply: Reply, delivery: import('./delivery.mjs').Delivery }>}
 */
export async function answer(settings, incoming, { nth, record, opened }) {
  /** @type {Exchange | undefined} */
  let exchange
  let reply
  try {
    const target = parseTarget(originForm(incoming.url ?? '/'))
    exchange = await makeExchange(settings, incoming, target, nth, opened)
    reply = await replyTo(settings, incoming, target, exchange, record)
  } catch (error) {
    if (!(error instanceof BadRequest)) throw error
    reply = textReply(400, {}, error.message)
  }
  const policy = exchange?.policy ?? { ranges: true, cors: true, expose: true }
  reply.headers = { ...reply.headers, ...corsFields(policy), ...settings.headers }
  return { reply, delivery: exchange?.delivery ?? plainDelivery() }
}

/**
 * @param {ServerSettings} settings
 * @param {import('node:http').IncomingMessage} incoming
 * @param {Target} target
 * @param {number} nth
 * @param {import('./files.mjs').ServedFile[]} opened
 * @returns {Promise<Exchange>}
 */
async function makeExchange({ mounts }, { method = '', headers }, target, nth, opened) {
  /** @param {string} path */
  const open = async path => {
    const file = await openFile(mounts, path)
    if (file !== null) opened.push(file)
    return file
  }
  return {
    request: { method, path: target.path, query: target.query, headers, nth },
    file: await open(target.path),
    policy: { ranges: true, cors: true, expose: true },
    delivery: plainDelivery(),
    edits: [],
    openFile: open,
    urlWith: (name, spec) => urlWith(target, name, spec),
  }
}

/**
 * @param {ServerSettings} settings
 * @param {import('node:http').IncomingMessage} incoming
 * @param {Target} target
 * @param {Exchange} exchange
 * @param {import('./journal.mjs').LogRecord} record
 * @returns {Promise<Reply>}
 */
async function replyTo(settings, incoming, target, exchange, record) {
  const { request, edits, policy } = exchange
  const allow = { Allow: METHODS.join(', ') }
  if (!METHODS.includes(request.method)) return textReply(405, allow)
  const instead = await applyFaults(chooseFaults(settings, target, exchange), exchange, record)
  if (request.method === 'OPTIONS') {
    const granted = isPreflight(incoming) ? preflightFields(policy, request.headers) : {}
    return textReply(204, { ...allow, ...granted })
  }
  const { file } = exchange
  const plain = instead ?? (file === null ? textReply(404) : fileReply(request, file, policy))
  return edits.reduce((reply, edit) => edit(reply), plain)
}

/**
 * The server's own faults first, then the URL's prefixes; of equal names the last.
 * @param {ServerSettings} settings
 * @param {Target} target
 * @param {Exchange} exchange
 */
function chooseFaults(settings, target, { request, file }) {
  /** @type {Map<unknown, { spec: string, run: import('./fault.mjs').FaultFunction }>} */
  const chosen = new Map()
  /** @param {Fault} fault */
  const add = fault => {
    if (typeof fault === 'function') return chosen.set(fault, { spec: fault.name || 'function', run: fault })
    const { name, run } = parseFault(fault)
    chosen.delete(name)
    return chosen.set(name, { spec: fault, run })
  }
  const shown = file === null ? null : { path: file.path, size: file.size }
  for (const own of settings.faults) {
    const faults = typeof own === 'function' ? own(request, shown) : own
    for (const fault of [faults ?? []].flat()) add(fault)
  }
  try {
    target.prefixes.forEach(add)
  } catch (error) {
    throw error instanceof FaultError ? new BadRequest(error.message) : error
  }
  return [...chosen.values()]
}

/**
 * @param {ReturnType<typeof chooseFaults>} faults
 * @param {Exchange} exchange
 * @param {import('./journal.mjs').LogRecord} record
 * @returns {Promise<Reply | undefined>} of several replies the last
 */
async function applyFaults(faults, exchange, record) {
  /** @type {Reply | undefined} */
  let instead
  for (const { spec, run } of faults) {
    record.faults.push(spec)
    instead = (await run(exchange)) ?? instead
  }
  return instead
}

/**
 * @param {Target} target
 * @param {string} name
 * @param {string} [spec]
 */
function urlWith({ prefixes, path, query }, name, spec) {
  const others = prefixes.filter(prefix => prefix !== name && !prefix.startsWith(`${name}:`))
  const kept = spec === undefined ? others : [...others, spec]
  const encoded = kept.map(prefix => `/fault/${encodeURIComponent(prefix).replaceAll('%3A', ':')}`)
  return encoded.join('') + path + query
}
