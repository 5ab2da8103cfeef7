/** The controls of the display, and the facts of the file. Says what the user chose; draws nothing of the picture. */

import { rampNames } from './colormaps.js'

const $ = id => document.getElementById(id)

/** @param {{ bands: (bands: number[]) => void, ranges: (ranges: [number, number][]) => void, colormap: (name: string) => void, auto: () => void }} chosen */
export function listenToPanel(chosen) {
  $('display').addEventListener('submit', event => event.preventDefault())
  for (const radio of modes()) radio.addEventListener('change', () => chosen.bands(defaultBands(radio.value)))
  $('bands').addEventListener('change', () => chosen.bands(selectedBands()))
  for (const id of ['low', 'high']) $(id).addEventListener('change', () => onRange(chosen))
  $('colormap').addEventListener('change', ({ target }) => chosen.colormap(target.value))
  $('auto').addEventListener('click', chosen.auto)
  const toggle = $('toggle')
  const show = shown => {
    toggle.setAttribute('aria-expanded', String(shown))
    $('panel').hidden = !shown
    toggle.textContent = shown ? 'Close' : 'Display'
  }
  toggle.addEventListener('click', () => show(toggle.getAttribute('aria-expanded') !== 'true'))
  // A phone shows the picture first.
  show(!matchMedia('(max-width: 720px)').matches)
}

const modes = () => document.querySelectorAll('input[name=mode]')
const selectedBands = () => [...$('bands').querySelectorAll('select')].map(({ value }) => Number(value))

function defaultBands(mode) {
  const count = Number($('display').dataset.bands)
  const first = selectedBands()[0] ?? 1
  return mode === 'one' ? [first] : [1, 2, 3].map(band => Math.min(band, count))
}

function onRange(chosen) {
  const [low, high] = ['low', 'high'].map(id => $(id).valueAsNumber)
  if (Number.isFinite(low) && Number.isFinite(high) && low !== high)
    chosen.ranges(selectedBands().map(() => [low, high]))
}

/** Shows that style in the controls. */
export function showStyle(raster, { bands, ranges, colormap, palette }) {
  const one = bands.length === 1
  $('display').dataset.bands = raster.bandCount
  for (const radio of modes()) {
    radio.checked = (radio.value === 'one') === one
    radio.disabled = radio.value === 'rgb' && raster.bandCount < 3
  }
  const names = one ? ['Band'] : ['Red', 'Green', 'Blue']
  $('bands').replaceChildren(...names.map((name, i) => bandSelect(name, raster, bands[i], one)))
  $('colours').hidden = !one
  const own = raster.bands[bands[0] - 1].colormap !== null
  const options = [...(own ? ['file'] : []), ...rampNames]
  $('colormap').replaceChildren(...options.map(name => option(name, title(name), name === colormap)))
  const fixed = one && colormap === 'file'
  $('range').hidden = fixed
  $('auto').hidden = fixed
  if (one) showRamp(palette)
  showRanges(ranges)
}

function showRanges(ranges) {
  const known = ranges.filter(Boolean)
  const low = known.length > 0 ? Math.min(...known.map(([value]) => value)) : ''
  const high = known.length > 0 ? Math.max(...known.map(([, value]) => value)) : ''
  $('low').value = short(low)
  $('high').value = short(high)
}

const short = value => (typeof value === 'number' ? Number(value.toPrecision(6)) : value)

/** Where there are three selects, only the numbers have room. */
function bandSelect(name, raster, chosen, alone) {
  const label = document.createElement('label')
  const select = document.createElement('select')
  raster.bands.forEach(({ description }, i) => {
    const text = description && alone ? `${i + 1} ${description}` : String(i + 1)
    select.append(option(i + 1, text, i + 1 === chosen))
  })
  label.append(name, select)
  return label
}

function option(value, text, selected) {
  return new Option(text, String(value), selected, selected)
}

const title = name => (name === 'file' ? "the file's own" : name)

function showRamp(palette) {
  const canvas = $('ramp')
  const count = palette.length / 4
  const image = new ImageData(256, 1)
  for (let x = 0; x < 256; x++) {
    const at = Math.min(count - 1, Math.floor((x / 256) * count)) * 4
    image.data.set(palette.subarray(at, at + 4), x * 4)
  }
  canvas.getContext('2d').putImageData(image, 0, 0)
}

/** @param {import('./opening.js').Opened} opened */
export function showFile({ raster, levels, name }) {
  const { storage, crs, sidecar, nodata } = raster
  const facts = {
    Name: name,
    Size: `${raster.width} × ${raster.height}`,
    Bands: `${raster.bandCount} × ${raster.dtype}`,
    CRS: crs?.epsg ? `EPSG:${crs.epsg}` : (crs?.name ?? 'none'),
    Stored: [storage.compression, storage.tiled ? 'tiles' : 'strips', storage.blockSize.join(' × ')].join(
      ', ',
    ),
    Nodata: nodata === null ? 'none' : String(nodata),
    Sidecar: sidecar.state === 'unreadable' ? `unreadable: ${sidecar.reason}` : sidecar.state,
  }
  $('facts').replaceChildren(
    ...Object.entries(facts).flatMap(([term, text]) => [element('dt', term), element('dd', text)]),
  )
  $('levels').replaceChildren(
    ...levels.map(({ index, width, height, file }) => {
      const item = document.createElement('li')
      item.dataset.level = index
      item.append(
        ...[index, `${width} × ${height}`, file === 'sidecar' ? '.ovr' : ''].map(text =>
          element('span', text),
        ),
      )
      return item
    }),
  )
}

/** Marks the level that is on the screen. */
export function showLevel(index) {
  for (const item of $('levels').children) {
    if (item.dataset.level === String(index)) item.setAttribute('aria-current', 'true')
    else item.removeAttribute('aria-current')
  }
}

function element(name, text) {
  const made = document.createElement(name)
  made.textContent = text
  return made
}
