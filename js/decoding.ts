/** The decoding side of one read: each block that was brought becomes samples in their place. */

import { bringAgain } from './blocks.js'
import { blocksOf, ByTable, isMore, unfitOf } from './by-table.js'
import { giveBytes } from './buffers.js'
import { elementBytes } from './data-types.js'
import { PyramidionError, toPyramidionError } from './errors.js'
import { MaskAssembly } from './mask.js'
import { Assembly } from './assemble.js'
import { Sharing } from './sharing.js'
import type { Part } from './place.js'
import type { Call } from './call.js'
import type { CorePlan, CorePlannedBlock, CoreRequest, Unfit } from './core-types.js'
import type { Decoded } from './decoder.js'
import type { Destination } from './messages.js'
import type { Delivery, ReadParts } from './read.js'
import type { DataTypeName } from './types.js'

/** Puts the blocks of a plan where they belong: in the result, or in its mask. */
export class Decoding<D extends DataTypeName> {
  /** All blocks, those of the mask last. */
  readonly blocks: CorePlannedBlock[]
  readonly mask: MaskAssembly | undefined
  /** What it took. */
  readonly spent = { decodeMs: 0, workerBlocks: 0 }
  readonly sharing: Sharing
  readonly #parts: ReadParts
  readonly #plan: CorePlan
  readonly #assembly: Assembly<D>
  /** Where the pixels go: into the result, or, as long as colours are to be made of them, into planes. */
  #pixels: Assembly<D>
  readonly #delivery: Delivery<D>
  readonly #call: Call
  readonly #table: ByTable

  constructor(
    parts: ReadParts,
    request: CoreRequest,
    plan: CorePlan,
    assembly: Assembly<D>,
    delivery: Delivery<D>,
    call: Call,
  ) {
    this.#parts = parts
    this.#plan = plan
    this.#assembly = assembly
    const bands = Array<number>(plan.planes).fill(0)
    this.#pixels = plan.planes ? new Assembly({ ...plan, bands, layout: 'pixel' }, undefined) : assembly
    this.#delivery = delivery
    this.#call = call
    this.mask = plan.mask ? new MaskAssembly(plan, plan.mask) : undefined
    this.blocks = blocksOf(plan)
    this.sharing = new Sharing(parts.kept, parts.id, delivery.priority.value)
    this.#table = new ByTable(this.blocks, unfit => parts.plan({ ...request, unfit }, call.signal))
  }

  /** A sparse block. */
  fill(block: CorePlannedBlock): void {
    this.#goal(block).fill(block)
  }

  /** The part of the result that a block's stored bytes are as they are. */
  placeOf(block: CorePlannedBlock): Uint8Array | undefined {
    return this.mask?.owns(block) ? undefined : this.#pixels.placeOf(block)
  }

  /** Makes the colours, those of the mask too, where they are made of planes, once these are there. */
  async colour(): Promise<void> {
    const planes = this.#pixels.data as Uint8Array
    this.#pixels = this.#assembly
    const colours = [...this.#plan.colours, ...(this.#plan.mask?.colours ?? [])]
    await Promise.all(colours.map(block => this.take(block, planes.subarray(block.start, block.end), true)))
  }

  /** Where the block's samples go in the result. */
  goalOf(block: CorePlannedBlock): Destination | undefined {
    return this.mask?.owns(block) ? undefined : this.#assembly.goalOf(block)
  }

  /** Decodes what was brought; resolves when the samples are in their place, or the call has failed. */
  async take(block: CorePlannedBlock, bytes: Uint8Array, lent: boolean): Promise<void> {
    if (this.#goal(block).placeStored(block, bytes)) return
    const decoded = await this.#decodeAnyhow(block, bytes, lent).catch((error: unknown) => {
      throw this.#call.failed ? error : this.#inBlock(error, block)
    })
    this.spent.decodeMs += decoded?.ms ?? 0
    this.spent.workerBlocks += Number(decoded?.inWorker ?? false)
    const { samples = null, part, forgiven } = decoded ?? {}
    if (!this.#call.failed) {
      if (forgiven) this.#parts.onForgiven(`block ${block.index} of level ${this.#plan.level}`, forgiven)
      if (!decoded) this.fill(block)
      else if (samples) this.#goal(block).place(block, samples, part)
    }
    if (!samples) return
    if (part && this.sharing.owns(block)) this.sharing.came(block, samples)
    else giveBytes(samples)
  }

  /** Takes the block's part of samples that are somebody else's. */
  placeShared(block: CorePlannedBlock, samples: Uint8Array): void {
    this.#goal(block).place(block, samples, block.part)
  }

  #goal(block: CorePlannedBlock): Pick<MaskAssembly, 'place' | 'placeStored' | 'fill'> {
    return this.mask?.owns(block) ? this.mask : this.#pixels
  }

  /** Decodes bytes brought for `stored`, whose samples go where those of `block` go. */
  #decode(
    stored: CorePlannedBlock,
    bytes: Uint8Array,
    lent: boolean,
    block: CorePlannedBlock,
  ): Promise<Decoded> {
    const { decoder, sharedMemory } = this.#parts
    const ofMask = this.mask?.owns(block) === true
    const dtype = ofMask && this.mask ? this.mask.dtype : this.#plan.dtype
    const { part } = stored
    const put = (samples: Uint8Array): void =>
      void (this.#call.failed || this.#goal(block).place(block, samples, part))
    return decoder.decode(stored.job, bytes, {
      lent,
      signal: this.#call.signal,
      priority: this.#delivery.priority.value,
      outBytes: decodedBytes(dtype, stored),
      module: stored.module,
      weight: stored.weight,
      again: lent ? async () => bytes.slice() : () => bringAgain(this.#parts, stored, this.#call),
      // What others are to have is handed back.
      put: part && this.sharing.owns(block) ? undefined : put,
      into: sharedMemory && !ofMask && !part ? this.#pixels.destination(block) : undefined,
    })
  }

  /** By its leader, or without it where that does not fit. Undefined for a block that turns out to be sparse. */
  async #decodeAnyhow(
    block: CorePlannedBlock,
    brought: Uint8Array,
    lent: boolean,
  ): Promise<(Decoded & { part: Part | undefined }) | undefined> {
    let [stored, bytes] = [block, brought]
    let known: Unfit | undefined
    for (;;) {
      try {
        return { ...(await this.#decode(stored, bytes, lent, block)), part: stored.part }
      } catch (error) {
        const unfit = unfitOf(error)
        if (this.#call.failed || !unfit || !isMore(unfit, known)) throw error
        known = unfit
      }
      stored = await this.#table.counterpart(block, known)
      if (stored.start === stored.end) return undefined
      bytes = await bringAgain(this.#parts, stored, this.#call)
    }
  }

  /** The decoder knows neither file nor place: both are added here. */
  #inBlock(error: unknown, block: CorePlannedBlock): PyramidionError {
    const { code, message, detail, cause } = toPyramidionError(error)
    const { level } = this.#plan
    const url = this.#parts.nameOf(block.file)
    const place = { block: block.index, level, ...(url !== undefined && { url }) }
    const text = `block ${block.index} of level ${level}: ${message}`
    return new PyramidionError(
      code,
      text,
      { ...detail, ...place },
      cause === undefined ? undefined : { cause },
    )
  }
}

/** Bytes of a block's samples. */
function decodedBytes(dtype: DataTypeName, { part, placement }: CorePlannedBlock): number {
  const { width, height, bands } = placement
  const [, , across, down] = part ?? [0, 0, width, height]
  return across * down * bands.length * elementBytes(dtype)
}
