// node benches/start.mjs FILE: importing the package and opening a local file in a fresh Node, beside geotiff.js, in
// turns; medians. `--read` also reads the whole image. Needs the built package (npm run build).
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const args = process.argv.slice(2).filter(arg => arg !== '--read')
const file = args[0] ?? join(root, 'examples/scene/scene.tif')
const reads = process.argv.includes('--read')
const rounds = 21

const ways = {
  pyramidion: `const { open } = await import(${JSON.stringify(pathToFileURL(join(root, 'pkg/index.node.js')).href)})
    const raster = await open(${JSON.stringify(file)})
    if (raster.width === 0) throw new Error('no width')
    ${reads ? 'await raster.read()' : ''}`,
  'geotiff.js': `const { fromFile } = await import('geotiff')
    const tiff = await fromFile(${JSON.stringify(file)})
    const image = await tiff.getImage()
    if (image.getWidth() === 0) throw new Error('no width')
    ${reads ? 'await image.readRasters()' : ''}`,
}

const times = Object.fromEntries(Object.keys(ways).map(name => [name, []]))
// The first round fills the disk's cache, and is not counted.
for (let round = 0; round <= rounds; round++) {
  for (const [name, script] of Object.entries(ways)) {
    const text = `const start = performance.now();${script};console.log(performance.now() - start);process.exit()`
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', text], {
      cwd: root,
      encoding: 'utf8',
    })
    if (round > 0) times[name].push(Number(said))
  }
}
const median = values => values.sort((a, b) => a - b)[values.length >> 1]
const [ours, theirs] = Object.values(times).map(median)
for (const [name, values] of Object.entries(times))
  process.stdout.write(
    `${name.padEnd(12)} ${median(values).toFixed(1)} ms (from ${values[0].toFixed(1)} to ${values.at(-1).toFixed(1)})\n`,
  )
process.stdout.write(`ratio        ${(ours / theirs).toFixed(2)}\n`)
if (ours > theirs) process.exitCode = 1
