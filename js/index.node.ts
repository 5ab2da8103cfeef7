/** The package's entry in Node: `index.ts` with paths. */

import { createFace } from './face.js'
import { node } from './platform.node.js'

export const { open, cache, configure, pool, createPool, toRGBA } = /* @__PURE__ */ createFace(node)
export * from './exports.js'
