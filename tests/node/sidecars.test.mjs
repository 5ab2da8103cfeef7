// Sidecars over the real server: who is asked for what, with which headers, and what becomes of files that change.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { isPyramidionError, open } from '../../pkg/index.node.js'
import { startServer } from '../server/server.mjs'

const folder = new URL('../fixtures/', import.meta.url)
const scene = fileURLToPath(new URL('../../examples/scene', import.meta.url))
const entries = JSON.parse(readFileSync(new URL('beside.json', folder), 'utf8'))
const expectedBytes = ({ pixels }) => new Uint8Array(readFileSync(new URL(pixels, folder)))
const isCode = code => error => isPyramidionError(error, code)

describe('sidecars', () => {
  let server, rasters

  beforeEach(async () => {
    rasters = []
    server = await startServer({ mounts: { '/': fileURLToPath(folder), '/scene/': scene } })
  })

  afterEach(async () => {
    for (const raster of rasters) raster.close()
    await server.close()
  })

  const opened = async (path, options) => {
    const raster = await open(`${server.url}${path}`, options)
    rasters.push(raster)
    return raster
  }
  const asked = async () => {
    await server.idle()
    return server.log.map(({ path }) => path)
  }

  test('A.16 .ovr.ovr is asked for only by option', async () => {
    const plain = await opened('/beside/chain_of_two.tif')
    assert.equal((await plain.levels()).length, 2)
    assert.ok((await asked()).every(path => !path.endsWith('.ovr.ovr')))
    const deep = await opened('/beside/chain_of_two.tif', { overviewDepth: 2 })
    const levels = await deep.levels()
    assert.deepEqual(
      levels.map(({ url }) => url.replace(/.*\.tif/, '')),
      ['', '.ovr', '.ovr.ovr', '.ovr.ovr'],
    )
    const { data } = await deep.read({ level: 3 })
    const { levels: expected } = entries.find(({ name }) => name === 'chain_of_two')
    assert.deepEqual(data, expectedBytes(expected[3]))
    await assert.rejects(
      open(`${server.url}/beside/mask_none.tif`, { overviewDepth: 9 }),
      isCode('invalid_argument'),
    )
  })

  test('A.18 levels tell what they inherit', async () => {
    const raster = await opened('/beside/inherits_none.tif')
    const levels = await raster.levels()
    assert.deepEqual([levels[0].epsg, levels[1].epsg], [32633, 32632])
    assert.deepEqual([levels[0].nodata, levels[1].nodata], [5, 6])
    assert.deepEqual(levels[1].transform, [21, 0, 1000, 0, -21, 2000])
    const read = await raster.read({ level: 1 })
    assert.deepEqual([read.nodata, read.transform], [6, [21, 0, 1000, 0, -21, 2000]])
  })

  test('A.19 a level that is not there is a typed error that states the range', async () => {
    const raster = await opened('/beside/mask_msk.tif')
    await raster.levels()
    for (const level of [-1, 0.5, 3, NaN, '1', null]) {
      await assert.rejects(raster.read({ level }), error => {
        assert.ok(isPyramidionError(error, 'invalid_argument'), String(error))
        assert.match(error.message, /0.* to 2/)
        return true
      })
    }
  })

  test('A.22 a base that changes on the server ends reads with file_changed', async () => {
    const raster = await opened('/fault/changed-etag:1/data/cog_2048.tif')
    await assert.rejects(raster.read({ window: [512, 1024, 512, 512] }), isCode('file_changed'))
  })

  test('A.22 so does a sidecar, whether it changes or is replaced', async () => {
    for (const fault of ['changed-etag:1', 'replaced:1:%2Fscene%2Fscene.tif']) {
      const overviews = `${server.url}/fault/${fault}/scene/scene.tif.ovr`
      const raster = await opened('/scene/scene.tif', { overviews })
      assert.ok((await raster.levels()).length > 1)
      await assert.rejects(raster.read({ level: 1 }), isCode('file_changed'), fault)
      // The base is as good as it was.
      assert.equal((await raster.read({ level: 0, window: [0, 0, 9, 9] })).width, 9)
    }
  })

  test("A.25 files beside the base are asked for with the base's fetch and headers", async () => {
    const fetched = []
    const own = (...request) => {
      fetched.push(String(request[0]?.url ?? request[0]).replace(/.*\.tif/, ''))
      return fetch(...request)
    }
    const options = { fetch: own, headers: { 'X-Token': 'secret' }, auxiliary: true, overviewDepth: 2 }
    const raster = await opened('/beside/mask_msk.tif', options)
    await raster.read({ width: 30, height: 22, mask: true })
    await server.idle()
    const suffixes = new Set(fetched)
    for (const suffix of ['', '.ovr', '.msk', '.msk.ovr', '.aux.xml']) assert.ok(suffixes.has(suffix), suffix)
    assert.ok(server.log.length >= 8)
    for (const { headers, path } of server.log) assert.equal(headers['x-token'], 'secret', path)
  })

  test('A.25 a failed open lets go of everything', async () => {
    const options = { limits: { metadataBytes: 10 } }
    await assert.rejects(open(`${server.url}/beside/mask_msk.tif`, options), isCode('limit'))
    await server.idle()
    assert.equal(server.log.length, 1)
  })

  test('A.26 a breached byte budget of a sidecar is its own error, never hidden behind the base', async () => {
    const base = '/data/ovr_gdal_17x1000.tif'
    const raster = await opened(base, { limits: { metadataBytes: 4096 } }).catch(error => error)
    if (isPyramidionError(raster)) assert.equal(raster.code, 'limit')
    const blocks = await opened(base, { limits: { encodedBlockBytes: 10 } })
    await blocks.levels()
    await assert.rejects(blocks.read({ level: 1 }), isCode('limit'))
    const plan = await opened(base, { limits: { planBytes: 10 } })
    await assert.rejects(plan.read({ width: 9, height: 500 }), isCode('limit'))
    const directories = await opened(base, { limits: { ifds: 2 } })
    await assert.rejects(directories.read({ level: 3 }), isCode('limit'))
  })

  test('A.23 masks equal rasterio, and come with the pixels in one read', async () => {
    const masked = entries.filter(({ masks }) => masks)
    assert.ok(masked.length >= 18)
    for (const { name, file, masks } of masked) {
      const raster = await opened(`/${file}`)
      for (const { request, ...expected } of masks) {
        for (const layout of ['band', 'pixel']) {
          const { mask } = await raster.read({ ...request, layout, mask: true })
          assert.deepEqual(mask, expectedBytes(expected), `${name} ${JSON.stringify(request)} ${layout}`)
        }
      }
    }
  })

  test('A.23 a .msk is asked for only when a mask is', async () => {
    const raster = await opened('/beside/mask_msk.tif')
    assert.equal((await raster.read({ width: 30, height: 22 })).mask, undefined)
    assert.ok((await asked()).every(path => !path.includes('.msk')))
    await raster.read({ mask: true })
    assert.ok((await asked()).some(path => path.endsWith('.tif.msk')))
  })

  test('A.24 auxiliary and world files count on request, over HTTP and beside a path', async () => {
    const wanted = entries.filter(({ options }) => options.auxiliary)
    assert.ok(wanted.length >= 8)
    for (const { name, file, options, facts } of wanted) {
      for (const source of [`${server.url}/${file}`, fileURLToPath(new URL(file, folder))]) {
        const raster = await open(source, options)
        rasters.push(raster)
        assert.deepEqual(raster.transform, facts.transform, `${name} ${source}`)
        assert.equal(raster.nodata, facts.nodata, name)
        assert.equal(raster.crs?.epsg ?? null, facts.epsg, name)
      }
    }
    server.reset()
    const plain = await opened('/beside/pam_over_tags.tif')
    assert.deepEqual([plain.nodata, plain.crs.epsg], [5, 32633])
    assert.ok((await asked()).every(path => !path.endsWith('.aux.xml')))
  })
})
