// What GDAL warns of and reads, `raster.warnings` tells of, over all fixtures; and no other files are warned of but for what is named here.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { open, PyramidionError } from '../../pkg/index.node.js'
import { readManifests } from '../fixtures/manifests.mjs'

const folder = new URL('../fixtures/', import.meta.url)

/** What GDAL says that is no fault of the file: "Differences with GDAL that are meant" in docs/TESTING.md has the reasons. */
const NOT_TOLD = [
  /^PackBitsDecode:Discarding # bytes/,
  /^GetNoDataValue\(\) returns an approximate value/,
  /^Null count for "Tag #"/,
  /custom tag # \(Tag #\) is TIFF_SETGET_UNDEFINED/,
  /^PixarLogDecode:stride # is not a multiple/,
]

/** What is told although GDAL says nothing: each is left out, or of no use, and whoever wrote the file should know. */
const TOLD_BESIDES = [
  /^GDAL_NODATA .* is left out: no pixel of type \w+ can equal it$/,
  /^GDAL_METADATA is left out: /,
  /^an overview in the (file|sidecar) is never chosen: /,
  /^an overview at byte \d+ of the (file|sidecar) is left out: /,
  /^overviews of .* are not used: /,
  /^facts of .* are not used: /,
  /^not all directories of the (file|sidecar) could be read: /,
  /^PhotometricInterpretation is Palette without a ColorMap: /,
  /^ImageDepth is \d+: /,
  // Some of it GDAL does not read at all.
  /^Compression 6 is old-style JPEG/,
]

/** The warnings of a file all of whose levels were read, as far as they can be. */
async function warningsOf(file) {
  const raster = await open(fileURLToPath(new URL(file, folder)), { workers: 0, auxiliary: true })
  try {
    for (const { index, width, height } of await raster.levels()) {
      // What is large is sparse: nothing of it is decoded.
      const window = [0, 0, Math.min(width, 2000), Math.min(height, 2000)]
      await raster
        .read({ level: index, window })
        .catch(error => assert.ok(error instanceof PyramidionError, error))
    }
    return raster.warnings
  } finally {
    raster.close()
  }
}

const beside = JSON.parse(await readFile(new URL('beside.json', folder), 'utf8'))
const sound = (await readManifests()).filter(entry => entry.expect && !entry.error && !entry.orError)

test('what GDAL warns of is told, and nothing else but what is named', async () => {
  const [faults, counts] = [[], { told: 0, silent: 0 }]
  for (const { file, gdalWarns = [] } of [...sound, ...beside]) {
    const warnings = await warningsOf(file)
    const wanted = gdalWarns.filter(text => !NOT_TOLD.some(known => known.test(text)))
    if (wanted.length > 0) {
      counts.told++
      if (warnings.length === 0) faults.push(`${file}: GDAL says ${wanted[0]}`)
      continue
    }
    if (gdalWarns.length > 0) continue
    counts.silent++
    const odd = warnings.find(text => !TOLD_BESIDES.some(known => known.test(text)))
    if (odd) faults.push(`${file}: GDAL does not say ${odd}`)
  }
  assert.deepEqual(faults, [])
  assert.ok(counts.told > 200 && counts.silent > 1000, JSON.stringify(counts))
})

test('PackBits data that goes on behind a strip is told of, once', async () => {
  const warnings = await warningsOf('more/forgiven/packbits_too_long.tif')
  const told = warnings.filter(text => text.includes('its packbits data goes on behind the block'))
  assert.equal(told.length, 1, warnings.join('\n'))
})
