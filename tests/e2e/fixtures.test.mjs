/** Every fixture, read over HTTP by the packed package in a page: all pixels of all levels, or the right error. */

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startServer } from '../server/server.mjs'
import { launch, openPage } from './chromium.mjs'
import { startSite } from './site.mjs'

const fixtures = new URL('../fixtures/', import.meta.url)
const manifest = JSON.parse(await readFile(new URL('manifest.json', fixtures), 'utf8'))

/** In the page: what opening and reading a file gave, as plain data. */
async function readAll({ url, options }) {
  const { open } = await import('pyramidion')
  const hex = async bytes => {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
    return Array.from(digest, byte => byte.toString(16).padStart(2, '0')).join('')
  }
  try {
    const raster = await open(url, options)
    const levels = []
    for (const [level, { width, height, file }] of (await raster.levels()).entries()) {
      const { data } = await raster.read({ level })
      levels.push({ width, height, file, sha256: await hex(data) })
    }
    const { width, height, bandCount, dtype } = raster
    raster.close()
    return { facts: { width, height, bandCount, dtype }, levels }
  } catch (error) {
    return { code: error.code ?? 'none', message: String(error) }
  }
}

describe('every fixture in Chromium', () => {
  let server, site, browser, page, complaints

  before(async () => {
    server = await startServer({ root: fileURLToPath(fixtures) })
    site = await startSite()
    browser = await launch()
    ;({ page, complaints } = await openPage(browser, site.url))
  })

  after(async () => {
    await browser?.close()
    await site?.close()
    await server?.close()
  })

  for (const { name, file, sidecar, expect, error } of manifest) {
    test(name, async () => {
      const url = `${server.url}/${file}`
      // A URL's sidecar is looked for in lower case only; one in upper case must be named.
      const options = sidecar?.endsWith('.OVR') ? { overviews: `${url}.OVR` } : {}
      const found = await page.evaluate(readAll, { url, options })
      if (error) {
        assert.ok([error.code, ...(error.also ?? [])].includes(found.code), `${found.code}: ${found.message}`)
        return
      }
      assert.equal(found.message, undefined)
      const { width, height, bandCount, dtype, levels } = expect
      assert.deepEqual(found.facts, { width, height, bandCount, dtype })
      const wanted = levels.map(({ width, height, file, sha256 }) => ({ width, height, file, sha256 }))
      assert.deepEqual(found.levels, wanted)
    })
  }

  test('none of them left a complaint in the console', () => {
    // A file or a sidecar that is not there is for the browser to report: each costs one such line.
    const unexpected = complaints.filter(text => !/^Failed to load resource: .*\b404\b/.test(text))
    assert.deepEqual(unexpected, [])
  })

  test('no request needed a preflight', () => {
    assert.equal(server.counts().preflights, 0)
  })

  test('the WebAssembly file was fetched once', () => {
    assert.equal(site.requested.filter(path => path.endsWith('.wasm')).length, 1)
  })
})
