/** A call that brings blocks: all files at once, each block handed to the caller as it comes. */

import { addStats } from '../blocks.js'
import { describe } from '../errors.js'
import { fault, invalid, property } from './fault.js'
import { noStats, type Reading } from './driver.js'
import type { CoreCall } from './call.js'
import type { DatasetState } from './state.js'
import type { CoreReadStats } from '../core-types.js'
import type { ByteRange } from '../types.js'

/** A range of one of the dataset's files. */
type FileRange = ByteRange & { file: number }

/** What one file contributes: places in the caller's list, and the bytes of each. */
type Share = { index: number; range: ByteRange }[]

type OnBlock = (index: number, bytes: Uint8Array) => void

/** The `ranges` of `fetch`, checked. */
export function rangesOf(ranges: unknown): FileRange[] {
  return Array.from(ranges as ArrayLike<unknown>, range => {
    if (typeof range !== 'object' || range === null) {
      throw invalid('ranges', `ranges is ${describe(range)}, expected an object`)
    }
    const whole = (name: string): number => {
      const value = property(range, name)
      if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number
      throw invalid('ranges', `ranges: ${name} is ${describe(value)}`)
    }
    const start = whole('start')
    return { file: whole('file'), start, end: Math.max(start, whole('end')) }
  })
}

/** Brings the ranges; `onBlock(index, bytes)` gets each as it comes. Says what it has cost. */
export async function bring(
  state: DatasetState,
  call: CoreCall,
  ranges: FileRange[],
  onBlock: OnBlock,
): Promise<CoreReadStats> {
  checkTotal(state, ranges)
  const readings: Reading[] = []
  for (const [file, share] of sharesOf(ranges)) {
    const [source] = state.files.source(file)
    const wanted = share.map(({ range }) => ({ range, rounded: false }))
    const url = state.files.nameOf(file)
    readings.push(call.read(source, wanted, (at, bytes) => handOver(call, share[at], bytes, url, onBlock)))
    if (call.isOver) break
  }
  const total = noStats()
  // The first failure ends the call, and with it the reads of the other files.
  const count = async ({ ended }: Reading) => {
    const { stats, error } = await ended
    addStats(total, stats)
    addStats(state.stats, stats)
    if (error) throw error
  }
  await Promise.all(readings.map(count))
  return total
}

function sharesOf(ranges: FileRange[]): Map<number, Share> {
  const shares = new Map<number, Share>()
  ranges.forEach(({ file, start, end }, index) => {
    const share = shares.get(file) ?? []
    share.push({ index, range: { start, end } })
    shares.set(file, share)
  })
  return shares
}

/** A plan is bounded already: this bounds whoever asks without one. */
function checkTotal({ planBytes: limit }: DatasetState, ranges: FileRange[]): void {
  const found = ranges.reduce((sum, { start, end }) => sum + end - start, 0)
  if (found <= limit) return
  const message = `stored bytes of one read: found ${found}, the limit plan_bytes is ${limit}`
  throw fault('limit', message, { name: 'plan_bytes', found, limit })
}

/** Runs the user's code, which may do anything: close the dataset, abort, start another call, throw. */
function handOver(
  call: CoreCall,
  place: Share[number] | undefined,
  bytes: Uint8Array,
  url: string | undefined,
  onBlock: OnBlock,
): void {
  if (!place || call.isOver) return
  const { index, range } = place
  if (bytes.length < range.end - range.start) return call.end(truncated(range, bytes.length, url))
  try {
    onBlock(index, bytes)
  } catch (exception) {
    call.end(exception)
  }
}

function truncated(range: ByteRange, found: number, url: string | undefined): unknown {
  const { start, end } = range
  const ends =
    found === 0
      ? `not there: the file ends at or before byte ${start}`
      : `not all there: the file ends at byte ${start + found}`
  const detail = { ...(url !== undefined && { url }), range, found, limit: end - start }
  return fault('truncated', `bytes ${start}..${end} are ${ends}`, detail)
}
