import { PyramidionError, kindOf } from './errors.js'
import type { ByteRange } from './types.js'
import type { Run } from './blocks.local.js'
import type { CorePlannedBlock, PlatformSource } from './core-types.js'
import type { Destination } from './messages.js'

/** A source of this machine: not cached, and closed with its raster. */
export interface LocalSource extends PlatformSource {
  readonly cached: false
  readonly name: string
  /** Blocks that lie together are best read together, up to so many bytes. Default 1 MiB. */
  readonly runBytes?: number
  /** The bytes of a range that there are: in the room for so many that is asked for, or where they lie already. */
  bring(range: ByteRange, room: (length: number) => Uint8Array): Promise<Uint8Array>
  /**
   * Has the rows of uncompressed blocks read to where they go in the result, without a copy and by other threads. False where
   * they are no rows of it, or not all of them are there.
   */
  scatter?(run: Run, goalOf: (block: CorePlannedBlock) => Destination | undefined): Promise<boolean>
  /** The file of that name beside it, where it was ever asked for. */
  named?(name: string): LocalSource | undefined
  /** At once and idempotent; releases what the reads opened. */
  close(): void
}

/** A Blob or File, or a promise of one for a blob URL: read by slices, never whole. */
export class BlobSource implements LocalSource {
  readonly cached = false
  /** Each slice costs a turn of the browser's own process, where the bytes are. */
  readonly runBytes = 4 * 1024 * 1024
  readonly name: string
  readonly #open: () => Promise<Blob>
  #blob: Promise<Blob> | undefined

  constructor(blob: Blob | (() => Promise<Blob>), name?: string) {
    this.#open = typeof blob === 'function' ? blob : () => Promise.resolve(blob)
    this.name = name ?? nameOfBlob(blob)
    if (typeof blob !== 'function')
      Object.defineProperty(this, 'size', { value: blob.size, enumerable: true })
  }

  async read(ranges: ByteRange[], signal?: AbortSignal): Promise<Uint8Array[]> {
    signal?.throwIfAborted()
    this.#blob ??= this.#open()
    const blob = await this.#blob.catch((cause: unknown) => this.#failed('not_found', cause))
    const parts = ranges.map(({ start, end }) => blob.slice(start, end).arrayBuffer())
    // A File that was written to since it was chosen cannot be read any more (NotReadableError).
    const buffers = await Promise.all(parts).catch((cause: unknown) => this.#failed('file_changed', cause))
    return buffers.map(buffer => new Uint8Array(buffer))
  }

  async bring(range: ByteRange): Promise<Uint8Array> {
    const [bytes] = await this.read([range])
    return bytes as Uint8Array
  }

  close(): void {}

  #failed(code: 'not_found' | 'file_changed', cause: unknown): never {
    if (cause instanceof PyramidionError) throw cause
    const text = cause instanceof Error ? cause.message : String(cause)
    throw new PyramidionError(code, `cannot read ${this.name}: ${text}`, { url: this.name }, { cause })
  }
}

/** A buffer or a view of one, shared ones too. Answers are copies: the caller's memory is never handed on. */
export class BytesSource implements LocalSource {
  readonly cached = false
  readonly name = 'buffer'
  readonly size: number
  readonly #bytes: Uint8Array

  constructor(buffer: ArrayBufferLike | ArrayBufferView) {
    this.#bytes = ArrayBuffer.isView(buffer)
      ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
      : new Uint8Array(buffer)
    this.size = this.#bytes.length
  }

  async read(ranges: ByteRange[]): Promise<Uint8Array[]> {
    this.#check()
    return ranges.map(({ start, end }) => new Uint8Array(this.#bytes.subarray(start, end)))
  }

  /** No copy: a view of the caller's memory, to look at. */
  async bring({ start, end }: ByteRange): Promise<Uint8Array> {
    this.#check()
    return this.#bytes.subarray(start, end)
  }

  #check(): void {
    if (this.#bytes.length === this.size) return
    const message = `the buffer has ${this.#bytes.length} bytes, ${this.size} when it was opened: was it transferred?`
    throw new PyramidionError('file_changed', message, { url: this.name })
  }

  close(): void {}
}

function nameOfBlob(blob: unknown): string {
  const name = (blob as { name?: unknown }).name
  return typeof name === 'string' && typeof blob !== 'function' ? name : kindOf(blob as object).toLowerCase()
}
