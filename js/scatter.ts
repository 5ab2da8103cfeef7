/** Reads rows of uncompressed blocks to where they go in a result, in a platform that fills several pieces by one call. */

import { checkInside, holdsRows, isWhole, offsetOf } from './place.js'
import type { FileHandle } from 'node:fs/promises'
import type { Run } from './blocks.local.js'
import type { CorePlannedBlock } from './core-types.js'
import type { Destination } from './messages.js'

/** Shorter rows are copied sooner than they are named to whoever reads them. */
const LEAST_ROW_BYTES = 4096

/** Bytes that nobody wants go here. */
const SPARE_BYTES = 32 * 1024

/** The pieces of the result that the bytes of a run go to, and others for those between them; undefined where there are none such. */
export function piecesOf(
  { start, end, blocks }: Run,
  goalOf: (block: CorePlannedBlock) => Destination | undefined,
): Uint8Array[] | undefined {
  const pieces: Uint8Array[] = []
  let next = start
  const skipTo = (place: number): void => {
    for (; next < place; next += unwanted(place - next).length) pieces.push(unwanted(place - next))
  }
  for (const block of blocks) {
    const rows = rowsOf(block, goalOf(block))
    const [first, stride] = block.storedRows ?? [0, 0]
    if (!rows || block.start < next) return undefined
    for (const [i, row] of rows.entries()) {
      skipTo(block.start + first + i * stride)
      pieces.push(row)
      next += row.length
    }
  }
  skipTo(end)
  return pieces
}

/** The parts of the result that a block's rows are, where each of them is one, and long enough. */
function rowsOf(
  { start, end, storedRows }: CorePlannedBlock,
  goal: Destination | undefined,
): Uint8Array[] | undefined {
  if (!goal || !storedRows) return undefined
  const { grid, memory, placement } = goal
  const { x, y, width, height, bands } = placement
  const row = width * bands.length * grid.unit
  const whole = grid.layout === 'band' ? bands.length === 1 : isWhole(grid, bands)
  if (!whole || row < LEAST_ROW_BYTES || !holdsRows(grid, placement, end - start, storedRows))
    return undefined
  checkInside(grid, placement)
  const [band = 0] = grid.layout === 'band' ? bands : []
  return Array.from({ length: height }, (_, i) => {
    const at = offsetOf(grid, band, y + i, x) * grid.unit
    return memory.subarray(at, at + row)
  })
}

let spare: Uint8Array | undefined

/** Room for at most so many bytes that nobody looks at: the same memory again and again. */
function unwanted(bytes: number): Uint8Array {
  spare ??= new Uint8Array(SPARE_BYTES)
  return spare.subarray(0, bytes)
}

/** Fills the pieces one after the other with the file's bytes from `start` on: how many there were. */
export async function readPieces(handle: FileHandle, start: number, pieces: Uint8Array[]): Promise<number> {
  let filled = 0
  let left = pieces
  while (left.length > 0) {
    const { bytesRead } = await handle.readv(left, start + filled)
    if (bytesRead === 0) break
    filled += bytesRead
    left = behind(left, bytesRead)
  }
  return filled
}

/** What is left of pieces when so many bytes of them are filled. */
function behind(pieces: Uint8Array[], bytes: number): Uint8Array[] {
  let [whole, rest] = [0, bytes]
  for (const { length } of pieces) {
    if (length > rest) break
    rest -= length
    whole += 1
  }
  const [first, ...others] = pieces.slice(whole)
  return first ? [first.subarray(rest), ...others] : []
}
