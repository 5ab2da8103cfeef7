// npm run bench: large rasters through pyramidion, geotiff.js and GDAL, in turns. Needs the built package (npm run build), and
// a Python with rasterio (PYTHON, or python3). Options:
//   --only disk,server,Chromium,Firefox,memory   some parts
//   --cases float32-strips,...          some rasters
//   --rounds 7   --size 8192            fewer rounds, smaller rasters: for trying things out
//   --data FOLDER                       where the rasters are made, target/bench by default
//   --write                             puts the figures into benches/RESULTS.md

import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { measureBrowsers, reportBrowsers } from './browser.mjs'
import { measureDisk, peersOf, reportDisk, reportFirst } from './disk.mjs'
import { measureMemory, reportMemory } from './memory.mjs'
import { measureServer, reportServer } from './server.mjs'
import { least, median } from './statistics.mjs'

const here = name => fileURLToPath(new URL(name, import.meta.url))
const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: 'disk,server,Chromium,Firefox,memory' },
    cases: { type: 'string' },
    rounds: { type: 'string', default: '7' },
    size: { type: 'string', default: '8192' },
    data: { type: 'string', default: here('../target/bench') },
    write: { type: 'boolean', default: false },
  },
})
const python = process.env.PYTHON ?? 'python3'
const rounds = Number(options.rounds)
const parts = new Set(options.only.split(','))
const say = text => process.stderr.write(`${text}\n`)

const load = loadavg()[0].toFixed(1)
const listing = execFileSync(python, [here('rasters.py'), options.data, options.size], { encoding: 'utf8' })
const wanted = options.cases?.split(',')
const all = JSON.parse(listing)
const cases = wanted ? all.filter(({ name }) => wanted.includes(name)) : all
const peers = peersOf({ python, cores: availableParallelism() })

const sections = [`# Speed beside the peers\n\n${preamble()}`]
if (parts.has('disk')) {
  const results = await measureDisk({ cases, peers, rounds, say })
  sections.push(
    `## Windows from disk\n\n${words(results)}`,
    `### Fastest rounds, MB of samples per second\n\n${reportDisk(results, peers, least)}`,
    `### Medians, MB of samples per second\n\n${reportDisk(results, peers, median)}`,
    `### First reads, ms\n\nIn a process that has read the cases above this one.\n\n${reportFirst(results, peers)}`,
  )
}
if (parts.has('server')) sections.push(reportServer(await measureServer({ all, peers, rounds, say })))
const names = ['Chromium', 'Firefox'].filter(name => parts.has(name))
if (names.length > 0) sections.push(reportBrowsers(await measureBrowsers({ names, cases, rounds, say })))
if (parts.has('memory')) sections.push(reportMemory(await measureMemory({ all, say })))

const text = `${sections.join('\n\n')}\n`
if (options.write) writeFileSync(here('RESULTS.md'), text)
else process.stdout.write(text)

function preamble() {
  const versions = [
    `Node ${process.versions.node}`,
    `geotiff.js ${JSON.parse(readFileSync(here('../node_modules/geotiff/package.json'), 'utf8')).version}`,
    execFileSync(
      python,
      ['-c', 'import rasterio as r; print(f"rasterio {r.__version__} with GDAL {r.__gdal_version__}")'],
      {
        encoding: 'utf8',
      },
    ).trim(),
  ]
  const date = new Date().toISOString().slice(0, 10)
  const memory = Math.round(totalmem() / 2 ** 30)
  return [
    `Written by \`npm run bench -- --write\` on ${date}: ${cpus()[0].model}, ${cpus().length} cores, ${memory} GiB, load`,
    `${load} before it began. ${versions.join(', ')}. ${rounds} rounds, all peers in turns in each. Rasters of ${options.size} x`,
    `${options.size} (uint16x4: ${(options.size * 5) / 8}), \`benches/rasters.py\`. Where others keep the machine busy, the fastest`,
    'rounds tell more than the medians.',
  ].join('\n')
}

/** What was read, and whether all peers read the same. */
function words(results) {
  const [, , width, height] = results[0].window
  const others = results.flatMap(({ item, pixels }) =>
    Object.entries(pixels)
      .filter(([, what]) => what !== 'equal')
      .map(([key, what]) => `- ${item.name}, ${peers[key].name}: ${what}`),
  )
  const failed = results.flatMap(({ item, errors }) =>
    Object.entries(errors).map(([key, error]) => `- ${item.name}, ${peers[key].name}: not read (${error})`),
  )
  return [
    `A window of ${width} x ${height} at full resolution, opened anew each time. GDAL in a fresh process each time, the time`,
    'of import left out. By checksum, all pixels are equal to those that GDAL reads with one thread, but for:',
    '',
    ...(others.length + failed.length > 0 ? [...others, ...failed] : ['- none']),
  ].join('\n')
}
