// The same in TypeScript, without the types of Node: those of the package must stand by themselves.
import { isPyramidionError, open } from 'pyramidion'
import type { Level, Raster, ReadResult, Source, Window } from 'pyramidion'

declare const process: { argv: string[] }

const [url = '', corners = ''] = process.argv.slice(2)
const [x = 0, y = 0, columns = 0, rows = 0] = corners.split(',').map(Number)
const window: Window = [x, y, columns, rows]

const raster: Raster = await open(url)
const levels: readonly Level[] = await raster.levels()
const result: ReadResult = await raster.read({ level: levels.length - 1, window, layout: 'band' })
raster.close()

const { data, dtype, width, height } = result
const bytes = btoa(String.fromCharCode(...new Uint8Array(data.buffer, data.byteOffset, data.byteLength)))
console.log(
  JSON.stringify({
    levels: levels.map(({ width, height, file }) => ({ width, height, file })),
    dtype,
    width,
    height,
    bytes,
  }),
)

/** Never called: what the types must accept, and below what they must refuse. */
export async function accepted(source: Source, blob: Blob): Promise<number> {
  const fromSource = await open(source, { overviews: false, workers: 0 })
  const fromBlob = await open(blob, { overviews: blob, signal: new AbortController().signal })
  const preview = await fromBlob.preview({ maxSize: 256, bands: [1] })
  if (preview.dtype === 'float32') {
    const numbers: Float32Array = preview.data
    return numbers.length
  }
  try {
    await fromSource.read({ window })
  } catch (error) {
    if (isPyramidionError(error, 'not_found')) return error.detail.status ?? 0
  }
  return 0
}

export async function refused(): Promise<void> {
  // @ts-expect-error a number is no source
  await open(7)
  // @ts-expect-error four numbers make a window
  await raster.read({ window: [0, 0, 1] })
  // @ts-expect-error no such layout
  await raster.read({ layout: 'line' })
  // @ts-expect-error no such property
  void raster.wdith
  // @ts-expect-error not a Uint8Array before the type was compared
  const numbers: Uint8Array = result.data
  void numbers
}
