// Parts of the driver by themselves: bodies, the Need loop, and what becomes of whatever was thrown.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Body, bytesOf } from '../../pkg/network/body.js'
import { noStats } from '../../pkg/network/driver.js'
import { messageOf, typed } from '../../pkg/network/fault.js'
import { answer } from '../../pkg/network/question.js'

const all = body => [...body.copy({ start: 0, end: Infinity })]

test('a body grows to what was asked for and counts one byte beyond', () => {
  for (const told of [undefined, 0, 2, 5, 2 ** 52]) {
    const body = Body.expecting(told, 5)
    const counts = [[1, 2, 3], [], [4, 5], [6, 7, 8], [9]].map(chunk => body.push(Uint8Array.from(chunk)))
    assert.deepEqual(counts, [3, 3, 5, 6, 6])
    assert.deepEqual(all(body), [1, 2, 3, 4, 5])
  }
})

test('copies of a body are their own; no memory for one is an exception', () => {
  const part = Body.whole(Uint8Array.of(1, 2, 3, 4)).copy({ start: 1, end: 3 })
  assert.deepEqual([[...part], part.buffer.byteLength], [[2, 3], 2])
  assert.throws(() => Body.expecting(2 ** 52, 2 ** 52), RangeError)
})

test('any view becomes plain bytes; what is none is not taken for one', () => {
  const words = Uint16Array.of(1, 2, 3).subarray(1)
  assert.deepEqual([...bytesOf(words)], [2, 0, 3, 0])
  assert.equal(bytesOf(Buffer.from('a')).constructor, Uint8Array)
  for (const other of [undefined, 'text', [1], new ArrayBuffer(1)]) assert.equal(bytesOf(other), undefined)
})

/** A file of 100,000 zeros, of which those ranges are needed one after the other. */
function ask(needs) {
  const left = needs.map(([start, end]) => ({ file: 0, ranges: [{ start, end }] }))
  const supplied = []
  const learnt = []
  const state = {
    stats: noStats(),
    driver: {
      firstRangeBytes: 32768,
      hints: { firstRange: (_, usual) => usual, learn: (_, end) => learnt.push(end) },
      facts: () => ({ length: null, redirected: null }),
    },
    files: { source: () => [0, 0], placeName: () => 'zeros', found() {} },
    isEmpty: () => supplied.length === 0,
    ask: () => (left.length > 0 ? { need: left.shift() } : { ok: 'answered' }),
    plain() {},
    told: (_name, _file, start) => supplied.push(start),
    fail(_file, error) {
      throw error
    },
  }
  const call = {
    read(_, wanted, deliver) {
      wanted.forEach(({ range: { start, end } }, index) =>
        deliver(index, new Uint8Array(Math.max(0, Math.min(end, 100_000) - start))),
      )
      return { id: 1, ended: Promise.resolve({ stats: { ...noStats(), requests: 1 } }) }
    },
  }
  return answer(state, call, { open: null }).then(told => ({ ...told, supplied, learnt }))
}

test('a question that leads on is answered, and what its header took is remembered', async () => {
  const { value, stats, supplied, learnt } = await ask([
    [0, 8],
    [40_000, 40_010],
    [50_000, 50_010],
  ])
  assert.deepEqual([value, stats.requests, supplied], ['answered', 3, [0, 40_000, 50_000]])
  assert.deepEqual(learnt, [50_010])
})

test('a question that wants what it was given ends', async () => {
  for (const needs of [
    [
      [0, 8],
      [0, 8],
    ],
    [
      [0, 8],
      [32_760, 32_770],
    ],
    [
      [0, 8],
      [40_000, 40_010],
      [40_005, 40_006],
    ],
    [
      [0, 8],
      [200_000, 200_010],
      [200_000, 200_010],
    ],
    [
      [0, 8],
      [40_000, 40_000],
    ],
  ])
    await assert.rejects(ask(needs), { code: 'internal' })
})

test('words and kind of what was thrown', () => {
  const caused = (code, message) => Object.assign(new Error('fetch failed'), { cause: { code, message } })
  assert.equal(messageOf(caused('ECONNRESET', 'socket hang up')), 'fetch failed (ECONNRESET: socket hang up)')
  assert.equal(messageOf(caused('E1', 'E1 happened')), 'fetch failed (E1 happened)')
  assert.equal(messageOf(caused('E1')), 'fetch failed (E1)')
  assert.equal(messageOf(caused(undefined, 'failed')), 'fetch failed')
  assert.equal(messageOf('text'), 'text')
  assert.equal(messageOf(null), 'null')
  const thrown = Object.assign(new Error('private'), { code: 'forbidden', detail: { url: 'x' } })
  assert.deepEqual(typed(thrown), { code: 'forbidden', message: 'private', detail: { url: 'x' } })
  assert.equal(typed(Object.assign(new Error(), { code: 'ENOENT' })), undefined)
})
