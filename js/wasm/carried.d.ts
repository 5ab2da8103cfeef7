/** What the entry `pyramidion/inline` carries with it: made by the build. */

/** The worker's script, without imports. */
export const worker: string

/** Modules of WebAssembly, compressed by gzip, in base64. */
export const wasm: { core: string; decode: string }
