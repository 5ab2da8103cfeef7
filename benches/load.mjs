// Load: many random windows at once, over 20 files, from a server of which a share of the answers is faulty. Every pixel is
// compared with a faultless read; memory is sampled; requests per read are compared with one reader alone.
//
//   node benches/load.mjs [--seconds 60] [--at-once 200] [--faults 0.05] [--seed 1]
//
// Over loopback alone, bounded in time and in reads. Exits with 1 where something is wrong.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { seeded } from '../tests/server/testbed.mjs'

const fixtures = new URL('../tests/fixtures/', import.meta.url)
const scene = new URL('../examples/scene/', import.meta.url)
const FILES = 20
const MOST_READS = 1_000_000
const SAMPLE_MS = 200
/** Smaller than the files together, so that there is something to ask for at any time. */
const NET = { attempts: 8, backoff: 5, backoffMax: 100, timeout: 1000, cacheBytes: 128 << 10 }

/** Memories of all WebAssembly instances made from here on in this thread. */
const memories = watchMemories()

/**
 * @typedef {object} Figures
 * @property {number} reads
 * @property {number} wrong reads with a pixel that is not the file's
 * @property {string[]} failures messages of reads that failed
 * @property {number} faulty answers that the server spoilt
 * @property {number} perRead requests per read, retries left out
 * @property {number} perReadAlone the same for the same windows, one after the other, without faults
 * @property {number} requests sent, as the reader counts them; retries among them
 * @property {number} answered the same, as the server counts them
 * @property {number} retries
 * @property {number} seconds
 * @property {{ rss: number, wasm: number }[]} samples bytes, from the beginning to the end
 */

/** @returns {Promise<Figures>} */
export async function load({ seconds, atOnce, faults, seed }) {
  const pyramidion = await import('../pkg/index.node.js')
  const files = await choose()
  const server = await startServer(faults, seed)
  try {
    const sound = await openAll(pyramidion, files, path => `${server.url}/${path}?sound`)
    const expected = await readLevels(sound)
    const alone = await readAlone(sound, expected, { seed, seconds: seconds / 3, atOnce })
    sound.forEach(raster => raster.close())
    const rasters = await openAll(pyramidion, files, path => `${server.url}/${path}`)
    const before = await server.counts()
    const figures = await readAtOnce(rasters, expected, { seed, seconds, atOnce })
    rasters.forEach(raster => raster.close())
    const { faulty, requests: answered } = await server.counts()
    return { ...figures, faulty, answered: answered - before.requests, perReadAlone: alone.perRead }
  } finally {
    server.close()
    pyramidion.configure({})
  }
}

/** The sample scene, and the largest fixtures that read without fault; with their sidecars. */
async function choose() {
  const manifest = JSON.parse(await readFile(new URL('manifest.json', fixtures), 'utf8'))
  const bytes = ({ width, height, bandCount }) => width * height * bandCount
  const sound = manifest.filter(
    ({ expect, error, orError, doubtful, sidecar, sidecarState }) =>
      expect && !error && !orError && !doubtful && !sidecarState && !sidecar?.endsWith('.OVR'),
  )
  const largest = sound.sort((a, b) => bytes(b.expect) - bytes(a.expect)).slice(0, FILES - 1)
  return [{ file: 'scene/scene.tif', sidecar: 'scene/scene.tif.ovr' }, ...largest]
}

async function openAll({ configure, open }, files, urlOf) {
  configure(NET)
  return Promise.all(
    files.map(({ file, sidecar }) => open(urlOf(file), { overviews: sidecar ? urlOf(sidecar) : false })),
  )
}

async function readLevels(rasters) {
  const all = []
  for (const raster of rasters) {
    const levels = []
    for (const { index } of await raster.levels()) levels.push(await raster.read({ level: index }))
    all.push(levels)
  }
  return all
}

/** A random window of a random level of a random file, of at most 256 pixels a side. */
function chosen(random, expected) {
  const below = bound => Math.floor(random() * bound)
  const file = below(expected.length)
  const level = below(expected[file].length)
  const { width, height } = expected[file][level]
  const size = [width, height].map(length => 1 + below(Math.min(length, 256)))
  return { file, level, window: [below(width - size[0] + 1), below(height - size[1] + 1), ...size] }
}

async function readOne(rasters, expected, { file, level, window }, tally) {
  try {
    const result = await rasters[file].read({ level, window })
    tally.requests += result.stats.requests
    tally.retries += result.stats.retries
    if (!isPart(result, expected[file][level], window)) tally.wrong += 1
  } catch (error) {
    tally.failures.push(`${error.code}: ${error.message}`)
  }
  tally.reads += 1
}

/** Whether the pixels are those of that window of the whole level; both are band after band. */
function isPart({ data, width, height, bands }, whole, [x, y]) {
  for (let band = 0; band < bands.length; band++)
    for (let row = 0; row < height; row++) {
      const at = (band * height + row) * width
      const from = (band * whole.height + y + row) * whole.width + x
      for (let column = 0; column < width; column++)
        if (!Object.is(data[at + column], whole.data[from + column])) return false
    }
  return true
}

const newTally = () => ({ reads: 0, wrong: 0, failures: [], requests: 0, retries: 0 })
const perRead = ({ requests, retries, reads }) => (requests - retries) / Math.max(1, reads)

async function readAlone(rasters, expected, { seed, seconds, atOnce }) {
  const random = seeded(seed)
  const tally = newTally()
  const end = performance.now() + seconds * 1000
  // Never so few that chance decides.
  while (tally.reads < atOnce || (performance.now() < end && tally.reads < 5000))
    await readOne(rasters, expected, chosen(random, expected), tally)
  return { ...tally, perRead: perRead(tally) }
}

async function readAtOnce(rasters, expected, { seed, seconds, atOnce }) {
  const random = seeded(seed)
  const tally = newTally()
  const samples = []
  const sample = () => samples.push({ rss: process.memoryUsage.rss(), wasm: memories.bytes() })
  const sampler = setInterval(sample, SAMPLE_MS)
  const start = performance.now()
  const reader = async () => {
    while (performance.now() - start < seconds * 1000 && tally.reads < MOST_READS)
      await readOne(rasters, expected, chosen(random, expected), tally)
  }
  try {
    await Promise.all(Array.from({ length: atOnce }, reader))
  } finally {
    clearInterval(sampler)
  }
  sample()
  return { ...tally, perRead: perRead(tally), samples, seconds: (performance.now() - start) / 1000 }
}

async function startServer(faults, seed) {
  const script = fileURLToPath(new URL('load-server.mjs', import.meta.url))
  const folders = [fixtures, scene].map(url => fileURLToPath(url))
  const child = fork(script, [...folders, faults, seed])
  const [{ url }] = await once(child, 'message')
  const counts = async () => {
    child.send('counts')
    return (await once(child, 'message'))[0]
  }
  return { url, counts, close: () => child.disconnect() }
}

function watchMemories() {
  const known = new Set()
  const { instantiate } = WebAssembly
  WebAssembly.instantiate = async (...args) => {
    const made = await instantiate(...args)
    const { memory } = (made.instance ?? made).exports
    if (memory instanceof WebAssembly.Memory) known.add(memory)
    return made
  }
  return { bytes: () => [...known].reduce((sum, { buffer }) => sum + buffer.byteLength, 0) }
}

/**
 * What is wrong with the figures: lines, none where all is well. Memory is on a plateau when the last third of the time has
 * no higher peak than the middle third, but for what a garbage collector leaves to chance.
 *
 * @param {Figures} figures
 */
export function complaints(figures) {
  const { reads, wrong, failures, perRead, perReadAlone, requests, answered, faulty, samples } = figures
  const third = Math.floor(samples.length / 3)
  const peak = (what, from, to) => Math.max(...samples.slice(from, to).map(sample => sample[what]))
  const growth = what => peak(what, 2 * third) - peak(what, third, 2 * third)
  return [
    reads === 0 && 'nothing was read',
    faulty === 0 && 'the server spoilt no answer',
    wrong > 0 && `${wrong} reads gave wrong pixels`,
    failures.length > 0 && `${failures.length} reads failed, the first with ${failures[0]}`,
    answered > requests && `the server counted ${answered} requests, the reader ${requests}`,
    perRead > perReadAlone * 1.02 && `${perRead} requests per read, alone ${perReadAlone}`,
    samples.length < 6 && `${samples.length} samples of memory`,
    growth('wasm') > 0 && `WebAssembly memory grew by ${growth('wasm')} bytes`,
    growth('rss') > 64 << 20 && `resident memory grew by ${growth('rss')} bytes`,
  ].filter(Boolean)
}

const mebibytes = bytes => `${(bytes / 2 ** 20).toFixed(0)} MiB`

function report(figures) {
  const { reads, wrong, failures, faulty, requests, retries, perRead, perReadAlone, samples, seconds } =
    figures
  const thirds = what =>
    [0, 1, 2].map(part => {
      const length = Math.ceil(samples.length / 3)
      const values = samples.slice(part * length, (part + 1) * length).map(sample => sample[what])
      return mebibytes(Math.max(...values))
    })
  return [
    `${process.version}, ${cpus().length} x ${cpus()[0].model}`,
    `${reads} reads in ${seconds.toFixed(1)} s, ${(reads / seconds).toFixed(0)} per second`,
    `wrong pixels ${wrong}, failed reads ${failures.length}, requests ${requests}, spoilt answers ${faulty}, retries ${retries}`,
    `requests per read ${perRead.toFixed(3)}, alone ${perReadAlone.toFixed(3)}`,
    `peak resident memory by thirds of the time: ${thirds('rss').join(', ')}`,
    `peak WebAssembly memory: ${thirds('wasm').join(', ')}`,
  ].join('\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '60' },
      'at-once': { type: 'string', default: '200' },
      faults: { type: 'string', default: '0.05' },
      seed: { type: 'string', default: '1' },
    },
  })
  const { seconds, 'at-once': atOnce, faults, seed } = values
  const figures = await load({
    seconds: Number(seconds),
    atOnce: Number(atOnce),
    faults: Number(faults),
    seed: Number(seed),
  })
  const wrong = complaints(figures)
  process.stdout.write(`${[report(figures), ...wrong.map(line => `WRONG: ${line}`)].join('\n')}\n`)
  if (wrong.length > 0) process.exitCode = 1
}
