// Values as src/values.rs writes them: each kind by its bytes.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readValue } from '../../pkg/values.js'

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
