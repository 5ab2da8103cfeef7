// Reads over HTTP on the loopback, with and without latency: a window, and scattered pixels asked for at once.

import { fileURLToPath } from 'node:url'
import { dirname } from 'node:path'
import { askOnce, startChild } from './peers/child.mjs'
import { startProgram } from './program.mjs'
import { least, median, table } from './statistics.mjs'

const RASTER = 'float32-deflate-p3'
const LATENCIES = [0, 30]
const WINDOW = 1000
const POINTS = 50

/** Those of disk.mjs that a user would take here: each reader in one thread, and as it is by default or at its best. */
const PEERS = ['workers', 'inline', 'geotiff', 'pool', 'gdal', 'threads']

/** @param {{ all: object[], peers: object, rounds: number, say: (text: string) => void }} parts peers: by `peersOf` */
export async function measureServer({ all, peers, rounds, say }) {
  const item = all.find(({ name }) => name === RASTER)
  const running = []
  const asks = {}
  for (const { name, program, args, fresh } of PEERS.map(key => peers[key])) {
    const child = fresh ? undefined : startChild(program, args)
    if (child) running.push(child)
    asks[name] = question => (child ? child.ask(question) : askOnce(program, args, question))
  }
  const results = []
  try {
    for (const latency of LATENCIES) {
      const server = await startProgram(process.execPath, [
        fileURLToPath(new URL('../tests/server/main.mjs', import.meta.url)),
        dirname(item.path),
        ...(latency > 0 ? ['--fault', `latency:${latency}`] : []),
      ])
      try {
        const url = `${server.line}/${RASTER}.tif`.replace(/([^:])\/\//, '$1/')
        for (const kind of ['window', 'points'])
          results.push({ latency, kind, ...(await measureKind(kind, item, url, asks, rounds, say)) })
      } finally {
        server.close()
      }
    }
  } finally {
    for (const child of running) child.close()
  }
  return results
}

let asked = 0

async function measureKind(kind, item, url, asks, rounds, say) {
  const { width, height } = item
  const window = [Math.floor(width * 0.3) + 7, Math.floor(height * 0.4) + 13, WINDOW, WINDOW]
  // A permutation of the raster's pixels far apart from each other, the same in every run.
  const points = Array.from({ length: POINTS }, (_, i) => [
    (i * 7919 * 31) % width,
    (i * 104729 * 17) % height,
  ])
  const question = kind === 'window' ? { window } : { points }
  const times = Object.fromEntries(Object.keys(asks).map(name => [name, []]))
  let expected
  let requests
  for (let round = 0; round <= rounds; round++) {
    for (const [name, ask] of Object.entries(asks)) {
      // A URL that nobody has seen: nothing of it is in any cache.
      const reply = await ask({ ...question, path: `${url}?${asked++}` })
      if (reply.error) throw new Error(`${name}: ${reply.error}`)
      const found = JSON.stringify(reply.checksum ?? reply.values)
      expected ??= found
      if (found !== expected) throw new Error(`${name} reads other ${kind} than the first peer`)
      if (round > 0) times[name].push(reply.ms)
      requests ??= reply.requests
    }
  }
  say(
    `${kind}: ${Object.entries(times)
      .map(([name, ms]) => `${name} ${least(ms).toFixed(0)} ms`)
      .join(', ')}`,
  )
  return { times, requests }
}

/** At 30 ms: the most of geotiff.js's and of GDAL's time that ours may take. */
const TARGETS = { window: [0.35, 0.6], points: [0.3, 0.3] }

/** @returns {string} Markdown. With workers against each peer at its best, and in one thread against each in one. */
export function reportServer(results) {
  const names = Object.keys(results[0].times)
  const rows = results.map(({ latency, kind, times, requests }) => {
    const [workers, inline, ...others] = names.map(name => median(times[name]))
    const wanted = latency > 0 ? TARGETS[kind] : []
    const compared = (ours, [geotiff, gdal]) =>
      [ours / geotiff, ours / gdal].map(
        (ratio, i) => ratio.toFixed(2) + (wanted[i] < ratio ? ` (wanted ${wanted[i]})` : ''),
      )
    const what = kind === 'window' ? `window of ${WINDOW} x ${WINDOW}` : `${POINTS} pixels at once`
    const all = names.map(name => `${median(times[name]).toFixed(0)} (${least(times[name]).toFixed(0)})`)
    const [one, pool] = [others.filter((_, i) => i % 2 === 0), others.filter((_, i) => i % 2 === 1)]
    return [
      `${what}, ${latency} ms`,
      ...all,
      ...compared(workers, pool),
      ...compared(inline, one),
      requests ?? '',
    ]
  })
  const head = [
    ...['', ...names, 'workers over geotiff.js with Pool', 'workers over GDAL, all threads'],
    ...['inline over geotiff.js', 'inline over GDAL, 1 thread', 'our requests'],
  ]
  return [
    '## From a server on the loopback',
    `${RASTER}; open and read, a URL that was never read before, ms as median (fastest). Values compared.`,
    table(head, rows),
  ].join('\n\n')
}
