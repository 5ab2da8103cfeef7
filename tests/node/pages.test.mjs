// Memory that is touched ahead by another thread, which is held by hand here.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Assembly } from '../../pkg/assemble.js'
import { FreshPages } from '../../pkg/pages.js'
import { node } from '../../pkg/platform.node.js'
import { deferred, fakePlan, turns } from './fake-core.mjs'

const MIB = 1024 * 1024

/** Zeros that fill when they are told to; by piece what was asked for. */
function heldZeros(memory) {
  const held = { pieces: [], closed: 0 }
  held.open = async () => ({
    fill(piece) {
      held.next = deferred()
      held.pieces.push((piece.byteOffset - memory.byteOffset) / MIB)
      return held.next.promise.then(() => void piece.fill(0))
    },
    close: () => (held.closed += 1),
  })
  held.go = async () => {
    held.next.resolve()
    await turns()
  }
  return held
}

test('pieces are touched from the last one on, but for those that were claimed; a claim waits for the piece under way', async () => {
  const memory = new Uint8Array(5.5 * MIB)
  const held = heldZeros(memory)
  const pages = new FreshPages(memory, held.open, () => false)
  await turns()
  assert.deepEqual(held.pieces, [5])
  assert.equal(pages.claim(2 * MIB, 3 * MIB + 1), undefined)
  let mine = false
  const waiting = pages.claim(5.25 * MIB - 1, 5.25 * MIB).then(() => {
    mine = true
    memory.fill(7, 5.25 * MIB - 1, 5.25 * MIB)
  })
  await turns()
  assert.equal(mine, false)
  await held.go()
  await waiting
  assert.equal(mine, true)
  assert.equal(pages.claim(5 * MIB, 6 * MIB), undefined)
  for (let i = 0; i < 3; i++) await held.go()
  assert.deepEqual(held.pieces, [5, 4, 1, 0])
  assert.equal(held.closed, 1)
  assert.equal(memory[5.25 * MIB - 1], 7)
})

test('it ends when there is no use in it, and where there are no zeros', async () => {
  const memory = new Uint8Array(4 * MIB)
  const held = heldZeros(memory)
  let stopped = false
  new FreshPages(memory, held.open, () => stopped)
  await turns()
  stopped = true
  await held.go()
  assert.deepEqual([held.pieces, held.closed], [[3], 1])
  for (const open of [async () => undefined, async () => Promise.reject(new Error('none'))]) {
    const pages = new FreshPages(memory, open, () => false)
    await turns()
    assert.equal(pages.claim(0, MIB), undefined)
  }
  const failing = { fill: async () => Promise.reject(new Error('no')), close() {} }
  const pages = new FreshPages(
    memory,
    async () => failing,
    () => false,
  )
  await pages.claim(0, 4 * MIB)
  await turns()
})

test('a block is ready when all of its bands are: in planes, and pixel by pixel', async () => {
  for (const layout of ['band', 'pixel']) {
    const plan = fakePlan({
      width: 2048,
      height: 2048,
      bands: [1, 2, 3],
      blocks: [[1024, 512, 512, 512]],
      layout,
    })
    const assembly = new Assembly(plan, undefined)
    const held = heldZeros(assembly.data)
    const [block] = plan.blocks
    assert.equal(assembly.ready(block), undefined)
    assembly.touch(held.open, () => false)
    await turns()
    assert.equal(assembly.ready(block), undefined)
    for (let i = 0; i < 12; i++) await held.go()
    // Rows 512 to 1023 of each plane of 4 MiB; or of pixels of three bytes.
    const claimed = layout === 'band' ? [1, 5, 9] : [3, 4, 5]
    const rest = Array.from({ length: 12 }, (_, i) => 11 - i)
    assert.deepEqual(
      held.pieces,
      rest.filter(piece => !claimed.includes(piece)),
    )
  }
})

test('neither small results, nor shared ones, nor the caller’s own are touched', async () => {
  const plan = size => fakePlan({ width: size, height: size, blocks: [[0, 0, size, size]] })
  const all = [
    new Assembly(plan(1024), undefined),
    new Assembly(plan(4096), undefined, true),
    new Assembly(plan(4096), new Uint8Array(4096 * 4096)),
  ]
  for (const assembly of all) {
    const held = heldZeros(assembly.data)
    assembly.touch(held.open, () => false)
    await turns()
    assert.deepEqual(held.pieces, [])
  }
})

test('Node’s zeros are zeros', async () => {
  const zeros = await node.openZeros()
  if (process.platform === 'win32') return assert.equal(zeros, undefined)
  const memory = new Uint8Array(100_000).fill(9)
  await zeros.fill(memory.subarray(10, 99_990))
  zeros.close()
  assert.deepEqual([memory[9], memory[10], memory[99_989], memory[99_990]], [9, 0, 0, 9])
  assert.equal(
    memory.reduce((sum, byte) => sum + byte, 0),
    20 * 9,
  )
})
