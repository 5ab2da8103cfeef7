// A worker's side, over a port that is held by hand.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { compileWasm } from '../../pkg/compile.node.js'
import { serve } from '../../pkg/serve.js'
import { until } from './core.mjs'

const wasmUrl = new URL('../../pkg/wasm/core.wasm', import.meta.url)

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
  return { said, ask }
}

/** An uncompressed block of 2 x 2 bytes, its second column wanted. */
const layout = {
  ...{
    compression: 1,
    predictor: 1,
    byteOrder: 'little',
    width: 2,
    height: 2,
    samples: 1,
    bits: 8,
    format: 'unsigned',
  },
}
const run = (start, count) => ({ run: { start, count } })
const job = { layout, columns: run(1, 1), rows: run(0, 2), samples: [0], order: 'band' }
const decoding = (id, changes = {}) => ({
  type: 'decode',
  id,
  job,
  bytes: Uint8Array.of(1, 2, 3, 4),
  ...changes,
})

/** Counts instances that are made at once, as a fresh one is. */
function countInstances() {
  const { Instance } = WebAssembly
  const counted = { count: 0, restore: () => void (WebAssembly.Instance = Instance) }
  WebAssembly.Instance = class extends Instance {
    constructor(...args) {
      super(...args)
      counted.count += 1
    }
  }
  return counted
}

test('what cannot be started is said, and a later start may do', async () => {
  const { ask } = worker()
  const failed = await ask({ type: 'start', wasmUrl: new URL('none.wasm', wasmUrl).href })
  assert.deepEqual([failed.type, failed.error.code], ['failed', 'internal'])
  assert.match(failed.error.message, /none\.wasm/)
  const unreadable = await ask(undefined)
  assert.deepEqual(
    [unreadable.type, unreadable.error.message],
    ['failed', 'a message to the worker could not be read'],
  )
  const { type, locked } = await ask({ type: 'start', wasmUrl: wasmUrl.href })
  assert.deepEqual({ type, locked }, { type: 'ready', locked: false })
})

test('samples are transferred, or put in their place', async () => {
  const { ask } = worker()
  const module = await WebAssembly.compile(await readFile(wasmUrl))
  assert.equal((await ask({ type: 'start', module, wasmUrl: 'file:///none' })).type, 'ready')
  const { id, samples, ms, transfer } = await ask(decoding(7))
  assert.deepEqual([id, [...samples], transfer], [7, [2, 4], [samples.buffer]])
  assert.ok(ms >= 0)
  const memory = new Uint8Array(new SharedArrayBuffer(9))
  const grid = { width: 3, height: 3, bands: 1, layout: 'band', unit: 1 }
  const placement = { x: 2, y: 1, width: 1, height: 2, bands: [0] }
  const placed = await ask(decoding(8, { into: { memory, grid, placement } }))
  assert.deepEqual([placed.id, placed.samples, placed.transfer], [8, null, []])
  assert.deepEqual([...memory], [0, 0, 0, 0, 0, 2, 0, 0, 4])
  const outside = await ask(decoding(9, { into: { memory, grid, placement: { ...placement, y: 2 } } }))
  assert.equal(outside.error.code, 'internal')
  assert.deepEqual([...memory], [0, 0, 0, 0, 0, 2, 0, 0, 4])
})

test('an error is an answer; after a trap the instance is a fresh one', async () => {
  const { ask } = worker()
  await ask({ type: 'start', wasmUrl: wasmUrl.href })
  const fresh = countInstances()
  const error = await ask(decoding(1, { bytes: new Uint8Array(1) }))
  assert.deepEqual([error.trapped, error.id], [false, 1])
  assert.ok(['malformed', 'truncated'].includes(error.error.code), error.error.code)
  assert.equal(fresh.count, 0)
  const trap = {
    get layout() {
      throw new WebAssembly.RuntimeError('unreachable')
    },
  }
  const trapped = await ask(decoding(2, { job: trap }))
  assert.deepEqual([trapped.trapped, trapped.error.code], [true, 'internal'])
  assert.equal(fresh.count, 1)
  fresh.restore()
  assert.deepEqual([...(await ask(decoding(3))).samples], [2, 4])
})
