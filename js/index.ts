/** Reads rasters over byte ranges: GeoTIFF, Cloud Optimized GeoTIFF, and GDAL's external `.ovr` overviews. */

import { createFace } from './face.js'
import { browser } from './platform.browser.js'

export const { open, cache, configure, pool, createPool, toRGBA } = /* @__PURE__ */ createFace(browser)
export * from './exports.js'
