import { writeFile } from 'node:fs/promises'

import type { Raster, TraceLine } from '../types.js'
import type { SourceArguments } from './arguments.js'
import type { Io } from './main.js'

/** Opens the raster of a command, works with it and closes it; writes the trace, also of what failed. */
export async function withRaster(
  io: Io,
  { source, openOptions, values }: SourceArguments,
  work: (raster: Raster) => Promise<void>,
): Promise<void> {
  const path = values['trace']
  const lines: TraceLine[] = []
  if (typeof path === 'string') io.configure({ trace: line => lines.push(line) })
  try {
    const raster = await io.open(source, openOptions)
    try {
      await work(raster)
    } finally {
      raster.close()
    }
  } finally {
    if (typeof path === 'string') await writeFile(path, traceText(lines))
  }
}

/** A JSON array with one line of the trace per line of text. */
function traceText(lines: readonly TraceLine[]): string {
  return `[\n${lines.map(line => JSON.stringify(line)).join(',\n')}\n]\n`
}
