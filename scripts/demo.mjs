// npm run demo: the sample scene over a real HTTP server, read through the built package, level by level.
import { mkdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { ensureBuilt } from './build.mjs'
import { pkg, root } from './paths.mjs'
import { main, say } from './report.mjs'
import { startServer } from '../tests/server/server.mjs'

/** What each row of the table says of one call. */
const COLUMNS = ['step', 'level', 'file', 'window', 'requests', 'bytes', 'ms']

await main(async () => {
  await ensureBuilt()
  const server = await startServer({ root: join(root, 'examples/scene') })
  try {
    await demonstrate(server)
  } finally {
    await server.close()
  }
})

async function demonstrate(server) {
  const { open } = await import(join(pkg, 'index.node.js'))
  const url = `${server.url}/scene.tif`
  say(`\nThe scene ${url}: a tiled GeoTIFF without overviews of its own; beside it, its .ovr.\n`)
  const rows = []
  const step = stepper(server, rows)
  const raster = await step(
    'open',
    () => open(url),
    () => ({ file: 'base' }),
  )
  const levels = await step(
    'levels()',
    () => raster.levels(),
    () => ({ file: 'sidecar' }),
  )
  const sized = { window: ({ window }) => window.join(','), file: ({ level }) => levels[level].file }
  const about = result => ({ level: result.level, file: sized.file(result), window: sized.window(result) })
  const preview = await step('preview', () => raster.preview({ maxSize: 512 }), about)
  const window = centre(raster, 640, 480)
  const detail = await step('window', () => raster.read({ window }), about)
  await step('again', () => raster.read({ window }), about)
  raster.close()

  say(
    `${raster.width} x ${raster.height} pixels, ${raster.bandCount} bands of ${raster.dtype}, EPSG:${raster.crs.epsg}, ` +
      `bounds ${raster.bounds.map(value => Math.round(value)).join(' ')}\n`,
  )
  say(table(['level', 'size', 'file', 'blocks', 'compression', 'url'], levels.map(levelRow)))
  say(table(COLUMNS, rows))
  check(server, raster, levels, preview, detail)
  const pictures = [await picture('preview.png', preview), await picture('window.png', detail)]
  say(`To look at: ${pictures.join(', ')}`)
}

/** Runs one call and notes what it cost, as the server counted it. */
function stepper(server, rows) {
  return async (name, call, about) => {
    const before = server.counts()
    const start = performance.now()
    const result = await call()
    const ms = performance.now() - start
    await server.idle()
    const after = server.counts()
    const { level = '', file = '', window = '' } = about(result)
    rows.push([
      name,
      level,
      file,
      window,
      after.requests - before.requests,
      after.bytes - before.bytes,
      ms.toFixed(1),
    ])
    return result
  }
}

function centre({ width, height }, columns, rows) {
  return [Math.floor((width - columns) / 2), Math.floor((height - rows) / 2), columns, rows]
}

function levelRow({ index, width, height, file, blockSize, compression, url }) {
  return [index, `${width} x ${height}`, file, blockSize.join(' x '), compression, url]
}

/** The demo fails, rather than print a fine table over wrong pixels. */
function check(server, raster, levels, preview, detail) {
  const expected = [
    [
      levels.length > 1 && levels.slice(1).every(({ file }) => file === 'sidecar'),
      'the reduced levels live in the sidecar',
    ],
    [levels[preview.level].file === 'sidecar', 'the preview is read from the sidecar'],
    [
      detail.level === 0 && detail.data.length === 640 * 480 * raster.bandCount,
      'the window is read at full size',
    ],
    [new Set(detail.data).size > 16, 'the window is a picture, not a blank'],
    [server.counts().requests <= 8, 'few requests are sent'],
  ]
  for (const [holds, sentence] of expected) if (!holds) throw new Error(`the demo expects that ${sentence}`)
}

async function picture(name, result) {
  const { encodePng } = await import(join(pkg, 'cli/png.js'))
  const { pictureOf } = await import(join(pkg, 'cli/picture.js'))
  const folder = join(root, 'demo-output')
  await mkdir(folder, { recursive: true })
  const path = join(folder, name)
  await writeFile(path, await encodePng(pictureOf(result, null).image))
  return relative(process.cwd(), path)
}

/** Rows in columns as wide as their widest cell; numbers to the right. */
function table(head, rows) {
  const cells = [head, ...rows].map(row => row.map(String))
  const widths = head.map((_, column) => Math.max(...cells.map(row => row[column].length)))
  const numeric = head.map((_, column) => cells.slice(1).every(row => /^[\d.]*$/.test(row[column])))
  const line = row =>
    row
      .map((cell, i) => (numeric[i] ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join('  ')
      .trimEnd()
  const rule = widths.map(width => '-'.repeat(width)).join('  ')
  return [line(cells[0]), rule, ...cells.slice(1).map(line), ''].join('\n')
}
