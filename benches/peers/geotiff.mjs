// geotiff.js, asked line by line: node geotiff.mjs WORKERS. { path, window } or { path, points }; a path or a URL.

import { performance } from 'node:perf_hooks'
import { Pool, fromFile, fromUrl } from 'geotiff'
import { serveLines } from './child.mjs'
import { figuresOf } from './figures.mjs'

const workers = Number(process.argv[2])
const pool = workers > 0 ? new Pool(workers) : undefined

await serveLines(async ({ path, window, points, figures = true }) => {
  const start = performance.now()
  const tiff = await (path.startsWith('http') ? fromUrl(path) : fromFile(path))
  const image = await tiff.getImage()
  const rasters = ([x, y, width, height]) =>
    image.readRasters({ window: [x, y, x + width, y + height], ...(pool && { pool }) })
  if (points) {
    const reads = await Promise.all(points.map(([x, y]) => rasters([x, y, 1, 1])))
    return { ms: performance.now() - start, values: reads.map(bands => bands.map(band => Number(band[0]))) }
  }
  const bands = await rasters(window)
  const ms = performance.now() - start
  await tiff.close?.()
  return { ms, ...(figures && figuresOf([...bands])) }
})
