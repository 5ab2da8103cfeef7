// Reads over HTTP on the loopback, with and without latency: a window, and scattered pixels asked for at once.

import { fileURLToPath } from 'node:url'
import { dirname } from 'node:path'
import { askOnce, startChild } from './peers/child.mjs'
import { startProgram } from './program.mjs'
import { least, median, table } from './statistics.mjs'

const script = name => fileURLToPath(new URL(`peers/${name}`, import.meta.url))
const RASTER = 'float32-deflate-p3'
const LATENCIES = [0, 30]
const WINDOW = 1000
const POINTS = 50

/** @param {{ all: object[], python: string, rounds: number, say: (text: string) => void }} parts */
export async function measureServer({ all, python, rounds, say }) {
  const item = all.find(({ name }) => name === RASTER)
  const inline = startChild(process.execPath, [script('pyramidion.mjs'), '0'])
  const geotiff = startChild(process.execPath, [script('geotiff.mjs'), '0'])
  const peers = {
    pyramidion: question => inline.ask(question),
    'geotiff.js': question => geotiff.ask(question),
    GDAL: question => askOnce(python, [script('gdal.py'), '1'], question),
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
          results.push({ latency, kind, ...(await measureKind(kind, item, url, peers, rounds, say)) })
      } finally {
        server.close()
      }
    }
  } finally {
    inline.close()
    geotiff.close()
  }
  return results
}

let asked = 0

async function measureKind(kind, item, url, peers, rounds, say) {
  const { width, height } = item
  const window = [Math.floor(width * 0.3) + 7, Math.floor(height * 0.4) + 13, WINDOW, WINDOW]
  // A permutation of the raster's pixels far apart from each other, the same in every run.
  const points = Array.from({ length: POINTS }, (_, i) => [
    (i * 7919 * 31) % width,
    (i * 104729 * 17) % height,
  ])
  const question = kind === 'window' ? { window } : { points }
  const times = Object.fromEntries(Object.keys(peers).map(name => [name, []]))
  let expected
  let requests
  for (let round = 0; round <= rounds; round++) {
    for (const [name, ask] of Object.entries(peers)) {
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

/** The targets at 30 ms: our time over geotiff.js's and GDAL's. */
const TARGETS = { window: [0.35, 0.6], points: [0.3, 0.3] }

/** @returns {string} Markdown */
export function reportServer(results) {
  const names = Object.keys(results[0].times)
  const rows = results.map(({ latency, kind, times, requests }) => {
    const [ours, ...others] = names.map(name => median(times[name]))
    const wanted = latency > 0 ? TARGETS[kind] : []
    const ratios = others.map((ms, i) => {
      const ratio = ours / ms
      return ratio.toFixed(2) + (wanted[i] !== undefined && ratio > wanted[i] ? ` (wanted ${wanted[i]})` : '')
    })
    const what = kind === 'window' ? `window of ${WINDOW} x ${WINDOW}` : `${POINTS} pixels at once`
    const all = names.map(name => `${median(times[name]).toFixed(0)} (${least(times[name]).toFixed(0)})`)
    return [`${what}, ${latency} ms`, ...all, ...ratios, requests ?? '']
  })
  const head = ['', ...names, ...names.slice(1).map(name => `ours over ${name}`), 'our requests']
  return [
    '## From a server on the loopback',
    `${RASTER}; open and read, a URL that was never read before, ms as median (fastest). Values compared.`,
    table(head, rows),
  ].join('\n\n')
}
