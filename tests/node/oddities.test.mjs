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
  'more/forgiven/count_too_large.tif':
    /^left out: StripByteCounts is 1000000, expected \d+ at most, where the file ends$/,
  'more/forgiven/fill_order_7.tif': /^left out: FillOrder is 7, expected 1 or 2$/,
  'more/forgiven/factors_three.tif': /^left out: YCbCrSubSampling has 3 values, expected 2$/,
  'more/forgiven/ink_set_twice.tif': /^left out: InkSet has 2 values, expected 1$/,
  'more/forgiven/tag_532_of_5.tif': /^left out: ReferenceBlackWhite has 5 values, expected 6$/,
  'more/forgiven/tile_depth_2_1.tif': /^ImageDepth is 2: of these slices the first one is read$/,
  'more/ojpeg/ojpeg_stream_no_samples.tif': /^SamplesPerPixel is missing: taken as 3$/,
  'more/ojpeg/ojpeg_stream_rgb.tif':
    /^PhotometricInterpretation is RGB: taken as YCbCr, which old-style JPEG has$/,
  'more/described/described_nodata_values_too_few_with.tif':
    /^left out: NODATA_VALUES has 2 values for 3 bands$/,
  'data/geo_scale_y_negative.tif': /^ModelPixelScale has -10 for the height of a pixel: taken as 10$/,
  'data/harmless_geo_text_outside.tif': /^left out: 1 of 1 GeoKeys, whose entries or values are not there$/,
  'data/harmless_text_past_end.tif': /^left out: tag 305 ends at byte \d+, file has \d+$/,
  'data/hostile_count_2_32_tag_279.tif': /^StripByteCounts ends at byte \d+, file has \d+$/,
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
