// Every fixture, read over HTTP by the built package in Node: all pixels of all levels, or the right error.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { open } from '../../pkg/index.node.js'
import { readManifests } from '../fixtures/manifests.mjs'
import { startServer } from '../server/server.mjs'

const fixtures = new URL('../fixtures/', import.meta.url)
const manifest = await readManifests()
const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')

describe('every fixture over HTTP in Node', () => {
  let server

  before(async () => {
    server = await startServer({ root: fileURLToPath(fixtures) })
  })

  after(() => server.close())

  for (const entry of manifest) {
    const url = () => `${server.url}/${entry.file}`
    if (entry.error) test(entry.name, () => refuse(url(), entry.error))
    else test(entry.name, () => compare(url(), entry))
  }

  test('their number', () => {
    assert.ok(manifest.length > 700, `${manifest.length} fixtures`)
    assert.equal(new Set(manifest.map(({ name }) => name)).size, manifest.length)
  })
})

/** A URL's sidecar is looked for in lower case only; one in upper case must be named. */
function optionsOf(url, { sidecar }) {
  return sidecar?.endsWith('.OVR') ? { overviews: `${url}.OVR` } : {}
}

async function compare(url, entry) {
  const { expect } = entry
  const raster = await open(url, optionsOf(url, entry))
  try {
    const { width, height, bandCount, dtype } = raster
    const wanted = [expect.width, expect.height, expect.bandCount, expect.dtype]
    assert.deepEqual([width, height, bandCount, dtype], wanted)
    close(raster.transform, expect.transform)
    close(raster.bounds, expect.bounds)
    assert.equal(raster.crs?.epsg ?? null, expect.epsg)
    assert.equal(nodataText(raster.nodata), String(expect.nodata))
    const levels = await raster.levels()
    assert.deepEqual(
      levels.map(({ index, width, height, file }) => ({ index, width, height, file })),
      expect.levels.map(({ index, width, height, file }) => ({ index, width, height, file })),
    )
    for (const level of expect.levels) await compareLevel(raster, level)
  } finally {
    raster.close()
  }
}

/** As the manifest writes it. */
function nodataText(nodata) {
  return String(nodata).replace('Infinity', 'inf').replace('NaN', 'nan')
}

async function compareLevel(raster, { index, sha256: wanted, error, tolerance, pixels }) {
  const read = raster.read({ level: index })
  if (error) return assert.rejects(read, found => isWanted(found, error))
  const { data } = await read
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  if (tolerance) near(bytes, await readFile(new URL(pixels, fixtures)), tolerance)
  else if (wanted) assert.equal(sha256(bytes), wanted, `level ${index}`)
}

async function refuse(url, error) {
  await assert.rejects(
    async () => {
      const raster = await open(url)
      try {
        if (error.when === 'levels') await raster.read({ level: 999 })
        else await raster.read()
      } finally {
        raster.close()
      }
    },
    found => isWanted(found, error),
  )
}

function isWanted(found, { code, also = [] }) {
  assert.ok([code, ...also].includes(found.code), `${found.code} (${found.message}), expected ${code}`)
  return true
}

/** What lossy compression may do to 8-bit samples. */
function near(found, expected, { max, mean }) {
  assert.equal(found.length, expected.length)
  const differences = found.map((value, i) => Math.abs(value - expected[i]))
  const largest = differences.reduce((one, other) => Math.max(one, other), 0)
  assert.ok(largest <= max, `differs by up to ${largest}, allowed ${max}`)
  const average = differences.reduce((sum, value) => sum + value, 0) / found.length
  assert.ok(average <= mean, `differs by ${average} in the mean, allowed ${mean}`)
}

/** Numbers within rounding: the manifest writes decimals. */
function close(found, expected) {
  if (expected === null) return assert.equal(found, null)
  assert.equal(found.length, expected.length)
  expected.forEach((value, i) =>
    assert.ok(
      Math.abs(found[i] - value) <= 1e-9 * Math.max(Math.abs(value), 1),
      `${found} is not ${expected}`,
    ),
  )
}
