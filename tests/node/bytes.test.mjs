// What is asked for, in whose name, in which order, and how it can be seen: events, traces, priorities, hints.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Priority, cache, configure, open } from '../../pkg/index.node.js'
// Node's entry has a class of its own in it: the fake core's rasters know this one.
import { Priority as OwnPriority } from '../../pkg/priority.js'
import { startServer } from '../server/server.mjs'
import { FakeDataset, deferred, openFake, turns } from './fake-core.mjs'

const fixtures = fileURLToPath(new URL('../fixtures/data', import.meta.url))
const scene = fileURLToPath(new URL('../../examples/scene', import.meta.url))
const cog = join(fixtures, 'cog_2048.tif')
const TILE = { window: [512, 1024, 512, 512] }

describe('bytes', () => {
  let server, rasters

  beforeEach(async () => {
    rasters = []
    server = await startServer({ mounts: { '/data/': fixtures, '/scene/': scene } })
  })

  afterEach(async () => {
    for (const raster of rasters) raster.close()
    await server.close()
    configure({ perOrigin: 6, attempts: 4, backoff: 200, firstRangeBytes: 32768 })
  })

  const opened = async (path, options) => {
    const raster = await open(`${server.url}${path}`, options)
    rasters.push(raster)
    return raster
  }

  test('onRequest tells of every request once, with its facts', async () => {
    configure({ backoff: 1 })
    const events = []
    const raster = await opened('/fault/status-once:503/data/cog_2048.tif', {
      onRequest: event => events.push(event),
    })
    await raster.read(TILE)
    await server.idle()
    await turns()
    assert.equal(events.length, server.counts().requests)
    const { url, range, attempt, status, bytes, start, end, outcome, error } = events[0]
    assert.equal(url, `${server.url}/fault/status-once:503/data/cog_2048.tif`)
    assert.deepEqual(
      [range, attempt, status, bytes, outcome, error],
      [{ start: 0, end: 32768 }, 1, 503, 0, 'stopped', null],
    )
    assert.ok(end >= start && start > 0)
    assert.deepEqual([events[1].attempt, events[1].status, events[1].bytes], [2, 206, 32768])
    assert.equal(events[1].outcome, 'done')
    const { requests, bytes: received, retries, usefulBytes, waitMs } = raster.stats()
    assert.equal(requests, events.length)
    assert.equal(
      received,
      events.reduce((sum, event) => sum + event.bytes, 0),
    )
    assert.equal(retries, events.filter(event => event.attempt > 1).length)
    assert.ok(usefulBytes > 32768 && waitMs >= 0)
  })

  test('onRequest tells of refused connections and of sources; what it throws is dropped', async () => {
    const gone = await startServer({ root: fixtures })
    await gone.close()
    configure({ attempts: 2, backoff: 1 })
    const events = []
    const onRequest = event => {
      events.push(event)
      throw new Error('mine')
    }
    await assert.rejects(open(`${gone.url}/a.tif`, { onRequest }), { code: 'network' })
    assert.deepEqual(
      events.map(({ status, outcome, attempt }) => [status, outcome, attempt]),
      [
        [null, 'failed', 1],
        [null, 'failed', 2],
      ],
    )
    assert.match(events[0].error, /ECONNREFUSED/)
    events.length = 0
    rasters.push(await open(cog, { onRequest }))
    assert.deepEqual([events.length, events[0].url, events[0].bytes], [1, cog, 32768])
  })

  test('two rasters of one file are both told of the requests that they share', async () => {
    const seen = [[], []]
    const [one, two] = await Promise.all(
      seen.map(events => opened('/data/cog_2048.tif', { onRequest: event => events.push(event) })),
    )
    await Promise.all([one.read(TILE), two.read(TILE)])
    await server.idle()
    await turns()
    assert.deepEqual(seen[0], seen[1])
    assert.equal(seen[0].length, 2)
  })

  test('B.15 sign makes the URL of each request; identity stays the unsigned one; the sidecar is signed too', async () => {
    const asked = []
    const sign = async (url, { range, attempt, signal }) => {
      asked.push([url, range, attempt])
      assert.ok(signal instanceof AbortSignal)
      const signed = new URL(url)
      signed.searchParams.set('token', String(asked.length))
      return asked.length % 2 ? signed : signed.href
    }
    const raster = await opened('/scene/scene.tif', { sign })
    const levels = await raster.levels()
    const [{ url }, sidecar] = levels
    await server.idle()
    assert.deepEqual(
      [url, sidecar.url],
      [`${server.url}/scene/scene.tif`, `${server.url}/scene/scene.tif.ovr`],
    )
    assert.deepEqual(
      server.log.map(({ path }) => path),
      ['/scene/scene.tif?token=1', '/scene/scene.tif.ovr?token=2'],
    )
    assert.deepEqual(asked[0], [url, { start: 0, end: 32768 }, 1])
    const tile = { level: 1, window: [0, 0, ...sidecar.blockSize] }
    await raster.read(tile)
    const before = asked.length
    const second = await opened('/scene/scene.tif', { sign })
    await second.read(tile)
    assert.equal(asked.length, before, 'the same file, signed in the same way: all is there')
    await opened('/scene/scene.tif', { sign: url => url })
    assert.equal((await server.idle(), server.counts().requests), before + 1, 'signed by somebody else')
  })

  test('B.15 sign is called again for a retry; its failure is final and named; nonsense is refused', async () => {
    configure({ backoff: 1 })
    const attempts = []
    await opened('/fault/status-once:503/data/cog_2048.tif', {
      sign: (url, { attempt }) => {
        attempts.push(attempt)
        return url
      },
    })
    assert.deepEqual(attempts, [1, 2])
    const mine = new Error('no credentials')
    let calls = 0
    for (const sign of [
      () => {
        calls += 1
        throw mine
      },
      async () => {
        calls += 1
        throw mine
      },
    ]) {
      await assert.rejects(opened('/data/cog_2048.tif', { sign }), error => {
        assert.deepEqual([error.code, error.cause], ['network', mine])
        assert.match(error.message, /sign: no credentials/)
        assert.equal(error.detail.url, `${server.url}/data/cog_2048.tif`)
        return true
      })
    }
    assert.equal(calls, 2)
    for (const answer of [undefined, 7, '', {}])
      await assert.rejects(opened('/data/cog_2048.tif', { sign: () => answer }), /must give a URL/)
    await assert.rejects(opened('/data/cog_2048.tif', { sign: 'x' }), { code: 'invalid_argument' })
  })

  test('B.15 an error names the unsigned URL: signatures stay out of logs', async () => {
    const opening = opened('/data/missing.tif', { sign: url => `${url}?secret=1` })
    await assert.rejects(opening, error => {
      assert.equal(error.code, 'not_found')
      assert.ok(!JSON.stringify([error.message, error.detail]).includes('secret'))
      return true
    })
  })

  test('a Priority changes what waits, while it waits: a map that pans', async () => {
    configure({ perOrigin: 1 })
    const raster = await opened('/data/cog_2048.tif')
    const done = []
    // On the diagonal: neighbours would share a request.
    const tile = (name, at, priority) =>
      raster.read({ window: [at, at, 512, 512], level: 0, priority }).then(() => done.push(name))
    const left = new Priority(0)
    const reads = [tile('first', 0), tile('left', 512, left), tile('new', 1024, 1), tile('later', 1536)]
    await turns(1)
    left.value = -1
    await Promise.all(reads)
    // The first one may have left before anything was there to compare it with.
    assert.deepEqual(
      done.filter(name => name !== 'first'),
      ['new', 'later', 'left'],
    )
  })

  test('a Priority reaches the core with each call, and its changes only while that is under way', async () => {
    const gate = deferred()
    const dataset = new FakeDataset({ fetch: () => gate.promise })
    const { raster } = await openFake({ dataset })
    const priority = new OwnPriority(3)
    const reading = raster.read({ priority })
    await turns()
    assert.deepEqual([dataset.fetches[0].group, dataset.fetches[0].priority], [priority.id, 3])
    priority.value = 5
    assert.deepEqual(dataset.priorities, [[priority.id, 5]])
    gate.reject(new Error('enough'))
    await assert.rejects(reading)
    priority.value = 7
    assert.equal(dataset.priorities.length, 1)
    for (const wrong of ['high', 1.5, NaN, 2 ** 31, null, {}])
      await assert.rejects(raster.read({ priority: wrong }), { code: 'invalid_argument' })
    assert.throws(() => (priority.value = 'x'), { code: 'invalid_argument' })
    raster.close()
  })

  test('a header that took more than the first range is asked for at once the next time', async () => {
    configure({ firstRangeBytes: 64 })
    const first = await opened('/data/cog_2048.tif')
    const before = (await server.idle(), server.counts().requests)
    assert.ok(before > 1)
    first.close()
    server.reset()
    const second = await opened('/data/cog_2048.tif')
    assert.equal((await server.idle(), server.counts().requests), 1)
    assert.deepEqual([second.width, second.height], [2048, 2048])
    const [, last] = /bytes=0-(\d+)/.exec(server.log[0].range)
    assert.ok(last > 64 && last < 65536, last)
  })

  test('a trace of Node tells everything, and Net tells the same again', { timeout: 300_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'trace-'))
    try {
      const path = join(folder, 'trace.json')
      const cli = fileURLToPath(new URL('../../pkg/cli.js', import.meta.url))
      // The server lives in this process: nothing may block it.
      const { spawn } = await import('node:child_process')
      const out = join(folder, 'out.png')
      const url = `${server.url}/fault/status-once:503/scene/scene.tif`
      const program = spawn(process.execPath, [
        cli,
        'read',
        url,
        '--max-size',
        '300',
        '-o',
        out,
        '--trace',
        path,
      ])
      const code = await new Promise(ended => program.on('close', ended))
      assert.equal(code, 0)
      const lines = JSON.parse(await readFile(path, 'utf8'))
      assert.ok(lines[0].options.attempts === 4)
      const facts = lines.flatMap(({ told }) => (told ? [told.fact] : []))
      const sends = lines.filter(({ order }) => order?.startsWith('send '))
      await server.idle()
      assert.equal(sends.length, server.counts().requests)
      for (const name of ['addSource', 'read', 'head', 'body', 'end', 'close'])
        assert.ok(
          facts.some(fact => name in Object(fact)),
          name,
        )
      assert.ok(facts.includes('tick'), 'the retry')
      const cargo = spawnSync('cargo', ['--version'])
      assert.equal(cargo.status, 0, 'the trace is replayed by cargo, which must be on PATH')
      const args = ['test', '--quiet', '--test', 'net_orders', 'a_saved_trace', '--', '--nocapture']
      const env = { ...process.env, PYRAMIDION_TRACE: path }
      const replayed = spawnSync('cargo', args, {
        cwd: new URL('../..', import.meta.url),
        env,
        encoding: 'utf8',
      })
      assert.equal(replayed.status, 0, replayed.stderr)
      assert.match(replayed.stderr, new RegExp(`trace\\.json: \\d+ orders, all the same`))
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  test('a trace holds no header of a request', async () => {
    const lines = []
    configure({ trace: line => lines.push(line) })
    await opened('/data/cog_2048.tif', { headers: { Authorization: 'Bearer secret' } })
    configure({ trace: undefined })
    assert.ok(lines.length > 5)
    assert.ok(!JSON.stringify(lines).includes('secret'))
    assert.throws(() => configure({ trace: 'x' }), { code: 'invalid_argument' })
  })

  test('B.10 cache.stats() and cache.clear()', async () => {
    configure({ cacheBytes: 1 << 20 })
    const raster = await opened('/data/cog_2048.tif')
    await raster.read(TILE)
    const { bytes, limit, pieces } = cache.stats()
    assert.ok(bytes > 0 && bytes <= limit && pieces > 0)
    assert.equal(limit, 1 << 20)
    cache.clear()
    assert.deepEqual([cache.stats().bytes, cache.stats().pieces], [0, 0])
    configure({ cacheBytes: 64 << 20 })
  })
})
