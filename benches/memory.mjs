// Peak resident memory: of a large read above a process that only opens, and of many windows over time.

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { table } from './statistics.mjs'

const script = fileURLToPath(new URL('peers/resident.mjs', import.meta.url))
const RASTERS = ['float32-deflate-p3', 'float32-zstd-p3', 'float32-strips']

/** @param {{ all: object[], say: (text: string) => void }} parts */
export async function measureMemory({ all, say }) {
  const run = (path, what) =>
    JSON.parse(execFileSync(process.execPath, [script, path, what], { encoding: 'utf8' }))
  return RASTERS.map(name => {
    const { path } = all.find(item => item.name === name)
    const [opened, read, windows] = ['open', 'read', 'windows'].map(what => run(path, what))
    const over = read.peak - opened.peak - read.marks[0]
    say(
      `${name}: ${over.toFixed(0)} MiB above the pixels, windows ${windows.marks.map(Math.round).join(' ')}`,
    )
    return { name, opened, read, over, windows }
  })
}

/** @returns {string} Markdown */
export function reportMemory(results) {
  const rows = results.map(({ name, opened, read, over, windows }) => [
    name,
    opened.peak.toFixed(0),
    read.marks[0].toFixed(0),
    read.peak.toFixed(0),
    over.toFixed(0) + (over > 64 ? ' (wanted at most 64)' : ''),
    windows.marks.map(mark => mark.toFixed(0)).join(', '),
  ])
  const head = [
    '',
    'import and open',
    'pixels read',
    'peak of the read',
    'peak above both',
    '250, 500, 750, 1000 windows',
  ]
  return [
    '## Memory',
    'Peak resident MiB of fresh processes, in the calling thread.',
    table(head, rows),
  ].join('\n\n')
}
