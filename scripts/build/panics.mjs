// What a panic would say is told to nobody: a module of WebAssembly has no standard error, and the facade sees a trap. So the
// functions of Rust's libraries that put the message together are made to trap at once, and wasm-opt drops what only they need.
import { bodiesOf, dataOf, importedFunctions, namesOf, sectionsOf, wasmOf, withBodies } from './binary.mjs'

/** Functions that never return, by their names without hashes. */
const PANICS = [
  /^core::panicking::(panic|panic_fmt|panic_bounds_check|panic_const::\w+)$/,
  /^core::(option::(unwrap|expect)_failed|result::unwrap_failed|cell::panic_already_\w+)$/,
  /^core::(slice::index::slice_index_fail|slice::copy_from_slice_impl::len_mismatch_fail|str::slice_error_fail(_rt)?)$/,
  /^<?alloc::vec::Vec<.*>>?::\w+::assert_failed$/,
  /^alloc::(raw_vec::(handle_error|capacity_overflow)|alloc::handle_alloc_error)$/,
  /^__rustc::rust_begin_unwind$/,
]

/** A body without locals: `unreachable`, `end`. */
const TRAP = Buffer.from([0, 0x00, 0x0b])

/** @param {Uint8Array} wasm with names */
export function withoutPanics(wasm) {
  const sections = sectionsOf(wasm)
  const imported = importedFunctions(sections)
  const names = namesOf(sections)
  let silenced = 0
  const bodies = bodiesOf(sections).map((body, index) => {
    const name = (names.get(imported + index) ?? '')
      .replace(/\[[0-9a-f]{16}\]/g, '')
      .replace(/::h[0-9a-f]{16}$/, '')
    if (!PANICS.some(panic => panic.test(name))) return body
    silenced += 1
    return TRAP
  })
  // Rust may name them otherwise one day: then this has to be looked at again.
  if (silenced < 5) throw new Error(`only ${silenced} functions that panic were found by their names`)
  dataOf(sections).forEach(forgetLocations)
  return wasmOf(withBodies(sections, bodies))
}

/** A source file of Rust's or of a crate. */
const SOURCE = /^(\/rustc\/|src\/|cargo\/|\/rust\/)[\x21-\x7e]*\.rs$/

/** Where in the source something panics is for the message alone: address and length of the file's name, line, column. */
function forgetLocations({ address, bytes }) {
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const files = []
  for (let at = (4 - (address % 4)) % 4; at + 16 <= bytes.length; at += 4) {
    const [file, length, line, column] = [0, 4, 8, 12].map(place => words.getUint32(at + place, true))
    const start = file - address
    if (length > 200 || line > 1e5 || column > 1e3 || start < 0 || start + length > bytes.length) continue
    if (!SOURCE.test(Buffer.from(bytes.subarray(start, start + length)).toString('latin1'))) continue
    files.push([start, length])
    bytes.fill(0, at, at + 16)
  }
  for (const [start, length] of files) bytes.fill(0, start, start + length)
}
