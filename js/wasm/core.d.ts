/** The glue of `core.wasm`: made by wasm-bindgen, typed by hand to the contract. */

import type { CoreEngine } from '../core-types.js'
import type { NetOptions } from '../types.js'

/** The glue of one instance, which is not there before `init`. */
export function createCore(): {
  init(options: { module_or_path: WebAssembly.Module }): Promise<unknown>
  Core: new (options: NetOptions, onTrap?: (cause: unknown) => void) => CoreEngine
  /** Puts a fresh instance in the place of a trapped one; objects of the old one are stale. */
  __wbg_reset_state(): void
}
