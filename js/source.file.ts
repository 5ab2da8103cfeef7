import { open, type FileHandle } from 'node:fs/promises'

import { piecesOf, readPieces } from './scatter.js'
import { PyramidionError, type ErrorCode } from './errors.js'
import type { ByteRange } from './types.js'
import type { Run } from './blocks.local.js'
import type { CorePlannedBlock } from './core-types.js'
import type { Destination } from './messages.js'
import type { LocalSource } from './source.local.js'

interface OpenFile {
  handle: FileHandle
  size: number
}

/** A file of this machine, opened by the first read and read at positions. */
export class FileSource implements LocalSource {
  readonly cached = false
  readonly name: string
  /** Known from the first read on. */
  declare size?: number
  #file: Promise<OpenFile> | undefined
  #siblings = new Map<string, FileSource>()
  #reading = 0
  #closed = false

  constructor(path: string) {
    this.name = path
  }

  async read(ranges: ByteRange[], signal?: AbortSignal): Promise<Uint8Array[]> {
    signal?.throwIfAborted()
    return this.#reads(async file => {
      // All parts settle before a failure is told: the handle may be closed then.
      const parts = await Promise.allSettled(ranges.map(range => readRange(file, range, fresh)))
      return parts.map(part => (part.status === 'fulfilled' ? part.value : this.#fail(part.reason)))
    })
  }

  bring(range: ByteRange, room: (length: number) => Uint8Array): Promise<Uint8Array> {
    return this.#reads(file => readRange(file, range, room).catch(error => this.#fail(error)))
  }

  async scatter(run: Run, goalOf: (block: CorePlannedBlock) => Destination | undefined): Promise<boolean> {
    const pieces = piecesOf(run, goalOf)
    if (!pieces) return false
    const read = ({ handle }: OpenFile) => readPieces(handle, run.start, pieces)
    const bytes = await this.#reads(file => read(file).catch(error => this.#fail(error)))
    return bytes === run.end - run.start
  }

  async #reads<T>(work: (file: OpenFile) => Promise<T>): Promise<T> {
    if (this.#closed) throw new PyramidionError('closed', `${this.name} is closed`, { url: this.name })
    this.#reading += 1
    try {
      return await work(await this.#open())
    } finally {
      this.#reading -= 1
      if (this.#closed) this.#release()
    }
  }

  sibling(suffix: string): FileSource {
    const known = this.#siblings.get(suffix)
    if (known) return known
    // A suffix that starts with an asterisk takes the extension's place.
    const other = suffix.startsWith('*')
    const sibling = new FileSource(
      other ? this.name.replace(/\.[^./\\]*$/, '') + suffix.slice(1) : this.name + suffix,
    )
    if (this.#closed) sibling.close()
    this.#siblings.set(suffix, sibling)
    return sibling
  }

  named(name: string): FileSource | undefined {
    for (const sibling of this.#siblings.values()) {
      const found = sibling.name === name ? sibling : sibling.named(name)
      if (found) return found
    }
    return undefined
  }

  close(): void {
    this.#closed = true
    for (const sibling of this.#siblings.values()) sibling.close()
    this.#release()
  }

  async #open(): Promise<OpenFile> {
    this.#file ??= openFile(this.name)
    try {
      const file = await this.#file
      this.size = file.size
      return file
    } catch (error) {
      this.#file = undefined
      return this.#fail(error)
    }
  }

  #release(): void {
    if (this.#reading > 0 || !this.#file) return
    const file = this.#file
    this.#file = undefined
    file.then(({ handle }) => handle.close()).catch(() => {})
  }

  #fail(cause: unknown): never {
    if (cause instanceof PyramidionError) throw cause
    const { code, message } = cause as NodeJS.ErrnoException
    throw new PyramidionError(CODES[code ?? ''] ?? 'network', message, { url: this.name }, { cause })
  }
}

const CODES: Record<string, ErrorCode> = {
  ENOENT: 'not_found',
  ENOTDIR: 'not_found',
  ENAMETOOLONG: 'not_found',
  EACCES: 'forbidden',
  EPERM: 'forbidden',
  EISDIR: 'invalid_argument',
  ERR_INVALID_ARG_VALUE: 'invalid_argument',
}

async function openFile(path: string): Promise<OpenFile> {
  const handle = await open(path, 'r')
  try {
    const stat = await handle.stat()
    if (!stat.isDirectory()) return { handle, size: stat.size }
    throw new PyramidionError('invalid_argument', `${path} is a directory, not a file`, {
      name: 'source',
      value: path,
    })
  } catch (error) {
    await handle.close()
    throw error
  }
}

function fresh(length: number): Uint8Array {
  return new Uint8Array(length)
}

/** The bytes of the range that the file has. The size bounds the buffer, whatever was asked for. */
async function readRange(
  { handle, size }: OpenFile,
  { start, end }: ByteRange,
  room: (length: number) => Uint8Array,
): Promise<Uint8Array> {
  const bytes = room(Math.max(0, Math.min(end, size) - start))
  let filled = 0
  while (filled < bytes.length) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled)
    if (bytesRead === 0) return bytes.subarray(0, filled)
    filled += bytesRead
  }
  return bytes
}
