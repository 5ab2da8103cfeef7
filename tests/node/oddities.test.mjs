// What of a directory is not as it should be and was forgiven: told once it is open, where GDAL warns as well.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { open } from '../../pkg/index.node.js'

const warningsOf = async file => {
  const raster = await open(fileURLToPath(new URL(`../fixtures/${file}`, import.meta.url)), { workers: 0 })
  raster.close()
  return raster.warnings
}

const ODD = {
  'more/forgiven/photometric_0_three.tif': /^3 samples a pixel, but colours and ExtraSamples for 1 only$/,
  'more/forgiven/count_as_double_none.tif': /^StripByteCounts is of the field type 12, expected SHORT/,
  'more/forgiven/few_counts_byte.tif': /^StripByteCounts is of the field type 1, expected/,
  'data/hostile_offset_as_double.tif': /^StripOffsets is of the field type 12, expected/,
  'more/forgiven/fill_order_as_text.tif': /^FillOrder is of the field type 2, expected/,
  'data/pair031_uint1_rowsnone_lzw.tif': /^RowsPerStrip is missing: all rows are taken to be one strip$/,
  'data/harmless_colormap_short.tif': /^left out: ColorMap has \d+ values, expected 768$/,
  'more/forgiven/extra_of_four_1.tif': /^4 samples a pixel, but colours and ExtraSamples for 2 only$/,
  'more/forgiven/photometric_palette_no_map_three.tif':
    /^PhotometricInterpretation is Palette without a ColorMap: taken as RGB$/,
  'more/forgiven/count_zero_deflate.tif': /^left out: StripByteCounts is 0, expected 1 or more$/,
  'more/forgiven/count_too_small.tif': /^left out: StripByteCounts is \d+, expected \d+ or more$/,
  'more/forgiven/counts_six_of_ten.tif': /^StripByteCounts has 6 entries for 10 blocks$/,
}

for (const [file, expected] of Object.entries(ODD)) {
  test(`${file}: a warning`, async () => {
    const warnings = await warningsOf(file)
    assert.equal(warnings.filter(text => expected.test(text)).length, 1, warnings.join('\n'))
  })
}

test('sound files are not warned of', async () => {
  const sound = ['data/cog_2048.tif', 'data/pair009_float32_rowsnone_none.tif', 'data/colormap_gdal.tif']
  for (const file of sound) assert.deepEqual(await warningsOf(file), [], file)
})
