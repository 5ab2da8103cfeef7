// The built package with real workers, over the real server.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { after, afterEach, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { createPool, isPyramidionError, open, pool } from '../../pkg/index.node.js'
import { startServer } from '../server/server.mjs'
import { warningsOf } from './fake-workers.mjs'

const fixtures = new URL('../fixtures/', import.meta.url)
const manifest = JSON.parse(await readFile(new URL('manifest.json', fixtures), 'utf8'))
const script = new URL('../../pkg/worker.node.js', import.meta.url)
const scene = fileURLToPath(new URL('worker-scenes.mjs', import.meta.url))
const run = promisify(execFile)

/** Real workers that are known by name, so that a test can kill them. */
function knownWorkers() {
  const workers = []
  const createWorker = () => {
    workers.push(new Worker(script, { execArgv: [] }))
    return workers.at(-1)
  }
  return { workers, createWorker }
}

describe('workers', () => {
  let server, url
  const pools = []
  const made = options => {
    pools.push(createPool(options))
    return pools.at(-1)
  }

  before(async () => {
    const folder = path => fileURLToPath(new URL(path, import.meta.url))
    server = await startServer({
      mounts: { '/data/': folder('../fixtures/data'), '/scene/': folder('../../examples/scene') },
    })
    url = `${server.url}/data/cog_2048.tif`
  })
  afterEach(() => pools.splice(0).forEach(each => each.close()))
  after(() => server.close())

  const inline = async options => {
    const raster = await open(url, { workers: 0 })
    const result = await raster.read(options)
    assert.equal(result.stats.workerBlocks, 0)
    return result.data
  }

  test('blocks are decoded in the shared workers unless open is told otherwise', async () => {
    const raster = await open(url)
    const { data, stats } = await raster.read()
    assert.equal(stats.workerBlocks, 16)
    assert.equal(raster.stats().workerBlocks, 16)
    assert.equal(pool.stats().jobs, 16)
    assert.ok(pool.stats().alive >= 1 && pool.stats().alive <= pool.stats().size)
    assert.deepEqual(data, await inline())
    raster.close()
    assert.deepEqual([pool.closed, pool.stats().jobs], [false, 16])
    const two = [await open(url, { workers: 2 }), await open(url, { workers: 2 })]
    const own = made({ size: 1 })
    const third = await open(url, { workers: own })
    for (const each of [...two, third]) assert.equal((await each.read()).stats.workerBlocks, 16)
    assert.deepEqual([own.stats().jobs, own.stats().alive, pool.stats().jobs], [16, 1, 16])
  })

  test('every way to read gives the same in workers, here, and in shared memory', async () => {
    const two = made({ size: 2 })
    for (const path of ['data/cog_2048.tif', 'data/cog_float32_1_zstd.tif', 'scene/scene.tif']) {
      const file = `${server.url}/${path}`
      const [here, there] = [await open(file, { workers: 0 }), await open(file, { workers: two })]
      const reversed = here.bands.map((_, i) => here.bandCount - i)
      for (const options of [
        {},
        { layout: 'pixel', bands: reversed },
        { window: [3, 5, 50, 31], width: 30 },
        { level: 1 },
      ]) {
        const wanted = (await here.read(options)).data
        assert.deepEqual((await there.read(options)).data, wanted)
        const shared = await there.read({ ...options, shared: true })
        assert.ok(shared.data.buffer instanceof SharedArrayBuffer)
        assert.equal(shared.data.constructor, wanted.constructor)
        assert.deepEqual(shared.data, wanted)
        // The caller's own, in the middle of larger memory.
        const memory = new SharedArrayBuffer(wanted.byteLength + 128)
        const out = new wanted.constructor(memory, 64, wanted.length)
        assert.equal((await there.read({ ...options, out })).data, out)
        assert.deepEqual(out, wanted)
        const around = [new Uint8Array(memory, 0, 64), new Uint8Array(memory, 64 + wanted.byteLength)]
        assert.ok(around.every(bytes => bytes.every(byte => byte === 0)))
        assert.deepEqual((await here.read({ ...options, shared: true })).data, wanted)
      }
    }
    const { mode, jobs, inlineJobs } = two.stats()
    assert.equal(mode, 'workers')
    assert.ok(jobs - inlineJobs > 300, `${jobs - inlineJobs} blocks in workers`)
    assert.ok(inlineJobs > 0)
  })

  test('shared memory is filled by the workers: no samples travel', async () => {
    const answers = []
    const createWorker = () => {
      const worker = new Worker(script, { execArgv: [] })
      worker.on('message', ({ type, samples }) => type === 'answer' && answers.push(samples === null))
      return worker
    }
    const raster = await open(url, { workers: made({ size: 2, createWorker }) })
    for (const shared of [true, false]) {
      await raster.read({ shared })
      assert.deepEqual(answers.splice(0), Array(16).fill(shared))
    }
  })

  test('a damaged block is the same error from a worker', async () => {
    const two = made({ size: 2 })
    const damaged = manifest.filter(
      ({ name, error }) => /^damaged_/.test(name) && error && error.when !== 'levels',
    )
    assert.ok(damaged.length > 5)
    for (const { file } of damaged) {
      const errors = []
      for (const workers of [0, two]) {
        const raster = await open(`${server.url}/${file}`, { workers })
        errors.push(await raster.read().catch(({ code, message, detail }) => ({ code, message, detail })))
      }
      assert.equal(typeof errors[0].code, 'string')
      assert.deepEqual(errors[1], errors[0])
    }
    assert.deepEqual([two.stats().restarts, two.stats().mode], [0, 'workers'])
  })

  test('workers that are killed in the middle of reads cost no read and no request', async () => {
    const { workers, createWorker } = knownWorkers()
    const two = made({ size: 2, createWorker })
    const raster = await open(url, { workers: two })
    const wanted = await inline()
    await raster.read()
    const killed = new Set()
    const { requests } = raster.stats()
    const kills = []
    for (let round = 0; round < 6; round++) {
      let done = 0
      const reading = raster.read({
        onProgress: () => {
          done += 1
          const victim = workers.find(worker => !killed.has(worker))
          if (done !== 2 + round || !victim) return
          killed.add(victim)
          kills.push(victim.terminate())
        },
      })
      const { data, stats } = await reading
      assert.deepEqual(data, wanted)
      assert.equal(stats.workerBlocks, 16)
    }
    await Promise.all(kills)
    assert.equal(kills.length, 6)
    assert.ok(two.stats().restarts >= 4, JSON.stringify(two.stats()))
    assert.deepEqual([two.stats().mode, raster.stats().requests], ['workers', requests])
  })

  test('all workers killed at once, while they idle and while they start', async () => {
    const { workers, createWorker } = knownWorkers()
    const killed = made({ size: 2, createWorker })
    const raster = await open(url, { workers: killed })
    const wanted = await inline()
    const reading = raster.read()
    while (workers.length === 0) await new Promise(resolve => setImmediate(resolve))
    workers[0].terminate()
    assert.deepEqual((await reading).data, wanted)
    await Promise.all(workers.map(worker => worker.terminate()))
    const { data, stats } = await raster.read({ shared: true })
    assert.deepEqual(data, wanted)
    assert.equal(stats.workerBlocks, 16)
  })

  test('a script that is no worker of ours: the read goes on here and says so', async () => {
    const scripts = {
      'throws at once': 'throw new Error("a bad script")',
      'exits at once': 'process.exit(3)',
      'dies after ready': `const { parentPort } = require('node:worker_threads')
        parentPort.on('message', ({ type }) => {
          if (type === 'start') parentPort.postMessage({ type: 'ready', locked: false })
          else process.exit(4)
        })`,
      'answers garbage': `const { parentPort } = require('node:worker_threads')
        parentPort.on('message', ({ type }) => parentPort.postMessage(type === 'start' ? { type: 'ready' } : 42))`,
    }
    for (const [name, text] of Object.entries(scripts)) {
      const createWorker = () => new Worker(text, { eval: true, execArgv: [] })
      const broken = made({ size: 2, createWorker })
      let told = 0
      broken.addEventListener('degraded', () => (told += 1))
      const raster = await open(url, { workers: broken })
      const warnings = await warningsOf(async () =>
        assert.deepEqual((await raster.read()).data, await inline(), name),
      )
      const { mode, reason, inlineJobs, jobs } = broken.stats()
      assert.deepEqual([mode, inlineJobs, jobs, told, warnings.length], ['inline', 16, 16, 1, 1], name)
      assert.match(reason, /bad script|exit code [34]|no worker says/)
    }
  })

  test('workers of a URL, and a module that they find themselves', async () => {
    const wasmUrl = new URL('../../pkg/wasm/decode.wasm', import.meta.url)
    for (const options of [{ workerUrl: script }, { workerUrl: script.href, wasmUrl: wasmUrl.href }]) {
      const raster = await open(url, { workers: made({ size: 1, ...options }) })
      assert.equal((await raster.read()).stats.workerBlocks, 16)
    }
    // A worker that is given no module compiles it itself.
    const createWorker = () => {
      const worker = new Worker(script, { execArgv: [] })
      const { postMessage } = worker
      worker.postMessage = function (message, transfer) {
        if (message.type === 'module' && message.module)
          throw new DOMException('no modules', 'DataCloneError')
        return postMessage.call(this, message, transfer)
      }
      return worker
    }
    const own = made({ size: 1, createWorker })
    const raster = await open(url, { workers: own })
    assert.equal((await raster.read()).stats.workerBlocks, 16)
    assert.equal(own.stats().restarts, 0)
  })

  test('a closed pool rejects, and its raster can be closed', async () => {
    const closing = made({ size: 1 })
    const raster = await open(url, { workers: closing })
    const reading = raster.read()
    closing.close()
    await assert.rejects(reading, error => isPyramidionError(error, 'closed'))
    await assert.rejects(raster.read(), error => isPyramidionError(error, 'closed'))
    await assert.rejects(open(url, { workers: closing }), error => isPyramidionError(error, 'closed'))
    raster.close()
  })

  test('an aborted read rejects with its reason, and the workers serve the next', async () => {
    const one = made({ size: 1 })
    const raster = await open(url, { workers: one })
    for (const after of [1, 5]) {
      const controller = new AbortController()
      let done = 0
      const onProgress = () => ++done === after && controller.abort('enough')
      const reading = raster.read({ signal: controller.signal, onProgress })
      await assert.rejects(reading, reason => reason === 'enough')
    }
    assert.deepEqual((await raster.read()).data, await inline())
    assert.equal(one.stats().restarts, 0)
  })

  test('of two reads, the one of the higher priority is done first', async () => {
    const one = made({ size: 1 })
    const raster = await open(url, { workers: one })
    // From the cache, so that both have their bytes at once.
    await raster.read()
    const order = []
    const low = raster.read().then(() => order.push('low'))
    const high = raster.read({ priority: 1 }).then(() => order.push('high'))
    await Promise.all([low, high])
    assert.deepEqual(order, ['high', 'low'])
  })

  test('a script given on the command line has workers too', async () => {
    const entry = new URL('../../pkg/index.node.js', import.meta.url)
    const text = `import { open, pool } from '${entry.href}'
      const { stats } = await (await open('${url}')).read()
      console.log(stats.workerBlocks, pool.stats().mode, pool.stats().reason)`
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', text])
    assert.equal(stdout, '16 workers null\n')
  })

  const scenes = {
    unclosed: '',
    unawaited: 'true\n',
    small: '',
    aborted: 'enough\n',
    mute: 'levels\nenough\n',
    killed: 'true\n',
  }
  for (const [name, output] of Object.entries(scenes)) {
    test(`a script ends by itself: ${name}`, async () => {
      const args = ['--unhandled-rejections=strict', scene, url, name]
      const { stdout, stderr } = await run(process.execPath, args, { timeout: 20_000 })
      assert.deepEqual([stdout, stderr], [output, ''])
    })
  }
})
