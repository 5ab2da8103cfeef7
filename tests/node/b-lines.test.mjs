// Section B of the behaviours: byte ranges, line by line, through the facade. tests/node/bytes.test.mjs has B.10 and B.15,
// tests/node/public-hosts.test.mjs B.14; docs/TESTING-bytes.md lists where the others are.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { configure, open } from '../../pkg/index.node.js'
import { startServer } from '../server/server.mjs'

const fixtures = fileURLToPath(new URL('../fixtures/data', import.meta.url))
const TILE = { window: [512, 1024, 512, 512] }

/** A source over stretches of a file that is otherwise zero; notes what it is asked for. */
function sparseSource(size, stretches) {
  const asked = []
  return {
    asked,
    size,
    async read(ranges) {
      asked.push(...ranges)
      return ranges.map(({ start, end }) => {
        const bytes = new Uint8Array(Math.max(0, Math.min(end, size) - start))
        for (const { at, part } of stretches) {
          const [from, to] = [Math.max(start, at), Math.min(start + bytes.length, at + part.length)]
          if (from < to) bytes.set(part.subarray(from - at, to - at), from - start)
        }
        return bytes
      })
    },
  }
}

/** A directory of a little-endian BigTIFF: entries are [tag, type, count, value]. */
function bigDirectory(entries) {
  const bytes = Buffer.alloc(8 + entries.length * 20 + 8)
  bytes.writeBigUInt64LE(BigInt(entries.length), 0)
  entries.forEach(([tag, type, count, value], index) => {
    const at = 8 + index * 20
    bytes.writeUInt16LE(tag, at)
    bytes.writeUInt16LE(type, at + 2)
    bytes.writeBigUInt64LE(BigInt(count), at + 4)
    if (type === 3) bytes.writeUInt16LE(value, at + 12)
    else if (type === 4) bytes.writeUInt32LE(value, at + 12)
    else bytes.writeBigUInt64LE(BigInt(value), at + 12)
  })
  return bytes
}

function bigHeader(directory) {
  const bytes = Buffer.alloc(16)
  bytes.write('II')
  bytes.writeUInt16LE(43, 2)
  bytes.writeUInt16LE(8, 4)
  bytes.writeBigUInt64LE(BigInt(directory), 8)
  return bytes
}

const [SHORT, LONG, LONG8] = [3, 4, 16]

/** Tags of a one-band uint8 image in uncompressed tiles of 256, with tables of LONG8 offsets and LONG counts. */
function tags({ width, height, offsets, counts }) {
  const tiles = Math.ceil(width / 256) * Math.ceil(height / 256)
  return [
    [256, LONG, 1, width],
    [257, LONG, 1, height],
    [258, SHORT, 1, 8],
    [259, SHORT, 1, 1],
    [262, SHORT, 1, 1],
    [277, SHORT, 1, 1],
    [322, SHORT, 1, 256],
    [323, SHORT, 1, 256],
    [324, LONG8, tiles, offsets],
    [325, LONG, tiles, counts],
  ]
}

/** A tile whose pixels are all of that value. */
const tileOf = value => new Uint8Array(256 * 256).fill(value)

describe('B', () => {
  let server, rasters

  beforeEach(async () => {
    rasters = []
    server = await startServer({ root: fixtures })
    configure({ backoff: 1, timeout: 2000 })
  })

  afterEach(async () => {
    for (const raster of rasters) raster.close()
    await server.close()
    configure({ backoff: 200, timeout: 30_000, wholeBytes: 16 << 20 })
  })

  const opened = async (source, options) => {
    const url = typeof source === 'string' ? `${server.url}${source}` : source
    const raster = await open(url, options)
    rasters.push(raster)
    return raster
  }
  const requests = async () => (await server.idle(), server.counts().requests)
  const truth = async () => {
    const raster = await open(`${fixtures}/cog_2048.tif`)
    const { data } = await raster.read(TILE)
    raster.close()
    return data
  }

  test('B.1 64-bit offsets and lengths: a tile beyond 5 TB', async () => {
    const size = 6e12
    const [directory, offsets, counts, tile] = [16, 1000, 2000, 5e12]
    const [where, long] = [Buffer.alloc(8), Buffer.alloc(4)]
    where.writeBigUInt64LE(BigInt(tile))
    long.writeUInt32LE(65536)
    const entries = tags({ width: 256, height: 256, offsets: tile, counts: 65536 })
    const source = sparseSource(size, [
      { at: 0, part: bigHeader(directory) },
      { at: directory, part: bigDirectory(entries) },
      { at: offsets, part: where },
      { at: counts, part: long },
      { at: tile, part: tileOf(77) },
    ])
    const raster = await opened(source)
    const { data } = await raster.read()
    assert.ok(data.every(value => value === 77))
    assert.ok(source.asked.some(({ start }) => start === tile))
    raster.close()
    await assert.rejects(raster.read(), { code: 'closed' })
  })

  test('B.2 no HEAD; where Content-Range is hidden, reading goes on', async () => {
    const raster = await opened('/fault/hide-headers/cog_2048.tif', {
      // What CORS does in a page: headers that are not exposed cannot be read.
      fetch: async (url, init) => {
        const response = await fetch(url, init)
        const headers = new Headers(response.headers)
        for (const name of ['content-range', 'etag', 'last-modified', 'accept-ranges']) headers.delete(name)
        return new Response(response.body, { status: response.status, headers })
      },
    })
    assert.deepEqual((await raster.read(TILE)).data, await truth())
    assert.equal(await requests(), 2)
    assert.deepEqual([...new Set(server.log.map(({ method }) => method))], ['GET'])
  })

  test('B.3 a server without ranges: whole and once where small enough, else range_unsupported', async () => {
    const raster = await opened('/fault/no-ranges/cog_2048.tif')
    assert.deepEqual((await raster.read(TILE)).data, await truth())
    assert.equal(await requests(), 1)
    raster.close()
    configure({ wholeBytes: 100_000 })
    await assert.rejects(opened('/fault/no-ranges/cog_2048.tif'), ({ code, detail }) => {
      assert.equal(code, 'range_unsupported')
      assert.equal(detail.limit, 100_000)
      assert.equal(detail.found, 940_156)
      return true
    })
  })

  for (const fault of ['wrong-content-range', 'shifted', 'longer', 'gzip']) {
    test(`B.4 ${fault}: range_unsupported, never wrong data`, async () => {
      await assert.rejects(opened(`/fault/${fault}/cog_2048.tif`), { code: 'range_unsupported' })
    })
  }

  test('B.4 a short answer at the end of the file is fine; 416 is past the end', async () => {
    const bytes = await readFile(`${fixtures}/ii_deflate_p1_uint8.tif`)
    assert.ok(bytes.length < 32768)
    const raster = await opened('/ii_deflate_p1_uint8.tif')
    await raster.read()
    assert.equal(await requests(), 1)
    const empty = async () => new Response('', { status: 416, headers: { 'content-range': 'bytes */0' } })
    await assert.rejects(opened('/empty.tif', { fetch: empty }), { code: 'not_a_tiff' })
  })

  for (const [fault, code, status, attempts] of [
    ['status:404', 'not_found', 404, 1],
    ['status:410', 'not_found', 410, 1],
    ['status:403', 'forbidden', 403, 1],
    ['status:401', 'forbidden', 401, 1],
    ['status:400', 'http', 400, 1],
    ['status:429', 'http', 429, 4],
    ['status:503', 'http', 503, 4],
    ['reset', 'network', undefined, 4],
    ['truncate:100', 'truncated', 206, 4],
  ]) {
    test(`B.5 B.6 ${fault}: ${code} after ${attempts}, with url, range, status and attempts`, async () => {
      const path = `/fault/${fault}/cog_2048.tif`
      await assert.rejects(opened(path), error => {
        assert.equal(error.code, code)
        const { url, range, attempts: made } = error.detail
        assert.deepEqual([url, made], [`${server.url}${path}`, attempts])
        assert.equal(range.end, 32768)
        if (status !== 206) assert.equal(error.detail.status, status)
        return true
      })
      assert.equal(await requests(), attempts)
    })
  }

  test('B.6 a failed block is never cached: the next read asks again', async () => {
    let broken = true
    const raster = await opened('/cog_2048.tif', {
      fetch: (url, init) => {
        const first = init.headers.Range === 'bytes=0-32767'
        return fetch(broken && !first ? url.replace('/cog', '/fault/status:404/cog') : url, init)
      },
    })
    await assert.rejects(raster.read(TILE), { code: 'not_found' })
    broken = false
    assert.deepEqual((await raster.read(TILE)).data, await truth())
  })

  test('B.7 #mode=bytes and #bytes are stripped; other kinds are refused with what was seen', async () => {
    for (const mode of ['#mode=bytes', '#bytes']) {
      const raster = await opened(`/cog_2048.tif${mode}`)
      assert.equal(raster.width, 2048)
    }
    for (const [text, code, seen] of [
      ['CDF\x01', 'unsupported', /netCDF/],
      ['CDF\x02', 'unsupported', /netCDF/],
      ['CDF\x05', 'unsupported', /netCDF/],
      ['\x89HDF\r\n\x1a\n', 'unsupported', /HDF5/],
      ['<!doctype html>', 'not_a_tiff', /./],
      ['PNG', 'not_a_tiff', /./],
    ]) {
      await assert.rejects(opened(Buffer.from(text.padEnd(600, '\0'), 'latin1')), error => {
        assert.equal(error.code, code, text)
        assert.match(error.message, seen)
        return true
      })
    }
  })

  test('B.11 a directory past 4 MiB, and one at the end, are followed by range', async () => {
    for (const [directory, size] of [
      [5 << 20, 9 << 20],
      [3e9, 3e9 + 300],
    ]) {
      const tile = 4096
      const entries = tags({ width: 256, height: 256, offsets: tile, counts: 65536 })
      const source = sparseSource(size, [
        { at: 0, part: bigHeader(directory) },
        { at: directory, part: bigDirectory(entries) },
        { at: tile, part: tileOf(42) },
      ])
      const raster = await opened(source)
      assert.deepEqual([raster.width, raster.height], [256, 256])
      assert.equal(source.asked.length, 2, JSON.stringify(source.asked))
      const brought = source.asked.reduce((sum, { start, end }) => sum + end - start, 0)
      assert.ok(brought <= 32768 + 2 * 16384, `${brought} bytes`)
      const { data } = await raster.read()
      assert.ok(data.every(value => value === 42))
    }
  })

  test('B.13 one tile of 792,000 reads at most 2 pages of tables', async () => {
    const [width, height] = [288_000, 180_000]
    const [across, tiles] = [1125, 1125 * 704]
    assert.equal(tiles, 792_000)
    const [directory, offsets, counts] = [16, 1 << 20, 16 << 20]
    const [column, row, value] = [777, 555, 99]
    const number = row * across + column
    const at = 40e9
    const [where, long] = [Buffer.alloc(8), Buffer.alloc(4)]
    where.writeBigUInt64LE(BigInt(at))
    long.writeUInt32LE(65536)
    const source = sparseSource(60e9, [
      { at: 0, part: bigHeader(directory) },
      { at: directory, part: bigDirectory(tags({ width, height, offsets, counts })) },
      { at: offsets + number * 8, part: where },
      { at: counts + number * 4, part: long },
      { at, part: tileOf(value) },
    ])
    const raster = await opened(source)
    assert.equal(source.asked.length, 1)
    const { data } = await raster.read({ window: [column * 256, row * 256, 256, 256], level: 0 })
    assert.ok(data.every(pixel => pixel === value))
    const tables = source.asked.slice(1).filter(({ start }) => start < at)
    const pages = tables.reduce((sum, { start, end }) => sum + (end - start) / 16384, 0)
    assert.ok(pages <= 2, JSON.stringify(source.asked))
    assert.deepEqual(source.asked.at(-1), { start: at, end: at + 65536 })
  })
})
