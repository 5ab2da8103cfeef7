// node benches/small-jobs.mjs: what a block costs in the calling thread and in a worker, by the block's size.
// Needs the built package (npm run build).

import { Modules } from '../pkg/modules.js'
import { node } from '../pkg/platform.node.js'
import { WorkerPool } from '../pkg/pool.js'
import { inlineDecoder } from '../pkg/pools.js'
import { CoreLoader } from '../pkg/wasm.js'
import { floatTiff } from './tiff.mjs'

const rounds = Number(process.argv[2] ?? 15)
const jobs = 200

const modules = new Modules(node.compileWasm)
const inline = inlineDecoder(node, modules)
const crew = { createWorker: () => node.createWorker(), modules }
const pools = [1, 2].map(size => new WorkerPool({ ...crew, size, inline, smallBytes: -1 }))
const ways = [inline, ...pools]
const { signal } = new AbortController()
const core = (await new CoreLoader(modules).core(false)).make({}, () => {})

/** A job of that tile size and its bytes, taken from a real plan. */
async function jobOf(tile) {
  const file = floatTiff({ size: tile, tile })
  const read = async ranges => ranges.map(({ start, end }) => file.slice(start, end))
  const dataset = await core.open({ source: { read, size: file.length } }, {})
  const { blocks } = await dataset.plan({})
  const [{ job, start, end }] = blocks
  dataset.close()
  return { job, bytes: file.slice(start, end) }
}

const median = numbers => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]
console.log(
  `Node ${process.versions.node}, ${jobs} jobs at once, median of ${rounds} interleaved rounds; microseconds per job\n`,
)
console.log(
  '| decoded KiB | stored bytes | calling thread | 1 worker | 2 workers | calling thread busy with 2 workers |',
)
console.log('|---|---|---|---|---|---|')
for (const tile of [16, 32, 48, 64, 96, 128, 192, 256]) {
  const { job, bytes } = await jobOf(tile)
  const times = ways.map(() => ({ wall: [], active: [] }))
  for (let round = 0; round <= rounds; round++) {
    for (const [i, decoder] of ways.entries()) {
      const copies = Array.from({ length: jobs }, () => bytes.slice())
      const before = performance.eventLoopUtilization()
      const start = performance.now()
      await Promise.all(copies.map(copy => decoder.decode(job, copy, { signal })))
      if (round === 0) continue
      times[i].wall.push((performance.now() - start) * (1000 / jobs))
      times[i].active.push(performance.eventLoopUtilization(before).active * (1000 / jobs))
    }
  }
  const walls = times.map(({ wall }) => median(wall).toFixed(0))
  const cells = [(tile * tile * 4) / 1024, bytes.length, ...walls, median(times[2].active).toFixed(0)]
  console.log(`| ${cells.join(' | ')} |`)
}
for (const pool of pools) pool.close()
