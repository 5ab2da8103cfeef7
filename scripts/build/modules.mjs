// The modules of WebAssembly, all built from the one crate: `wasm/NAME.wasm` in the package. A module that decodes
// exports what src/wasm/decode.rs has, and js/instance.ts runs it; its codecs are the cargo feature of its name.

/**
 * @typedef {object} Module
 * @property {string} name of its file
 * @property {string[]} features of cargo
 * @property {string} profile of cargo
 * @property {string} level of wasm-opt. Higher ones make the file smaller and, after gzip, larger; decoders slower.
 */

/** @type {Module[]} */
export const modules = [
  { name: 'core', features: ['core', 'modular'], profile: 'small', level: '-O1' },
  { name: 'decode', features: ['decode'], profile: 'release', level: '-O1' },
  { name: 'extra', features: ['extra'], profile: 'release', level: '-O1' },
  { name: 'jp2', features: ['jp2'], profile: 'release', level: '-O1' },
  { name: 'jxl', features: ['jxl'], profile: 'release', level: '-O1' },
]

/** Those that decode. */
export const decoders = modules.filter(({ name }) => name !== 'core')
