// node benches/compare.mjs [OPTIONS] PACKAGE...: the windows of `npm run bench` from disk through some built packages, before and
// after a change, in turns; each in a process of its own. Fastest rounds and medians, and whether all pixels are the same. Options:
//   --cases float32-strips,...       some rasters
//   --ways 0,1,2,2s                  workers; s: into shared memory. 0 by default
//   --rounds 9   --data FOLDER       where npm run bench has made the rasters, target/bench by default

import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { windowOf } from './disk.mjs'
import { startChild } from './peers/child.mjs'
import { geometricMean, least, median, table } from './statistics.mjs'

const here = name => fileURLToPath(new URL(name, import.meta.url))
const { values: options, positionals: packages } = parseArgs({
  allowPositionals: true,
  options: {
    cases: { type: 'string' },
    ways: { type: 'string', default: '0' },
    rounds: { type: 'string', default: '9' },
    size: { type: 'string', default: '8192' },
    data: { type: 'string', default: here('../target/bench') },
  },
})
const all = JSON.parse(readFileSync(join(options.data, `cases-${options.size}.json`), 'utf8'))
const wanted = options.cases?.split(',')
const cases = wanted ? all.filter(({ name }) => wanted.includes(name)) : all
const ways = options.ways.split(',')

const peers = ways.flatMap(way =>
  packages.map(folder => {
    const entry = pathToFileURL(join(resolve(folder), 'index.node.js')).href
    const shared = way.endsWith('s') ? 'shared' : 'plain'
    const child = startChild(process.execPath, [
      here('peers/pyramidion.mjs'),
      way.replace('s', ''),
      shared,
      entry,
    ])
    return { way, folder, child, speeds: [] }
  }),
)
const rows = []
for (const item of cases) {
  const question = { path: item.path, window: windowOf(item) }
  const [, , width, height] = question.window
  const bytes = (width * height * item.bands * Number(item.dtype.match(/\d+$/)[0])) / 8
  const sums = new Set()
  const times = peers.map(() => [])
  const cpus = peers.map(() => [])
  for (let round = 0; round <= Number(options.rounds); round++) {
    for (const [i, { child, folder }] of peers.entries()) {
      const reply = await child.ask({ ...question, figures: round === 0 })
      if (reply.error) throw new Error(`${item.name}, ${folder}: ${reply.error}`)
      if (round === 0) sums.add(reply.checksum)
      else {
        times[i].push(reply.ms)
        cpus[i].push(reply.cpu)
      }
    }
  }
  const speed = ms => bytes / 1e3 / ms
  peers.forEach(({ speeds }, i) => speeds.push(speed(least(times[i]))))
  const cells = times.map(
    (all, i) =>
      `${speed(least(all)).toFixed(0)} (${speed(median(all)).toFixed(0)}), ${least(cpus[i]).toFixed(0)} ms`,
  )
  rows.push([item.name, ...cells, sums.size === 1 ? 'equal' : 'OTHER PIXELS'])
  process.stderr.write(`${rows.at(-1).join('  ')}\n`)
}
for (const { child } of peers) child.close()
const head = [
  'MB/s, fastest (median), processors',
  ...peers.map(({ way, folder }) => `${way} ${folder}`),
  'pixels',
]
const means = peers.map(({ speeds }) => geometricMean(speeds).toFixed(0))
process.stdout.write(`${table(head, [...rows, ['geometric mean', ...means, '']])}\n`)
