// The package through nginx, with ranges, without, with compression on, and set up wrongly: in Node and in a page.

import assert from 'node:assert/strict'
import { get } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as pyramidion from '../../pkg/index.node.js'
import { launch, openPage } from '../e2e/chromium.mjs'
import { startSite } from '../e2e/site.mjs'
import { FILE, SOUND_FILE, assertPixels } from '../node/faults-checks.mjs'
import { readThrough } from '../node/faults-reading.mjs'
import { NET } from '../node/faults-table.mjs'
import { startNginx } from './nginx.mjs'

const root = fileURLToPath(new URL('../fixtures/data', import.meta.url))
let nginx, site, browser, page, complaints

before(async () => {
  nginx = await startNginx(root)
  site = await startSite()
  browser = await launch()
  ;({ page, complaints } = await openPage(browser, site.url))
})

after(async () => {
  await browser?.close()
  await Promise.all([site?.close(), nginx?.close()])
})

const readings = {
  node: reading => readThrough(pyramidion, reading),
  page: reading =>
    page.evaluate(
      `import('pyramidion').then(module => (${readThrough})(module, ${JSON.stringify(reading)}))`,
    ),
}

const reading = (folder, { net = {}, file = FILE } = {}) => ({
  url: `${nginx.url}/${folder}${file}`,
  options: {},
  net: { ...NET, ...net },
  sound: `${nginx.url}/sound${SOUND_FILE}`,
})

const ask = (path, headers) =>
  new Promise((resolve, reject) =>
    get(nginx.url + path, { headers }, response => {
      response.resume()
      resolve(response)
    }).on('error', reject),
  )

test('nginx is set up as the folders say', async () => {
  const range = { Range: 'bytes=0-9' }
  assert.equal((await ask(`/sound${FILE}`, range)).statusCode, 206)
  assert.equal((await ask(`/no-ranges${FILE}`, range)).statusCode, 200)
  const gzip = { 'Accept-Encoding': 'gzip' }
  assert.equal((await ask(`/gzip${FILE}`, gzip)).headers['content-encoding'], 'gzip')
  assert.equal((await ask(`/bare${FILE}`)).headers['access-control-allow-origin'], undefined)
  assert.equal((await ask('/application/nothing.tif')).statusCode, 200)
})

for (const [platform, read] of Object.entries(readings))
  describe(platform, () => {
    test('with ranges: right pixels, no advice', async () => {
      const outcome = await read(reading('sound'))
      assertPixels(outcome)
      assert.deepEqual(outcome.warnings, [])
      assert.ok(outcome.stats.requests > 2, 'in parts')
    })

    test('without ranges: right pixels from two whole bodies, and advice', async () => {
      const outcome = await read(reading('no-ranges'))
      assertPixels(outcome)
      assert.equal(outcome.stats.requests, 2)
      assert.equal(outcome.warnings.length, 2)
      for (const warning of outcome.warnings) assert.match(warning, /the server ignores Range/)
    })

    test('without ranges and large: range_unsupported, with the cure', async () => {
      const { failure } = await read(reading('no-ranges', { net: { wholeBytes: 1000 } }))
      assert.equal(failure.code, 'range_unsupported')
      assert.match(failure.message, /the server ignores Range: .*its owner must turn on byte ranges/)
    })

    test('with gzip on: right pixels, since ranges are asked for without it', async () => {
      const outcome = await read(reading('gzip'))
      assertPixels(outcome)
      assert.deepEqual(outcome.warnings, [])
    })

    test('with hidden headers: right pixels, and advice to pages alone', async () => {
      const outcome = await read(reading('hidden'))
      assertPixels(outcome)
      assert.equal(outcome.warnings.length, platform === 'page' ? 2 : 0)
      for (const warning of outcome.warnings)
        assert.match(warning, /Access-Control-Expose-Headers: Content-Range/)
    })

    test('without CORS: right pixels in Node, the cure in a page', async () => {
      const outcome = await read(reading('bare'))
      if (platform === 'node') return assertPixels(outcome)
      assert.equal(outcome.failure.code, 'network')
      assert.match(outcome.failure.message, /does not let pages of \S+ read its answer \(CORS\)/)
    })

    test('a page for every path: no overviews beside a sound base, and not a TIFF elsewhere', async () => {
      const outcome = await read(reading('application', { file: '/ii_none_p1_float64.tif' }))
      assert.equal(outcome.failure, null, outcome.failure?.message)
      assert.equal(outcome.sidecar.state, 'unreadable')
      assert.match(outcome.warnings.join(), /an HTML page titled "Map of nothing"/)
      const { failure } = await read(reading('application', { file: '/nothing.tif' }))
      assert.equal(failure.code, 'not_a_tiff')
      assert.match(
        failure.message,
        /an HTML page titled "Map of nothing".* its owner must send the file itself/,
      )
    })

    test('no file: not_found', async () => {
      const { failure } = await read(reading('sound', { file: '/nothing.tif' }))
      assert.deepEqual([failure.code, failure.detail.status], ['not_found', 404])
    })
  })

test('nothing else went wrong in the page', () => {
  const failed = /^(Failed to load resource: |Access to fetch at )/
  assert.deepEqual(
    complaints.filter(text => !failed.test(text)),
    [],
  )
})
