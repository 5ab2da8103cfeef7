import { PyramidionError } from './errors.js'
import { checkOptions, checkSignal, deliveryOf, previewRequest, readRequest } from './arguments.js'
import { Call } from './call.js'
import { factsOf, levelsOf, type Facts } from './info.js'
import { addStats, noCost } from './blocks.js'
import { readPixels, type Delivery, type ReadParts } from './read.js'
import type { Core } from './core.js'
import type { Decoder } from './decoder.js'
import type { KeptBlocks } from './kept-blocks.js'
import type { LocalSource } from './source.local.js'
import type { CoreDataset, CoreLevel, CoreReadStats, CoreRequest } from './core-types.js'
import type {
  DataTypeName,
  EmbeddedKind,
  Level,
  PreviewOptions,
  Raster,
  ReadOptions,
  ReadResult,
  Stats,
} from './types.js'

/** What an open raster is made of. */
export interface RasterParts {
  core: Core
  dataset: CoreDataset
  decoder: Decoder
  /** Whether workers can be given shared memory. */
  sharedMemory: boolean
  /** The file's URL or name. */
  name: string
  /** The file, where its blocks are read without the core. */
  local: LocalSource | undefined
  /** Blocks that reads share. */
  kept: KeptBlocks
  /** Closes the sources. */
  release(): void
}

/** The raster that `open` gives: shapes of arguments, and the life of its calls. */
export class OpenRaster<D extends DataTypeName> implements Raster<D> {
  readonly #parts: RasterParts
  readonly #calls = new Set<Call>()
  readonly #id = `${++opened}:`
  #facts: Facts
  /** Whether a call since may have taught the core more. */
  #outdated = false
  #levelCount: number | undefined
  #cost: CoreReadStats = noCost()
  /** Of what was read without the core. */
  readonly #localCost: CoreReadStats = { ...this.#cost }
  #decodeMs = 0
  #workerBlocks = 0
  /** What was forgiven of stored bytes, and of which blocks. */
  readonly #forgiven = new Map<string, Set<string>>()
  #closed = false

  constructor(parts: RasterParts) {
    this.#parts = parts
    this.#facts = factsOf(parts.core.ask(() => parts.dataset.info()))
  }

  get width(): number {
    return this.#facts.width
  }

  get height(): number {
    return this.#facts.height
  }

  get bandCount(): number {
    return this.#facts.bandCount
  }

  get dtype(): D {
    return this.#facts.dtype as D
  }

  get nodata(): Facts['nodata'] {
    return this.#facts.nodata
  }

  get transform(): Facts['transform'] {
    return this.#facts.transform
  }

  get bounds(): Facts['bounds'] {
    return this.#facts.bounds
  }

  get crs(): Facts['crs'] {
    return this.#facts.crs
  }

  get bands(): Facts['bands'] {
    return this.#facts.bands
  }

  get metadata(): Facts['metadata'] {
    return this.#facts.metadata
  }

  get domains(): Facts['domains'] {
    return this.#facts.domains
  }

  get rpc(): Facts['rpc'] {
    return this.#facts.rpc
  }

  get gcps(): Facts['gcps'] {
    return this.#facts.gcps
  }

  get storage(): Facts['storage'] {
    return this.#facts.storage
  }

  get sidecar(): Facts['sidecar'] {
    return this.#latest().sidecar
  }

  get files(): Facts['files'] {
    return this.#latest().files
  }

  get warnings(): Facts['warnings'] {
    const { warnings } = this.#latest()
    const forgiven = [...this.#forgiven].map(
      ([why, [block, ...more]]) => `${block}${more.length ? ` and ${more.length} more` : ''}: ${why}`,
    )
    return Object.freeze([...warnings, ...forgiven])
  }

  get closed(): boolean {
    return this.#closed
  }

  async levels(options?: { signal?: AbortSignal }): Promise<readonly Level[]> {
    const { signal } = checkOptions(options)
    return this.#run(signal, async call => levelsOf(await this.#coreLevels(call)))
  }

  async read(options?: ReadOptions<D>): Promise<ReadResult<D>> {
    const checked = checkOptions(options)
    const request = readRequest(checked, this.#known())
    const delivery = deliveryOf(checked)
    return this.#run(checked.signal, async call =>
      this.#pixels(await this.#sized(request, call), delivery, call),
    )
  }

  async preview(options?: PreviewOptions<D>): Promise<ReadResult<D>> {
    const checked = checkOptions(options)
    const request = previewRequest(checked, this.#known())
    const delivery = deliveryOf(checked)
    return this.#run(checked.signal, call => this.#pixels(request, delivery, call))
  }

  async embedded(kind: EmbeddedKind, options?: { signal?: AbortSignal }): Promise<Uint8Array | null> {
    const { signal } = checkOptions(options)
    return this.#run(signal, call => this.#parts.dataset.embedded(String(kind), call.signal))
  }

  stats(): Stats {
    const { core, dataset } = this.#parts
    if (!this.#closed) this.#cost = core.askOr(this.#cost, () => dataset.stats())
    const cost = { ...this.#cost }
    addStats(cost, this.#localCost)
    return { ...cost, decodeMs: this.#decodeMs, workerBlocks: this.#workerBlocks }
  }

  close(): void {
    if (this.#closed) return
    this.stats()
    this.#latest()
    this.#closed = true
    for (const call of this.#calls) call.fail(closedError())
    const { core, dataset } = this.#parts
    core.askOr(undefined, () => dataset.close())
    this.#parts.kept.forget(this.#id)
    this.#parts.release()
    if (this.#calls.size === 0) this.#free()
  }

  declare [Symbol.dispose]: () => void;
  declare [Symbol.asyncDispose]: () => Promise<void>

  static {
    // Where the platform has no such symbols, there is nothing to call these.
    const { prototype } = this
    if (Symbol.dispose) {
      prototype[Symbol.dispose] = function () {
        this.close()
      }
    }
    if (Symbol.asyncDispose) {
      prototype[Symbol.asyncDispose] = async function () {
        this.close()
      }
    }
  }

  /** Runs one call; it ends with the user's abort, with `close()`, or by itself. */
  async #run<T>(signal: unknown, work: (call: Call) => Promise<T>): Promise<T> {
    const checked = checkSignal(signal)
    if (this.#closed) throw closedError()
    const call = new Call(checked)
    this.#calls.add(call)
    try {
      return await call.run(() => this.#parts.core.track(call, () => work(call)))
    } finally {
      this.#calls.delete(call)
      this.#outdated = true
      if (this.#closed && this.#calls.size === 0) this.#free()
    }
  }

  async #pixels(request: CoreRequest, delivery: Delivery<D>, call: Call): Promise<ReadResult<D>> {
    const { core, dataset, decoder, kept, sharedMemory } = this.#parts
    const { priority } = delivery
    const urgency = (): [number, number] => [priority.id, priority.value]
    const parts: ReadParts = {
      plan: (request, signal) => core.watch(() => dataset.plan(request, signal, ...urgency())),
      fetch: (ranges, onBlock, signal) =>
        core.watch(() => dataset.fetch(ranges, onBlock, signal, ...urgency())),
      localFile: file => this.#localFile(file),
      onLocalCost: cost => addStats(this.#localCost, cost),
      decoder: this.#counted(decoder),
      kept,
      id: this.#id,
      sharedMemory,
      onForgiven: (block, why) => {
        this.#forgiven.set(why, (this.#forgiven.get(why) ?? new Set()).add(block))
      },
      nameOf: file => this.#nameOf(file),
    }
    const settled = priority.onChange(({ id, value }) => this.#reprioritize(id, value))
    try {
      return await readPixels(parts, request, delivery, call)
    } finally {
      settled()
    }
  }

  #reprioritize(id: number, value: number): void {
    const { core, dataset } = this.#parts
    if (!this.#closed) core.askOr(undefined, () => dataset.setPriority(id, value))
  }

  /** Width or height given alone: the other follows the shape of the window. */
  async #sized(request: CoreRequest, call: Call): Promise<CoreRequest> {
    const { width, height } = request
    if ((width === undefined) === (height === undefined)) return request
    const [across, down] = request.window?.slice(2) ?? (await this.#levelSize(request.level, call))
    if (across === undefined || down === undefined) return request
    if (width !== undefined) return { ...request, height: Math.max(1, Math.round((width * down) / across)) }
    return { ...request, width: Math.max(1, Math.round(((height ?? 1) * across) / down)) }
  }

  async #levelSize(level: number | undefined, call: Call): Promise<number[]> {
    if (!level) return [this.width, this.height]
    const found = (await this.#coreLevels(call))[level]
    // A level that is not there is the core's to refuse.
    return found ? [found.width, found.height] : []
  }

  async #coreLevels(call: Call): Promise<CoreLevel[]> {
    const levels = await this.#parts.dataset.levels(call.signal)
    this.#levelCount = levels.length
    return levels
  }

  #known(): { bandCount: number; levelCount?: number } {
    const known = { bandCount: this.bandCount }
    return this.#levelCount === undefined ? known : { ...known, levelCount: this.#levelCount }
  }

  /** The decoder, with its work added to the raster's. */
  #counted(decoder: Decoder): Decoder {
    return {
      prepare: jobs => decoder.prepare(jobs),
      decode: async (job, bytes, options) => {
        const decoded = await decoder.decode(job, bytes, options)
        this.#decodeMs += decoded.ms
        this.#workerBlocks += Number(decoded.inWorker)
        return decoded
      },
    }
  }

  #latest(): Facts {
    const { core, dataset } = this.#parts
    if (this.#outdated && !this.#closed) {
      this.#outdated = false
      this.#facts = core.askOr(this.#facts, () => factsOf(dataset.info()))
    }
    return this.#facts
  }

  #localFile(file: number): LocalSource | undefined {
    const { local } = this.#parts
    if (file === 0 || !local) return local
    const name = this.#nameOf(file)
    return name === undefined ? undefined : local.named?.(name)
  }

  #nameOf(file: number): string | undefined {
    return file === 0 ? this.#parts.name : (this.#latest().files[file - 1]?.url ?? undefined)
  }

  #free(): void {
    const { core, dataset } = this.#parts
    core.askOr(undefined, () => dataset.free())
  }
}

/** How many rasters there have been. */
let opened = 0

function closedError(): PyramidionError {
  return new PyramidionError('closed', 'the raster was closed')
}
