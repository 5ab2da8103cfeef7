/** The one instance of `core.wasm`. */

import { createCore } from './wasm/core.js'
import type { CoreEngine } from './core-types.js'
import type { NetOptions } from './types.js'
import type { Modules } from './modules.js'

/** Makes engines in the core instance; `onTrap` is told when the instance stops in the middle of a task of its own. */
export interface CoreMaker {
  make(net: NetOptions, onTrap: (cause: unknown) => void): CoreEngine
}

/** Loads the instance on first use; a failure is not kept, the next call tries again. */
export class CoreLoader {
  readonly #modules: Modules
  #glue: Promise<ReturnType<typeof createCore>> | undefined

  constructor(modules: Modules) {
    this.#modules = modules
  }

  /** The core instance; a fresh one where `replace` says that the last has trapped. */
  async core(replace: boolean): Promise<CoreMaker> {
    const first = this.#glue === undefined
    this.#glue ??= this.#instantiate().catch((error: unknown) => {
      this.#glue = undefined
      throw error
    })
    const glue = await this.#glue
    if (replace && !first) glue.__wbg_reset_state()
    return { make: (net, onTrap) => new glue.Core(net, onTrap) }
  }

  async #instantiate(): Promise<ReturnType<typeof createCore>> {
    const module = await this.#modules.compiled('core')
    const glue = createCore()
    await glue.init({ module_or_path: module })
    return glue
  }
}
