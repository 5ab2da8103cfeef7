/** Brings the stored bytes of blocks and hands each to a consumer as it arrives, within a bound on what waits. */

import { Allowance } from './allowance.js'
import { giveBytes } from './buffers.js'
import { bringLocal, bringLocalAgain } from './blocks.local.js'
import { PyramidionError, toPyramidionError } from './errors.js'
import type { Call } from './call.js'
import type { CoreDataset, CorePlannedBlock, CoreReadStats } from './core-types.js'
import type { Destination } from './messages.js'
import type { LocalSource } from './source.local.js'

/** Bytes asked for at once, so that the network is busy while blocks of the batch before are decoded. */
const BATCH_BYTES = 8 * 1024 * 1024

/** Bytes asked for or arrived, and not yet consumed. */
const WAITING_BYTES = 16 * 1024 * 1024

/** Where blocks come from. */
export interface BlockSources {
  fetch: CoreDataset['fetch']
  /** The file of that number, where it is read without the core. */
  localFile(file: number): LocalSource | undefined
  /** Told of what such reads cost. */
  onLocalCost(cost: CoreReadStats): void
}

/** What happens to the bytes of blocks. */
export interface BlockConsumer {
  /** The part of the result that a block's stored bytes are, all of them and in their order, where there is one. */
  placeOf(block: CorePlannedBlock): Uint8Array | undefined
  /** Where its samples go in the result. */
  goalOf(block: CorePlannedBlock): Destination | undefined
  /** Its bytes were put there. */
  placed(block: CorePlannedBlock): void
  /** The bytes are the consumer's, buffer and all; where they are `lent`, only to look at, until the promise settles. */
  take(block: CorePlannedBlock, bytes: Uint8Array, lent: boolean): Promise<void>
}

/**
 * Brings all blocks; resolves with what it cost. The first failure of a fetch or of a consumer fails the call, and
 * this resolves or rejects only when everything that was started has settled.
 */
export async function bringBlocks(
  sources: BlockSources,
  blocks: CorePlannedBlock[],
  call: Call,
  consumer: BlockConsumer,
): Promise<CoreReadStats> {
  const total = noCost()
  const far: CorePlannedBlock[] = []
  const near = new Map<LocalSource, CorePlannedBlock[]>()
  for (const block of blocks) {
    const source = sources.localFile(block.file)
    if (!source) far.push(block)
    else near.set(source, [...(near.get(source) ?? []), block])
  }
  const bringing = [...near].map(async ([source, own]) => {
    const cost = await bringLocal(source, own, call, consumer)
    sources.onLocalCost(cost)
    return cost
  })
  for (const cost of await Promise.all([...bringing, bringFar(sources.fetch, far, call, consumer)])) {
    addStats(total, cost)
  }
  call.check()
  return total
}

/** Brings blocks through the core. Never rejects: what goes wrong is the call's failure. */
async function bringFar(
  fetch: CoreDataset['fetch'],
  blocks: CorePlannedBlock[],
  call: Call,
  consumer: BlockConsumer,
): Promise<CoreReadStats> {
  const total = noCost()
  const waiting = new Allowance(WAITING_BYTES)
  const started: Promise<void>[] = []
  for (const batch of batchesOf(blocks, BATCH_BYTES)) {
    await waiting.take(bytesOf(batch))
    if (call.failed) break
    started.push(
      bringBatch(fetch, batch, call, waiting, consumer).then(
        stats => addStats(total, stats),
        () => {},
      ),
    )
  }
  await Promise.all(started)
  return total
}

/** Brings one block once more. What it costs shows in the raster's statistics, and not in the read's. */
export async function bringAgain(
  sources: BlockSources,
  block: CorePlannedBlock,
  call: Call,
): Promise<Uint8Array> {
  const { file, start, end, index } = block
  const source = sources.localFile(file)
  if (source) return bringLocalAgain(source, block)
  let brought: Uint8Array | undefined
  await sources.fetch([{ file, start, end }], (_, bytes) => (brought = bytes), call.signal)
  if (!brought) throw new PyramidionError('internal', `block ${index} was never brought`)
  return brought
}

/** Of a part that has done nothing yet. */
export function noCost(): CoreReadStats {
  return { requests: 0, bytes: 0, cacheHits: 0, retries: 0, usefulBytes: 0, waitMs: 0 }
}

/** Adds what a part has cost. */
export function addStats(total: CoreReadStats, part: CoreReadStats): void {
  total.requests += part.requests
  total.bytes += part.bytes
  total.cacheHits += part.cacheHits
  total.retries += part.retries
  total.usefulBytes += part.usefulBytes
  total.waitMs += part.waitMs
}

/** Runs of blocks in the file's order: what lies together is asked for together, so that it can be merged. */
export function batchesOf(blocks: CorePlannedBlock[], most: number): CorePlannedBlock[][] {
  const ordered = [...blocks].sort((a, b) => a.file - b.file || a.start - b.start)
  const batches: CorePlannedBlock[][] = []
  let bytes = Infinity
  for (const block of ordered) {
    bytes += sizeOf(block)
    if (bytes > most) {
      batches.push([])
      bytes = sizeOf(block)
    }
    batches.at(-1)?.push(block)
  }
  return batches
}

async function bringBatch(
  fetch: CoreDataset['fetch'],
  batch: CorePlannedBlock[],
  call: Call,
  waiting: Allowance,
  consumer: BlockConsumer,
): Promise<CoreReadStats> {
  const consuming = new Map<number, Promise<void>>()
  // Called from within the core: nothing may be thrown here.
  const onBlock = (index: number, bytes: Uint8Array): void => {
    const block = batch[index]
    if (!block || consuming.has(index)) {
      call.fail(new PyramidionError('internal', `block ${index} came unasked`))
      return
    }
    const consumed = call.failed
      ? Promise.resolve()
      : consumer.take(block, bytes, false).catch((error: unknown) => call.fail(error))
    consuming.set(
      index,
      consumed.then(() => {
        // Where a worker had it, it has come back already.
        giveBytes(bytes)
        waiting.give(sizeOf(block))
      }),
    )
  }
  try {
    const ranges = batch.map(({ file, start, end }) => ({ file, start, end }))
    const stats = await fetch(ranges, onBlock, call.signal)
    const missing = batch.find((_, index) => !consuming.has(index))
    if (missing) throw new PyramidionError('internal', `block ${missing.index} was never brought`)
    return stats
  } catch (error) {
    // At once: blocks that have arrived need not be decoded any more.
    call.fail(toPyramidionError(error))
    throw error
  } finally {
    await Promise.all(consuming.values())
    batch.forEach((block, index) => consuming.has(index) || waiting.give(sizeOf(block)))
  }
}

function sizeOf({ start, end }: CorePlannedBlock): number {
  return end - start
}

function bytesOf(batch: CorePlannedBlock[]): number {
  return batch.reduce((sum, block) => sum + sizeOf(block), 0)
}
