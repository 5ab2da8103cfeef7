// node benches/decode.mjs [PACKAGE...]: decoding one 512 x 512 block of float32 behind Deflate and predictor 3 in the
// calling thread, for each of some built packages in turns (default: pkg/), medians. The time is the decoder's own.
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { floatTiff } from './tiff.mjs'

const folders = process.argv.slice(2).map(path => resolve(path))
if (folders.length === 0) folders.push(fileURLToPath(new URL('../pkg', import.meta.url)))
const file = floatTiff({ size: 512, tile: 512 })
const rasters = await Promise.all(
  folders.map(async folder => {
    const { open } = await import(pathToFileURL(join(folder, 'index.node.js')))
    return open(file, { workers: 0 })
  }),
)
const times = folders.map(() => [])
for (let round = 0; round < 60; round++) {
  for (const [i, raster] of rasters.entries()) {
    const { stats } = await raster.read()
    // The first ones run before the code is optimised.
    if (round >= 20) times[i].push(stats.decodeMs)
  }
}
for (const [i, folder] of folders.entries()) {
  const sorted = times[i].sort((a, b) => a - b)
  const [least, median] = [sorted[0], sorted[sorted.length >> 1]].map(ms => ms.toFixed(2))
  process.stdout.write(`${folder}: median ${median} ms, least ${least} ms\n`)
}
