/** The one instance of `core.wasm`. */

import { CoreInstance } from './network/instance.js'
import { Engine } from './network/engine.js'
import type { CoreEngine } from './core-types.js'
import type { Modules } from './modules.js'
import type { NetOptions } from './types.js'

/** Makes engines in the core instance; `onTrap` is told when the instance stops in the middle of a task of its own. */
export interface CoreMaker {
  make(net: NetOptions, onTrap: (cause: unknown) => void): CoreEngine
}

/** Loads the instance on first use; a failure is not kept, the next call tries again. */
export class CoreLoader {
  readonly #modules: Modules
  #instance: Promise<CoreInstance> | undefined

  constructor(modules: Modules) {
    this.#modules = modules
  }

  /** The core instance; a fresh one where `replace` says that the last has trapped. */
  async core(replace: boolean): Promise<CoreMaker> {
    if (replace) this.#instance = undefined
    this.#instance ??= this.#instantiate().catch((error: unknown) => {
      this.#instance = undefined
      throw error
    })
    const instance = await this.#instance
    return { make: (net, onTrap) => new Engine(instance, net, onTrap) }
  }

  async #instantiate(): Promise<CoreInstance> {
    return CoreInstance.of(await this.#modules.compiled('core'))
  }
}
