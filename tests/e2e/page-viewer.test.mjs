/** The viewer, as `npm start` serves it, in a real Chromium: what it draws, against what GDAL reads. */

import assert from 'node:assert/strict'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { buildViewer, serveViewer } from '../../scripts/viewer.mjs'
import { launch } from './chromium.mjs'

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url))
const scene = fileURLToPath(new URL('../../examples/scene/', import.meta.url))
const screenshots = fileURLToPath(new URL('../../target/screenshots/', import.meta.url))
const manifest = JSON.parse(await readFile(join(fixtures, 'manifest.json'), 'utf8'))

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

/** A page with the viewer; `canvas2d`: one without WebGL2. */
async function openViewer({ query = '', width = 1280, height = 800, canvas2d = false, ...context } = {}) {
  const page = await (await browser.newContext({ viewport: { width, height }, ...context })).newPage()
  const complaints = []
  page.on('pageerror', error => complaints.push(String(error)))
  page.on('console', message => void (message.type() === 'error' && complaints.push(message.text())))
  if (canvas2d) await page.addInitScript(withoutWebgl)
  await page.goto(`${server.url}/${query}`)
  await settled(page)
  return { page, complaints }
}

function withoutWebgl() {
  const { getContext } = HTMLCanvasElement.prototype
  HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
    return kind.startsWith('webgl') ? null : getContext.call(this, kind, ...rest)
  }
}

/** Nothing is being opened, read or drawn. */
async function settled(page) {
  // A gesture is heard in the next frames.
  await page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))))
  await page.locator('#map[aria-busy=false]').waitFor({ timeout: 20_000 })
}

const text = (page, id) => page.locator(`#${id}`).textContent()

async function press(page, key) {
  await page.locator('#map').press(key)
  await settled(page)
}

/** What the readout says of the pixel under that point. */
async function pointAt(page, x, y) {
  await page.mouse.move(x, y)
  const said = await text(page, 'pointer')
  const [, column, row] = said.match(/^pixel (\d+), (\d+)/) ?? []
  const [, values] = said.match(/value ([^(]+?)(?: \(|$)/) ?? []
  return { column: Number(column), row: Number(row), values: values?.split(', '), said }
}

/** Colours on the screen in a rectangle of CSS pixels, as RGBA; magenta where nothing is drawn. */
async function colours(page, clip) {
  await page.evaluate(bare, true)
  const png = await page.screenshot({ clip })
  await page.evaluate(bare, false)
  return page.evaluate(async base64 => {
    const bytes = Uint8Array.from(atob(base64), letter => letter.charCodeAt(0))
    const bitmap = await createImageBitmap(new Blob([bytes]))
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')
    context.drawImage(bitmap, 0, 0)
    return [...context.getImageData(0, 0, bitmap.width, bitmap.height).data]
  }, png.toString('base64'))
}

/** Hides what lies over the picture. Through the elements: the site's policy allows no other styles than its own. */
function bare(on) {
  const over = document.querySelectorAll('header, footer, aside, .zoom, #toggle')
  for (const element of over) element.style.visibility = on ? 'hidden' : ''
  document.getElementById('stage').style.background = on ? '#f0f' : ''
}

/** A fixture's full-size pixels as GDAL reads them: a function of band (from 0), column and row. */
async function gdal(name) {
  const { file, expect } = manifest.find(entry => entry.name === name)
  const { width, height, pixels } = expect.levels[0]
  const bytes = await readFile(join(fixtures, pixels))
  const arrays = { uint8: Uint8Array, int16: Int16Array }
  const data = new arrays[expect.dtype](new Uint8Array(bytes).buffer)
  return { file, width, height, at: (band, column, row) => data[(band * height + row) * width + column] }
}

/** Shows a fixture at one screen pixel per pixel, and finds the screen place of its upper left corner. */
async function atFullSize(name, options) {
  const wanted = await gdal(name)
  const opened = await openViewer({ query: `?url=fixtures/${wanted.file}`, ...options })
  await press(opened.page, '1')
  // The middle of the screen stays where it is.
  const { column, row } = await pointAt(opened.page, 640, 400)
  return { ...opened, wanted, left: 640 - column, top: 400 - row }
}

for (const canvas2d of [false, true]) {
  describe(canvas2d ? 'on a 2D canvas' : 'with WebGL2', () => {
    test('colours are those that GDAL reads', async () => {
      const { page, complaints, wanted, left, top } = await atFullSize('ovr_gdal_deflate_p2_pixel', {
        canvas2d,
      })
      assert.match(await text(page, 'cost'), canvas2d ? /canvas$/ : /WebGL2$/)
      const { width, height, at } = wanted
      const expected = []
      for (let row = 0; row < height; row++)
        for (let column = 0; column < width; column++)
          expected.push(at(0, column, row), at(1, column, row), at(2, column, row), 255)
      assert.deepEqual(await colours(page, { x: left, y: top, width, height }), expected)
      for (const [column, row] of [
        [0, 0],
        [17, 42],
        [width - 1, height - 1],
      ]) {
        const { values, said } = await pointAt(page, left + column, top + row)
        assert.deepEqual(
          values,
          [0, 1, 2].map(band => String(at(band, column, row))),
          said,
        )
      }
      assert.deepEqual(complaints, [])
      await page.context().close()
    })

    test('one band is stretched over its range, and nodata lets the ground through', async () => {
      const { page, complaints, wanted, left, top } = await atFullSize('ovr_gdal_sparse_nodata', { canvas2d })
      const { width, height, at } = wanted
      const [low, high] = [0, 1000]
      await page.locator('#low').fill(String(low))
      await page.locator('#high').fill(String(high))
      await page.locator('#high').press('Enter')
      await settled(page)
      const shown = await colours(page, { x: left, y: top, width, height })
      let hidden = 0
      for (let row = 0; row < height; row++) {
        for (let column = 0; column < width; column++) {
          const value = at(0, column, row)
          const grey = Math.round(Math.min(1, Math.max(0, (value - low) / (high - low))) * 255)
          const place = (row * width + column) * 4
          const expected = value === -9999 ? [255, 0, 255] : [grey, grey, grey]
          const found = shown.slice(place, place + 3)
          // A stretched value may fall between two greys: the card computes in 32 bits.
          assert.ok(
            found.every((part, i) => Math.abs(part - expected[i]) <= 1),
            `${column}, ${row}: ${found}, ${expected}`,
          )
          if (value === -9999) hidden++
        }
      }
      assert.ok(hidden > 0 && hidden < width * height)
      assert.deepEqual(complaints, [])
      await page.context().close()
    })
  })
}

describe('the sample scene', () => {
  test('is drawn from the level that fits, by workers, and said to be', async () => {
    const { page, complaints } = await openViewer()
    assert.equal(await text(page, 'facts').then(facts => facts.includes('EPSG:32633')), true)
    assert.equal(await page.locator('#levels li').count(), 5)
    assert.equal(await page.locator('#levels [aria-current]').getAttribute('data-level'), '1')
    const cost = await text(page, 'cost')
    assert.match(
      cost,
      /\d+ requests {2}· {2}\d+ kB {2}· {2}\d+ cache hits? {2}· {2}0 retries {2}· {2}decoded in \d+ ms/,
    )
    assert.ok(Number(cost.match(/(\d+) blocks? by workers/)?.[1]) > 0, cost)
    assert.match(
      (await pointAt(page, 500, 400)).said,
      /^pixel \d+, \d+ {2}· {2}\d+, \d+ EPSG:32633 {2}· {2}value \d+, \d+, \d+ \(level 1\)$/,
    )
    await page.screenshot({ path: join(screenshots, 'scene.png') })
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  test('zooms by wheel to the pixel under the pointer, and pans by keys and drag', async () => {
    const { page, complaints } = await openViewer()
    const before = await pointAt(page, 500, 400)
    await page.mouse.wheel(0, -600)
    await settled(page)
    const closer = await pointAt(page, 500, 400)
    assert.ok(Math.abs(closer.column - before.column) <= 1 && Math.abs(closer.row - before.row) <= 1)
    assert.equal(await page.locator('#levels [aria-current]').getAttribute('data-level'), '0')
    await press(page, '1')
    const one = await pointAt(page, 500, 400)
    await press(page, 'ArrowRight')
    assert.equal((await pointAt(page, 500, 400)).column, one.column + 80)
    await page.mouse.down()
    await page.mouse.move(530, 380, { steps: 3 })
    await page.mouse.up()
    await settled(page)
    const dragged = await pointAt(page, 530, 380)
    assert.deepEqual([dragged.column, dragged.row], [one.column + 80, one.row])
    await page.screenshot({ path: join(screenshots, 'zoomed.png') })
    await press(page, '0')
    assert.equal(await page.locator('#levels [aria-current]').getAttribute('data-level'), '1')
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  test('shows one band through a colormap', async () => {
    const { page, complaints } = await openViewer()
    await page.getByRole('radio', { name: 'One band' }).click()
    await page.locator('#colormap').selectOption('viridis')
    await page.locator('#auto').click()
    await settled(page)
    const shown = await colours(page, { x: 300, y: 300, width: 200, height: 100 })
    const greys = shown.filter((value, i) => i % 4 === 0 && value === shown[i + 1] && value === shown[i + 2])
    assert.ok(greys.length < 1000, `${greys.length} of 20000 pixels are grey`)
    await page.screenshot({ path: join(screenshots, 'one-band.png') })
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  test('works at the width of a phone, and pinches', async () => {
    const { page, complaints } = await openViewer({ width: 390, height: 844, hasTouch: true, isMobile: true })
    const wide = await page.evaluate(() => document.documentElement.scrollWidth)
    assert.equal(wide, 390)
    const zoomOf = async () => Number((await text(page, 'cost')).match(/^([\d.]+)%/)[1])
    const before = await zoomOf()
    await page.evaluate(() => {
      const map = document.getElementById('map')
      map.setPointerCapture = () => {}
      const send = (type, pointerId, x, y) =>
        map.dispatchEvent(
          new PointerEvent(type, { pointerId, clientX: x, clientY: y, bubbles: true, pointerType: 'touch' }),
        )
      send('pointerdown', 1, 150, 400)
      send('pointerdown', 2, 250, 400)
      send('pointermove', 1, 100, 400)
      send('pointermove', 2, 300, 400)
      send('pointerup', 1, 100, 400)
      send('pointerup', 2, 300, 400)
    })
    await settled(page)
    const after = await zoomOf()
    assert.ok(Math.abs(after / before - 2) < 0.02, `${before}% became ${after}%`)
    await page.screenshot({ path: join(screenshots, 'phone.png') })
    await page.locator('#toggle').click()
    await settled(page)
    await page.screenshot({ path: join(screenshots, 'phone-panel.png') })
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  test('is shown from files, the .ovr among them, without a request', async () => {
    const { page, complaints } = await openViewer({ query: '?url=fixtures/data/ovr_gdal_plain.tif' })
    const names = ['scene.tif', 'scene.tif.ovr']
    const files = await Promise.all(
      names.map(async name => ({ name, base64: (await readFile(join(scene, name))).toString('base64') })),
    )
    // What the first file still asks for is not this one's.
    await settled(page)
    await server.idle()
    server.reset()
    await page.evaluate(async files => {
      const transfer = new DataTransfer()
      for (const { name, base64 } of files) {
        const bytes = Uint8Array.from(atob(base64), letter => letter.charCodeAt(0))
        transfer.items.add(new File([bytes], name))
      }
      document.body.dispatchEvent(
        new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }),
      )
    }, files)
    await page.getByText('1600 × 1280').first().waitFor()
    await settled(page)
    await page.locator('#levels li').nth(4).waitFor()
    assert.equal(await page.locator('#levels li').count(), 5)
    // The page's icon comes whenever the browser likes.
    const asked = server.log.map(({ path }) => path).filter(path => path !== '/icon.svg')
    assert.deepEqual(asked, [])
    assert.match(await text(page, 'cost'), /blocks? by workers/)
    assert.deepEqual(complaints, [])
    await page.context().close()
  })
})

test('what cannot be opened is said, and the next file opens', async () => {
  const { page } = await openViewer({ query: '?url=nothing-here.tif' })
  assert.match(await text(page, 'notice'), /404/)
  await page.screenshot({ path: join(screenshots, 'not-found.png') })
  await page.locator('#sample').click()
  await page.getByText('1600 × 1280').first().waitFor()
  assert.equal(await page.locator('#notice').isVisible(), false)
  await page.context().close()
})
