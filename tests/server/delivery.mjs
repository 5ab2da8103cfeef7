/**
 * Puts a reply on the wire: backpressure, pace, cuts, and an end to all work when the client goes away.
 *
 * One piece is outstanding at a time: the next one is read from the disk when the system has taken the last.
 * So the byte counts are honest, memory stays at one piece per request, and an abandoned request reads
 * nothing more.
 */

import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { createGzip } from 'node:zlib'
import { fileBytes } from './files.mjs'

/**
 * How a reply is sent; faults change it.
 * @typedef {object} Delivery
 * @property {number} delay ms before the head
 * @property {number} bytesPerSecond of the body
 * @property {Cut | null} cut
 */

/**
 * What happens instead of the body's byte number `after` (-1: instead of the head): `close` ends the
 * connection in good order, `reset` with a TCP RST, `stall` leaves it open and silent. No effect on a body
 * that has no such byte.
 * @typedef {{ after: number, how: 'close' | 'reset' | 'stall' }} Cut
 */

/**
 * Where a reply goes.
 * @typedef {object} Outlet
 * @property {import('node:http').ServerResponse} response
 * @property {Delivery} delivery
 * @property {import('./journal.mjs').LogRecord} record
 * @property {AbortSignal} signal aborted when the connection ends
 */

/** The client went away, or the connection ended otherwise, before the answer did. */
export class ConnectionLost extends Error {}

/** @returns {Delivery} */
export const plainDelivery = () => ({ delay: 0, bytesPerSecond: Infinity, cut: null })

/**
 * Resolves when the system has taken the answer, or the cut is done; rejects when the client goes away.
 * @param {import('./reply.mjs').Reply} reply
 * @param {Outlet} out
 */
export async function deliver(reply, out) {
  const { response, delivery, record, signal } = out
  if (delivery.delay > 0) await sleep(delivery.delay, undefined, { signal })
  if (delivery.cut?.after === -1) return cutConnection(delivery.cut, out)
  response.writeHead(reply.status, reply.headers)
  record.status = reply.status
  const hasBody = reply.body !== null && record.method !== 'HEAD'
  if (hasBody && delivery.cut && (await sendBody(reply, out)) === 'cut') {
    response.flushHeaders()
    return cutConnection(delivery.cut, out)
  }
  if (hasBody && !delivery.cut) await sendBody(reply, out)
  await settle(signal, done => response.end(done))
}

/**
 * @param {import('./reply.mjs').Reply} reply
 * @param {Outlet} out
 * @returns {Promise<'whole' | 'cut'>}
 */
async function sendBody(reply, out) {
  if (reply.body === null) return 'whole'
  const pieces = Buffer.isBuffer(reply.body)
    ? [reply.body]
    : fileBytes(reply.body.file, reply.body.start, reply.body.end)
  return pump(reply.encoding === 'gzip' ? gzipped(pieces) : pieces, out)
}

/**
 * @param {Iterable<Buffer> | AsyncIterable<Buffer>} pieces
 * @returns {AsyncGenerator<Buffer>}
 */
async function* gzipped(pieces) {
  const source = Readable.from(pieces, { objectMode: false })
  const gzip = createGzip()
  source.on('error', error => gzip.destroy(error))
  try {
    yield* source.pipe(gzip)
  } finally {
    source.destroy()
  }
}

/**
 * @param {Iterable<Buffer> | AsyncIterable<Buffer>} pieces
 * @param {Outlet} out
 * @returns {Promise<'whole' | 'cut'>} cut: there was more to send
 */
async function pump(pieces, out) {
  const { bytesPerSecond, cut } = out.delivery
  const limit = cut?.after ?? Infinity
  const slice = Math.max(1, Math.floor(bytesPerSecond / SLICES_PER_SECOND))
  const began = performance.now()
  let sent = 0
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length;) {
      if (sent === limit) return 'cut'
      const length = Math.min(piece.length - at, slice, limit - sent)
      // Byte n never leaves before its time, so a body is never faster than the stated rate.
      const early = began + ((sent + length) / bytesPerSecond) * 1000 - performance.now()
      if (early > 0) await sleep(early, undefined, { signal: out.signal })
      await write(piece.subarray(at, at + length), out)
      at += length
      sent += length
    }
  }
  return 'whole'
}

const SLICES_PER_SECOND = 20

/**
 * @param {Buffer} bytes
 * @param {Outlet} out
 */
async function write(bytes, { response, record, signal }) {
  record.bytes += bytes.length
  try {
    await settle(signal, done =>
      response.write(bytes, error => {
        // Node tells the writes that a dead socket gave up of no error.
        const { destroyed } = response.req.socket
        done(error ?? (destroyed ? new Error('the socket was destroyed') : null))
      }),
    )
  } catch (error) {
    record.bytes -= bytes.length
    throw error
  }
}

/**
 * @param {Cut} cut
 * @param {Outlet} out
 */
async function cutConnection({ how }, { response, signal }) {
  const socket = /** @type {import('node:net').Socket} */ (response.req.socket)
  if (how === 'stall') return settle(signal, () => {})
  if (how === 'close') {
    socket.destroySoon()
  } else {
    // A reset throws away what the system has not yet delivered; what was sent before it must arrive.
    await sleep(RESET_GRACE_MS, undefined, { signal })
    socket.resetAndDestroy()
  }
  await settle(signal, () => {}).catch(() => {})
}

const RESET_GRACE_MS = 25

/**
 * One callback-style step that the end of the connection interrupts: the callbacks of a dead socket may never
 * come, and its errors may come before its end is known.
 * @param {AbortSignal} signal
 * @param {(done: (error?: Error | null) => void) => void} step
 * @returns {Promise<void>}
 */
function settle(signal, step) {
  return new Promise((resolve, reject) => {
    const gone = () => reject(new ConnectionLost('the connection has ended'))
    if (signal.aborted) return gone()
    signal.addEventListener('abort', gone, { once: true })
    step(error => {
      signal.removeEventListener('abort', gone)
      if (error) reject(new ConnectionLost(error.message, { cause: error }))
      else resolve()
    })
  })
}
