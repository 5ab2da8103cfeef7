import { PyramidionError, invalidArgument } from './errors.js'
import type { CoreNumber } from './core-types.js'
import type { DataTypeName, Raster, ReadResult, TypedArray, TypedArrayOf } from './types.js'

const ARRAYS = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  biguint64: BigUint64Array,
  bigint64: BigInt64Array,
  float32: Float32Array,
  float64: Float64Array,
  complexint16: Int16Array,
  complexint32: Int32Array,
  complex64: Float32Array,
  complex128: Float64Array,
} as const satisfies Record<DataTypeName, unknown>

// Subclasses such as Node's Buffer and classes of other realms have their own names; this getter knows the true one.
const TypedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype) as object

/** Name of a typed array's class, also where it comes from another realm or is a subclass; else undefined. */
export function typedArrayKind(value: unknown): string | undefined {
  return Reflect.get(TypedArrayPrototype, Symbol.toStringTag, value) as string | undefined
}

/** Numbers of one element: a complex one is a real and an imaginary part. */
export function partsOf(dtype: DataTypeName): 1 | 2 {
  return dtype.startsWith('complex') ? 2 : 1
}

/** A new array of zeros for that many elements, in shared memory where that is wanted. */
export function newArray<D extends DataTypeName>(
  dtype: D,
  elements: number,
  shared = false,
): TypedArrayOf<D> {
  const array = ARRAYS[dtype]
  const length = elements * partsOf(dtype)
  if (!shared) return new array(length) as TypedArrayOf<D>
  const memory = new SharedArrayBuffer(length * array.BYTES_PER_ELEMENT)
  // One class of all of them, which the compiler cannot tell apart.
  return new (array as Uint8ArrayConstructor)(memory) as unknown as TypedArrayOf<D>
}

/** Bytes of one element. */
export function elementBytes(dtype: DataTypeName): number {
  return ARRAYS[dtype].BYTES_PER_ELEMENT * partsOf(dtype)
}

/** Its place in `DataType::ALL` of src/pixel/data_type.rs. */
export function dtypeNumber(dtype: DataTypeName): number {
  return Object.keys(ARRAYS).indexOf(dtype)
}

/** The caller's array, once it is known to be of that type and to hold that many elements. */
export function checkedOut<D extends DataTypeName>(
  out: unknown,
  dtype: D,
  elements: number,
): TypedArrayOf<D> {
  const length = elements * partsOf(dtype)
  const wanted = ARRAYS[dtype].name
  if (typedArrayKind(out) !== wanted)
    throw invalidArgument('out', `a ${wanted} (the raster is ${dtype})`, out)
  const array = out as TypedArrayOf<D>
  if (array.length === length) return array
  const found = array.buffer.byteLength === 0 ? 'an empty or detached one' : `one of ${array.length}`
  const message = `out must be a ${wanted} of ${length} elements, got ${found}`
  throw new PyramidionError('invalid_argument', message, { name: 'out', found: array.length, limit: length })
}

/** Whether reads of the raster, or the result, have that data type; narrows the type of `data`. */
export function isDtype<D extends DataTypeName>(value: Raster, dtype: D): value is Raster<D>
export function isDtype<D extends DataTypeName>(value: ReadResult, dtype: D): value is ReadResult<D>
export function isDtype(value: { dtype: DataTypeName }, dtype: DataTypeName): boolean {
  return value.dtype === dtype
}

/** The core's number as the data type's own: a bigint for 64-bit integers, where it is one. */
export function numberOf(value: CoreNumber, dtype: DataTypeName): number | bigint {
  if (dtype !== 'bigint64' && dtype !== 'biguint64') return Number(value)
  if (typeof value === 'string') return /^[+-]?\d+$/.test(value) ? BigInt(value) : Number(value)
  return Number.isInteger(value) ? BigInt(value) : value
}

/** Fills elements with a number; the imaginary part of a complex one is 0. */
export function fillRun(
  array: TypedArray,
  dtype: DataTypeName,
  value: number | bigint,
  start: number,
  end: number,
): void {
  // The number fits the array: the one place where that is promised to the compiler.
  const filled = array as unknown as { fill(value: number | bigint, start: number, end: number): void }
  if (partsOf(dtype) === 1) {
    filled.fill(value, start, end)
    return
  }
  filled.fill(0, start * 2, end * 2)
  for (let i = start * 2; i < end * 2; i += 2) array[i] = value
}
