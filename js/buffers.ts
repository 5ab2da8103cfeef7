/**
 * Buffers that are used again. The system hands out fresh memory page by page as it is first written to, and clears each page: that
 * costs several times what the copy into it does.
 */

import { PyramidionError } from './errors.js'

/** What is kept while nobody uses it. */
const KEPT_BYTES = 8 * 1024 * 1024

/** Smaller ones come from memory that the process has already. */
const LEAST_BYTES = 64 * 1024

/** Sizes are rounded up to whole ones of these, so that a buffer fits the next block, too. */
const STEP_BYTES = 256 * 1024

const kept: ArrayBuffer[] = []
let keptBytes = 0

/** So many bytes of any content, in a buffer that may be longer. Whoever takes them owns the buffer. */
export function takeBytes(length: number): Uint8Array<ArrayBuffer> {
  const found = keptFor(length)
  if (found) return found
  const capacity = length < LEAST_BYTES ? length : Math.ceil(length / STEP_BYTES) * STEP_BYTES
  try {
    return new Uint8Array(new ArrayBuffer(capacity), 0, length)
  } catch (cause) {
    const message = `the platform has no memory for a buffer of ${length} bytes`
    throw new PyramidionError('limit', message, { found: length }, { cause })
  }
}

/** The same, where such a buffer is kept. */
export function keptFor(length: number): Uint8Array<ArrayBuffer> | undefined {
  if (length < LEAST_BYTES) return undefined
  let best: ArrayBuffer | undefined
  for (const buffer of kept) {
    const fits = buffer.byteLength >= length && (!best || buffer.byteLength < best.byteLength)
    if (fits) best = buffer
  }
  if (!best) return undefined
  kept.splice(kept.indexOf(best), 1)
  keptBytes -= best.byteLength
  return new Uint8Array(best, 0, length)
}

/** Gives a buffer back that nobody looks into any more. One that is somebody else's by now, since it was transferred, is left alone. */
export function giveBytes({ buffer }: Uint8Array): void {
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength < LEAST_BYTES) return
  if (buffer.byteLength > KEPT_BYTES || kept.includes(buffer)) return
  kept.push(buffer)
  keptBytes += buffer.byteLength
  while (keptBytes > KEPT_BYTES) keptBytes -= kept.shift()?.byteLength ?? 0
}
