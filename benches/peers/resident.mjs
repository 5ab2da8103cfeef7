// Peak resident memory of one process: node resident.mjs PATH open | read | windows. MiB, as JSON.

import { open } from '../../pkg/index.node.js'

const [path, what] = process.argv.slice(2)
const peak = () => process.resourceUsage().maxRSS / 1024
const raster = await open(path, { workers: 0 })
const { width, height } = raster
const marks = []
if (what === 'read') {
  const size = Math.min(4096, width, height)
  const { data } = await raster.read({ window: [0, 0, size, size] })
  marks.push(data.byteLength / 2 ** 20)
}
if (what === 'windows') {
  let state = 1
  const random = bound => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * bound)
  }
  for (let i = 1; i <= 1000; i++) {
    const size = 64 + random(448)
    await raster.read({ window: [random(width - size), random(height - size), size, size] })
    if (i % 250 === 0) marks.push(peak())
  }
}
raster.close()
process.stdout.write(JSON.stringify({ peak: peak(), marks }))
