/**
 * From a request's path to an open file: mounts, percent-decoding, and nothing outside the mounted
 * directories, however the path is written and wherever symbolic links lead.
 */

import { constants } from 'node:fs'
import { open, realpath, stat } from 'node:fs/promises'
import { extname, isAbsolute, join, relative, sep } from 'node:path'

/**
 * The prefix starts and ends with a slash; the directory is resolved.
 * @typedef {{ prefix: string, directory: string }} Mount
 */

/**
 * A file as the server shows it. Faults may change every field but `handle`.
 * @typedef {object} ServedFile
 * @property {string} path where it is on the disk
 * @property {number} size bytes, `padding` included
 * @property {number} padding zero bytes that are shown after the bytes on the disk
 * @property {string} etag strong, with its quotes
 * @property {number} lastModified whole seconds, in ms since 1970
 * @property {string} type Content-Type
 * @property {import('node:fs/promises').FileHandle} handle
 */

/** What is wrong with the request itself: answered with 400 and this message. */
export class BadRequest extends Error {}

const TYPES = new Map(
  Object.entries({
    '.css': 'text/css; charset=utf-8',
    '.gif': 'image/gif',
    '.gz': 'application/gzip',
    '.htm': 'text/html; charset=utf-8',
    '.html': 'text/html; charset=utf-8',
    '.ico': 'image/vnd.microsoft.icon',
    '.jpeg': 'image/jpeg',
    '.jpg': 'image/jpeg',
    '.js': 'text/javascript; charset=utf-8',
    '.json': 'application/json',
    '.map': 'application/json',
    '.md': 'text/markdown; charset=utf-8',
    '.mjs': 'text/javascript; charset=utf-8',
    '.nc': 'application/x-netcdf',
    '.png': 'image/png',
    '.svg': 'image/svg+xml',
    '.tif': 'image/tiff',
    '.tiff': 'image/tiff',
    '.txt': 'text/plain; charset=utf-8',
    '.wasm': 'application/wasm',
    '.webp': 'image/webp',
    '.xml': 'application/xml',
  }),
)

/**
 * @param {string} name
 * @returns {string}
 */
export function contentType(name) {
  return TYPES.get(extname(name).toLowerCase()) ?? 'application/octet-stream'
}

/**
 * Longest prefix first. Rejects when a directory is not there or a prefix is not `/` or `/.../`.
 * @param {Record<string, string>} mounts
 * @returns {Promise<Mount[]>}
 */
export async function resolveMounts(mounts) {
  const resolved = await Promise.all(
    Object.entries(mounts).map(async ([prefix, directory]) => {
      if (!/^\/([^/]+\/)*$/.test(prefix))
        throw new TypeError(`mount '${prefix}' must start and end with a slash`)
      const real = await realpath(directory)
      if (!(await stat(real)).isDirectory())
        throw new TypeError(`mount '${prefix}': ${directory} is no directory`)
      return { prefix, directory: real }
    }),
  )
  return resolved.sort((a, b) => b.prefix.length - a.prefix.length)
}

/**
 * The regular file at a path, open for reading, or null where there is none. The caller closes its handle.
 * @param {Mount[]} mounts
 * @param {string} path as in the request, still percent-encoded, without the query
 * @returns {Promise<ServedFile | null>}
 */
export async function openFile(mounts, path) {
  const mount = mounts.find(({ prefix }) => path.startsWith(prefix))
  if (mount === undefined) return null
  const names = path.slice(mount.prefix.length).split('/').map(decodeName)
  // A folder is its page, as on any web host.
  if (names.at(-1) === '') names[names.length - 1] = 'index.html'
  if (!names.every(isPlainName)) return null
  try {
    return await openInside(mount.directory, join(mount.directory, ...names))
  } catch (error) {
    if (ABSENT.has(/** @type {NodeJS.ErrnoException} */ (error).code ?? '')) return null
    throw error
  }
}

const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENAMETOOLONG', 'ENXIO'])

/**
 * @param {string} directory resolved
 * @param {string} path
 * @returns {Promise<ServedFile | null>}
 */
async function openInside(directory, path) {
  const real = await realpath(path)
  const inside = relative(directory, real)
  if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) return null
  if (!(await stat(real)).isFile()) return null
  // The link check was on the resolved path, so that path must not have become a link since.
  const handle = await open(real, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
  try {
    // Size and validators of the very file whose bytes will be sent, should the name change hands meanwhile.
    const { size, mtimeNs } = await handle.stat({ bigint: true })
    return {
      path: real,
      size: Number(size),
      padding: 0,
      etag: `"${size.toString(16)}-${mtimeNs.toString(16)}"`,
      lastModified: Number(mtimeNs / 1_000_000_000n) * 1000,
      type: contentType(path),
      handle,
    }
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** @param {string} name */
function decodeName(name) {
  let decoded
  try {
    decoded = decodeURIComponent(name)
  } catch {
    throw new BadRequest(`'${name}' is not percent-encoded UTF-8`)
  }
  if (decoded.includes('\0')) throw new BadRequest('the path holds a NUL')
  return decoded
}

/** @param {string} name */
function isPlainName(name) {
  return name !== '' && name !== '.' && name !== '..' && !name.includes('/') && !name.includes(sep)
}

/**
 * The bytes [start, end) of a file, in pieces, read as they are asked for.
 * @param {ServedFile} file
 * @param {number} start
 * @param {number} end
 */
export async function* fileBytes(file, start, end) {
  const stored = file.size - file.padding
  for (let at = start; at < end;) {
    const piece = Buffer.alloc(Math.min(PIECE, end - at))
    const wanted = Math.max(0, Math.min(piece.length, stored - at))
    const { bytesRead } = wanted === 0 ? { bytesRead: 0 } : await file.handle.read(piece, 0, wanted, at)
    if (wanted > 0 && bytesRead === 0) throw new Error(`${file.path} ends at byte ${at}, expected ${stored}`)
    const length = wanted === 0 ? piece.length : bytesRead
    yield piece.subarray(0, length)
    at += length
  }
}

const PIECE = 64 * 1024
