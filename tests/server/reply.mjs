/**
 * A reply is a value: status, fields, and what its body is. It is made here from a request and a file by the
 * rules of RFC 9110; faults change it or put another in its place; delivery.mjs writes it.
 */

import { STATUS_CODES } from 'node:http'
import { evaluatePreconditions, rangeApplies } from './conditional.mjs'
import { evaluateRange } from './range.mjs'

/** @typedef {import('./files.mjs').ServedFile} ServedFile */

/**
 * @typedef {object} Reply
 * @property {number} status
 * @property {Record<string, string>} headers
 * @property {Buffer | { file: ServedFile, start: number, end: number } | null} body a file's part is half
 *   open
 * @property {'gzip'} [encoding] applied to the body while it is sent; the reply then has no Content-Length
 */

/**
 * A short text for people.
 * @param {number} status
 * @param {Record<string, string>} [headers]
 * @param {string} [text]
 * @returns {Reply}
 */
export function textReply(status, headers = {}, text = `${status} ${STATUS_CODES[status] ?? ''}`.trim()) {
  if (status === 204 || status === 304) return { status, headers, body: null }
  const body = Buffer.from(`${text}\n`)
  const described = { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': String(body.length) }
  return { status, headers: { ...described, ...headers }, body }
}

/**
 * @param {ServedFile} file
 * @returns {Reply}
 */
export function wholeReply(file) {
  const headers = { ...describe(file), 'Content-Length': String(file.size) }
  return { status: 200, headers, body: { file, start: 0, end: file.size } }
}

/**
 * @param {ServedFile} file
 * @param {number} start
 * @param {number} end half open
 * @returns {Reply}
 */
export function partReply(file, start, end) {
  const headers = {
    ...describe(file),
    'Content-Length': String(end - start),
    'Content-Range': `bytes ${start}-${end - 1}/${file.size}`,
  }
  return { status: 206, headers, body: { file, start, end } }
}

/**
 * What a GET or HEAD gets. Range means something for GET only (section 14.2).
 * @param {{ method: string, headers: import('node:http').IncomingHttpHeaders }} request
 * @param {ServedFile} file
 * @param {{ ranges: boolean }} policy
 * @returns {Reply}
 */
export function fileReply(request, file, policy) {
  const verdict = evaluatePreconditions(request.headers, file)
  if (verdict === 304) return { status: 304, headers: validators(file), body: null }
  if (verdict === 412) return textReply(412, validators(file))
  const reply = policy.ranges ? rangeReply(request, file) : wholeReply(file)
  if (policy.ranges) reply.headers['Accept-Ranges'] = 'bytes'
  return reply
}

/**
 * @param {{ method: string, headers: import('node:http').IncomingHttpHeaders }} request
 * @param {ServedFile} file
 * @returns {Reply}
 */
function rangeReply(request, file) {
  const honoured = request.method === 'GET' && rangeApplies(request.headers, file)
  const range = evaluateRange(honoured ? request.headers.range : undefined, file.size)
  if (range.kind === 'whole') return wholeReply(file)
  if (range.kind === 'part') return partReply(file, range.start, range.end)
  return textReply(416, { ...validators(file), 'Content-Range': `bytes */${file.size}` })
}

/** @param {ServedFile} file */
function validators(file) {
  return { ETag: file.etag, 'Last-Modified': new Date(file.lastModified).toUTCString() }
}

/** @param {ServedFile} file */
function describe(file) {
  return { ...validators(file), 'Content-Type': file.type }
}
