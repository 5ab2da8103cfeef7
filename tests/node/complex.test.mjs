import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Assembly } from '../../pkg/assemble.js'
import { MaskAssembly } from '../../pkg/mask.js'
import { Pixels } from '../../pkg/pixels.js'
import { npyHeader } from '../../pkg/cli/npy.js'
import { shownOf } from '../../www/magnitudes.js'
import { fakePlan } from './fake-core.mjs'

const bytesOf = array => new Uint8Array(array.buffer)

/** Two bands of two pixels in one row; the second pixel's block is sparse. */
function read(layout) {
  const blocks = [[0, 0, 1, 1], { place: [1, 0, 1, 1], sparse: true }]
  const plan = fakePlan({
    width: 2,
    height: 1,
    bands: [1, 2],
    blocks,
    layout,
    dtype: 'complexint16',
    fill: [-3, -3],
  })
  const assembly = new Assembly(plan, undefined)
  assembly.place(plan.blocks[0], bytesOf(Int16Array.of(1, 2, 3, 4)))
  assembly.fill(plan.blocks[1])
  return { plan, data: assembly.data }
}

test('complex pixels are pairs in both layouts; sparse ones have no imaginary part', () => {
  assert.deepEqual(read('band').data, Int16Array.of(1, 2, -3, 0, 3, 4, -3, 0))
  assert.deepEqual(read('pixel').data, Int16Array.of(1, 2, 3, 4, -3, 0, -3, 0))
  const { plan, data } = read('band')
  assert.deepEqual(new Pixels({ ...plan, data }).band(2), Int16Array.of(3, 4, -3, 0))
})

test('an array for complex pixels is twice as long', () => {
  const plan = fakePlan({ width: 2, height: 1, bands: [1], blocks: [], dtype: 'complex64' })
  assert.throws(() => new Assembly(plan, new Float32Array(2)), /out must be a Float32Array of 4 elements/)
  assert.equal(new Assembly(plan, new Float32Array(4)).data.length, 4)
})

test('the real part of a complex pixel says whether it is missing', () => {
  for (const layout of ['band', 'pixel']) {
    const { plan, data } = read(layout)
    const { dtype, fill } = plan
    const mask = {
      kind: 'nodata',
      ofPixels: true,
      dtype,
      bands: 2,
      nodata: [-3, -3],
      fill,
      blocks: [],
      colours: [],
    }
    assert.deepEqual(new MaskAssembly(plan, mask).resolve(data), Uint8Array.of(255, 0))
  }
})

test('complex pixels are shown by their magnitude', () => {
  const result = { dtype: 'complex64', data: Float32Array.of(3, 4, -1, 9), nodata: -1, width: 2, height: 1 }
  assert.deepEqual(shownOf(result).data, Float64Array.of(5, NaN))
  const plain = { dtype: 'float32' }
  assert.equal(shownOf(plain), plain)
})

test('NumPy has complex floating point numbers, and pairs of integers', () => {
  const header = dtype => Buffer.from(npyHeader(dtype, [1, 2, 3])).toString('latin1')
  assert.match(header('complex64'), /'<c8'.*\(1, 2, 3\)/)
  assert.match(header('complexint32'), /'<i4'.*\(1, 2, 3, 2\)/)
})

test('sparse blocks hold what each band says', () => {
  const blocks = [{ place: [0, 0, 2, 1], sparse: true }]
  const filled = (layout, fill, out) => {
    const plan = fakePlan({ width: 2, height: 1, bands: [1, 2, 3], blocks, layout, fill })
    const assembly = new Assembly(plan, out)
    assembly.fill(plan.blocks[0])
    return [...assembly.data]
  }
  for (const out of [undefined, new Uint8Array(6).fill(4)]) {
    assert.deepEqual(filled('band', [7, 0, 9], out?.slice()), [7, 7, 0, 0, 9, 9])
    assert.deepEqual(filled('pixel', [7, 0, 9], out?.slice()), [7, 0, 9, 7, 0, 9])
    assert.deepEqual(filled('pixel', [7, 7, 7], out?.slice()), [7, 7, 7, 7, 7, 7])
    assert.deepEqual(filled('band', [0, 0, 0], out?.slice()), [0, 0, 0, 0, 0, 0])
  }
})
