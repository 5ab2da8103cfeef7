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

test('a body is gathered in the pieces that it will be cut into', () => {
  const body = Body.expecting(10, 10, [3, 4, 8])
  for (const chunk of [
    [0, 1],
    [2, 3, 4, 5, 6],
    [7, 8, 9, 10],
  ])
    body.push(Uint8Array.from(chunk))
  const pieces = [
    [0, 3],
    [4, 8],
    [8, 10],
  ].map(([start, end]) => body.copy({ start, end }))
  assert.deepEqual(
    pieces.map(piece => [...piece]),
    [
      [0, 1, 2],
      [4, 5, 6, 7],
      [8, 9],
    ],
  )
  // Those are not copied, and pin nothing else.
  assert.equal(body.copy({ start: 4, end: 8 }), pieces[1])
  assert.deepEqual(
    pieces.map(({ buffer }) => buffer.byteLength),
    [3, 4, 2],
  )
  // What Net wants otherwise is a copy, across as many as it takes.
  const other = body.copy({ start: 2, end: 9 })
  assert.deepEqual([[...other], other.buffer.byteLength], [[2, 3, 4, 5, 6, 7, 8], 7])
  assert.deepEqual(all(body), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
})

test('a body that ends early, or whose length nobody tells, is cut all the same', () => {
  for (const told of [undefined, 5]) {
    const body = Body.expecting(told, 600_000, [2, 4, 500_000])
    assert.equal(body.push(Uint8Array.of(1, 2, 3, 4, 5)), 5)
    assert.deepEqual([...body.copy({ start: 2, end: 4 })], [3, 4])
    assert.deepEqual(all(body), [1, 2, 3, 4, 5])
  }
  const long = Body.expecting(undefined, 600_000, [500_000])
  for (let at = 0; at < 600_000; at += 60_000) long.push(new Uint8Array(60_000).fill(at / 60_000))
  const pieces = [
    [0, 500_000],
    [500_000, 600_000],
  ].map(([start, end]) => long.copy({ start, end }))
  assert.deepEqual(
    pieces.map(({ length, buffer }) => [length, buffer.byteLength]),
    [
      [500_000, 500_000],
      [100_000, 100_000],
    ],
  )
  assert.deepEqual([pieces[0][59_999], pieces[0][499_999], pieces[1][0], pieces[1][99_999]], [0, 8, 8, 9])
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
      lengthOf: () => null,
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
