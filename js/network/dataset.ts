/** An open dataset: `CoreDataset` over the core. */

import { bring, rangesOf } from './bring.js'
import type { CoreCall } from './call.js'
import type { DatasetState, Urgency } from './state.js'
import type { Question } from './question.js'
import type {
  CoreDataset,
  CoreInfo,
  CoreLevel,
  CorePlan,
  CorePlannedBlock,
  CoreReadStats,
  CoreRequest,
} from '../core-types.js'

/** What a decoder is told of each block: `Told` in src/wasm/core/dataset.rs. */
type Job = Pick<CorePlannedBlock, 'module' | 'weight' | 'storedRows' | 'part' | 'job'>

interface Planned {
  plan: CorePlan
  /** Of the plan's blocks, its mask's, its colours', its mask's colours', one after another. */
  jobs: Job[]
}

export class Dataset implements CoreDataset {
  readonly #state: DatasetState

  constructor(state: DatasetState) {
    this.#state = state
    unfreed.register(this, state, this)
  }

  info(): CoreInfo {
    const { files, driver } = this.#state
    const { ok } = this.#state.ask({ info: null }) as { ok: CoreInfo }
    for (const [source, name] of files.held()) ok.warnings.push(...driver.advice(source, name))
    return ok
  }

  levels(signal?: AbortSignal): Promise<CoreLevel[]> {
    return this.#answer({ levels: this.#state.files.name }, signal)
  }

  embedded(kind: string, signal?: AbortSignal): Promise<Uint8Array | null> {
    return this.#answer({ embedded: kind }, signal)
  }

  plan(request: CoreRequest, signal?: AbortSignal, group?: number, priority?: number): Promise<CorePlan> {
    return this.#run(signal, { group, priority }, async call => {
      const { value, stats } = await this.#state.answer(call, { plan: request })
      const { plan, jobs } = value as Planned
      const { blocks: ofMask = [], colours: maskColours = [] } = plan.mask ?? {}
      const blocks = [plan.blocks, ofMask, plan.colours, maskColours].flat()
      blocks.forEach((block, index) => Object.assign(block, jobs[index]))
      return { ...plan, stats }
    })
  }

  fetch(
    ranges: { file: number; start: number; end: number }[],
    onBlock: (index: number, bytes: Uint8Array) => void,
    signal?: AbortSignal,
    group?: number,
    priority?: number,
  ): Promise<CoreReadStats> {
    return this.#run(signal, { group, priority }, call => bring(this.#state, call, rangesOf(ranges), onBlock))
  }

  setPriority(group: number, priority: number): void {
    this.#state.setPriority(group, priority)
  }

  stats(): CoreReadStats {
    return { ...this.#state.stats }
  }

  close(): void {
    this.#state.close()
  }

  free(): void {
    unfreed.unregister(this)
    this.#state.free()
  }

  #answer<T>(question: Question, signal: AbortSignal | undefined): Promise<T> {
    return this.#run(signal, {}, async call => (await this.#state.answer(call, question)).value as T)
  }

  #run<T>(
    signal: AbortSignal | undefined,
    urgency: Urgency,
    work: (call: CoreCall) => Promise<T>,
  ): Promise<T> {
    return this.#state.run(signal, urgency, work)
  }
}

/** Datasets that were dropped without `free()`: their files are let go of when their last call has ended. */
const unfreed = /* @__PURE__ */ new FinalizationRegistry((state: DatasetState) => state.free())
