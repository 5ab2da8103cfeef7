// The modules of WebAssembly, all built from the one crate: `wasm/NAME.wasm` in the package. A module that decodes
// exports what src/wasm/decode.rs has, and js/instance.ts runs it; its codecs are the cargo feature of its name.

/**
 * @typedef {object} Module
 * @property {string} name of its file
 * @property {string[]} features of cargo
 * @property {string} profile of cargo
 * @property {string[]} passes of wasm-opt. Levels above 1 make decoders slower.
 */

// `--low-memory-unused`: below address 1024 there is only the far end of the stack.
// What makes the file shorter and, after gzip, longer is left out: see benches/NOTES.md.
const smallest = [
  '-Os',
  ...['reorder-functions', 'inlining-optimizing', 'local-cse', 'code-folding'].map(
    pass => `--skip-pass=${pass}`,
  ),
  '--low-memory-unused',
  // Alignments are hints that no engine heeds.
  ...['--dealign', '--merge-locals', '--reorder-locals', '--vacuum'],
]

// Without the arguments and results that nobody uses, or that are always the same, and without what is set to what it is.
const fast = ['-O1', '--dae-optimizing', '--low-memory-unused', '--rse', '--vacuum']

/** @type {Module[]} */
export const modules = [
  { name: 'core', features: ['core', 'modular'], profile: 'small', passes: smallest },
  { name: 'decode', features: ['decode'], profile: 'release', passes: fast },
  { name: 'jpeg', features: ['jpeg'], profile: 'release', passes: fast },
  { name: 'lerc', features: ['lerc'], profile: 'release', passes: fast },
  { name: 'extra', features: ['extra'], profile: 'release', passes: fast },
  { name: 'jp2', features: ['jp2'], profile: 'carrier', passes: fast },
  { name: 'jxl', features: ['jxl'], profile: 'carrier', passes: fast },
]

/** Those that decode. */
export const decoders = modules.filter(({ name }) => name !== 'core')
