// The driver over real HTTP: what is sent, what is shared, and how every call ends.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startServer } from '../server/server.mjs'
import {
  Core,
  assertAtRest,
  countedController,
  decode,
  fetchAll,
  isCode,
  memory,
  rangesOf,
  turns,
  until,
} from './core.mjs'

const fixtures = fileURLToPath(new URL('../fixtures/data', import.meta.url))
const cog = await readFile(`${fixtures}/cog_2048.tif`)
const WINDOW = { window: [512, 1024, 512, 512] }

describe('driver', () => {
  let server, engine, datasets

  beforeEach(async () => {
    server = await startServer({ root: fixtures })
    engine = new Core({ backoff: 1, timeout: 2000 })
    datasets = []
  })

  afterEach(async () => {
    for (const dataset of datasets) dataset.close()
    assert.deepEqual(await assertAtRest(engine), { pieces: 0, sources: 0 })
    await server.close()
  })

  const at = path => `${server.url}${path}`
  const openCore = async (source, options = {}, signal) => {
    const core = typeof source === 'string' ? { url: at(source) } : source
    const dataset = await engine.open(core, options, signal)
    datasets.push(dataset)
    return dataset
  }
  const requests = async () => {
    await server.idle()
    return server.counts().requests
  }

  test('open is one request for the first range; a read is one more; the same read is none', async () => {
    const dataset = await openCore('/cog_2048.tif')
    assert.equal(await requests(), 1)
    assert.equal(server.log[0].range, 'bytes=0-32767')
    const { plan, blocks, stats } = await fetchAll(dataset, WINDOW)
    assert.equal(await requests(), 2)
    const { waitMs, usefulBytes, ...counts } = stats
    assert.deepEqual(counts, { requests: 1, bytes: stats.bytes, cacheHits: 0, retries: 0 })
    assert.equal(
      usefulBytes,
      rangesOf(plan).reduce((sum, { start, end }) => sum + end - start, 0),
    )
    assert.ok(waitMs >= 0 && waitMs < 2000)
    rangesOf(plan).forEach(({ start, end }, index) => {
      const { buffer, byteOffset } = blocks[index]
      assert.deepEqual([byteOffset, buffer.byteLength], [0, end - start], 'a fresh exact buffer')
      assert.deepEqual(Buffer.from(blocks[index]), cog.subarray(start, end))
    })
    const again = await fetchAll(dataset, WINDOW)
    assert.equal(await requests(), 2)
    assert.deepEqual(again.stats, {
      requests: 0,
      bytes: 0,
      cacheHits: blocks.length,
      retries: 0,
      usefulBytes,
      waitMs: 0,
    })
    assert.notEqual(again.blocks[0].buffer, blocks[0].buffer)
    assert.deepEqual(again.blocks, blocks)
    assert.equal(dataset.stats().requests, 2)
    const decoded = decode(plan.blocks[0].job, blocks[0])
    assert.equal(decoded.buffer.byteLength, decoded.length)
    assert.ok(decoded.length > 0)
  })

  test('values have the shapes of core-types', async () => {
    const dataset = await openCore('/cog_2048.tif')
    const info = dataset.info()
    assert.deepEqual([info.width, info.height, info.storage.blockSize.length], [2048, 2048, 2])
    assert.deepEqual(info.sidecar, {
      role: 'overviews',
      state: 'unprobed',
      url: at('/cog_2048.tif.ovr'),
      reason: null,
    })
    assert.ok(Array.isArray(info.warnings))
    assert.equal(Object.getPrototypeOf(info.metadata), Object.prototype)
    const [full, half] = await dataset.levels()
    assert.deepEqual(Object.keys(half).sort(), [
      ...[
        'bandCount',
        'blockSize',
        'bounds',
        'colormap',
        'compression',
        'doubt',
        'dtype',
        'epsg',
        'file',
        'height',
      ],
      ...['index', 'metadata', 'nodata', 'scale', 'transform', 'url', 'width'],
    ])
    assert.deepEqual([full.url, half.file, half.scale], [at('/cog_2048.tif'), 'base', [2, 2]])
    const plan = await dataset.plan(WINDOW)
    const [block] = plan.blocks
    assert.deepEqual(
      [block.file, typeof block.index, typeof block.start, typeof block.end],
      [0, 'number', 'number', 'number'],
    )
    assert.deepEqual(Object.keys(block.placement).sort(), ['bands', 'height', 'width', 'x', 'y'])
    assert.deepEqual(Object.keys(plan.stats).sort(), [
      'bytes',
      'cacheHits',
      'requests',
      'retries',
      'usefulBytes',
      'waitMs',
    ])
    structuredClone(plan)
  })

  test('an abort before the call sends nothing; one in flight stops the request', async () => {
    const reason = { an: 'object' }
    await assert.rejects(openCore('/cog_2048.tif', {}, AbortSignal.abort(reason)), error => error === reason)
    assert.equal(await requests(), 0)
    const counted = countedController()
    const opening = openCore('/fault/stall/cog_2048.tif', {}, counted.signal)
    await until(() => server.log.length === 1)
    assert.equal(counted.live, 1)
    counted.controller.abort(reason)
    await assert.rejects(opening, error => error === reason)
    assert.deepEqual([counted.added, counted.live], [1, 0])
    await server.idle()
    assert.ok(server.log[0].aborted)
  })

  test('listeners are taken back by calls that succeed', async () => {
    const counted = countedController()
    const dataset = await openCore('/cog_2048.tif', {}, counted.signal)
    await fetchAll(dataset, WINDOW, { signal: counted.signal })
    await dataset.levels(counted.signal)
    assert.deepEqual([counted.added, counted.live], [4, 0])
  })

  test('an abort in mid-body leaves other readers of the same bytes alone', async () => {
    const dataset = await openCore('/fault/slow:400000/cog_2048.tif')
    const controller = new AbortController()
    const plan = await dataset.plan(WINDOW)
    const doomed = fetchAll(dataset, WINDOW, { signal: controller.signal })
    const lasting = fetchAll(dataset, WINDOW)
    await until(() => server.log.length === 2)
    controller.abort()
    await assert.rejects(doomed, { name: 'AbortError' })
    const { blocks } = await lasting
    rangesOf(plan).forEach(({ start, end }, index) =>
      assert.deepEqual(Buffer.from(blocks[index]), cog.subarray(start, end)),
    )
    assert.equal(await requests(), 2)
  })

  test('503 is retried; a lasting one is an http error with its facts', async () => {
    const dataset = await openCore('/fault/status-once:503/cog_2048.tif')
    assert.deepEqual(dataset.stats().retries, 1)
    assert.equal(await requests(), 2)
    await assert.rejects(openCore('/fault/status:503/cog_2048.tif'), error => {
      isCode('http')(error)
      const { url, status, attempts } = error.detail
      assert.deepEqual([url, status, attempts], [at('/fault/status:503/cog_2048.tif'), 503, 4])
      return true
    })
  })

  test('a refused connection is a network error with the exception as cause', async () => {
    const other = await startServer({ root: fixtures })
    await other.close()
    await assert.rejects(openCore({ url: `${other.url}/a.tif` }), error => {
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
      await assert.rejects(openCore(`/fault/${fault}/cog_2048.tif`), error => {
        // Some resets reach `fetch` as a body that ends early.
        assert.ok([code, 'truncated'].includes(error.code), `${error.code}: ${error.message}`)
        return isCode(error.code)(error)
      })
    })
  }

  test('a server without ranges: taken whole, once', async () => {
    const dataset = await openCore('/fault/no-ranges/cog_2048.tif')
    const { blocks, plan } = await fetchAll(dataset)
    assert.equal(await requests(), 1)
    assert.equal(blocks.length, rangesOf(plan).length)
    const small = new Core({ wholeBytes: 1000 })
    await assert.rejects(
      small.open({ url: at('/fault/no-ranges/cog_2048.tif') }, {}),
      isCode('range_unsupported'),
    )
    await assertAtRest(small)
  })

  for (const fault of ['shorter:1', 'redirect:2', 'hide-headers'])
    test(`${fault}: the right bytes all the same`, async () => {
      const dataset = await openCore(`/fault/${fault}/cog_2048.tif`)
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
    await assert.rejects(openCore({ url: at('/a'), fetch: body.fetch }), isCode('range_unsupported'))
    assert.ok(body.pulled <= 33 + 1, `${body.pulled} KB`)
    assert.deepEqual([body.cancelled, body.aborted], [1, 1])
  })

  test('of the body of a refused answer no more than 4 KiB is read', async () => {
    const body = endless(404)
    await assert.rejects(openCore({ url: at('/a'), fetch: body.fetch }), isCode('not_found'))
    await until(() => body.aborted === 1)
    assert.ok(body.pulled >= 5 && body.pulled <= 6, `${body.pulled} KB`)
  })

  test('a silent server: timeout, within its time', async () => {
    const hasty = new Core({ timeout: 30, backoff: 1, attempts: 2 })
    await assert.rejects(hasty.open({ url: at('/fault/stall/cog_2048.tif') }, {}), isCode('timeout'))
    await assert.rejects(hasty.open({ url: at('/fault/stall:100/cog_2048.tif') }, {}), isCode('timeout'))
    await assertAtRest(hasty)
  })

  test('close ends pending calls at once, whatever they wait for; then everything is closed', async () => {
    const dataset = await openCore('/cog_2048.tif')
    const stalled = await openCore({
      url: at('/cog_2048.tif'),
      fetch: (url, init) =>
        fetch(init.headers.Range === 'bytes=0-32767' ? url : at('/fault/stall/cog_2048.tif'), init),
    })
    const pending = [fetchAll(stalled, WINDOW), fetchAll(stalled), stalled.levels()]
    await until(() => server.log.length === 4)
    stalled.close()
    stalled.close()
    for (const call of pending.slice(0, 2)) await assert.rejects(call, isCode('closed'))
    await Promise.allSettled(pending)
    await server.idle()
    assert.ok(server.log[2].aborted)
    await assert.rejects(stalled.levels(), isCode('closed'))
    await assert.rejects(stalled.plan({}), isCode('closed'))
    await assert.rejects(
      stalled.fetch([], () => {}),
      isCode('closed'),
    )
    assert.throws(() => stalled.info(), isCode('closed'))
    assert.equal(typeof stalled.stats().requests, 'number')
    await fetchAll(dataset, WINDOW)
  })

  test('a dataset may be freed while a call is under way', async () => {
    const dataset = await engine.open({ url: at('/cog_2048.tif') }, {})
    const levels = dataset.levels()
    const fetched = fetchAll(dataset, WINDOW)
    await turns(1)
    dataset.free()
    assert.ok((await levels).length > 1)
    await fetched.catch(() => {})
  })

  test('datasets of one URL share bytes only while they are asked for in the same way', async () => {
    const custom = (url, init) => fetch(url, init)
    const variants = [
      { url: at('/cog_2048.tif') },
      { url: at('/cog_2048.tif'), headers: { 'X-Key': '1' } },
      { url: at('/cog_2048.tif'), headers: { 'X-Key': '2' } },
      { url: at('/cog_2048.tif'), fetch: custom },
      { url: at('/cog_2048.tif'), credentials: 'omit' },
      { url: at('/cog_2048.tif'), cache: 'default' },
    ]
    for (const [index, variant] of variants.entries()) {
      await openCore(variant)
      assert.equal(await requests(), index + 1, JSON.stringify(variant))
    }
    await openCore({ url: at('/cog_2048.tif'), headers: new Headers({ 'x-key': '1' }) })
    await openCore({ url: at('/cog_2048.tif'), headers: [['x-KEY', '2']] })
    await openCore({ url: at('/cog_2048.tif'), fetch: custom })
    assert.equal(await requests(), variants.length)
    assert.equal(engine.counts().sources, variants.length)
    assert.deepEqual(
      server.log.map(({ headers }) => headers?.['x-key']).slice(1, 3),
      server.log[0].headers ? ['1', '2'] : [undefined, undefined],
    )
  })

  test('headers go out as given, the range is ours, fetch is called plainly', async () => {
    const calls = []
    const spy = function (...args) {
      calls.push([this, ...args])
      return fetch(...args)
    }
    const headers = { Authorization: 'Bearer x', range: 'bytes=7-8' }
    const dataset = await openCore({ url: at('/cog_2048.tif'), fetch: spy, headers, credentials: 'include' })
    headers.Authorization = 'changed later'
    await fetchAll(dataset, WINDOW)
    const [[self, url, init]] = calls
    assert.deepEqual([self, url], [undefined, at('/cog_2048.tif')])
    assert.deepEqual(init.headers, { Authorization: 'Bearer x', Range: 'bytes=0-32767' })
    assert.deepEqual([init.cache, init.credentials], ['no-store', 'include'])
    assert.ok(init.signal instanceof AbortSignal)
    assert.equal(calls[1][2].headers.Authorization, 'Bearer x')
    await assert.rejects(
      openCore({ url: at('/a'), headers: { 'bad name': '1' } }),
      isCode('invalid_argument'),
    )
  })

  test('A.22 a file that changes: file_changed for its datasets, and a new open starts anew', async () => {
    let version = 'one'
    const changing = async (url, init) => {
      const response = await fetch(url, init)
      const answer = new Headers(response.headers)
      answer.set('etag', `"${version}"`)
      return new Response(response.body, { status: response.status, headers: answer })
    }
    const source = { url: at('/cog_2048.tif'), fetch: changing }
    const before = await openCore(source)
    version = 'two'
    await assert.rejects(fetchAll(before, WINDOW), isCode('file_changed'))
    await assert.rejects(fetchAll(before, WINDOW), isCode('file_changed'))
    const after = await openCore(source)
    assert.equal((await fetchAll(after, WINDOW)).stats.requests, 1)
  })

  test('an exception of onBlock is what fetch rejects with, and nothing more is handed out', async () => {
    const dataset = await openCore('/cog_2048.tif')
    const exception = new Error('from onBlock')
    let calls = 0
    const throwing = () => {
      calls += 1
      throw exception
    }
    const { blocks } = await dataset.plan({})
    await assert.rejects(dataset.fetch(rangesOf({ blocks }), throwing), error => error === exception)
    assert.equal(calls, 1)
  })

  test('onBlock may close the dataset, abort, and start other calls', async () => {
    const dataset = await openCore('/cog_2048.tif')
    const plan = await dataset.plan({})
    const started = []
    await dataset.fetch(rangesOf(plan), index => {
      if (index === 0) started.push(fetchAll(dataset, WINDOW))
    })
    const [inner] = await Promise.all(started)
    assert.ok(inner.blocks.length > 0)
    const controller = new AbortController()
    let seen = 0
    const aborting = dataset.fetch(
      rangesOf(plan),
      () => {
        seen += 1
        controller.abort('enough')
      },
      controller.signal,
    )
    await assert.rejects(aborting, error => error === 'enough')
    assert.equal(seen, 1)
    let late = 0
    const closing = dataset.fetch(rangesOf(plan), () => {
      late += 1
      dataset.close()
    })
    await assert.rejects(closing, isCode('closed'))
    assert.equal(late, 1)
  })

  test('a block past the end of the file is truncated, with the facts', async () => {
    const dataset = await openCore('/cog_2048.tif')
    const range = { file: 0, start: cog.length - 10, end: cog.length + 10 }
    await assert.rejects(
      dataset.fetch([range], () => {}),
      error => {
        isCode('truncated')(error)
        assert.deepEqual(error.detail.range, { start: range.start, end: range.end })
        assert.deepEqual([error.detail.found, error.detail.url], [10, at('/cog_2048.tif')])
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
    const opening = openCore({ url: at('/a'), fetch: never }, {}, controller.signal)
    await turns()
    const { flights, readers, timers } = engine.counts()
    assert.deepEqual([flights, readers, timers], [1, 1, 1])
    controller.abort()
    await assert.rejects(opening, { name: 'AbortError' })
    await assertAtRest(engine)
    // One that settles after it was given up is nobody's concern either.
    let settle
    const late = new AbortController()
    const other = openCore(
      { url: at('/a'), fetch: () => new Promise((_, no) => (settle = no)) },
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
    await assert.rejects(openCore({ url: at('/a'), fetch: refusing }), error => {
      isCode('forbidden')(error)
      assert.deepEqual([error.message, error.detail.attempts], ['private host', 1])
      return true
    })
    // Without a head nothing answered; with one, its body broke off.
    const bodiless = { status: 206, headers: new Headers(), body: { getReader: 1 } }
    const cases = [undefined, 5, {}].map(nonsense => [nonsense, 'network'])
    for (const [nonsense, code] of [...cases, [bodiless, 'truncated']]) {
      const odd = new Core({ backoff: 1 })
      await assert.rejects(odd.open({ url: at('/a'), fetch: async () => nonsense }, {}), isCode(code))
      await assertAtRest(odd)
    }
    const throwing = () => {
      throw new TypeError('at once')
    }
    await assert.rejects(openCore({ url: at('/a'), fetch: throwing }), {
      code: 'network',
      message: 'at once',
    })
    const streamless = async (url, init) => {
      const response = await fetch(url, init)
      const { status, headers } = response
      return { status, headers, arrayBuffer: () => response.arrayBuffer() }
    }
    const dataset = await openCore({ url: at('/cog_2048.tif'), fetch: streamless })
    assert.equal((await fetchAll(dataset, WINDOW)).stats.requests, 1)
  })

  test('A.5 overviews: probed when needed, not beside a query, never on request', async () => {
    for (const [path, overviews, expected] of [
      ['/ovr_gdal_plain.tif', undefined, 'present'],
      ['/ovr_gdal_plain.tif?x', undefined, 'none'],
      ['/ovr_gdal_plain.tif?x', true, 'present'],
      ['/ovr_gdal_plain.tif', false, 'none'],
      ['/ovr_gdal_plain.tif', { url: at('/ovr_gdal_plain.tif.ovr?y') }, 'present'],
      ['/ovr_gdal_plain.tif', { url: at('/nowhere') }, 'none'],
    ]) {
      const dataset = await openCore(path, overviews === undefined ? {} : { overviews })
      const levels = await dataset.levels()
      const { sidecar, warnings } = dataset.info()
      assert.equal(sidecar.state, expected, path)
      assert.equal(levels.length > 1, expected === 'present')
      assert.equal(warnings.length, overviews?.url?.endsWith('/nowhere') ? 1 : 0)
    }
    const probes = server.log.map(({ path }) => path).filter(path => path.includes('.ovr'))
    assert.deepEqual(probes, [
      '/ovr_gdal_plain.tif.ovr',
      '/ovr_gdal_plain.tif.ovr?x',
      '/ovr_gdal_plain.tif.ovr?y',
    ])
  })

  test('wrong options are named', async () => {
    for (const options of [{ attempts: 0 }, { cacheBytes: -1 }, { mergeWaste: 'x' }, { pageBytes: 0.5 }])
      assert.throws(
        () => new Core(options),
        error => isCode('invalid_argument')(error) && error.detail.name === Object.keys(options)[0],
      )
    new Core({ attempts: undefined })
    await assert.rejects(openCore('/cog_2048.tif', { limits: { nonsense: 1 } }), isCode('invalid_argument'))
    await assert.rejects(openCore('/cog_2048.tif', { overviewPolicy: 'x' }), isCode('invalid_argument'))
    await assert.rejects(openCore({}), isCode('invalid_argument'))
  })

  test('a thousand reads leave memory where it was', async () => {
    const dataset = await openCore('/cog_2048.tif')
    const random = mulberry(1)
    const round = async count => {
      for (let i = 0; i < count; i++) {
        const [x, y] = [random(), random()].map(part => Math.floor(part * 1500))
        const controller = new AbortController()
        const reading = fetchAll(dataset, { window: [x, y, 300, 300] }, { signal: controller.signal })
        if (i % 10 === 0) {
          controller.abort()
          await assert.rejects(reading, { name: 'AbortError' })
        } else await reading
      }
    }
    await round(200)
    const before = memory.buffer.byteLength
    await round(1000)
    assert.equal(memory.buffer.byteLength, before)
    const { pieces } = await assertAtRest(engine)
    assert.ok(pieces < 200, `${pieces} pieces`)
    engine.clearCache()
    assert.deepEqual([engine.cacheStats().bytes, engine.counts().pieces], [0, 0])
  })

  test('opening and closing leaves memory where it was', async () => {
    const round = async count => {
      for (let i = 0; i < count; i++) {
        const dataset = await engine.open({ url: at('/cog_2048.tif') }, {})
        await dataset.levels()
        dataset.close()
        dataset.free()
      }
    }
    await round(100)
    const before = memory.buffer.byteLength
    await round(500)
    assert.equal(memory.buffer.byteLength, before)
  })

  for (const scene of ['nothing', 'stalled', 'backoff', 'unclosed', 'error-body'])
    test(`the process ends by itself: ${scene}`, async () => {
      const script = fileURLToPath(new URL('driver-exit.mjs', import.meta.url))
      const child = spawn(process.execPath, [script, server.url, scene], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const started = performance.now()
      const [code] = await once(child, 'exit')
      assert.equal(code, 0)
      assert.ok(performance.now() - started < 8000, `${performance.now() - started} ms`)
    })
})

/** Numbers in [0, 1), the same for the same seed. */
function mulberry(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
