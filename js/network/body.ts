/** What came of a flight's body, in one buffer and never more than was asked for. */

import type { ByteRange } from '../types.js'

/** What is set aside at first for a body whose length nobody tells. */
const UNTOLD = 1 << 18

/** The bytes of a body so far. */
export class Body {
  /** Longer than what it holds so far. */
  #buffer: Uint8Array
  #held = 0
  #received = 0
  readonly #most: number

  private constructor(buffer: Uint8Array, most: number) {
    this.#buffer = buffer
    this.#most = most
  }

  /** Room for `told` bytes, if their number is told; never more than `most`. */
  static expecting(told: number | undefined, most: number): Body {
    return new Body(new Uint8Array(Math.min(told ?? UNTOLD, most)), most)
  }

  /** A body that came at once. The buffer is somebody else's: it is only read, and only until the flight has ended. */
  static whole(buffer: Uint8Array): Body {
    const body = new Body(buffer, buffer.length)
    body.#held = buffer.length
    return body
  }

  /** Takes a chunk; says how many bytes have come in all. What is beyond `most` is counted as one byte and not held. */
  push(chunk: Uint8Array): number {
    const taken = Math.min(chunk.length, this.#most - this.#held)
    this.#makeRoom(this.#held + taken)
    this.#buffer.set(taken === chunk.length ? chunk : chunk.subarray(0, taken), this.#held)
    this.#held += taken
    this.#received = Math.min(this.#received + chunk.length, this.#most + 1)
    return this.#received
  }

  #makeRoom(needed: number): void {
    const room = this.#buffer.length
    if (needed <= room) return
    const larger = new Uint8Array(Math.min(Math.max(needed, 2 * room), this.#most))
    larger.set(this.#buffer.subarray(0, this.#held))
    this.#buffer = larger
  }

  /** A copy of bytes of the body, counted from its start. */
  copy({ start, end }: ByteRange): Uint8Array {
    return this.#buffer.slice(Math.min(start, this.#held), Math.min(end, this.#held))
  }
}

/** Any view of a buffer as a plain `Uint8Array` of the same bytes, not copied: a Node `Buffer`'s own `slice` would be a view. */
export function bytesOf(view: unknown): Uint8Array | undefined {
  return ArrayBuffer.isView(view)
    ? new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength)
    : undefined
}
