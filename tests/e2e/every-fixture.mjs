/** Every fixture, read over HTTP by the packed package in a page of some browser: all pixels of all levels, or the right error. */

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readManifests } from '../fixtures/manifests.mjs'
import { startServer } from '../server/server.mjs'
import { startSite } from './site.mjs'

const fixtures = new URL('../fixtures/', import.meta.url)
const manifest = await readManifests()

/** In the page: what opening and reading a file gave, as plain data; `beyond` is the code for a level that is not listed. */
async function readAll({ url, options }) {
  const { open } = await import('pyramidion')
  const sha256 = async bytes => {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
    return Array.from(digest, byte => byte.toString(16).padStart(2, '0')).join('')
  }
  const code = error => error.code ?? 'none'
  try {
    const raster = await open(url, options)
    const levels = []
    for (const [level, { width, height, file }] of (await raster.levels()).entries()) {
      const read = raster.read({ level })
      const pixels = await read.then(
        async ({ data }) => ({ sha256: await sha256(data) }),
        error => ({ code: code(error) }),
      )
      levels.push({ width, height, file, ...pixels })
    }
    const beyond = await raster.read({ level: levels.length }).catch(code)
    const { width, height, bandCount, dtype } = raster
    raster.close()
    return { facts: { width, height, bandCount, dtype }, levels, beyond }
  } catch (error) {
    return { code: code(error), message: String(error) }
  }
}

/** What a level must have given; undefined where GDAL is no help. */
function isRight(found, { width, height, file, sha256, error, tolerance }) {
  assert.deepEqual([found.width, found.height, found.file], [width, height, file])
  if (error) assert.equal(found.code, error.code)
  // Lossy compression: Node compares the pixels of the same module.
  else if (tolerance) assert.equal(found.code, undefined)
  else if (sha256) assert.equal(found.sha256, sha256)
}

/**
 * @param {string} name of the browser
 * @param {{ launch: () => Promise<any>, openPage: (browser: any, url: string) => Promise<{ page: any, complaints: string[] }> }} driver
 */
export function everyFixtureIn(name, { launch, openPage }) {
  describe(`every fixture in ${name}`, () => {
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
        const codes = [error?.code, ...(error?.also ?? [])]
        if (error && error.when !== 'levels') {
          // A failure that comes with the pixels stands at their level.
          const at = found.code ?? found.levels[0].code
          assert.ok(codes.includes(at), `${at}: ${found.message}`)
          return
        }
        assert.equal(found.message, undefined)
        const { width, height, bandCount, dtype, levels } = expect
        assert.deepEqual(found.facts, { width, height, bandCount, dtype })
        assert.equal(found.levels.length, levels.length)
        levels.forEach((level, index) => isRight(found.levels[index], level))
        if (error) assert.ok(codes.includes(found.beyond), found.beyond)
      })
    }

    test('none of them left a complaint in the console', () => {
      // A file that is not there, or empty, is for the browser to report: each costs one such line.
      const unexpected = complaints.filter(text => !/^Failed to load resource: .*\b(404|416)\b/.test(text))
      assert.deepEqual(unexpected, [])
    })

    test('no request needed a preflight', () => {
      assert.equal(server.counts().preflights, 0)
    })

    test('each WebAssembly file was fetched once', () => {
      const fetched = site.requested.filter(path => path.endsWith('.wasm'))
      assert.deepEqual(fetched.map(path => path.split('/').at(-1)).sort(), [
        'core.wasm',
        'decode.wasm',
        'extra.wasm',
        'jp2.wasm',
        'jpeg.wasm',
        'jxl.wasm',
        'lerc.wasm',
      ])
    })
  })
}
