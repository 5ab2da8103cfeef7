// pyramidion, asked line by line: node pyramidion.mjs WORKERS [shared | plain] [PACKAGE]. { path, window } or { path, points }.

import { performance } from 'node:perf_hooks'
import { serveLines } from './child.mjs'
import { figuresOf } from './figures.mjs'

const workers = Number(process.argv[2])
const shared = process.argv[3] === 'shared'
const { open } = await import(process.argv[4] ?? '../../pkg/index.node.js')

await serveLines(async ({ path, window, points, figures = true }) => {
  const start = performance.now()
  const before = process.cpuUsage()
  const raster = await open(path, { workers })
  try {
    if (points) {
      const reads = points.map(([x, y]) => raster.read({ window: [x, y, 1, 1] }))
      const values = (await Promise.all(reads)).map(({ data }) => [...data].map(Number))
      return { ms: performance.now() - start, values, requests: raster.stats().requests }
    }
    const result = await raster.read({ window, shared })
    const ms = performance.now() - start
    const { user, system } = process.cpuUsage(before)
    const cpu = (user + system) / 1000
    const bands = result.bands.map(band => result.band(band))
    const { requests, decodeMs } = raster.stats()
    return { ms, cpu, requests, decodeMs, ...(figures && figuresOf(bands)) }
  } finally {
    raster.close()
  }
})
