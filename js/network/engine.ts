/** The engine: one Net with its cache, shared by all its datasets (`CoreEngine`). */

import { about } from './fault.js'
import { Dataset } from './dataset.js'
import { DatasetState } from './state.js'
import { Driver } from './driver.js'
import { Files, type Neighbour } from './files.js'
import { namedOf, originOf, type Origin } from './origin.js'
import { netSettings } from './options.js'
import { writeValue } from '../values.js'
import type { CoreDataset, CoreEngine, CoreError, CoreOpenOptions, CoreSource } from '../core-types.js'
import type { CoreInstance } from './instance.js'
import type { NetOptions } from '../types.js'

/** What `dataset_new` in src/wasm/core/dataset.rs answers. */
interface Made {
  dataset: number
  planBytes: number
  files: Neighbour[]
}

export class Engine implements CoreEngine {
  readonly #instance: CoreInstance
  readonly #driver: Driver

  /**
   * `onTrap` is told, with the exception, when the instance has stopped in the middle of something: no call of any engine in it will
   * come to an end then.
   */
  constructor(instance: CoreInstance, options: NetOptions, onTrap?: (cause: unknown) => void) {
    this.#instance = instance
    this.#driver = new Driver(instance, netSettings(options))
    if (onTrap) instance.onTrap(onTrap)
  }

  /** Opens a dataset with one request: the first range of its base, where IFD 0 usually is. */
  async open(source: CoreSource, options: CoreOpenOptions, signal?: AbortSignal): Promise<CoreDataset> {
    const state = this.#prepare(source, options ?? {})
    try {
      await state.run(signal, {}, async call => {
        try {
          await state.answer(call, { open: null })
        } catch (error) {
          throw about(error, state.files.name)
        }
      })
      return new Dataset(state)
    } catch (error) {
      state.close()
      throw error
    }
  }

  /** Reads the arguments of `open`. Nothing is sent. */
  #prepare(source: CoreSource, options: CoreOpenOptions): DatasetState {
    const base = originOf(source, 'source')
    const { overviews, limits, overviewPolicy, overviewDepth, auxiliary } = options
    let named: Origin | undefined
    if (typeof overviews === 'object' && overviews !== null) named = originOf(overviews, 'overviews')
    const asked = { limits, overviewPolicy, overviewDepth, auxiliary: Boolean(auxiliary) }
    const opened = { ...asked, base: namedOf(base), overviews: named ? namedOf(named) : overviews }
    const made = this.#instance.told('dataset_new', writeValue(opened)) as { ok: Made } | { error: CoreError }
    if ('error' in made) throw made.error
    const { dataset, planBytes, files } = made.ok
    return new DatasetState(
      this.#driver,
      this.#instance,
      dataset,
      new Files(this.#driver, base, named, files),
      planBytes,
    )
  }

  cacheStats(): { bytes: number; limit: number; pieces: number } {
    return this.#driver.cacheStats()
  }

  clearCache(): void {
    this.#driver.tell('clearCache')
  }

  /** What is held at this moment, for tests that look for leaks. */
  counts(): Record<string, number> {
    return this.#driver.counts()
  }
}
