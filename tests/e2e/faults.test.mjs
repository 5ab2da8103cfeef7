/** Every fault of the test server, met by the packed package in a page with the browser's own fetch. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { assertOutcome, expectationOf, readingOf } from '../node/faults-checks.mjs'
import { readThrough } from '../node/faults-reading.mjs'
import { cases } from '../node/faults-table.mjs'
import { startServer } from '../server/server.mjs'
import { launch, openPage } from './chromium.mjs'
import { startSite } from './site.mjs'

const root = fileURLToPath(new URL('../fixtures/data', import.meta.url))
const server = await startServer({ root })
const other = await startServer({ root })

/** What a browser says of requests that failed, which is its own affair. */
const REQUEST_FAILED = /^(Failed to load resource: |Access to fetch at )/

describe('every fault, in Chromium', { concurrency: 2 }, () => {
  let site, browser, page, complaints

  before(async () => {
    site = await startSite()
    browser = await launch()
    ;({ page, complaints } = await openPage(browser, site.url))
  })

  after(async () => {
    await browser?.close()
    await Promise.all([site?.close(), server.close(), other.close()])
  })

  for (const entry of cases({ other: other.url }))
    for (const file of ['base', 'sidecar'])
      test(`${entry.fault.replace(other.url, '<other>')} in the ${file}${entry.remark ?? ''}`, async () => {
        const reading = readingOf(entry, file, server.url)
        const read = `import('pyramidion').then(module => (${readThrough})(module, ${JSON.stringify(reading)}))`
        const outcome = await page.evaluate(read)
        const expected = expectationOf(entry, file, 'page')
        assertOutcome(outcome, expected, { entry, file, reading, platform: 'page' })
        // Exceptions, and rejections that nobody handled.
        assert.deepEqual(
          complaints.filter(text => !REQUEST_FAILED.test(text)),
          [],
        )
      })
})
