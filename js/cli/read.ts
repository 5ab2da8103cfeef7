import { writeFile } from 'node:fs/promises'
import { extname } from 'node:path'

import {
  SOURCE_HELP,
  integerOf,
  integersOf,
  parseSourceArguments,
  usage,
  type SourceArguments,
} from './arguments.js'
import { describe } from '../errors.js'
import { littleEndian, npyHeader } from './npy.js'
import { pictureBands, pictureOf } from './picture.js'
import { encodePng } from './png.js'
import { ProgressBar } from './progress.js'
import { withRaster } from './raster.js'
import type { Raster, ReadOptions, ReadResult } from '../types.js'
import type { Command, Io } from './main.js'

const FORMATS = ['npy', 'png', 'bin'] as const
type Format = (typeof FORMATS)[number]

const HELP = `Reads pixels into a file. Its ending says the format:
  .npy  NumPy array of shape (bands, height, width), the raster's own type
  .png  picture: uint8 as it is; other types are stretched from their smallest to their largest
        value, which is stated; nodata is transparent
  .bin  the numbers alone, band after band, little-endian

Usage: pyramidion read SRC -o FILE [options]

Options:
  -o, --output FILE           where to write; - is standard output
  -f, --format FORMAT         npy, png or bin, whatever the file's ending
  -w, --window X,Y,W,H        pixels to read; of the level where --level is given, else of the full size
  -l, --level N               index in 'pyramidion levels'; 0 is the full size
  -b, --bands N,N,...         band numbers, from 1, in this order
      --width N               pixels of the result; alone, the height follows
      --height N              pixels of the result; alone, the width follows
      --max-size N            the whole image, no side longer than this; instead of the five above but --bands
${SOURCE_HELP}`

const OPTIONS = {
  output: { type: 'string', short: 'o' },
  format: { type: 'string', short: 'f' },
  window: { type: 'string', short: 'w' },
  level: { type: 'string', short: 'l' },
  bands: { type: 'string', short: 'b' },
  width: { type: 'string' },
  height: { type: 'string' },
  'max-size': { type: 'string' },
} as const

export const read: Command = {
  name: 'read',
  summary: 'read pixels into a .npy, .png or .bin file',
  help: HELP,
  async run(args, io) {
    const parsed = parseSourceArguments('read', args, OPTIONS)
    const wanted = wantedOf(parsed, io)
    await withRaster(io, parsed, async raster => {
      await readInto(raster, wanted, io)
      for (const warning of raster.warnings) io.stderr.write(`pyramidion: warning: ${warning}\n`)
    })
  },
}

interface Wanted {
  output: string
  format: Format
  options: ReadOptions
  maxSize: number | undefined
}

/** The arguments of a read, checked before anything is opened. */
export function wantedOf({ values }: SourceArguments, io: Pick<Io, 'stdout'>): Wanted {
  const output = values['output']
  if (typeof output !== 'string' || output === '') throw usage('read', 'no -o FILE')
  const window = integersOf('read', values, 'window', 'X,Y,W,H in whole pixels', 4)
  const level = integerOf('read', values, 'level', 0)
  const bands = integersOf('read', values, 'bands', 'band numbers as 1,2,3')
  const width = integerOf('read', values, 'width', 1)
  const height = integerOf('read', values, 'height', 1)
  const maxSize = integerOf('read', values, 'max-size', 1)
  const options: ReadOptions = {
    ...(window && { window: window as unknown as NonNullable<ReadOptions['window']> }),
    ...(level !== undefined && { level }),
    ...(bands && { bands }),
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
  }
  const format = formatOf(values['format'], output)
  const others = Object.keys(options).filter(name => name !== 'bands')
  if (maxSize !== undefined && others.length > 0)
    throw usage('read', `--max-size and --${others.join(', --')} exclude each other`)
  if (output === '-' && io.stdout.isTTY) throw usage('read', 'pixels are not written to a terminal')
  return { output, format, options, maxSize }
}

function formatOf(asked: unknown, output: string): Format {
  const text = asked === undefined ? extname(output).slice(1).toLowerCase() : asked
  const format = FORMATS.find(each => each === text)
  if (format) return format
  const found =
    asked === undefined
      ? `'${output}' has none of the endings .npy, .png, .bin`
      : `--format must be npy, png or bin, got ${describe(asked)}`
  throw usage('read', found)
}

async function readInto(raster: Raster, wanted: Wanted, io: Io): Promise<void> {
  const say = (note: string): unknown => io.stderr.write(`pyramidion: ${note}\n`)
  const { options, format } = wanted
  const picture = format === 'png' ? pictureBands(raster, options.bands as number[] | undefined) : undefined
  const asked = picture ? { ...options, bands: picture.bands } : options
  if (picture?.note !== undefined) say(picture.note)
  const result = await readWithBar(raster, asked, wanted.maxSize, io)
  const parts = format === 'png' ? await pngParts(raster, result, say) : rawParts(result, format)
  if (wanted.output === '-') for (const part of parts) io.stdout.write(part)
  else await writeFile(wanted.output, parts)
  const { width, height, bands, level, stats } = result
  const cost = `${stats.requests} requests, ${(stats.bytes / 1e6).toFixed(2)} MB`
  if (io.stderr.isTTY)
    say(`${width} x ${height}, ${bands.length} of ${raster.bandCount} bands, level ${level}: ${cost}`)
}

async function readWithBar(
  raster: Raster,
  options: ReadOptions,
  maxSize: number | undefined,
  io: Io,
): Promise<ReadResult> {
  const bar = new ProgressBar(io.stderr)
  try {
    if (maxSize === undefined) return await raster.read({ ...options, onProgress: bar.update })
    const { bands } = options
    return await raster.preview({ maxSize, onProgress: bar.update, ...(bands && { bands }) })
  } finally {
    bar.end()
  }
}

async function pngParts(
  raster: Raster,
  result: ReadResult,
  say: (note: string) => unknown,
): Promise<Uint8Array[]> {
  const [band = 1] = result.bands
  const { image, notes } = pictureOf(result, raster.bands[band - 1]?.colormap ?? null)
  for (const note of notes) say(note)
  return [await encodePng(image)]
}

function rawParts({ data, dtype, bands, width, height }: ReadResult, format: Format): Uint8Array[] {
  const bytes = littleEndian(data)
  return format === 'bin' ? [bytes] : [npyHeader(dtype, [bands.length, height, width]), bytes]
}
