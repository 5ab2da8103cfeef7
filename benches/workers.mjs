// node benches/workers.mjs: a large read in the calling thread, in workers and in workers over shared memory, in turns.
// Needs the built package (npm run build).

import assert from 'node:assert/strict'
import { createPool, open } from '../pkg/index.node.js'
import { twoThreads } from './threads.mjs'
import { floatTiff } from './tiff.mjs'

const rounds = Number(process.argv[2] ?? 9)
const size = 4096

const file = floatTiff({ size, tile: 512 })
const ways = [
  { name: 'calling thread', workers: 0 },
  { name: '1 worker', workers: createPool({ size: 1 }) },
  { name: '2 workers', workers: createPool({ size: 2 }) },
  { name: '2 workers, shared', workers: createPool({ size: 2 }), shared: true },
]
const turns = ways.map(() => [])
const threads = twoThreads()
const factors = []
let wanted
// The first round warms every way up, and is not counted.
for (let round = 0; round <= rounds; round++) {
  factors.push(await threads.measure())
  for (const [i, { workers, shared = false }] of ways.entries()) {
    const raster = await open(file, { workers })
    const before = performance.eventLoopUtilization()
    const start = performance.now()
    const { data, stats } = await raster.read({ shared })
    const ms = performance.now() - start
    const { active } = performance.eventLoopUtilization(before)
    raster.close()
    wanted ??= data
    if (round === 0) assert.deepEqual(data, wanted)
    else turns[i].push({ ms, active, decodeMs: stats.decodeMs })
  }
}
await threads.close()

const median = numbers => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]
const of = (i, key) => median(turns[i].map(turn => turn[key]))
const fastestOf = i => Math.min(...turns[i].map(({ ms }) => ms))
const megabytes = (size * size * 4) / 1e6
console.log(
  `${size} x ${size} float32, Deflate, predictor 3, tiles of 512: ${(file.length / 1e6).toFixed(1)} MB stored`,
)
console.log(`Node ${process.versions.node}, median of ${rounds} interleaved rounds`)
console.log(
  `Two threads of arithmetic get ${median(factors.slice(1)).toFixed(2)} times as much done as one, meanwhile\n`,
)
console.log(
  '| | ms | fastest | MB/s | times | times, fastest | calling thread busy, ms | decoding in all, ms |',
)
console.log('|---|---|---|---|---|---|---|---|')
ways.forEach(({ name }, i) => {
  const ms = of(i, 'ms')
  const fastest = fastestOf(i)
  const times = [of(0, 'ms') / ms, fastestOf(0) / fastest].map(factor => factor.toFixed(2))
  const cells = [ms.toFixed(0), fastest.toFixed(0), (megabytes / (ms / 1000)).toFixed(0), ...times]
  console.log(`| ${[name, ...cells, of(i, 'active').toFixed(0), of(i, 'decodeMs').toFixed(0)].join(' | ')} |`)
})
