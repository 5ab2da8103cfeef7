/** One read: plan, fetch, decode, assemble. */

import { Assembly } from './assemble.js'
import { addStats, bringBlocks, noCost, type BlockSources } from './blocks.js'
import { Decoding } from './decoding.js'
import { nodataOf } from './info.js'
import { Pixels } from './pixels.js'
import type { Priority } from './priority.js'
import type { Call } from './call.js'
import type { Decoder } from './decoder.js'
import type { KeptBlocks } from './kept-blocks.js'
import type { CoreDataset, CorePlan, CorePlannedBlock, CoreRequest, CoreReadStats } from './core-types.js'
import type { DataTypeName, Progress, ReadResult, TypedArrayOf } from './types.js'

/** What a read works with. */
export interface ReadParts extends BlockSources {
  plan: CoreDataset['plan']
  decoder: Decoder
  /** Blocks that reads share, and what begins the keys of this raster's. */
  kept: KeptBlocks
  id: string
  /** Whether workers can be given shared memory. */
  sharedMemory: boolean
  /** Told of each block whose bytes are not as they should be, and were read nevertheless. */
  onForgiven(block: string, why: string): void
  /** The file's name by its number, for errors. */
  nameOf(file: number): string | undefined
}

/** What the caller wants of the result, besides the request. */
export interface Delivery<D extends DataTypeName> {
  out: TypedArrayOf<D> | undefined
  /** Whether a new array lies in shared memory, where it can. */
  shared: boolean
  /** Of its blocks, among those of other reads. */
  priority: Priority
  onProgress: ((progress: Progress) => void) | undefined
}

/** Reads the pixels of the request. `call` is failed by the first thing that goes wrong, and everything settles. */
export async function readPixels<D extends DataTypeName>(
  parts: ReadParts,
  request: CoreRequest,
  delivery: Delivery<D>,
  call: Call,
): Promise<ReadResult<D>> {
  const plan = await parts.plan(request, call.signal)
  call.check()
  const assembly = new Assembly<D>(plan, delivery.out, delivery.shared && parts.sharedMemory)
  const decoding = new Decoding(parts, request, plan, assembly, delivery, call)
  const progress = new ProgressReport(decoding.blocks.length, delivery.onProgress)
  const { sparse, stored } = bySparseness(decoding.blocks)
  for (const block of sparse) decoding.fill(block)
  progress.add(sparse.length, 0)
  call.check()

  const cost = await bringShared(parts, stored, decoding, progress, call)
  await decoding.colour()
  call.check()
  const mask = decoding.mask?.resolve(assembly.data)
  return result(plan, assembly.data, mask, { ...sum(plan.stats, cost), ...decoding.spent })
}

/** Brings what no other read has brought or is bringing, and then what these did not bring after all. */
async function bringShared<D extends DataTypeName>(
  parts: ReadParts,
  blocks: CorePlannedBlock[],
  decoding: Decoding<D>,
  progress: ProgressReport,
  call: Call,
): Promise<CoreReadStats> {
  const { sharing } = decoding
  const total = noCost()
  let left = blocks
  while (left.length > 0) {
    const { here, coming, stored } = sharing.sort(left)
    try {
      for (const [block, samples] of here) share(block, samples)
      call.check()
      if (stored.length > 0) addStats(total, await bringStored(parts, stored, decoding, progress, call))
    } finally {
      sharing.end()
    }
    left = []
    for (const [block, samples] of coming) {
      const came = await unlessAborted(samples, call.signal)
      call.check()
      if (came) share(block, came)
      else left.push(block)
    }
  }
  return total

  function share(block: CorePlannedBlock, samples: Uint8Array): void {
    decoding.placeShared(block, samples)
    total.cacheHits += 1
    total.usefulBytes += block.end - block.start
    progress.add(1, block.end - block.start)
  }
}

function bringStored<D extends DataTypeName>(
  parts: ReadParts,
  stored: CorePlannedBlock[],
  decoding: Decoding<D>,
  progress: ProgressReport,
  call: Call,
): Promise<CoreReadStats> {
  const decoded = stored.filter(({ storedRows }) => !storedRows)
  if (decoded.length > 0) parts.decoder.prepare(decoded)
  return bringBlocks(parts, stored, call, {
    placeOf: block => decoding.placeOf(block),
    goalOf: block => decoding.goalOf(block),
    placed: ({ start, end }) => progress.add(1, end - start),
    async take(block, bytes, lent) {
      const { length } = bytes
      await decoding.take(block, bytes, lent)
      if (!call.failed) progress.add(1, length)
    },
  })
}

/** What is awaited, or nothing once the signal is aborted. */
function unlessAborted<T>(awaited: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const stop = (): void => resolve(undefined)
    signal.addEventListener('abort', stop)
    if (signal.aborted) stop()
    awaited.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

/** Sparse blocks are not stored: nothing is brought for them. */
function bySparseness(blocks: CorePlannedBlock[]): {
  sparse: CorePlannedBlock[]
  stored: CorePlannedBlock[]
} {
  const sparse = blocks.filter(({ start, end }) => start === end)
  return { sparse, stored: sparse.length === 0 ? blocks : blocks.filter(({ start, end }) => start !== end) }
}

function sum(a: CoreReadStats | undefined, b: CoreReadStats): CoreReadStats {
  const total = { ...b }
  if (a) addStats(total, a)
  return total
}

function result<D extends DataTypeName>(
  plan: CorePlan,
  data: TypedArrayOf<D>,
  mask: Uint8Array | undefined,
  stats: Pixels<D>['stats'],
): ReadResult<D> {
  const { width, height, bands, layout, level, window, bounds, transform } = plan
  const dtype = plan.dtype as D
  const nodata = nodataOf(plan.nodata, dtype)
  const pixels = new Pixels<D>({
    data,
    dtype,
    width,
    height,
    bands,
    layout,
    level,
    window,
    bounds,
    transform,
    nodata,
    ...(mask && { mask }),
    stats,
  })
  return pixels as unknown as ReadResult<D>
}

/** Counts blocks and tells the caller; the caller's exceptions pass through. */
class ProgressReport {
  readonly #progress: Progress
  readonly #tell: ((progress: Progress) => void) | undefined

  constructor(total: number, tell: ((progress: Progress) => void) | undefined) {
    this.#progress = { done: 0, total, bytes: 0 }
    this.#tell = tell
  }

  add(blocks: number, bytes: number): void {
    if (blocks === 0) return
    this.#progress.done += blocks
    this.#progress.bytes += bytes
    this.#tell?.({ ...this.#progress })
  }
}
