// The WebAssembly core without the facade: engines as the facade makes them, and requests for their datasets.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { instantiate } from '../../pkg/instance.js'
import { CoreInstance } from '../../pkg/network/instance.js'
import { Engine } from '../../pkg/network/engine.js'

const compiled = async name =>
  WebAssembly.compile(await readFile(new URL(`../../pkg/wasm/${name}.wasm`, import.meta.url)))

const core = await compiled('core')
const { decode } = await instantiate(await compiled('decode'))

/** A fresh instance, apart from the one that the tests share. */
export const freshInstance = () => CoreInstance.of(core)

const shared = await freshInstance()
export const { memory } = shared
export { decode }

/** An engine as the facade makes it. */
export class Core extends Engine {
  constructor(options, onTrap, instance = shared) {
    super(instance, options, onTrap)
  }
}

/** The stored blocks of a plan, as `fetch` takes them. */
export const rangesOf = ({ blocks }) =>
  blocks.filter(({ start, end }) => start < end).map(({ file, start, end }) => ({ file, start, end }))

/** Plans and fetches: the blocks by their index, and the cost. */
export async function fetchAll(dataset, request = {}, { signal, onBlock } = {}) {
  const plan = await dataset.plan(request, signal)
  const blocks = []
  const stats = await dataset.fetch(
    rangesOf(plan),
    (index, bytes) => {
      assert.ok(!(index in blocks), `block ${index} came twice`)
      blocks[index] = bytes
      onBlock?.(index, bytes)
    },
    signal,
  )
  return { plan, blocks, stats }
}

/** Whether a rejection is the core's plain error of that code. */
export const isCode = code => error => {
  assert.equal(Object.getPrototypeOf(error), Object.prototype)
  assert.equal(error.code, code, error.message)
  assert.equal(typeof error.message, 'string')
  assert.equal(typeof error.detail, 'object')
  return true
}

/** Lets everything that is ready run. */
export async function turns(count = 5) {
  for (let turn = 0; turn < count; turn++) await setImmediate()
}

/** Waits until it holds; a test's time is the bound. */
export async function until(holds) {
  while (!holds()) await setImmediate()
}

/** Asserts that an engine holds nothing that anybody waits for. */
export async function assertAtRest(engine) {
  await turns()
  const { pieces, sources, ...rest } = engine.counts()
  assert.deepEqual(rest, { flights: 0, readers: 0, causes: 0, timers: 0 })
  return { pieces, sources }
}

/** An AbortController that counts the listeners of its signal. */
export function countedController() {
  const controller = new AbortController()
  const { signal } = controller
  const counted = { controller, signal, added: 0, live: 0 }
  const { addEventListener, removeEventListener } = signal
  signal.addEventListener = function (...args) {
    counted.added += 1
    counted.live += 1
    return addEventListener.apply(this, args)
  }
  signal.removeEventListener = function (...args) {
    counted.live -= 1
    return removeEventListener.apply(this, args)
  }
  return counted
}
