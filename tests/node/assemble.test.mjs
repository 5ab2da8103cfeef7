import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPyramidionError } from '../../pkg/index.node.js'
import { Assembly } from '../../pkg/assemble.js'
import { fakePlan } from './fake-core.mjs'

const arrays = {
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
}

/** The value of a pixel in the result, distinct for each place. */
const valueAt = (band, row, column) => band * 100 + row * 10 + column + 1

/** What a decoder gives for a placement: its values in the plan's layout, as bytes. */
function samplesOf({ x, y, width, height, bands }, layout, dtype) {
  const values = []
  const push = (band, row, column) => values.push(valueAt(band, y + row, x + column))
  const pixels = visit => {
    for (let row = 0; row < height; row++) for (let column = 0; column < width; column++) visit(row, column)
  }
  if (layout === 'band') for (const band of bands) pixels((row, column) => push(band, row, column))
  else pixels((row, column) => bands.forEach(band => push(band, row, column)))
  const array = arrays[dtype].from(values.map(value => (dtype.startsWith('big') ? BigInt(value) : value)))
  return new Uint8Array(array.buffer)
}

function expected({ width, height, bands, layout, dtype }) {
  return samplesOf({ x: 0, y: 0, width, height, bands: bands.map((_, i) => i) }, layout, dtype)
}

const cuts = {
  'one block': [[0, 0, 8, 4]],
  strips: [
    [0, 0, 8, 1],
    [0, 1, 8, 2],
    [0, 3, 8, 1],
  ],
  'tiles with odd edges': [
    [0, 0, 3, 3],
    [3, 0, 3, 3],
    [6, 0, 2, 3],
    [0, 3, 3, 1],
    [3, 3, 3, 1],
    [6, 3, 2, 1],
  ],
  columns: [
    [0, 0, 1, 4],
    [1, 0, 7, 4],
  ],
}

const shares = {
  'all bands in order': [[0, 1, 2]],
  'all bands in another order': [[2, 0, 1]],
  'planes apart': [[0], [1], [2]],
  'two and one': [[2, 0], [1]],
}

for (const dtype of Object.keys(arrays)) {
  test(`blocks of ${dtype} come to their places in both layouts`, () => {
    for (const layout of ['band', 'pixel']) {
      for (const [cut, places] of Object.entries(cuts)) {
        for (const [share, parts] of Object.entries(shares)) {
          const blocks = places.flatMap(place => parts.map(bands => ({ place, bands })))
          const plan = fakePlan({ bands: [1, 2, 3], blocks, layout, dtype })
          const assembly = new Assembly(plan, undefined)
          assert.ok(assembly.data instanceof arrays[dtype])
          for (const block of plan.blocks) assembly.place(block, samplesOf(block.placement, layout, dtype))
          const { buffer } = assembly.data
          assert.deepEqual(new Uint8Array(buffer), expected(plan), `${layout}, ${cut}, ${share}`)
        }
      }
    }
  })
}

test('stored bytes that are samples come to their places without a decoder', () => {
  for (const layout of ['band', 'pixel']) {
    for (const bands of layout === 'band'
      ? [[0], [2]]
      : [
          [0, 1, 2],
          [2, 0],
        ]) {
      const plan = fakePlan({
        bands: [1, 2, 3],
        blocks: [{ place: [2, 1, 5, 3], bands }],
        layout,
        dtype: 'uint16',
      })
      const [block] = plan.blocks
      const samples = samplesOf(block.placement, layout, 'uint16')
      const length = 5 * bands.length * 2
      for (const [start, stride] of [
        [0, length],
        [7, length],
        [3, length + 5],
      ]) {
        const stored = new Uint8Array(start + 2 * stride + length).fill(0xee)
        for (let row = 0; row < 3; row++) {
          stored.set(samples.subarray(row * length, (row + 1) * length), start + row * stride)
        }
        const [direct, decoded] = [new Assembly(plan, undefined), new Assembly(plan, undefined)]
        decoded.place(block, samples)
        const told = { ...block, storedRows: [start, stride] }
        assert.equal(direct.placeStored(told, stored), true)
        assert.deepEqual(direct.data, decoded.data)
        const fresh = new Assembly(plan, undefined)
        assert.equal(fresh.placeStored(told, stored.subarray(1)), false, 'a byte is missing')
        assert.equal(fresh.placeStored(block, stored), false, 'not said to be samples')
        assert.ok(fresh.data.every(value => value === 0))
      }
    }
  }
})

test('samples that start at an odd byte, and an out inside a larger buffer', () => {
  const plan = fakePlan({
    bands: [1, 2],
    blocks: [{ bands: [1, 0] }].map(b => ({ place: [0, 0, 8, 4], ...b })),
    layout: 'pixel',
    dtype: 'float64',
  })
  const samples = samplesOf(plan.blocks[0].placement, 'pixel', 'float64')
  const odd = new Uint8Array(samples.length + 1).subarray(1)
  odd.set(samples)
  const out = new Float64Array(new ArrayBuffer(8 * 66), 8, 64)
  const assembly = new Assembly(plan, out)
  assembly.place(plan.blocks[0], odd)
  assert.equal(assembly.data, out)
  assert.deepEqual(new Uint8Array(out.buffer, 8, 512), expected(plan))
  assert.deepEqual(new Float64Array(out.buffer, 0, 1), Float64Array.of(0))
})

test('NaN payloads survive', () => {
  for (const layout of ['band', 'pixel']) {
    const blocks = [{ place: [0, 0, 8, 4], bands: [1] }]
    const plan = fakePlan({ bands: [1, 2], blocks, layout, dtype: 'float32' })
    const bits = new Uint32Array(32).fill(0x7fa00001)
    const assembly = new Assembly(plan, undefined)
    assembly.place(plan.blocks[0], new Uint8Array(bits.buffer))
    const found = new Uint32Array(assembly.data.buffer).filter(word => word === 0x7fa00001)
    assert.equal(found.length, 32, layout)
  }
})

test("sparse blocks are filled, in a caller's array also with 0", () => {
  const place = [2, 1, 3, 2]
  for (const layout of ['band', 'pixel']) {
    for (const bands of [[0, 1], [1]]) {
      for (const [dtype, fill, value] of [
        ['float32', -9999, -9999],
        ['float32', 0, 0],
        ['bigint64', '-9223372036854775808', -(2n ** 63n)],
        ['biguint64', 5, 5n],
        ['float64', NaN, NaN],
      ]) {
        const plan = fakePlan({
          bands: [1, 2],
          blocks: [{ place, bands, sparse: true }],
          layout,
          dtype,
          fill: [fill, fill],
        })
        const before = dtype.startsWith('big') ? 7n : 7
        const out = new arrays[dtype](64).fill(before)
        const assembly = new Assembly(plan, out)
        assembly.fill(plan.blocks[0])
        for (let band = 0; band < 2; band++) {
          for (let row = 0; row < 4; row++) {
            for (let column = 0; column < 8; column++) {
              const index = layout === 'band' ? band * 32 + row * 8 + column : (row * 8 + column) * 2 + band
              const inside = bands.includes(band) && column >= 2 && column < 5 && row >= 1 && row < 3
              assert.equal(out[index], inside ? value : before, `${layout} ${bands} ${dtype} ${index}`)
            }
          }
        }
      }
    }
  }
})

test('an out that does not fit is refused with what would fit', () => {
  const plan = fakePlan({ dtype: 'float32' })
  const refused = (out, pattern) =>
    assert.throws(
      () => new Assembly(plan, out),
      error => {
        assert.ok(isPyramidionError(error, 'invalid_argument'))
        assert.equal(error.detail.name, 'out')
        assert.match(error.message, pattern)
        return true
      },
    )
  refused(new Float64Array(32), /a Float32Array \(the raster is float32\), got a Float64Array/)
  refused(new Float32Array(31), /a Float32Array of 32 elements, got one of 31/)
  refused(new Float32Array(33), /got one of 33/)
  refused(new ArrayBuffer(128), /Float32Array/)
  refused(Array(32).fill(0), /Float32Array/)
  refused(null, /got null/)
  const gone = new Float32Array(32)
  structuredClone(gone, { transfer: [gone.buffer] })
  refused(gone, /an empty or detached one/)
  const shared = new Float32Array(new SharedArrayBuffer(128))
  assert.equal(new Assembly(plan, shared).data, shared)
  const buffer = Buffer.alloc(32)
  assert.equal(new Assembly(fakePlan(), buffer).data, buffer)
})

test('an out that is transferred during the read is an error, not silence', () => {
  const plan = fakePlan()
  const out = new Uint8Array(32)
  const assembly = new Assembly(plan, out)
  structuredClone(out, { transfer: [out.buffer] })
  for (const act of [
    () => assembly.place(plan.blocks[0], new Uint8Array(32)),
    () => assembly.fill(plan.blocks[0]),
  ]) {
    assert.throws(
      act,
      error => isPyramidionError(error, 'invalid_argument') && /detached/.test(error.message),
    )
  }
})

test('samples of the wrong length or a place outside the result are internal errors', () => {
  const plan = fakePlan({ blocks: [[0, 0, 8, 4], [4, 0, 5, 1], { place: [0, 0, 1, 1], bands: [1] }] })
  const assembly = new Assembly(plan, undefined)
  const internal = error => isPyramidionError(error, 'internal')
  assert.throws(
    () => assembly.place(plan.blocks[0], new Uint8Array(31)),
    error => internal(error) && /31 bytes, expected 32/.test(error.message),
  )
  assert.throws(() => assembly.place(plan.blocks[1], new Uint8Array(5)), internal)
  assert.throws(() => assembly.place(plan.blocks[2], new Uint8Array(1)), internal)
})
