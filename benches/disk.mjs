// Windows from disk: every case through every peer in turns, each peer in a process of its own, equal pixels by checksum.

import { fileURLToPath } from 'node:url'
import { askOnce, startChild } from './peers/child.mjs'
import { geometricMean, least, median, table } from './statistics.mjs'

const script = name => fileURLToPath(new URL(`peers/${name}`, import.meta.url))

/** The peers: `fresh` ones are a new process each time, since they keep what they decoded. */
export function peersOf({ python, cores }) {
  const node = (name, file, ...args) => ({ name, program: process.execPath, args: [script(file), ...args] })
  const gdal = threads => ({ program: python, args: [script('gdal.py'), threads], fresh: true })
  return {
    inline: node('pyramidion, inline', 'pyramidion.mjs', '0'),
    one: node('pyramidion, 1 worker', 'pyramidion.mjs', '1'),
    workers: node(`pyramidion, ${cores} workers`, 'pyramidion.mjs', String(cores)),
    shared: node(`pyramidion, ${cores} workers, shared memory`, 'pyramidion.mjs', String(cores), 'shared'),
    geotiff: node('geotiff.js', 'geotiff.mjs', '0'),
    pool: node(`geotiff.js, Pool of ${cores}`, 'geotiff.mjs', String(cores)),
    gdal: { name: 'GDAL, 1 thread', ...gdal('1') },
    threads: { name: 'GDAL, all threads', ...gdal('ALL_CPUS') },
  }
}

/** The window of a case: 4096 x 4096, or half of a smaller raster, on a block's corner. */
export function windowOf({ width, height }) {
  const size = Math.min(4096, Math.floor(width / 1024) * 512, Math.floor(height / 1024) * 512)
  const start = Math.floor((width - size) / 1024) * 512
  return [start, start, size, size]
}

/**
 * Measures all cases.
 *
 * @param {{ cases: object[], peers: ReturnType<typeof peersOf>, rounds: number, say: (text: string) => void }} parts
 */
export async function measureDisk({ cases, peers, rounds, say }) {
  const running = new Map()
  for (const [key, peer] of Object.entries(peers)) {
    if (!peer.fresh) running.set(key, startChild(peer.program, peer.args))
  }
  const ask = (key, question) =>
    peers[key].fresh ? askOnce(peers[key].program, peers[key].args, question) : running.get(key).ask(question)
  const results = []
  try {
    for (const item of cases) results.push(await measureCase(item, Object.keys(peers), ask, rounds, say))
  } finally {
    for (const child of running.values()) child.close()
  }
  return results
}

async function measureCase(item, keys, ask, rounds, say) {
  const window = windowOf(item)
  const question = { path: item.path, window }
  const times = {}
  const first = {}
  const errors = {}
  const figures = {}
  for (const key of keys) {
    // The first read fills the disk's cache and compiles; its pixels are compared.
    const reply = await ask(key, question)
    if (reply.error) errors[key] = reply.error
    else {
      first[key] = reply.ms
      figures[key] = reply
      times[key] = []
    }
  }
  for (let round = 0; round < rounds; round++) {
    for (const key of Object.keys(times)) {
      times[key].push((await ask(key, { ...question, figures: false })).ms)
    }
  }
  const bytes = (window[2] * window[3] * item.bands * Number(item.dtype.match(/\d+$/)[0])) / 8
  const result = { item, window, bytes, times, first, errors, pixels: compare(item, figures) }
  say(
    `${item.name}: ${Object.entries(times)
      .map(([key, ms]) => `${key} ${speed(bytes, least(ms))}`)
      .join(', ')}`,
  )
  for (const [key, error] of Object.entries(errors)) say(`  ${key}: ${error}`)
  for (const [key, what] of Object.entries(result.pixels)) if (what !== 'equal') say(`  ${key}: ${what}`)
  return result
}

/** How each peer's pixels differ from GDAL's: by checksum, and by the bands' means where the codec loses some. */
function compare({ lossy }, figures) {
  const expected = figures.gdal
  if (!expected) return {}
  return Object.fromEntries(
    Object.entries(figures).map(([key, { checksum, means }]) => {
      if (checksum === expected.checksum) return [key, 'equal']
      const apart = Math.max(...means.map((mean, i) => Math.abs(mean - expected.means[i])))
      if (lossy && apart < 0.5) return [key, `bands' means at most ${apart.toFixed(2)} apart`]
      return [key, lossy ? `OTHER PIXELS: bands' means ${apart.toFixed(0)} apart` : 'OTHER PIXELS']
    }),
  )
}

const speed = (bytes, ms) => (bytes / 1e3 / ms).toFixed(0)

/** The targets: our inline figure over geotiff.js's and GDAL's with one thread. */
const TARGETS = {
  'float32-deflate-p3': [7, 1],
  'float32-zstd-p3': [10, 1.2],
  'float32-lerc-zstd': [5, 0.5],
  'float32-strips': [15, 0.5],
  'int16-lzw-p2': [30, 1.4],
  'uint16x4-deflate-p2': [5.5, 0.9],
  'uint16x4-zstd-p2': [5, 1],
  'rgb-deflate-p2': [7, 1.1],
  'rgb-jpeg': [8, 1.1],
  'cover-deflate': [14, 0.45],
}

/** @returns {string} Markdown */
export function reportDisk(results, peers, pick = least) {
  const keys = Object.keys(peers)
  const speeds = results.map(({ item, bytes, times, errors }) => [
    item.name,
    ...keys.map(key => (times[key] ? speed(bytes, pick(times[key])) : errors[key] ? 'not read' : '')),
  ])
  const ratio = ({ times }, other, key) =>
    times[key] && times[other] ? pick(times[other]) / pick(times[key]) : undefined
  const cell = (value, target) =>
    value === undefined
      ? ''
      : `${value.toFixed(2)}${target === undefined ? '' : value >= target ? '' : ` (wanted ${target})`}`
  const ratios = results.map(result => {
    const [overGeotiff, overGdal] = TARGETS[result.item.name] ?? []
    return [
      result.item.name,
      cell(ratio(result, 'geotiff', 'inline'), overGeotiff),
      cell(ratio(result, 'gdal', 'inline'), overGdal),
      cell(ratio(result, 'pool', 'workers')),
      cell(ratio(result, 'threads', 'workers')),
      cell(ratio(result, 'inline', 'one')),
      cell(ratio(result, 'inline', 'workers')),
      cell(ratio(result, 'inline', 'shared')),
    ]
  })
  const mean = (other, key) => {
    const all = results.map(result => ratio(result, other, key)).filter(Boolean)
    return all.length === 0 ? '' : geometricMean(all).toFixed(2)
  }
  ratios.push([
    '**geometric mean**',
    ...[
      ['geotiff', 'inline'],
      ['gdal', 'inline'],
      ['pool', 'workers'],
      ['threads', 'workers'],
    ].map(pair => mean(...pair)),
    ...['one', 'workers', 'shared'].map(key => mean('inline', key)),
  ])
  const head = ['case', ...keys.map(key => peers[key].name)]
  const ratioHead = [
    ...['case', 'inline over geotiff.js', 'inline over GDAL, 1 thread', 'workers over geotiff.js with Pool'],
    ...[
      'workers over GDAL, all threads',
      '1 worker over inline',
      'workers over inline',
      'workers, shared, over inline',
    ],
  ]
  return `${table(head, speeds)}\n\n${table(ratioHead, ratios)}`
}

/** First reads of a fresh process, which compile as they go: milliseconds. */
export function reportFirst(results, peers) {
  const keys = Object.keys(peers)
  const rows = results.map(({ item, first }) => [item.name, ...keys.map(key => first[key]?.toFixed(0) ?? '')])
  return table(['case', ...keys.map(key => peers[key].name)], rows)
}

export { median }
