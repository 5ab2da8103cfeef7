import { SOURCE_HELP, parseSourceArguments } from './arguments.js'
import { toJson } from './json.js'
import { withRaster } from './raster.js'
import type { Level, Sidecar } from '../types.js'
import type { Command } from './main.js'

const HELP = `Lists the full-size image (level 0) and its overviews, and the file that each is in.

Usage: pyramidion levels SRC [options]

Options:
      --json                  as JSON
${SOURCE_HELP}`

export const levels: Command = {
  name: 'levels',
  summary: 'list the overviews and the file that each is in',
  help: HELP,
  async run(args, io) {
    const parsed = parseSourceArguments('levels', args, { json: { type: 'boolean' } })
    const { source, values } = parsed
    await withRaster(io, parsed, async raster => {
      const list = await raster.levels()
      const { sidecar, warnings } = raster
      io.stdout.write(
        values['json']
          ? `${toJson({ source, levels: list, sidecar, warnings })}\n`
          : `${tableOf(list)}${sidecarLine(sidecar)}`,
      )
      if (!values['json'])
        for (const warning of warnings) io.stderr.write(`pyramidion: warning: ${warning}\n`)
    })
  },
}

/** The levels as a table with a head; numbers to the right. */
export function tableOf(list: readonly Level[]): string {
  const rows = list.map(level => [
    String(level.index),
    `${level.width} x ${level.height}`,
    scaleText(level.scale),
    `${level.blockSize[0]} x ${level.blockSize[1]}`,
    level.compression,
    level.file,
    level.url,
  ])
  const table = [['level', 'size', 'scale', 'blocks', 'compression', 'file', 'url'], ...rows]
  const widths = table[0]?.map((_, column) => Math.max(...table.map(row => row[column]?.length ?? 0))) ?? []
  const line = (row: string[]): string => {
    const cells = row.map((cell, i) => (i < 4 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
    return `${cells.join('  ').trimEnd()}\n`
  }
  return table.map(line).join('')
}

/** What became of the sidecar, and why. */
function sidecarLine({ state, url, reason }: Sidecar): string {
  const where = url === null ? '' : ` ${url}`
  const why = reason === null ? '' : ` (${reason.replace(/\s*[\r\n]+\s*/g, ' ')})`
  return `sidecar: ${state}${where}${why}\n`
}

function scaleText([across, down]: readonly [number, number]): string {
  const [x, y] = [across, down].map(scale => String(Number(scale.toFixed(3))))
  return x === y ? `1/${x}` : `1/${x} x 1/${y}`
}
