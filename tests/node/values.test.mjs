// Values as src/values/ writes and reads them: each kind by its bytes.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readValue, writeValue } from '../../pkg/values.js'

const bytes = (...parts) => Uint8Array.from(parts.flat(Infinity))
const whole = number => [3, [...new Uint8Array(Uint32Array.of(number).buffer)]]
const float = number => [4, [...new Uint8Array(Float64Array.of(number).buffer)]]
const sized = (kind, content) => [kind, whole(content.length)[1], [...content]]
const text = content => sized(5, new TextEncoder().encode(content))

test('each kind of value', () => {
  const cases = [
    [[0], null],
    [[1], false],
    [[2], true],
    [whole(4294967295), 4294967295],
    [float(-0.5), -0.5],
    [float(NaN), NaN],
    [float(-Infinity), -Infinity],
    [float(-0), -0],
    [text(''), ''],
    [text('é 𝄞'), 'é 𝄞'],
    [sized(6, [1, 2]), Uint8Array.of(1, 2)],
    [[7, 9], []],
    [
      [7, text('a'), [7, whole(1), 9], 9],
      ['a', [1]],
    ],
    [[8, 9], {}],
    [[8, text('a'), [8, text('b'), 0, 9], text('c'), 2, 9], { a: { b: null }, c: true }],
  ]
  for (const [written, value] of cases) assert.deepStrictEqual(readValue(bytes(written)), value)
})

test('it stands anywhere in a buffer, and its bytes are its own', () => {
  const buffer = bytes(99, sized(6, [7]), 99)
  const value = readValue(buffer.subarray(1))
  buffer.fill(0)
  assert.deepEqual(value, Uint8Array.of(7))
})

test('a field may have any name', () => {
  const value = readValue(bytes(8, text('__proto__'), whole(1), text('toString'), whole(2), 9))
  assert.deepEqual(Object.entries(value), [
    ['__proto__', 1],
    ['toString', 2],
  ])
  assert.equal(Object.getPrototypeOf(value), Object.prototype)
})

test('what is written is read: each kind, and more than the first room for it', () => {
  const value = {
    numbers: [0, 1, 4294967295, 4294967296, -1, 0.5, -0, NaN, Infinity],
    texts: ['', 'é 𝄞', 'x'.repeat(5000)],
    flags: [true, false, null],
    bytes: Uint8Array.from({ length: 3000 }, (_, index) => index),
    objects: { a: { b: {} } },
  }
  assert.deepStrictEqual(readValue(writeValue(value)), value)
  assert.deepStrictEqual(readValue(writeValue({ a: undefined, b: [undefined], c() {} })), {
    b: [null],
    c: null,
  })
  // A number that ends where the room does.
  for (let length = 230; length < 260; length++) {
    const edge = ['x'.repeat(length), 7, 0.5]
    assert.deepStrictEqual(readValue(writeValue(edge)), edge)
  }
})
