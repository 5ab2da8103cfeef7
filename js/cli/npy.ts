import type { DataTypeName, TypedArray } from '../types.js'

const DESCRIPTIONS: Record<DataTypeName, string> = {
  uint8: '|u1',
  int8: '|i1',
  uint16: '<u2',
  int16: '<i2',
  uint32: '<u4',
  int32: '<i4',
  biguint64: '<u8',
  bigint64: '<i8',
  float32: '<f4',
  float64: '<f8',
  // NumPy has no complex integers: their parts are one more axis.
  complexint16: '<i2',
  complexint32: '<i4',
  complex64: '<c8',
  complex128: '<c16',
}

/** NumPy's file header, version 1.0, of a C-ordered array of that shape; of complex integers it is an array of pairs. */
export function npyHeader(dtype: DataTypeName, shape: readonly number[]): Uint8Array {
  const axes = dtype.startsWith('complexint') ? [...shape, 2] : shape
  const sizes = axes.length === 1 ? `${axes[0] ?? 0},` : axes.join(', ')
  const dictionary = `{'descr': '${DESCRIPTIONS[dtype]}', 'fortran_order': False, 'shape': (${sizes}), }`
  // Magic, version and length take 10 bytes; the data starts at a multiple of 64.
  const padding = 63 - ((10 + dictionary.length) % 64)
  const text = `${dictionary}${' '.repeat(padding)}\n`
  const header = Buffer.alloc(10 + text.length)
  header.write('\x93NUMPY\x01\x00', 'latin1')
  header.writeUInt16LE(text.length, 8)
  header.write(text, 10, 'latin1')
  return header
}

/** The array's bytes in little-endian order: a view of it where that is the machine's own, else a swapped copy. */
export function littleEndian(array: TypedArray, machineIsLittle = MACHINE_IS_LITTLE): Uint8Array {
  const bytes = Buffer.from(array.buffer, array.byteOffset, array.byteLength)
  if (machineIsLittle || array.BYTES_PER_ELEMENT === 1) return bytes
  const copy = Buffer.from(bytes)
  if (array.BYTES_PER_ELEMENT === 2) return copy.swap16()
  return array.BYTES_PER_ELEMENT === 4 ? copy.swap32() : copy.swap64()
}

const MACHINE_IS_LITTLE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1
