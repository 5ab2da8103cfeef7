/**
 * What the server's own tests stand on: a directory with files of seeded bytes, a server over it, and two
 * clients that hide nothing: node:http without an agent, and a bare socket.
 */

import { mkdtemp, mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'
import { startServer } from './server.mjs'

/** @typedef {{ after: (cleanup: () => Promise<void>) => void }} Cleanup */

/** Past, so that Last-Modified is a strong validator; with a fraction, which HTTP cannot say. */
const MODIFIED = new Date('2024-05-06T07:08:09.500Z')

/** @param {number} seed @returns {() => number} numbers in [0, 1), the same for the same seed (mulberry32) */
export function seeded(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** @param {number} size @param {number} seed */
export function seededBytes(size, seed) {
  const random = seeded(seed)
  return Buffer.from(Array.from({ length: size }, () => Math.floor(random() * 256)))
}

/** @type {Record<string, Buffer>} */
export const FILES = {
  'a.tif': seededBytes(100_000, 1),
  'b.tif': seededBytes(50_000, 2),
  'empty.bin': Buffer.alloc(0),
  'one.bin': Buffer.from([7]),
  'ten.bin': Buffer.from('0123456789'),
  'with space ü%.txt': Buffer.from('named'),
  'sub/c.ovr': seededBytes(3000, 3),
}

/**
 * `root` holds FILES, a link inside and links outside; `secret` lies beside it.
 * @param {Cleanup} t
 */
export async function makeRoot(t) {
  const top = await mkdtemp(join(tmpdir(), 'range-server-'))
  t.after(() => rm(top, { recursive: true, force: true }))
  const root = join(top, 'root')
  await mkdir(join(root, 'sub'), { recursive: true })
  await mkdir(join(top, 'secret'))
  await mkdir(join(top, 'root-not'))
  await writeFile(join(top, 'secret', 'key.txt'), 'secret')
  await writeFile(join(top, 'root-not', 'key.txt'), 'secret')
  for (const [name, bytes] of Object.entries(FILES)) {
    await writeFile(join(root, name), bytes)
    await utimes(join(root, name), MODIFIED, MODIFIED)
  }
  await symlink(join(root, 'a.tif'), join(root, 'inside.tif'))
  await symlink(join(top, 'secret', 'key.txt'), join(root, 'outside.txt'))
  await symlink(join(top, 'root-not', 'key.txt'), join(root, 'neighbour.txt'))
  await symlink(join(top, 'secret'), join(root, 'outside'))
  await symlink(join(root, 'loop'), join(root, 'loop'))
  return { top, root }
}

/**
 * @param {Cleanup} t a test's context, for instance
 * @param {Partial<import('./server.mjs').ServerOptions>} [options]
 */
export async function serveRoot(t, options = {}) {
  const { top, root } = await makeRoot(t)
  const server = await startServer({ root, ...options })
  t.after(() => server.close())
  return { server, top, root }
}

/**
 * One bed for all tests of a file; filled before the first of them.
 * @returns {Awaited<ReturnType<typeof serveRoot>>}
 */
export function sharedBed() {
  const bed = /** @type {Awaited<ReturnType<typeof serveRoot>>} */ ({})
  /** @type {(() => Promise<void>)[]} */
  const cleanups = []
  before(async () => {
    Object.assign(bed, await serveRoot({ after: cleanup => void cleanups.unshift(cleanup) }))
  })
  after(async () => {
    for (const cleanup of cleanups) await cleanup()
  })
  return bed
}

/**
 * @typedef {object} Answer
 * @property {number} status 0 where no head came
 * @property {import('node:http').IncomingHttpHeaders} headers
 * @property {Buffer} body what came of it
 * @property {string | null} error code of the error that ended it
 */

/**
 * One request on a connection of its own, unless an http.Agent is given; the path is sent as it is. Never
 * rejects.
 * @param {{ url: string }} server
 * @param {string} path
 * @param {import('node:http').RequestOptions & { body?: string }} [options]
 * @returns {Promise<Answer>}
 */
export function ask(server, path, { body, ...options } = {}) {
  const { hostname, port } = new URL(server.url)
  return new Promise(resolve => {
    /** @type {Answer} */
    const answer = { status: 0, headers: {}, body: Buffer.alloc(0), error: null }
    /** @param {Error & { code?: string }} error */
    const fail = error => resolve({ ...answer, error: error.code ?? error.message })
    const request = httpRequest({ hostname, port, path, agent: false, ...options }, response => {
      answer.status = response.statusCode ?? 0
      answer.headers = response.headers
      response.on('data', data => (answer.body = Buffer.concat([answer.body, data])))
      response.on('error', fail)
      response.on('end', () => resolve(answer))
    })
    request.on('error', fail)
    request.end(body)
  })
}

/** @param {{ url: string }} server @param {string} path @param {string} range */
export const askRange = (server, path, range) => ask(server, path, { headers: { Range: range } })

/**
 * Sends bytes as they are and collects what comes until the connection ends.
 * @param {{ port: number }} server
 * @param {string} text
 * @returns {Promise<{ text: string, error: string | null }>} text: latin1
 */
export function sendRaw({ port }, text) {
  return new Promise(resolve => {
    let received = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(text, 'latin1'))
    socket.setEncoding('latin1')
    socket.on('data', data => (received += data))
    /** @type {string | null} */
    let error = null
    socket.on('error', (/** @type {NodeJS.ErrnoException} */ cause) => (error = cause.code ?? cause.message))
    socket.on('close', () => resolve({ text: received, error }))
  })
}

/** @param {(() => boolean)} condition @param {number} [patience] ms */
export async function until(condition, patience = 5000) {
  const limit = performance.now() + patience
  while (!condition()) {
    if (performance.now() > limit) throw new Error(`not within ${patience} ms: ${condition}`)
    await new Promise(resolve => setTimeout(resolve, 2))
  }
}
