// Each fixture through pyramidion and through geotiff.js: are the full-size pixels those that GDAL reads?
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { pkg, root } from '../paths.mjs'
import { readManifests } from '../../tests/fixtures/manifests.mjs'
import { Peer } from './peer.mjs'

const folder = join(root, 'tests/fixtures')

/**
 * One row for each fixture: `equal`, `wrong` (other pixels, and no error) or `refused` (an error) for each reader; where GDAL itself
 * refuses the file, or we say why we do, `refused` is right and `read` is not.
 */
export async function verdicts() {
  const { open } = await ours('index.node.js')
  const { newArray } = await ours('data-types.js')
  const peer = new Peer()
  const rows = []
  try {
    for (const entry of await readManifests()) {
      const path = join(folder, entry.file)
      const own = await verdict(entry, await readOurs(open, path), newArray)
      const theirs = await verdict(entry, await peer.read(path), newArray)
      rows.push({ name: entry.name, about: about(entry), ours: own, theirs })
    }
  } finally {
    peer.close()
  }
  return rows
}

const ours = name => import(pathToFileURL(join(pkg, name)).href)

async function readOurs(open, path) {
  try {
    const raster = await open(path, { workers: 0 })
    try {
      const { data, bands, width, height } = await raster.read()
      const size = data.length / bands.length
      if (!Number.isInteger(size) || size % (width * height) !== 0)
        throw new Error('bands of different sizes')
      return { bands: bands.map((_, i) => data.subarray(i * size, (i + 1) * size)) }
    } finally {
      raster.close()
    }
  } catch (error) {
    return { error: String(error) }
  }
}

async function verdict(entry, { bands, error }, newArray) {
  const mustRead = entry.expect && (entry.error?.when ?? 'levels') === 'levels'
  if (!mustRead) return error === undefined ? 'read' : 'refused'
  if (error !== undefined) return 'refused'
  const [level] = entry.expect.levels
  return (await isRight(bands, level, entry.expect, newArray)) ? 'equal' : 'wrong'
}

/** Values are compared, not types: who hands out float16 as float64 has not read it wrongly. */
async function isRight(bands, { pixels, sha256, tolerance }, { dtype, bandCount }, newArray) {
  if (sha256 === null) return true
  if (bands.length !== bandCount) return false
  const Type = newArray(dtype, 0).constructor
  const typed = bands.map(band => converted(band, Type))
  if (typed.some(band => band === null)) return false
  if (pixels === null) return isBytes(typed, sha256)
  const bytes = await readFile(join(folder, pixels))
  const expected = new Type(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
  const found = typed.flatMap(band => Array.from(band))
  if (found.length !== expected.length) return false
  if (tolerance) return isNear(found, expected, tolerance)
  return found.every((value, i) => Object.is(value, expected[i]) || value === expected[i])
}

function isBytes(bands, sha256) {
  const hash = createHash('sha256')
  for (const band of bands) hash.update(new Uint8Array(band.buffer, band.byteOffset, band.byteLength))
  return hash.digest('hex') === sha256
}

function isNear(found, expected, { max, mean }) {
  const differences = found.map((value, i) => Math.abs(value - expected[i]))
  const total = differences.reduce((sum, difference) => sum + difference, 0)
  return differences.every(difference => difference <= max) && total / found.length <= mean
}

/** The same values in an array of that type; null where it cannot hold them. */
function converted(band, Type) {
  if (band instanceof Type) return band
  const whole = Type === BigUint64Array || Type === BigInt64Array
  try {
    const typed = Type.from(band, value => (whole ? BigInt(value) : Number(value)))
    const same = typed.every((value, i) => Object.is(value, band[i]) || Number(value) === Number(band[i]))
    return same ? typed : null
  } catch {
    return null
  }
}

/** What the tables sort by. */
function about({ expect, storage, error }) {
  if (!expect || !storage) return { refused: error.code }
  return {
    dtype: expect.dtype,
    compression: expect.levels[0].compression,
    byteOrder: storage.byteOrder,
    bigTiff: storage.bigTiff,
    tiled: storage.tiled,
    planar: storage.planarConfiguration,
    bands: expect.bandCount,
    predictor: storage.predictor,
  }
}
