/** The glue of the instance that knows files: made by wasm-bindgen, typed by hand to the contract. */

import type { CoreEngine, CoreNetOptions } from '../core-types.js'

/** Instantiates, once. */
export default function init(options: { module_or_path: WebAssembly.Module }): Promise<unknown>

export const Core: new (options: CoreNetOptions, onTrap?: (cause: unknown) => void) => CoreEngine

/** Puts a fresh instance in the place of a trapped one; objects of the old one are stale. */
export function __wbg_reset_state(): void
