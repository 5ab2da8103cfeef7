/** The glue of the instance that decodes: the same module, instantiated apart so that blocks never enter the other. */

import type { Colour, Decode } from '../core-types.js'

/** Instantiates, once. */
export default function init(options: { module_or_path: WebAssembly.Module }): Promise<unknown>

export const decode: Decode

export const rgba: Colour

/** Puts a fresh instance in the place of a trapped one. */
export function __wbg_reset_state(): void
