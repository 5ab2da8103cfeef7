// Every fault of the test server, met by the built package with Node's own fetch: the right pixels or the right error, in
// bounded time, and the reader goes on working.

import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as pyramidion from '../../pkg/index.node.js'
import { FAULTS } from '../server/faults.mjs'
import { startServer } from '../server/server.mjs'
import { FILE, assertOutcome, expectationOf, faulty, readingOf } from './faults-checks.mjs'
import { readThrough } from './faults-reading.mjs'
import { NET, cases } from './faults-table.mjs'

const root = fileURLToPath(new URL('../fixtures/data', import.meta.url))
const unhandled = []
process.on('unhandledRejection', reason => unhandled.push(reason))

const server = await startServer({ root })
const other = await startServer({ root })
const table = cases({ other: other.url })

// Most of the time is spent in waiting for silence and pauses: cases wait side by side.
describe('every fault, in Node', { concurrency: 4 }, () => {
  after(async () => {
    pyramidion.configure({})
    await Promise.all([server.close(), other.close()])
  })

  for (const entry of table)
    for (const file of ['base', 'sidecar'])
      test(`${entry.fault.replace(other.url, '<other>')} in the ${file}${entry.remark ?? ''}`, async () => {
        const reading = readingOf(entry, file, server.url)
        const outcome = await readThrough(pyramidion, reading)
        const expected = expectationOf(entry, file, 'node')
        assertOutcome(outcome, expected, { entry, file, reading, platform: 'node' })
      })

  test('every mode of the server is in the table', () => {
    const named = table.flatMap(({ fault }) => fault.replace(/^later:1:/, 'later:').split(':'))
    assert.deepEqual(
      Object.keys(FAULTS).filter(name => !named.includes(name)),
      [],
    )
  })

  for (const [fault, least] of [
    ['status-once:503:1', 1000],
    ['retry-date:2', 1000],
  ])
    test(`B.6 Retry-After is waited for: ${fault}`, async () => {
      const patient = await startServer({ root })
      try {
        pyramidion.configure({ ...NET, backoffMax: 5000 })
        const raster = await pyramidion.open(patient.url + faulty(fault), { overviews: false })
        raster.close()
        await patient.idle()
        const [first, second] = patient.log.map(({ start }) => start)
        assert.ok(second - first >= least - 5, `the second request came after ${second - first} ms`)
        assert.ok(second - first < 4000, `the second request came after ${second - first} ms`)
      } finally {
        await patient.close()
      }
    })

  for (const file of ['base', 'sidecar'])
    test(`A.22 a ${file} that changes: file_changed, no pixel of the old one with one of the new, and open reads anew`, async () => {
      let changed = false
      const path = file === 'base' ? FILE : `${FILE}.ovr`
      const [old, now] = [FILE, '/ovr_gdal_average.tif'].map(name => (file === 'base' ? name : `${name}.ovr`))
      const replaced = `replaced:0:${now}`
      const changing = await startServer({
        root,
        fault: request => (changed && request.path === path ? replaced : undefined),
      })
      try {
        pyramidion.configure(NET)
        const raster = await pyramidion.open(changing.url + FILE)
        const level = file === 'base' ? 0 : 1
        await raster.levels()
        const read = () => raster.read({ level })
        changed = true
        await assert.rejects(read(), error => pyramidion.isPyramidionError(error, 'file_changed'))
        await assert.rejects(read(), error => pyramidion.isPyramidionError(error, 'file_changed'))
        raster.close()
        const again = await pyramidion.open(changing.url + path, { overviews: false })
        const fresh = await pyramidion.open(server.url + now, { overviews: false })
        assert.deepEqual(
          (await again.read()).data,
          (await fresh.read()).data,
          `not the file at ${now}, ${old}?`,
        )
        again.close()
        fresh.close()
      } finally {
        await changing.close()
      }
    })
})

test('no promise was rejected without a handler', async () => {
  await new Promise(resolve => setTimeout(resolve, 50))
  assert.deepEqual(unhandled, [])
})
