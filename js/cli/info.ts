import { SOURCE_HELP, parseSourceArguments } from './arguments.js'
import { numberText, toJson } from './json.js'
import { withRaster } from './raster.js'
import type { BandInfo, Raster, Storage } from '../types.js'
import type { Command } from './main.js'

const HELP = `Prints what a raster is: size, bands, georeference, storage, metadata. One request.

Usage: pyramidion info SRC [options]

Options:
      --json                  as JSON; a nodata of NaN is "nan", 64-bit integers are text
${SOURCE_HELP}`

export const info: Command = {
  name: 'info',
  summary: 'print size, bands, georeference, storage and metadata',
  help: HELP,
  async run(args, io) {
    const parsed = parseSourceArguments('info', args, { json: { type: 'boolean' } })
    const { source, values } = parsed
    await withRaster(io, parsed, async raster => {
      io.stdout.write(values['json'] ? `${toJson(factsOf(raster, source))}\n` : summaryOf(raster, source))
    })
  },
}

function factsOf(raster: Raster, source: string): object {
  const { width, height, bandCount, dtype, nodata, transform, bounds, crs } = raster
  const { bands, metadata, storage, sidecar, warnings } = raster
  const place = { transform, bounds, crs }
  return {
    source,
    width,
    height,
    bandCount,
    dtype,
    nodata,
    ...place,
    bands,
    metadata,
    storage,
    sidecar,
    warnings,
  }
}

/** The facts in lines of a name and a value. */
export function summaryOf(raster: Raster, source: string): string {
  const { width, height, bandCount, crs, transform, bounds, metadata, warnings } = raster
  const lines: [string, string][] = [
    ['source', source],
    ['size', `${width} x ${height}, ${bandCount} ${bandCount === 1 ? 'band' : 'bands'} of ${raster.dtype}`],
    ['crs', crs ? crsText(crs) : 'none'],
    ['transform', transform ? transform.map(numberText).join(', ') : 'none'],
    ['bounds', bounds ? bounds.map(numberText).join(', ') : 'none'],
    ['nodata', raster.nodata === null ? 'none' : numberText(raster.nodata)],
    ...storageLines(raster.storage),
    ['sidecar', sidecarText(raster)],
    ...raster.bands.map((band, i): [string, string] => [`band ${i + 1}`, bandText(band)]),
    ...Object.entries(metadata).map(([name, value]): [string, string] => ['metadata', `${name} = ${value}`]),
    ...warnings.map((warning): [string, string] => ['warning', warning]),
  ]
  return lines.map(([name, value]) => `${name.padEnd(13)}${value.replace(/\s*[\r\n]+\s*/g, ' ')}\n`).join('')
}

function crsText({ epsg, name }: { epsg: number | null; name: string | null }): string {
  const code = epsg === null ? '' : `EPSG:${epsg}`
  return [code, name ?? ''].filter(Boolean).join(' ') || 'not named'
}

function storageLines(storage: Storage): [string, string][] {
  const [width, height] = storage.blockSize
  const blocks = `${storage.tiled ? 'tiles' : 'strips'} of ${width} x ${height}`
  const planes = storage.planarConfiguration === 1 ? 'bands together' : 'bands apart'
  const predictor = storage.predictor === 1 ? '' : `, predictor ${storage.predictor}`
  const kind = `${storage.bigTiff ? 'BigTIFF' : 'TIFF'}, ${storage.byteOrder}-endian`
  const samples = `${storage.bitsPerSample}-bit ${storage.sampleFormat}, ${storage.photometric}`
  return [
    ['blocks', `${blocks}, ${planes}`],
    ['compression', `${storage.compression}${predictor}`],
    ['stored as', `${samples}; ${kind}`],
  ]
}

function sidecarText({ sidecar: { state, url, reason } }: Raster): string {
  if (state === 'unprobed') return "not looked for ('pyramidion levels' does)"
  return [state, url, reason && `(${reason})`].filter(Boolean).join(' ')
}

function bandText(band: BandInfo): string {
  const { minimum, maximum } = band.statistics ?? {}
  const parts = [
    band.dtype,
    band.colorInterpretation,
    band.description,
    band.unit && `unit ${band.unit}`,
    (band.scale !== 1 || band.offset !== 0) && `scale ${band.scale}, offset ${band.offset}`,
    band.nodata !== null && `nodata ${numberText(band.nodata)}`,
    band.colormap && `${band.colormap.length} colours`,
    typeof minimum === 'number' &&
      typeof maximum === 'number' &&
      `${numberText(minimum)} to ${numberText(maximum)}`,
  ]
  return parts.filter(Boolean).join(', ')
}
