// Damage that decoders forgive, as libjpeg and libtiff do: the pixels are read, and `raster.warnings` tells of it, whoever decoded.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createPool, open } from '../../pkg/index.node.js'

const fixtures = new URL('../fixtures/more/', import.meta.url)
const pathOf = name => fileURLToPath(new URL(`${name.split('_')[0]}/${name}.tif`, fixtures))
const DAMAGED = 'its jpeg data is damaged, and read as far as it goes'
const FAX = 'its facsimile data is damaged: rows were cut, or filled up'
const told = {
  jpeg_damaged: `block 0 of level 0: ${DAMAGED}`,
  jpeg_cut: `block 0 of level 0: ${DAMAGED}`,
  jpeg_frame_narrow:
    'block 0 of level 0: its jpeg data has other dimensions than the block; pixels that are missing are 0',
  ccitt_rle_bad_row: `block 0 of level 0: ${FAX}`,
}

for (const size of [0, 2]) {
  describe(size === 0 ? 'in the calling thread' : 'in workers', () => {
    let pool

    before(() => (pool = createPool({ size })))
    after(() => pool.close())

    for (const [name, warning] of Object.entries(told)) {
      test(`${name} is told of once it was read, and once`, async () => {
        const raster = await open(pathOf(name), { workers: pool })
        assert.deepEqual(raster.warnings, [])
        await raster.read()
        assert.deepEqual(raster.warnings, [warning])
        await raster.read({ layout: 'pixel' })
        assert.deepEqual(raster.warnings, [warning])
        raster.close()
        assert.deepEqual(raster.warnings, [warning])
      })
    }

    test('a block that is large enough for a worker', async () => {
      const raster = await open(await lengthened('jpeg_damaged', 5000), { workers: pool })
      const first = await raster.read()
      const shared = await raster.read({ shared: true })
      assert.equal(first.stats.workerBlocks + shared.stats.workerBlocks, size)
      assert.deepEqual(raster.warnings, [told.jpeg_damaged])
      raster.close()
    })

    test('blocks are counted', async () => {
      const raster = await open(await lengthened('jpeg_damaged', 111, 37), { workers: pool })
      await raster.read({ window: [0, 40, 45, 20] })
      assert.deepEqual(raster.warnings, [`block 1 of level 0: ${DAMAGED}`])
      await raster.read()
      assert.deepEqual(raster.warnings, [`block 1 of level 0 and 2 more: ${DAMAGED}`])
      raster.close()
    })

    test('sound ones read by the same decoder say nothing', async () => {
      const raster = await open(pathOf('jpeg_gray_tables_0'), { workers: pool })
      const damaged = await open(pathOf('jpeg_damaged'), { workers: pool })
      await Promise.all([raster.read(), damaged.read(), raster.read()])
      assert.deepEqual(raster.warnings, [])
      assert.equal(damaged.warnings.length, 1)
      for (const each of [raster, damaged]) each.close()
    })
  })
}

/** The bytes of a fixture in one strip, with that many rows, and with that strip as often as there are so many. */
async function lengthened(name, height, rows = height) {
  const strips = Math.ceil(height / rows)
  const file = await readFile(pathOf(name))
  const more = Buffer.alloc(8 * strips)
  const ifd = file.readUInt32LE(4)
  for (let at = ifd + 2; at < ifd + 2 + file.readUInt16LE(ifd) * 12; at += 12) {
    const tag = file.readUInt16LE(at)
    if (tag === 257) file.writeUInt32LE(height, at + 8)
    if (tag === 278) file.writeUInt32LE(rows, at + 8)
    if ((tag !== 273 && tag !== 279) || strips === 1) continue
    const start = tag === 273 ? 0 : 4 * strips
    for (let i = 0; i < strips; i++) more.writeUInt32LE(file.readUInt32LE(at + 8), start + 4 * i)
    file.writeUInt32LE(strips, at + 4)
    file.writeUInt32LE(file.length + start, at + 8)
  }
  return new Uint8Array(Buffer.concat([file, more])).buffer
}

test('the command line tells of it behind the pixels', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pyramidion-'))
  try {
    const cli = fileURLToPath(new URL('../../pkg/cli.js', import.meta.url))
    const args = ['read', pathOf('jpeg_damaged'), '-o', join(folder, 'a.bin')]
    const { stderr } = await promisify(execFile)(process.execPath, [cli, ...args])
    assert.equal(stderr, `pyramidion: warning: ${told.jpeg_damaged}\n`)
  } finally {
    await rm(folder, { recursive: true })
  }
})
