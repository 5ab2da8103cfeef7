// Reads a window of the last level: node read.mjs URL X,Y,WIDTH,HEIGHT
import { open } from 'pyramidion'

const [url, window] = process.argv.slice(2)
const raster = await open(url)
const levels = await raster.levels()
const level = levels.length - 1
const { data, dtype, width, height } = await raster.read({ level, window: window.split(',').map(Number) })
raster.close()
const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64')
console.log(
  JSON.stringify({
    levels: levels.map(({ width, height, file }) => ({ width, height, file })),
    dtype,
    width,
    height,
    bytes,
  }),
)
