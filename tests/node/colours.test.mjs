// Colours that are made, of pixels or of separate planes: however a read words its request, the samples are those of the whole image.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createPool, open } from '../../pkg/index.node.js'
import { readManifests } from '../fixtures/manifests.mjs'

const fixtures = new URL('../fixtures/', import.meta.url)
const entries = new Map((await readManifests()).map(entry => [entry.name, entry]))
const names = [
  ...['planes_cmyk_1_strips', 'planes_cmyk_8_tiles', 'planes_cmyk_7_strip', 'planes_ycbcr_1_strip'],
  ...[
    'planes_cmyk_turned_3',
    'planes_cmyk_big',
    'planes_ycbcr_4_jpeg',
    'cmyk_5_strips',
    'ycbcr_11_strips',
    'cielab_strips',
  ],
]

for (const size of [0, 2]) {
  describe(size === 0 ? 'in the calling thread' : 'in workers', () => {
    let pool

    before(() => (pool = createPool({ size })))
    after(() => pool.close())

    for (const layout of ['band', 'pixel']) {
      test(`the mask by NODATA_VALUES is made of the same planes, ${layout} by ${layout}`, async () => {
        const { file, described } = entries.get('described_nodata_values_planes')
        const raster = await open(fileURLToPath(new URL(file, fixtures)), { workers: pool })
        const { mask, data } = await raster.read({ mask: true, bands: [2], layout })
        assert.equal(createHash('sha256').update(mask).digest('hex'), described.mask)
        assert.equal(data.length, mask.length)
        const part = await raster.read({ mask: true, window: [2, 1, 4, 3] })
        const cut = [1, 2, 3].map(row => mask.subarray(row * raster.width + 2, row * raster.width + 6))
        assert.deepEqual([...part.mask], [...Buffer.concat(cut)])
        assert.deepEqual([new Set(mask).size, new Set(part.mask).size], [2, 2])
        raster.close()
      })
    }

    for (const name of names) {
      test(name, async () => {
        const entry = entries.get(name)
        const raster = await open(fileURLToPath(new URL(entry.file, fixtures)), { workers: pool })
        const { width, height, bandCount } = raster
        const whole = await raster.read()
        const { sha256 } = entry.expect.levels[0]
        assert.equal(createHash('sha256').update(whole.data).digest('hex'), sha256)
        const sample = (band, x, y) => whole.data[((band - 1) * height + y) * width + x]

        const window = [3, 5, 37, 30]
        const bands = [bandCount, 1, bandCount]
        for (const options of [{}, { shared: true }, { out: new Uint8Array(37 * 30 * 3) }, { mask: true }]) {
          const { data, mask } = await raster.read({ window, bands, layout: 'pixel', ...options })
          const expected = pixels(37, 30, (x, y) => bands.map(band => sample(band, x + 3, y + 5)))
          assert.deepEqual(Buffer.from(data), expected)
          if (options.mask) assert.ok(mask.every(valid => valid === 255))
        }
        const all = await raster.read({ layout: 'pixel' })
        const every = Array.from({ length: bandCount }, (_, i) => i + 1)
        assert.deepEqual(
          Buffer.from(all.data),
          pixels(width, height, (x, y) => every.map(band => sample(band, x, y))),
        )
        const small = await raster.read({ width: width / 2, height: height / 2, bands: [2] })
        const picked = pixels(width / 2, height / 2, (x, y) => [sample(2, 2 * x + 1, 2 * y + 1)])
        assert.deepEqual(Buffer.from(small.data), picked)
        raster.close()
      })
    }
  })
}

function pixels(width, height, at) {
  const rows = Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => at(x, y)))
  return Buffer.from(rows.flat(2))
}
