// Compressions that have modules of their own: each is loaded when the first block needs it, in workers and in the calling thread;
// one that is not there is an error of its own, which leaves everything else readable.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { createPool, isPyramidionError, open } from '../../pkg/index.node.js'
import { readManifests } from '../fixtures/manifests.mjs'

const fixtures = new URL('../fixtures/', import.meta.url)
const entries = new Map((await readManifests()).map(entry => [entry.name, entry]))
const plain = 'last_strip_padded_deflate'
const rare = {
  jpeg: 'jpeg_ycbcr_420',
  lerc: 'lerc_zstd_error',
  extra: 'lzma_crc32',
  jp2: 'jp2_uint8_3',
  jxl: 'jxl_uint8_3',
}

/** The hash of the full-size pixels that the manifest has, and the one found. */
async function hashes(name, workers) {
  const entry = entries.get(name)
  const raster = await open(fileURLToPath(new URL(entry.file, fixtures)), { workers })
  try {
    const { data } = await raster.read()
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    return [createHash('sha256').update(bytes).digest('hex'), entry.expect.levels[0].sha256]
  } finally {
    raster.close()
  }
}

async function isRead(name, workers) {
  const [found, expected] = await hashes(name, workers)
  assert.equal(found, expected, name)
}

for (const [module, name] of Object.entries(rare)) {
  for (const size of [0, 2]) {
    describe(`${module}.wasm, ${size === 0 ? 'in the calling thread' : 'in workers'}`, () => {
      let folder, pool, url

      before(async () => {
        folder = await mkdtemp(join(tmpdir(), 'pyramidion-'))
        url = pathToFileURL(join(folder, `${module}.wasm`))
        pool = createPool({ size, wasmUrl: { [module]: url } })
      })

      after(async () => {
        await pool.close()
        await rm(folder, { recursive: true })
      })

      test('is not asked for by other files', () => isRead(plain, pool))

      test('where it is missing, that is said, and other files are read', async () => {
        const read = hashes(name, pool)
        await assert.rejects(read, error => {
          assert.ok(isPyramidionError(error, 'module_unavailable'), String(error))
          assert.equal(error.detail.name, module)
          assert.ok(error.message.includes(url.href), error.message)
          return true
        })
        await isRead(plain, pool)
      })

      test('is loaded by the first block that needs it', async () => {
        await copyFile(new URL(`../../pkg/wasm/${module}.wasm`, import.meta.url), url)
        await isRead(name, pool)
      })
    })
  }
}
