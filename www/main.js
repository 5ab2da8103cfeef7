/** The page: puts the viewer, the controls and the readout together. */

import { listenToGestures, placeIn } from './gestures.js'
import { openFiles, openUrl } from './opening.js'
import { listenToPanel, showFile, showLevel, showStyle } from './panel.js'
import { clearPointer, showCost, showPointer } from './readout.js'
import { firstStyle, withBands, withColormap } from './style.js'
import { Viewer } from './viewer.js'

const SAMPLE = 'scene/scene.tif'

const $ = id => document.getElementById(id)
const canvas = $('map')
const viewer = new Viewer(canvas, { drawn: onDrawn, style: onStyle })
/** Where the pointer is on the canvas, in CSS pixels. */
let pointer

function onStyle() {
  showStyle(viewer.opened.raster, viewer.style)
}

function onDrawn() {
  const { opened, tiles, view, painter } = viewer
  canvas.setAttribute('aria-busy', String(viewer.busy || opening !== undefined))
  if (!opened) return
  showCost(opened.raster.stats(), { zoom: view.zoom, painter })
  showLevel(tiles.level?.index)
  onPointer()
  const failed = tiles.error
  if (failed) notify(`${failed.message ?? failed}`, 'bad')
}

function onPointer() {
  if (!pointer || !viewer.opened) return clearPointer()
  const [x, y] = viewer.view.toImage(...pointer)
  showPointer(viewer.opened.raster, x, y, viewer.tiles?.valueAt(x, y))
}

/** The opening under way: a newer one ends it. */
let opening

async function start(name, work) {
  opening?.abort()
  const mine = new AbortController()
  opening = mine
  canvas.setAttribute('aria-busy', 'true')
  notify(`Opening ${name} …`)
  try {
    const opened = await work(mine.signal)
    if (mine.signal.aborted) return opened.raster.close()
    document.title = `${opened.name} · pyramidion`
    viewer.show(opened, firstStyle(opened.raster))
    showFile(opened)
    onStyle()
    notify('')
  } catch (error) {
    if (!mine.signal.aborted) notify(`${error.message ?? error}`, 'bad')
  } finally {
    if (opening === mine) opening = undefined
    viewer.draw()
  }
}

function notify(text, kind = '') {
  const notice = $('notice')
  notice.hidden = text === ''
  notice.textContent = text
  notice.className = kind
}

/** The URL is in the page's address, so that it can be shared. */
function showUrl(text, { remember = true } = {}) {
  $('url').value = text
  if (remember) history.replaceState(null, '', `?url=${encodeURIComponent(text)}`)
  return start(text, signal => openUrl(text, signal))
}

function showFiles(files) {
  if (files.length === 0) return
  $('url').value = ''
  history.replaceState(null, '', location.pathname)
  void start(files[0].name, signal => openFiles(files, signal))
}

$('source').addEventListener('submit', event => {
  event.preventDefault()
  const text = $('url').value.trim()
  if (text) void showUrl(text)
})
$('sample').addEventListener('click', () => void showUrl(SAMPLE))
$('files').addEventListener('change', ({ target }) => {
  showFiles([...target.files])
  target.value = ''
})

document.addEventListener('dragover', event => {
  event.preventDefault()
  document.body.classList.add('dropping')
})
document.addEventListener('dragleave', event => {
  if (event.relatedTarget === null) document.body.classList.remove('dropping')
})
document.addEventListener('drop', event => {
  event.preventDefault()
  document.body.classList.remove('dropping')
  showFiles([...event.dataTransfer.files])
})

listenToPanel({
  bands: bands => restyle(withBands(viewer.opened.raster, viewer.style, bands)),
  ranges: ranges => restyle({ ...viewer.style, ranges }),
  colormap: name => restyle(withColormap(viewer.opened.raster, withoutFixedRange(name), name)),
  auto: () => viewer.fitRange(),
})

/** A file's own colour map fixes the range; leaving it, one has to be found. */
function withoutFixedRange(name) {
  const leaves = viewer.style.colormap === 'file' && name !== 'file'
  return leaves ? { ...viewer.style, ranges: [null] } : viewer.style
}

function restyle(style) {
  viewer.style = style
  onStyle()
}

const moved = () => viewer.draw()
listenToGestures(canvas, viewer.view, moved)
for (const [id, move] of [
  ['zoom-in', () => viewer.view.zoomAt(1.5)],
  ['zoom-out', () => viewer.view.zoomAt(1 / 1.5)],
  ['fit', () => viewer.view.fit()],
]) {
  $(id).addEventListener('click', () => {
    move()
    moved()
  })
}

canvas.addEventListener('pointermove', event => {
  pointer = placeIn(canvas, event)
  onPointer()
})
canvas.addEventListener('pointerleave', () => {
  pointer = undefined
  clearPointer()
})

new ResizeObserver(resize).observe(canvas)
matchMedia('(resolution: 1dppx)').addEventListener('change', resize)
$('toggle').addEventListener('click', resize)

/** A fitted image lies between the bar, the panel and the status line. */
function resize() {
  const { width, height } = canvas.getBoundingClientRect()
  const narrow = width <= 720
  const bottom = height - document.querySelector('.status').getBoundingClientRect().top + 12
  const top = document.querySelector('.bar').getBoundingClientRect().bottom + 12
  const panel = $('panel').hidden ? null : $('panel').getBoundingClientRect()
  const right = panel && !narrow ? width - panel.left + 12 : 12
  const covered = panel && narrow ? height - panel.top + 12 : bottom
  viewer.resize(width, height, { top, right, bottom: covered, left: narrow ? 12 : 62 })
}

resize()
void showUrl(new URLSearchParams(location.search).get('url') ?? SAMPLE, { remember: false })
