// A page's own script: reads the last level of the raster that its address names, and says what came of it.
import { open } from 'pyramidion'

const { dataset } = document.documentElement

try {
  const raster = await open(new URLSearchParams(location.search).get('raster'))
  const { data, stats } = await raster.read({ level: 1 })
  raster.close()
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', data))
  const sha256 = Array.from(digest, byte => byte.toString(16).padStart(2, '0')).join('')
  dataset.answer = JSON.stringify({ sha256, workerBlocks: stats.workerBlocks })
} catch (error) {
  dataset.answer = JSON.stringify({ error: String(error) })
}
