/** What came of a flight's body: never more than was asked for, and already in the pieces that will be kept of it. */

import type { ByteRange } from '../types.js'

/** What is set aside at first for a body whose length nobody tells. */
const UNTOLD = 1 << 18

/** A stretch of the body, in a buffer of its own. */
interface Section {
  start: number
  end: number
  /** Of the body's bytes so far; it may have room for more. */
  bytes: Uint8Array
}

/** The bytes of a body so far. */
export class Body {
  readonly #sections: Section[]
  #held = 0
  #received = 0
  readonly #most: number
  /** What the answer's head says of its length, or a guess. */
  readonly #told: number

  private constructor(sections: Section[], most: number, told: number) {
    this.#sections = sections
    this.#most = most
    this.#told = told
  }

  /** Room for `told` bytes, if their number is told; never more than `most`. `cuts`: where pieces of it will begin and end. */
  static expecting(told: number | undefined, most: number, cuts: number[] = []): Body {
    const ends = [...cuts, most]
    const sections = ends.map((end, i) => ({ start: ends[i - 1] ?? 0, end, bytes: new Uint8Array() }))
    const body = new Body(sections, most, told ?? Math.min(UNTOLD, most))
    const [first] = sections
    // A platform that lacks the memory for it says so before anything comes.
    if (first) body.#makeRoom(first, 0)
    return body
  }

  /** A body that came at once. The buffer is somebody else's: it is only read, and only until the flight has ended. */
  static whole(buffer: Uint8Array): Body {
    const { length } = buffer
    // Of a section that ends nowhere, no piece is the whole: all are copies.
    const body = new Body([{ start: 0, end: Infinity, bytes: buffer }], length, length)
    body.#held = length
    return body
  }

  /** Takes a chunk; says how many bytes have come in all. What is beyond `most` is counted as one byte and not held. */
  push(chunk: Uint8Array): number {
    const taken = Math.min(chunk.length, this.#most - this.#held)
    for (let at = 0; at < taken;) {
      const section = this.#sections[this.#indexOf(this.#held)] as Section
      const part = chunk.subarray(at, Math.min(taken, at + section.end - this.#held))
      const place = this.#held - section.start
      this.#makeRoom(section, place + part.length)
      section.bytes.set(part, place)
      this.#held += part.length
      at += part.length
    }
    this.#received = Math.min(this.#received + chunk.length, this.#most + 1)
    return this.#received
  }

  /** The section that holds the byte. There may be thousands. */
  #indexOf(place: number): number {
    let [low, high] = [0, this.#sections.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (place < (this.#sections[middle] as Section).end) high = middle
      else low = middle + 1
    }
    return low
  }

  #makeRoom(section: Section, needed: number): void {
    const room = section.bytes.length
    if (needed <= room && room > 0) return
    const whole = Math.min(section.end, this.#most) - section.start
    const told = Math.max(0, this.#told - section.start)
    const larger = new Uint8Array(Math.min(Math.max(needed, room === 0 ? told : 2 * room), whole))
    larger.set(section.bytes)
    section.bytes = larger
  }

  /** Bytes of the body, counted from its start, to be kept and not written to: a section as it is, or a copy. */
  copy({ start, end }: ByteRange): Uint8Array {
    const last = Math.min(end, this.#held)
    const first = Math.min(start, last)
    let index = this.#indexOf(first)
    const section = this.#sections[index]
    if (section?.start === first && section.end === last) return section.bytes
    const copy = new Uint8Array(last - first)
    for (let at = first; at < last; index++) {
      const { start, end, bytes } = this.#sections[index] as Section
      const to = Math.min(last, end)
      copy.set(bytes.subarray(at - start, to - start), at - first)
      at = to
    }
    return copy
  }
}

/** Any view of a buffer as a plain `Uint8Array` of the same bytes, not copied: a Node `Buffer`'s own `slice` would be a view. */
export function bytesOf(view: unknown): Uint8Array | undefined {
  return ArrayBuffer.isView(view)
    ? new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength)
    : undefined
}
