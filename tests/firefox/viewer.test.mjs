/** The viewer, as `npm start` serves it, in a real Firefox: what it draws, against what GDAL reads. */

import assert from 'node:assert/strict'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { buildViewer, serveViewer } from '../../scripts/viewer.mjs'
import { launch, openPage } from './firefox.mjs'

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url))
const screenshots = fileURLToPath(new URL('../../target/screenshots/', import.meta.url))
const manifest = JSON.parse(await readFile(join(fixtures, 'manifest.json'), 'utf8'))
const size = { width: 1280, height: 800 }

let server, browser

before(async () => {
  server = await serveViewer(await buildViewer(), { mounts: { '/fixtures/': fixtures } })
  browser = await launch()
  await mkdir(screenshots, { recursive: true })
})

after(async () => {
  await browser?.close()
  await server?.close()
})

async function openViewer(query = '') {
  const opened = await openPage(browser, 'about:blank')
  await opened.page.setViewport(size)
  await opened.page.goto(`${server.url}/${query}`)
  await settled(opened.page)
  return opened
}

/** Nothing is being opened, read or drawn. */
async function settled(page) {
  // A gesture is heard in the next frames.
  await page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))))
  await page.waitForSelector('#map[aria-busy=false]', { timeout: 20_000 })
}

const text = (page, id) => page.$eval(`#${id}`, element => element.textContent)

/** Which pixel lies under that point of the screen. */
async function pixelAt(page, x, y) {
  await page.mouse.move(x, y)
  const said = await text(page, 'pointer')
  const [, column, row] = said.match(/^pixel (\d+), (\d+)/) ?? []
  return { column: Number(column), row: Number(row), said }
}

/** The level that is drawn from. */
const shownLevel = page =>
  page.$eval('#levels [aria-current]', element => Number(element.getAttribute('data-level')))

test('the sample scene is drawn from the level that fits, by workers, and zooms by wheel', async () => {
  const { page, complaints, leave } = await openViewer()
  assert.match(await text(page, 'facts'), /EPSG:32633/)
  assert.equal(await shownLevel(page), 1)
  const cost = await text(page, 'cost')
  assert.ok(Number(cost.match(/(\d+) blocks? by workers/)?.[1]) > 0, cost)
  await page.screenshot({ path: join(screenshots, 'firefox-scene.png') })
  const before = await pixelAt(page, 500, 400)
  assert.match(before.said, /EPSG:32633 {2}· {2}value \d+, \d+, \d+ \(level 1\)$/)
  await page.mouse.wheel({ deltaY: -600 })
  await settled(page)
  const closer = await pixelAt(page, 500, 400)
  assert.ok(Math.abs(closer.column - before.column) <= 1 && Math.abs(closer.row - before.row) <= 1)
  assert.equal(await shownLevel(page), 0)
  await page.screenshot({ path: join(screenshots, 'firefox-zoomed.png') })
  assert.deepEqual(complaints, [])
  await leave()
})

test('colours are those that GDAL reads', async () => {
  const { file, expect } = manifest.find(({ name }) => name === 'ovr_gdal_deflate_p2_pixel')
  const { width, height, pixels } = expect.levels[0]
  const bands = await readFile(join(fixtures, pixels))
  const { page, complaints, leave } = await openViewer(`?url=fixtures/${file}`)
  await page.focus('#map')
  await page.keyboard.press('1')
  await settled(page)
  // The middle of the screen stays where it is.
  const { column, row } = await pixelAt(page, size.width / 2, size.height / 2)
  const [left, top] = [size.width / 2 - column, size.height / 2 - row]
  await page.evaluate(() => {
    const over = document.querySelectorAll('header, footer, aside, .zoom, #toggle')
    for (const element of over) element.style.visibility = 'hidden'
  })
  const png = await page.screenshot({ clip: { x: left, y: top, width, height } })
  const shown = await page.evaluate(async base64 => {
    const bytes = Uint8Array.from(atob(base64), letter => letter.charCodeAt(0))
    const bitmap = await createImageBitmap(new Blob([bytes]))
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')
    context.drawImage(bitmap, 0, 0)
    return [...context.getImageData(0, 0, bitmap.width, bitmap.height).data]
  }, Buffer.from(png).toString('base64'))
  const expected = []
  for (let pixel = 0; pixel < width * height; pixel++)
    expected.push(...[0, 1, 2].map(band => bands[band * width * height + pixel]), 255)
  assert.deepEqual(shown, expected)
  assert.deepEqual(complaints, [])
  await leave()
})
