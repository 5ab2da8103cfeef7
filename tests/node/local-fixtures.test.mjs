// Every fixture from disk: blocks that are read without the core are those that it brings, sidecars and masks too, and so are errors.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { open } from '../../pkg/index.node.js'
import { readManifests } from '../fixtures/manifests.mjs'

const path = file => fileURLToPath(new URL(`../fixtures/${file}`, import.meta.url))

/** All levels, with their masks, in either layout by turns; or the error. */
async function readAll(file, options) {
  let raster
  try {
    raster = await open(path(file), { workers: 0, ...options })
    const results = []
    for (const { index } of await raster.levels()) {
      const layout = index % 2 === 0 ? 'band' : 'pixel'
      const { data, mask } = await raster.read({ level: index, layout, mask: true })
      results.push({ data: Buffer.from(data.buffer), mask: mask && Buffer.from(mask.buffer) })
    }
    return { results }
  } catch ({ code, message, detail }) {
    return { code, message, detail }
  } finally {
    raster?.close()
  }
}

test('every fixture from disk, without the core and through it', async () => {
  const manifest = await readManifests()
  let levels = 0
  for (const { file } of manifest) {
    const near = await readAll(file, {})
    // Where somebody wants to be told of requests, all blocks go through the core.
    const far = await readAll(file, { onRequest() {} })
    assert.deepEqual(near, far, file)
    levels += near.results?.length ?? 0
  }
  assert.ok(levels > manifest.length / 2, `${levels} levels of ${manifest.length} fixtures`)
})
