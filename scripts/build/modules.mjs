// The modules of WebAssembly, all built from the one crate: `wasm/NAME.wasm` in the package. A module that decodes
// exports what src/wasm/decode.rs has, and js/instance.ts runs it; its codecs are the cargo feature of its name.

/**
 * @typedef {object} Module
 * @property {string} name of its file
 * @property {string[]} features of cargo
 * @property {string} profile of cargo
 * @property {string[]} passes of wasm-opt. Levels above 1 make decoders slower.
 */

// What makes the file shorter and, after gzip, longer is left out: see benches/NOTES.md.
const smallest = [
  '-Oz',
  ...['reorder-functions', 'inlining-optimizing', 'local-cse'].map(pass => `--skip-pass=${pass}`),
]

/** @type {Module[]} */
export const modules = [
  { name: 'core', features: ['core', 'modular'], profile: 'small', passes: smallest },
  { name: 'decode', features: ['decode'], profile: 'release', passes: ['-O1'] },
  { name: 'jpeg', features: ['jpeg'], profile: 'release', passes: ['-O1'] },
  { name: 'lerc', features: ['lerc'], profile: 'release', passes: ['-O1'] },
  { name: 'extra', features: ['extra'], profile: 'release', passes: ['-O1'] },
  { name: 'jp2', features: ['jp2'], profile: 'carrier', passes: ['-O1'] },
  { name: 'jxl', features: ['jxl'], profile: 'carrier', passes: ['-O1'] },
]

/** Those that decode. */
export const decoders = modules.filter(({ name }) => name !== 'core')
