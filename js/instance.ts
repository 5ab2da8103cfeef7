/**
 * An instance of a module that decodes. Its exports are those of src/wasm/decode.rs: bytes are put into its memory, and
 * answers are taken out of it. The build checks that every such module has them and imports nothing else.
 */

import { PyramidionError, toPyramidionError } from './errors.js'
import { readValue } from './values.js'
import { dtypeNumber } from './data-types.js'
import type { Colour, Decode } from './core-types.js'

/** Where a buffer lies, and its length; 0 is nowhere. */
type Span = [number, number]

interface Exports {
  memory: WebAssembly.Memory
  __wbindgen_start(): void
  __wbindgen_malloc(bytes: number, align: number): number
  __wbindgen_free(at: number, bytes: number, align: number): void
  decode(...jobAndBytes: number[]): Span
  give_back?(...samples: Span): void
  rgba?(...samplesAndOptions: number[]): Span
  failure(): Span
  fits(bytes: number): number
}

/** What a module that decodes can do. Any exception but a `PyramidionError` leaves it in no known state. */
export interface DecoderInstance {
  decode: Decode
  /** Only `decode.wasm` draws. */
  rgba: Colour
}

/** A fresh instance. */
export async function instantiate(module: WebAssembly.Module): Promise<DecoderInstance> {
  // What wasm-bindgen's own glue would fill with values: none crosses this border.
  const nothing = { __wbindgen_init_externref_table() {} }
  const imports = Object.fromEntries(
    WebAssembly.Module.imports(module).map(({ module }) => [module, nothing]),
  )
  const { exports } = await WebAssembly.instantiate(module, imports)
  const wasm = exports as unknown as Exports
  wasm.__wbindgen_start()
  return { decode: decodeWith(wasm), rgba: colourWith(wasm) }
}

function decodeWith(wasm: Exports): Decode {
  return (job, bytes, take, forgive) => {
    checkRoom(wasm, job.length + bytes.length)
    return answer(wasm, wasm.decode(...put(wasm, job), ...put(wasm, bytes)), take, forgive)
  }
}

function colourWith(wasm: Exports): Colour {
  return ({ dtype, bands, interleaved, shown, ranges, palette, nodata }, samples) => {
    if (!wasm.rgba) throw new PyramidionError('internal', 'this module does not draw')
    checkRoom(wasm, samples.length)
    const flat = ranges && Float64Array.from(ranges.flat())
    const span = wasm.rgba(
      ...put(wasm, samples),
      ...[dtypeNumber(dtype), bands, Number(interleaved)],
      ...put(wasm, Uint32Array.from(shown)),
      ...(flat ? put(wasm, flat) : [0, 0]),
      ...(palette ? put(wasm, palette) : [0, 0]),
      ...(nodata ? put(wasm, nodata) : [0, 0]),
    )
    return answer(wasm, span) as Uint8Array
  }
}

/** What does not fit is an error that leaves the instance as it is, and not a trap. */
function checkRoom(wasm: Exports, bytes: number): void {
  // Its memory counts in 32 bits.
  if (bytes > 0xffffffff || !wasm.fits(bytes)) throw noMemory(bytes)
}

/** Copies into the memory of the instance, which is its own to free. */
function put(wasm: Exports, array: Uint8Array | Uint32Array | Float64Array): Span {
  const { BYTES_PER_ELEMENT: align, byteLength } = array
  const at = wasm.__wbindgen_malloc(byteLength, align) >>> 0
  bytesAt(wasm, [at, byteLength]).set(new Uint8Array(array.buffer, array.byteOffset, byteLength))
  return [at, array.length]
}

/** Hands the answer to `take` where it lies, or copies it out; throws the error where there is none. */
function answer(
  wasm: Exports,
  span: Span,
  take?: (samples: Uint8Array) => void,
  forgive?: (why: string) => void,
): Uint8Array | null {
  const said = wasm.failure()
  if (said[1] > 0) {
    const error = toPyramidionError(taken(wasm, said, readValue))
    if (span[0] === 0) throw error
    forgive?.(error.message)
  }
  const given = bytesAt(wasm, span)
  try {
    if (!take) return copyOf(given)
    take(given)
    return null
  } finally {
    if (given.length > 0) release(wasm, given)
  }
}

/** The next block may have its memory, where the module keeps any. */
function release(wasm: Exports, { byteOffset, length }: Uint8Array): void {
  if (wasm.give_back) wasm.give_back(byteOffset, length)
  else wasm.__wbindgen_free(byteOffset, length, 1)
}

/** What is made of a buffer, which is freed then. */
function taken<T>(wasm: Exports, span: Span, make: (given: Uint8Array) => T): T {
  const given = bytesAt(wasm, span)
  try {
    return make(given)
  } finally {
    wasm.__wbindgen_free(given.byteOffset, given.byteLength, 1)
  }
}

/** A view, good until the instance runs again: memory that grows is another buffer. */
function bytesAt({ memory }: Exports, [at, length]: Span): Uint8Array {
  return new Uint8Array(memory.buffer, at >>> 0, length)
}

function copyOf(given: Uint8Array): Uint8Array {
  try {
    return given.slice()
  } catch {
    throw noMemory(given.length)
  }
}

function noMemory(found: number): PyramidionError {
  return new PyramidionError('limit', `the platform has no memory for a buffer of ${found} bytes`, { found })
}
