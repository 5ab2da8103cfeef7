import { isPyramidionError } from '../errors.js'
import { UsageError } from './arguments.js'
import { info } from './info.js'
import { levels } from './levels.js'
import { read } from './read.js'
import type { NetOptions, OpenOptions, Raster } from '../types.js'

/** A stream to print on. */
export interface Output {
  write(data: string | Uint8Array): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

/** What commands work with. */
export interface Io {
  open(source: string, options?: OpenOptions): Promise<Raster>
  configure(options: NetOptions): void
  stdout: Output
  stderr: Output
  version(): Promise<string>
}

/** One command of the program. */
export interface Command {
  name: string
  /** One line for the program's help. */
  summary: string
  help: string
  run(args: string[], io: Io): Promise<void>
}

const COMMANDS: Command[] = [info, levels, read]

const HELP = `Reads rasters over HTTP byte ranges: GeoTIFF, Cloud Optimized GeoTIFF, and GDAL's .ovr overviews.

Usage: pyramidion COMMAND SRC [options]

Commands:
${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(8)}${summary}`).join('\n')}

SRC is an http(s) URL or a path. Only the bytes that are needed are asked for.

Options:
  -h, --help     this text; after a command, that command's
  -V, --version  print the version

Examples:
  pyramidion info https://example.com/scene.tif
  pyramidion levels scene.tif --json
  pyramidion read https://example.com/scene.tif --max-size 1024 -o preview.png
  pyramidion read scene.tif --window 1024,2048,512,512 --bands 4,3,2 -o window.npy

Exit codes: 0 done, 1 failed (one line on stderr says why), 2 wrong usage.
`

/** Runs the program; resolves with its exit code and never rejects. */
export async function main(argv: string[], io: Io): Promise<number> {
  try {
    await dispatch(argv, io)
    return 0
  } catch (error) {
    io.stderr.write(`pyramidion: ${lineOf(error)}\n`)
    return error instanceof UsageError ? 2 : 1
  }
}

async function dispatch(argv: string[], io: Io): Promise<void> {
  const [name, ...args] = argv
  if (name === undefined) throw new UsageError("no command; see 'pyramidion --help'")
  if (name === '--version' || name === '-V') {
    io.stdout.write(`${await io.version()}\n`)
    return
  }
  const asked = name === 'help' ? args[0] : undefined
  const command = COMMANDS.find(each => each.name === (asked ?? name))
  if (command && (asked !== undefined || args.includes('--help') || args.includes('-h'))) {
    io.stdout.write(command.help)
  } else if (command) {
    await command.run(args, io)
  } else if (asked === undefined && ['--help', '-h', 'help'].includes(name)) {
    io.stdout.write(HELP)
  } else {
    throw new UsageError(`unknown command '${asked ?? name}'; see 'pyramidion --help'`)
  }
}

/** An error in one line, with its code at the end. */
function lineOf(error: unknown): string {
  if (error instanceof UsageError) return oneLine(error.message)
  if (isPyramidionError(error)) {
    const { url } = error.detail as { url?: string }
    const where = url !== undefined && !error.message.includes(url) ? `${url}: ` : ''
    return `${oneLine(where + error.message)} (${error.code})`
  }
  const { message, code } = error as NodeJS.ErrnoException
  return `${oneLine(message)} (${code ?? 'internal'})`
}

function oneLine(text: string): string {
  return text.replace(/\s*[\r\n]+\s*/g, ' ')
}
