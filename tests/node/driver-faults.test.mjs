// The driver over HTTP that goes wrong: typed errors with their facts, or the right bytes all the same.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startServer } from '../server/server.mjs'
import { Core, assertAtRest, fetchAll, isCode, rangesOf, turns, until } from './core.mjs'
import { DriverScene, WINDOW, cog, fixtures } from './driver-scene.mjs'

describe('driver and faults', () => {
  const scene = new DriverScene()

  test('503 is retried; a lasting one is an http error with its facts', async () => {
    const dataset = await scene.open('/fault/status-once:503/cog_2048.tif')
    assert.deepEqual(dataset.stats().retries, 1)
    assert.equal(await scene.requests(), 2)
    await assert.rejects(scene.open('/fault/status:503/cog_2048.tif'), error => {
      isCode('http')(error)
      const { url, status, attempts } = error.detail
      assert.deepEqual([url, status, attempts], [scene.at('/fault/status:503/cog_2048.tif'), 503, 4])
      return true
    })
  })

  test('a refused connection is a network error with the exception as cause', async () => {
    const other = await startServer({ root: fixtures })
    await other.close()
    await assert.rejects(scene.open({ url: `${other.url}/a.tif` }), error => {
      isCode('network')(error)
      assert.ok(error.cause instanceof TypeError)
      assert.equal(error.cause.cause.code, 'ECONNREFUSED')
      assert.match(error.message, /ECONNREFUSED/)
      return true
    })
  })

  for (const [fault, code] of [
    ['status:404', 'not_found'],
    ['status:403', 'forbidden'],
    ['html', 'not_a_tiff'],
    ['wrong-content-range', 'range_unsupported'],
    ['gzip', 'range_unsupported'],
    ['longer', 'range_unsupported'],
    ['shifted', 'range_unsupported'],
    ['redirect-loop', 'network'],
    ['reset', 'network'],
    ['reset:100', 'network'],
    ['truncate:100', 'network'],
  ]) {
    test(`${fault}: ${code}`, async () => {
      await assert.rejects(scene.open(`/fault/${fault}/cog_2048.tif`), error => {
        // Some resets reach `fetch` as a body that ends early.
        assert.ok([code, 'truncated'].includes(error.code), `${error.code}: ${error.message}`)
        return isCode(error.code)(error)
      })
    })
  }

  test('a server without ranges: taken whole, once', async () => {
    const dataset = await scene.open('/fault/no-ranges/cog_2048.tif')
    const { blocks, plan } = await fetchAll(dataset)
    assert.equal(await scene.requests(), 1)
    assert.equal(blocks.length, rangesOf(plan).length)
    const small = new Core({ wholeBytes: 1000 })
    await assert.rejects(
      small.open({ url: scene.at('/fault/no-ranges/cog_2048.tif') }, {}),
      isCode('range_unsupported'),
    )
    await assertAtRest(small)
  })

  for (const fault of ['shorter:1', 'redirect:2', 'hide-headers'])
    test(`${fault}: the right bytes all the same`, async () => {
      const dataset = await scene.open(`/fault/${fault}/cog_2048.tif`)
      const { plan, blocks } = await fetchAll(dataset, WINDOW)
      rangesOf(plan).forEach(({ start, end }, index) =>
        assert.deepEqual(Buffer.from(blocks[index]), cog.subarray(start, end)),
      )
    })

  /** A fetch whose every answer has a body without end, which counts what is read of it. */
  function endless(status) {
    const body = { pulled: 0, cancelled: 0, aborted: 0 }
    const stream = () =>
      new ReadableStream({
        pull(controller) {
          body.pulled += 1
          controller.enqueue(new Uint8Array(1000))
        },
        cancel: () => void (body.cancelled += 1),
      })
    body.fetch = async (_, { signal }) => {
      signal.addEventListener('abort', () => (body.aborted += 1))
      return new Response(stream(), { status })
    }
    return body
  }

  test('a body without end is cut off one byte behind what was asked for', async () => {
    const body = endless(206)
    await assert.rejects(scene.open({ url: scene.at('/a'), fetch: body.fetch }), isCode('range_unsupported'))
    assert.ok(body.pulled <= 33 + 1, `${body.pulled} KB`)
    assert.deepEqual([body.cancelled, body.aborted], [1, 1])
  })

  test('of the body of a refused answer no more than 4 KiB is read', async () => {
    const body = endless(404)
    await assert.rejects(scene.open({ url: scene.at('/a'), fetch: body.fetch }), isCode('not_found'))
    await until(() => body.aborted === 1)
    assert.ok(body.pulled >= 5 && body.pulled <= 6, `${body.pulled} KB`)
  })

  test('a silent server: timeout, within its time', async () => {
    const hasty = new Core({ timeout: 30, backoff: 1, attempts: 2 })
    await assert.rejects(hasty.open({ url: scene.at('/fault/stall/cog_2048.tif') }, {}), isCode('timeout'))
    await assert.rejects(
      hasty.open({ url: scene.at('/fault/stall:100/cog_2048.tif') }, {}),
      isCode('timeout'),
    )
    await assertAtRest(hasty)
  })

  test('A.22 a file that changes: file_changed for its scene.datasets, and a new open starts anew', async () => {
    let version = 'one'
    const changing = async (url, init) => {
      const response = await fetch(url, init)
      const answer = new Headers(response.headers)
      answer.set('etag', `"${version}"`)
      return new Response(response.body, { status: response.status, headers: answer })
    }
    const source = { url: scene.at('/cog_2048.tif'), fetch: changing }
    const before = await scene.open(source)
    version = 'two'
    await assert.rejects(fetchAll(before, WINDOW), isCode('file_changed'))
    await assert.rejects(fetchAll(before, WINDOW), isCode('file_changed'))
    const after = await scene.open(source)
    assert.equal((await fetchAll(after, WINDOW)).stats.requests, 1)
  })

  test('a block past the end of the file is truncated, with the facts', async () => {
    const dataset = await scene.open('/cog_2048.tif')
    const range = { file: 0, start: cog.length - 10, end: cog.length + 10 }
    await assert.rejects(
      dataset.fetch([range], () => {}),
      error => {
        isCode('truncated')(error)
        assert.deepEqual(error.detail.range, { start: range.start, end: range.end })
        assert.deepEqual([error.detail.found, error.detail.url], [10, scene.at('/cog_2048.tif')])
        assert.match(error.message, new RegExp(`ends at byte ${cog.length}`))
        return true
      },
    )
    await assert.rejects(
      dataset.fetch([{ file: 1, start: 0, end: 1 }], () => {}),
      isCode('not_found'),
    )
    await assert.rejects(
      dataset.fetch([{ file: 0, start: -1, end: 1 }], () => {}),
      isCode('invalid_argument'),
    )
    await assert.rejects(
      dataset.fetch('x', () => {}),
      isCode('invalid_argument'),
    )
    assert.deepEqual(await dataset.fetch([], () => {}), {
      requests: 0,
      bytes: 0,
      cacheHits: 0,
      retries: 0,
      usefulBytes: 0,
      waitMs: 0,
    })
  })

  test('a fetch that never answers and ignores its signal holds nothing once it was given up', async () => {
    const never = () => new Promise(() => {})
    const controller = new AbortController()
    const opening = scene.open({ url: scene.at('/a'), fetch: never }, {}, controller.signal)
    await turns()
    const { flights, readers, timers } = scene.engine.counts()
    assert.deepEqual([flights, readers, timers], [1, 1, 1])
    controller.abort()
    await assert.rejects(opening, { name: 'AbortError' })
    await assertAtRest(scene.engine)
    // One that settles after it was given up is nobody's concern either.
    let settle
    const late = new AbortController()
    const other = scene.open(
      { url: scene.at('/a'), fetch: () => new Promise((_, no) => (settle = no)) },
      {},
      late.signal,
    )
    await turns()
    late.abort()
    await assert.rejects(other, { name: 'AbortError' })
    settle(new Error('too late'))
  })

  test('a fetch of whatever kind: typed errors stay, nonsense is named, bodies without streams are read', async () => {
    const typed = Object.assign(new Error('private host'), { code: 'forbidden', detail: { url: 'x' } })
    const refusing = async () => {
      throw typed
    }
    await assert.rejects(scene.open({ url: scene.at('/a'), fetch: refusing }), error => {
      isCode('forbidden')(error)
      assert.deepEqual([error.message, error.detail.attempts], ['private host', 1])
      return true
    })
    // Without a head nothing answered; with one, its body broke off.
    const bodiless = { status: 206, headers: new Headers(), body: { getReader: 1 } }
    const cases = [undefined, 5, {}].map(nonsense => [nonsense, 'network'])
    for (const [nonsense, code] of [...cases, [bodiless, 'truncated']]) {
      const odd = new Core({ backoff: 1 })
      await assert.rejects(odd.open({ url: scene.at('/a'), fetch: async () => nonsense }, {}), isCode(code))
      await assertAtRest(odd)
    }
    const throwing = () => {
      throw new TypeError('at once')
    }
    await assert.rejects(scene.open({ url: scene.at('/a'), fetch: throwing }), {
      code: 'network',
      message: 'at once',
    })
    const streamless = async (url, init) => {
      const response = await fetch(url, init)
      const { status, headers } = response
      return { status, headers, arrayBuffer: () => response.arrayBuffer() }
    }
    const dataset = await scene.open({ url: scene.at('/cog_2048.tif'), fetch: streamless })
    assert.equal((await fetchAll(dataset, WINDOW)).stats.requests, 1)
  })
})
