// Run by workers.test.mjs: scripts that must come to an end by themselves. Arguments: a file or URL, the scene.

import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { createPool, open, pool } from '../../pkg/index.node.js'

const [file, scene] = process.argv.slice(2)
const script = new URL('../../pkg/worker.node.js', import.meta.url)

const scenes = {
  /** Reads, and closes nothing. */
  async unclosed() {
    const raster = await open(file)
    const { stats } = await raster.read()
    if (stats.workerBlocks === 0 || pool.stats().alive === 0) throw new Error(JSON.stringify(pool.stats()))
  },
  /** Ends while a read is under way: not before it is done, although nobody waits for it. */
  async unawaited() {
    const raster = await open(file)
    void raster.read().then(({ stats }) => console.log(`${stats.workerBlocks > 0}`))
  },
  /** Its last blocks are so small that they are decoded in the calling thread. */
  async small() {
    await (await open(file)).read()
    const raster = await open(
      fileURLToPath(new URL('../fixtures/data/ii_deflate_p1_uint8.tif', import.meta.url)),
    )
    while (pool.stats().inlineJobs === 0) await raster.read()
  },
  async aborted() {
    const raster = await open(file)
    const controller = new AbortController()
    const reading = raster.read({ signal: controller.signal })
    controller.abort('enough')
    await reading.catch(reason => console.log(reason))
  },
  /** Its workers never say that they are ready. */
  async mute() {
    const createWorker = () => new Worker('setInterval(() => {}, 1000)', { eval: true, execArgv: [] })
    const raster = await open(file, { workers: createPool({ size: 2, createWorker }) })
    void raster.levels().then(() => console.log('levels'))
    const controller = new AbortController()
    const reading = raster.read({ signal: controller.signal })
    setTimeout(() => controller.abort('enough'), 300)
    await reading.catch(reason => console.log(reason))
  },
  async killed() {
    const workers = []
    const createWorker = () => {
      workers.push(new Worker(script, { execArgv: [] }))
      return workers.at(-1)
    }
    const raster = await open(file, { workers: createPool({ size: 2, createWorker }) })
    await raster.read()
    await Promise.all(workers.map(worker => worker.terminate()))
    const { stats } = await raster.read()
    console.log(`${stats.workerBlocks > 0}`)
  },
}

await scenes[scene]()
