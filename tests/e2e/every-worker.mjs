/** Workers of some real browser: where blocks are decoded, and what happens when workers die. */

import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startServer } from '../server/server.mjs'
import { startSite } from './site.mjs'

const folder = path => fileURLToPath(new URL(path, import.meta.url))

/** A content security policy as strict as the package works under, with the range server as the one other origin. */
const strict = {
  'Content-Security-Policy':
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' http://127.0.0.1:*",
}

/** What makes a page `crossOriginIsolated`. */
const isolated = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
}

/** In the page, before anything else: what the tests share. */
async function install({ entry, script }) {
  const { createPool, open, pool } = await import(entry)
  const workers = []
  const same = (a, b) => {
    const [x, y] = [a, b].map(
      ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
    )
    return x.length === y.length && x.every((byte, i) => byte === y[i])
  }
  const createWorker = () => {
    workers.push(new Worker(script, { type: 'module' }))
    return workers.at(-1)
  }
  /** Kills the one that lives longest: nothing tells the pool. */
  const kill = () => workers.splice(0, 1)[0]?.terminate()
  const inline = async (url, options) => (await (await open(url, { workers: 0 })).read(options)).data
  const unhandled = []
  addEventListener('error', ({ message }) => unhandled.push(message))
  addEventListener('unhandledrejection', ({ reason }) => unhandled.push(String(reason)))
  globalThis.lab = { unhandled, createPool, open, pool, workers, same, createWorker, kill, inline }
}

/**
 * @param {string} name of the browser
 * @param {Pick<typeof import('./chromium.mjs'), 'launch' | 'openPage'>} driver
 */
export function workersIn(name, { launch, openPage }) {
  describe(`workers in ${name}`, () => {
    let server, browser, site, page, complaints, warnings, workers, leave, cog, scene
    /** What the browser is to complain of, in any browser's words. */
    let expected

    before(async () => {
      server = await startServer({
        mounts: { '/data/': folder('../fixtures/data'), '/scene/': folder('../../examples/scene') },
      })
      cog = `${server.url}/data/cog_2048.tif`
      scene = `${server.url}/scene/scene.tif`
      browser = await launch()
      site = await startSite()
    })

    after(async () => {
      await browser?.close()
      await site?.close()
      await server?.close()
    })

    const enter = async (place, path = '') => {
      ;({ page, complaints, warnings, workers, leave } = await openPage(browser, place.url + path))
      await page.evaluate(install, { entry: place.entry, script: place.entry.replace(/[^/]+$/, 'worker.js') })
    }

    /** The browser tells of a worker's end a little after it. */
    const noWorkers = async () => {
      for (let tries = 0; workers().length > 0 && tries < 100; tries++) await delay(20)
      assert.equal(workers().length, 0)
    }

    beforeEach(() => {
      expected = undefined
      return enter(site)
    })
    afterEach(async () => {
      assert.deepEqual(
        complaints.filter(text => !expected?.test(text)),
        [],
      )
      assert.deepEqual(await page.evaluate(() => globalThis.lab.unhandled), [])
      await leave()
    })

    test('blocks are decoded in the shared workers, and are what they are here', async () => {
      assert.equal(workers().length, 0)
      const before = site.requested.length
      const found = await page.evaluate(
        async urls => {
          const { open, pool, same, inline } = globalThis.lab
          const cores = navigator.hardwareConcurrency
          const all = []
          for (const url of urls) {
            for (const options of [
              {},
              { layout: 'pixel' },
              { level: 1 },
              { window: [100, 200, 700, 300], width: 200 },
            ]) {
              const raster = await open(url)
              const { data, stats } = await raster.read(options)
              all.push({ same: same(data, await inline(url, options)), blocks: stats.workerBlocks })
              raster.close()
            }
          }
          return { all, stats: pool.stats(), cores }
        },
        [cog, scene],
      )
      assert.equal(found.all.length, 8)
      assert.ok(
        found.all.every(({ same }) => same),
        JSON.stringify(found.all),
      )
      // Those of full size; blocks of a few KiB are decoded sooner than sent.
      assert.deepEqual(
        [0, 1, 4, 5].map(i => found.all[i].blocks),
        [16, 16, 35, 35],
      )
      const { size, alive, mode, reason, restarts } = found.stats
      assert.deepEqual([size, mode, reason, restarts], [Math.min(found.cores, 8), 'workers', null, 0])
      assert.deepEqual([workers().length, alive], [alive, size])
      assert.ok(workers().every(url => url === `${site.url}pyramidion/worker.js`))
      // Each compiled once, and handed to the workers.
      const fetched = site.requested.slice(before).filter(path => path.endsWith('.wasm'))
      assert.deepEqual(fetched.map(path => path.split('/').at(-1)).sort(), ['core.wasm', 'decode.wasm'])
    })

    test('workers that are killed in the middle of reads cost no read, no block and no request', async () => {
      const found = await page.evaluate(async url => {
        const { createPool, createWorker, inline, kill, open, same } = globalThis.lab
        const own = createPool({ size: 2, createWorker })
        const raster = await open(url, { workers: own })
        const wanted = await inline(url)
        await raster.read()
        const { requests } = raster.stats()
        const started = performance.now()
        const reads = []
        for (const at of [1, 4, 7, 10]) {
          let done = 0
          const { data, stats } = await raster.read({ onProgress: () => void (++done === at && kill()) })
          reads.push({ same: same(data, wanted), blocks: stats.workerBlocks })
        }
        const ms = performance.now() - started
        return { reads, ms, more: raster.stats().requests - requests, ...own.stats() }
      }, cog)
      assert.deepEqual(found.reads, Array(4).fill({ same: true, blocks: 16 }))
      assert.deepEqual([found.more, found.mode], [0, 'workers'])
      assert.ok(found.restarts >= 3, JSON.stringify(found))
      // Their end is seen at once, not by waiting.
      assert.ok(found.ms < 15_000, `${found.ms} ms`)
    })

    test('all of them killed at once, idle or at their start', async () => {
      const found = await page.evaluate(async url => {
        const { createPool, createWorker, inline, kill, open, same, workers } = globalThis.lab
        const wanted = await inline(url)
        const raster = await open(url, { workers: createPool({ size: 2, createWorker }) })
        const results = [await raster.read()]
        while (workers.length > 0) kill()
        results.push(await raster.read())
        const both = [raster.read(), raster.read({ priority: 1 })]
        while (workers.length > 0) kill()
        results.push(...(await Promise.all(both)))
        return results.map(({ data, stats }) => [same(data, wanted), stats.workerBlocks])
      }, cog)
      assert.deepEqual(found, Array(4).fill([true, 16]))
    })

    const broken = {
      'cannot be made': { script: null, reason: /could not be made/ },
      'have a script that is not there': {
        script: '/pyramidion/none.js',
        reason: /could not be loaded/,
        missing: true,
      },
      'throw at once': { script: 'throw new Error("a bad script")', reason: /a bad script/ },
      'never say ready': { script: 'setInterval(() => {}, 1000)', reason: /not ready within 10000 ms/ },
      'end themselves after they were ready': {
        script: `onmessage = ({ data: { type, lock } }) => {
        if (type === 'decode') close()
        if (type !== 'start') return
        navigator.locks.request(lock, () => {
          postMessage({ type: 'ready', locked: true })
          return new Promise(() => {})
        })
      }`,
        reason: /ended from outside/,
      },
      'answer garbage': {
        script:
          "onmessage = ({ data }) => postMessage(data.type === 'start' ? { type: 'ready' } : data.bytes)",
        reason: /no worker says/,
      },
    }

    for (const [name, { script, reason, missing = false }] of Object.entries(broken)) {
      test(`workers that ${name}: the read goes on here and says so`, async () => {
        const found = await page.evaluate(
          async ({ url, script }) => {
            const { createPool, inline, open, same } = globalThis.lab
            const createWorker = () => {
              if (script === null) throw new Error('no')
              const place = script.startsWith('/') ? script : URL.createObjectURL(new Blob([script]))
              return new Worker(place)
            }
            const own = createPool({ size: 2, createWorker })
            let told = 0
            own.addEventListener('degraded', () => (told += 1))
            const raster = await open(url, { workers: own })
            const { data, stats } = await raster.read()
            return { same: same(data, await inline(url)), stats, told, pool: own.stats() }
          },
          { url: cog, script },
        )
        assert.deepEqual([found.same, found.stats.workerBlocks, found.told], [true, 0, 1])
        assert.deepEqual([found.pool.mode, found.pool.alive, found.pool.inlineJobs], ['inline', 0, 16])
        assert.match(found.pool.reason, reason)
        assert.equal(warnings.filter(text => /^pyramidion: .* in the calling thread/.test(text)).length, 1)
        await noWorkers()
        if (missing) expected = /\b404\b|Loading Worker .* was blocked/
      })
    }

    test('a poisoned decoder in a worker is that read’s error, and the worker goes on', async () => {
      const found = await page.evaluate(async url => {
        const { createPool, open } = globalThis.lab
        const own = createPool({ size: 1 })
        const damaged = await open(url.replace('cog_2048', 'damaged_deflate_cut'), { workers: own })
        const code = await damaged.read().catch(error => error.code)
        const { stats } = await (await open(url, { workers: own })).read()
        return { code, blocks: stats.workerBlocks, restarts: own.stats().restarts }
      }, cog)
      assert.deepEqual(found, { code: found.code, blocks: 16, restarts: 0 })
      assert.ok(['malformed', 'truncated'].includes(found.code), found.code)
    })

    test('an abort ends a read, a closed pool all of them', async () => {
      const found = await page.evaluate(async url => {
        const { createPool, open } = globalThis.lab
        const own = createPool({ size: 1 })
        const raster = await open(url, { workers: own })
        const controller = new AbortController()
        const aborted = raster.read({
          signal: controller.signal,
          onProgress: () => controller.abort('enough'),
        })
        const reason = await aborted.catch(reason => reason)
        const { stats } = await raster.read()
        const closing = raster.read({ onProgress: () => own.close() }).catch(({ code }) => code)
        return { reason, blocks: stats.workerBlocks, code: await closing, alive: own.stats().alive }
      }, cog)
      assert.deepEqual(found, { reason: 'enough', blocks: 16, code: 'closed', alive: 0 })
      await noWorkers()
    })

    test('shared memory is filled in place where the page is isolated, and plain memory elsewhere', async () => {
      const read = async url => {
        const { createPool, createWorker, inline, open, same } = globalThis.lab
        const found = []
        const watched = () => {
          const worker = createWorker()
          worker.addEventListener('message', ({ data: { type, samples } }) => {
            if (type === 'answer') found.at(-1).push(samples === null)
          })
          return worker
        }
        const raster = await open(url, { workers: createPool({ size: 2, createWorker: watched }) })
        for (const options of [{}, { layout: 'pixel', bands: [3, 1] }]) {
          found.push([])
          const { data, stats } = await raster.read({ ...options, shared: true })
          const answers = found.pop()
          const inPlace = answers.filter(Boolean).length
          const kind = Object.prototype.toString.call(data.buffer).slice(8, -1)
          const all = answers.length === stats.workerBlocks && answers.length === 35
          found.push([kind, same(data, await inline(url, options)), all, inPlace])
        }
        return found
      }
      assert.deepEqual(await page.evaluate(read, scene), Array(2).fill(['ArrayBuffer', true, true, 0]))
      const secluded = await startSite(isolated)
      try {
        await leave()
        await enter(secluded)
        assert.equal(await page.evaluate(() => crossOriginIsolated), true)
        assert.deepEqual(
          await page.evaluate(read, scene),
          Array(2).fill(['SharedArrayBuffer', true, true, 35]),
        )
      } finally {
        await secluded.close()
      }
    })

    test('a strict content security policy is no hindrance', async () => {
      const guarded = await startSite(strict)
      try {
        await leave()
        await enter(guarded, 'bare')
        // The policy is in force: neither text nor blobs are run.
        const refused = await page.evaluate(async () => {
          const place = URL.createObjectURL(new Blob(['postMessage(1)']))
          const worker = await new Promise(resolve => {
            const made = new Worker(place)
            made.onerror = () => resolve('refused')
            made.onmessage = () => resolve('run')
          }).catch(() => 'refused')
          return worker
        })
        assert.equal(refused, 'refused')
        expected = /Content.Security.Policy/
        const found = await page.evaluate(async url => {
          const { inline, open, pool, same } = globalThis.lab
          const { data, stats } = await (await open(url)).read()
          return [same(data, await inline(url)), stats.workerBlocks, pool.stats().mode, pool.stats().restarts]
        }, cog)
        assert.deepEqual(found, [true, 16, 'workers', 0])
      } finally {
        await guarded.close()
      }
    })
  })
}
