// A worker's side, over a port that is held by hand.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { compileWasm } from '../../pkg/compile.node.js'
import { serve } from '../../pkg/serve.js'
import { Core, until } from './core.mjs'

const wasmUrl = new URL('../../pkg/wasm/decode.wasm', import.meta.url)

/** A worker in this thread: what it said, and how to tell it something. */
function worker() {
  const said = []
  let tell
  const port = { post: (message, transfer) => said.push({ ...message, transfer }), listen: on => (tell = on) }
  serve(port, compileWasm)
  const ask = async message => {
    const before = said.length
    tell(message)
    await until(() => said.length > before)
    return said.at(-1)
  }
  return { said, ask, tell: message => tell(message) }
}

/** The job of an uncompressed block of 2 x 2 bytes, its second column wanted. */
async function planned() {
  const entries = [
    [256, 3, 2],
    [257, 3, 2],
    [258, 3, 8],
    [273, 4, 8],
    [278, 3, 2],
    [279, 4, 4],
  ]
  const file = new DataView(new ArrayBuffer(18 + entries.length * 12))
  ;[0x4949, 42, 12, 0, 0, 0, entries.length].forEach((value, i) => file.setUint16(i * 2, value, true))
  entries.forEach(([tag, type, value], i) => {
    file.setUint16(14 + i * 12, tag, true)
    file.setUint16(16 + i * 12, type, true)
    file.setUint32(18 + i * 12, 1, true)
    file.setUint32(22 + i * 12, value, true)
  })
  const read = async ranges => ranges.map(({ start, end }) => new Uint8Array(file.buffer).slice(start, end))
  const dataset = await new Core({}).open({ source: { read } }, {})
  const { blocks } = await dataset.plan({ window: [1, 0, 1, 2] })
  dataset.close()
  return blocks[0].job
}

const job = await planned()
const decoding = (id, changes = {}) => ({
  type: 'decode',
  id,
  module: 'decode',
  job,
  bytes: Uint8Array.of(1, 2, 3, 4),
  ...changes,
})

/** Counts instances. */
function countInstances() {
  const { instantiate } = WebAssembly
  const counted = { count: 0, restore: () => void (WebAssembly.instantiate = instantiate) }
  WebAssembly.instantiate = (...args) => {
    counted.count += 1
    return instantiate(...args)
  }
  return counted
}

/** A worker that has the module. */
async function ready() {
  const told = worker()
  assert.equal((await told.ask({ type: 'start' })).type, 'ready')
  told.tell({ type: 'module', name: 'decode', url: wasmUrl.href })
  return told
}

test('it starts without a module; one that cannot be loaded is said, and told of again it may do', async () => {
  const { ask, tell } = worker()
  const { type, locked } = await ask({ type: 'start' })
  assert.deepEqual({ type, locked }, { type: 'ready', locked: false })
  const failed = await ask({ type: 'module', name: 'decode', url: new URL('none.wasm', wasmUrl).href })
  assert.deepEqual([failed.type, failed.error.code], ['failed', 'module_unavailable'])
  assert.match(failed.error.message, /the module decode\.wasm could not be loaded from file:.*none\.wasm/)
  const unreadable = await ask(undefined)
  assert.deepEqual(
    [unreadable.type, unreadable.error.message],
    ['failed', 'a message to the worker could not be read'],
  )
  const untold = await ask(decoding(1, { module: 'jxl' }))
  assert.deepEqual([untold.type, untold.error.code], ['failed', 'internal'])
  tell({ type: 'module', name: 'decode', url: wasmUrl.href })
  assert.deepEqual([...(await ask(decoding(2))).samples], [2, 4])
})

test('samples are transferred, or put in their place', async () => {
  const { ask, tell } = worker()
  const module = await WebAssembly.compile(await readFile(wasmUrl))
  tell({ type: 'module', name: 'decode', module, url: 'file:///none' })
  const { id, bytes, samples, ms, transfer } = await ask(decoding(7))
  assert.deepEqual([id, [...samples], transfer], [7, [2, 4], [bytes.buffer, samples.buffer]])
  assert.ok(ms >= 0)
  const room = new Uint8Array(5)
  const roomed = await ask(decoding(7, { room }))
  assert.deepEqual(
    [[...roomed.samples], [...room]],
    [
      [2, 4],
      [2, 4, 0, 0, 0],
    ],
  )
  assert.deepEqual(roomed.transfer, [roomed.bytes.buffer, room.buffer])
  const cramped = await ask(decoding(7, { room: new Uint8Array(1) }))
  assert.deepEqual([...cramped.samples], [2, 4])
  const memory = new Uint8Array(new SharedArrayBuffer(9))
  const grid = { width: 3, height: 3, bands: 1, layout: 'band', unit: 1 }
  const placement = { x: 2, y: 1, width: 1, height: 2, bands: [0] }
  const placed = await ask(decoding(8, { into: { memory, grid, placement } }))
  assert.deepEqual([placed.id, placed.samples, placed.transfer], [8, null, [placed.bytes.buffer]])
  assert.deepEqual([...memory], [0, 0, 0, 0, 0, 2, 0, 0, 4])
  const outside = await ask(decoding(9, { into: { memory, grid, placement: { ...placement, y: 2 } } }))
  assert.equal(outside.error.code, 'internal')
  assert.deepEqual([...memory], [0, 0, 0, 0, 0, 2, 0, 0, 4])
})

test('an error is an answer; after a trap the instance is a fresh one', async () => {
  const { ask } = await ready()
  assert.deepEqual([...(await ask(decoding(1))).samples], [2, 4])
  const fresh = countInstances()
  const error = await ask(decoding(2, { bytes: new Uint8Array(1) }))
  assert.deepEqual([error.trapped, error.id], [false, 2])
  assert.deepEqual([error.error.code, error.error.detail.found], ['truncated', 1])
  const cut = await ask(decoding(3, { job: job.subarray(0, 9) }))
  assert.deepEqual([cut.trapped, cut.error.code, cut.error.detail.name], [false, 'invalid_argument', 'job'])
  const large = await ask(decoding(4, { job: { ...job, length: 2 ** 32 - 1 } }))
  assert.deepEqual([large.trapped, large.error.code], [false, 'limit'])
  assert.deepEqual([...(await ask(decoding(5))).samples], [2, 4])
  assert.equal(fresh.count, 0)
  const trap = {
    get length() {
      throw new WebAssembly.RuntimeError('unreachable')
    },
  }
  const trapped = await ask(decoding(6, { job: trap }))
  assert.deepEqual([trapped.trapped, trapped.error.code], [true, 'internal'])
  assert.deepEqual([...(await ask(decoding(7))).samples], [2, 4])
  assert.equal(fresh.count, 1)
  fresh.restore()
})
