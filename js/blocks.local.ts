/** Brings the stored bytes of blocks out of a file of this machine: in large pieces, into buffers that are used again, or at once into the result. */

import { Allowance } from './allowance.js'
import { giveBytes, takeBytes } from './buffers.js'
import { PyramidionError, toPyramidionError } from './errors.js'
import type { Call } from './call.js'
import type { BlockConsumer } from './blocks.js'
import type { CorePlannedBlock, CoreReadStats } from './core-types.js'
import type { LocalSource } from './source.local.js'

/** Blocks that lie together are read together, up to so many bytes. */
const RUN_BYTES = 1024 * 1024

/** A gap of no more than this is read along: that costs less than another read. */
const GAP_BYTES = 32 * 1024

/** Bytes asked for or arrived, and not yet consumed. */
const WAITING_BYTES = 8 * 1024 * 1024

/** Blocks that are read at once. */
export interface Run {
  start: number
  end: number
  blocks: CorePlannedBlock[]
}

/** Brings all blocks of one file, and adds up what it cost. Never rejects: what goes wrong is the call's failure. */
export async function bringLocal(
  source: LocalSource,
  blocks: CorePlannedBlock[],
  call: Call,
  consumer: BlockConsumer,
): Promise<CoreReadStats> {
  const stats = { requests: 0, bytes: 0, cacheHits: 0, retries: 0, usefulBytes: 0, waitMs: 0 }
  const began = performance.now()
  const waiting = new Allowance(WAITING_BYTES)
  const started: Promise<void>[] = []
  const came = (bytes: number): void => {
    stats.bytes += bytes
    stats.waitMs = performance.now() - began
  }
  for (const run of runsOf(blocks, source.runBytes)) {
    const size = run.end - run.start
    await waiting.take(size)
    if (call.failed) break
    stats.requests += 1
    for (const block of run.blocks) stats.usefulBytes += block.end - block.start
    const bringing = bringRun(source, run, call, consumer, came)
    started.push(
      bringing.catch((error: unknown) => call.fail(toPyramidionError(error))).then(() => waiting.give(size)),
    )
  }
  await Promise.all(started)
  return stats
}

/** One block's bytes once more, in a buffer of their own. */
export async function bringLocalAgain(source: LocalSource, block: CorePlannedBlock): Promise<Uint8Array> {
  const bytes = await source.bring(block, takeBytes)
  return partOf({ ...block, blocks: [] }, bytes, block, source.name).slice()
}

/** Runs of blocks in the file's order. */
export function runsOf(blocks: CorePlannedBlock[], most = RUN_BYTES): Run[] {
  const runs: Run[] = []
  let last: Run | undefined
  for (const block of [...blocks].sort((a, b) => a.start - b.start)) {
    const { start, end } = block
    if (last && start - last.end <= GAP_BYTES && end - last.start <= most) {
      last.end = Math.max(last.end, end)
      last.blocks.push(block)
    } else {
      last = { start, end, blocks: [block] }
      runs.push(last)
    }
  }
  return runs
}

async function bringRun(
  source: LocalSource,
  run: Run,
  call: Call,
  consumer: BlockConsumer,
  came: (bytes: number) => void,
): Promise<void> {
  const place = placeOf(run, consumer)
  if (!place && (await source.scatter?.(run, block => consumer.goalOf(block)))) {
    came(run.end - run.start)
    for (const block of run.blocks) consumer.placed(block)
    return
  }
  let own: Uint8Array | undefined
  const room = (length: number): Uint8Array => place?.subarray(0, length) ?? (own = takeBytes(length))
  const bytes = await source.bring(run, room)
  came(bytes.length)
  const parts = run.blocks.map(block => partOf(run, bytes, block, source.name))
  if (call.failed) return
  if (place) {
    for (const block of run.blocks) consumer.placed(block)
    return
  }
  const lent = run.blocks.length > 1 || bytes.buffer !== own?.buffer
  const consuming = run.blocks.map((block, i) => consumer.take(block, parts[i] as Uint8Array, lent))
  const settled = await Promise.allSettled(consuming)
  if (own) giveBytes(own)
  for (const consumed of settled) if (consumed.status === 'rejected') throw consumed.reason
}

/** Where the bytes of a run go as they are: one piece of the result, where that is what they are. */
function placeOf({ start, end, blocks }: Run, consumer: BlockConsumer): Uint8Array | undefined {
  let first: Uint8Array | undefined
  let next = start
  for (const block of blocks) {
    const place = consumer.placeOf(block)
    if (!place || block.start !== next) return undefined
    first ??= place
    if (place.byteOffset !== first.byteOffset + block.start - start) return undefined
    next = block.end
  }
  return first && new Uint8Array(first.buffer, first.byteOffset, end - start)
}

/** A block's bytes of those of its run. */
function partOf(run: Run, bytes: Uint8Array, { start, end }: CorePlannedBlock, name: string): Uint8Array {
  const part = bytes.subarray(start - run.start, end - run.start)
  if (part.length === end - start) return part
  const fileEnd = run.start + bytes.length
  const all = part.length === 0 ? '' : ' all'
  const where = part.length === 0 ? `at or before byte ${Math.max(start, fileEnd)}` : `at byte ${fileEnd}`
  throw new PyramidionError(
    'truncated',
    `bytes ${start}..${end} are not${all} there: the file ends ${where}`,
    {
      url: name,
      range: { start, end },
      found: part.length,
      limit: end - start,
    },
  )
}
