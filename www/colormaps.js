/** Colour ramps: a few colours each, from dark to bright, evenly spaced; between them in a straight line. */
const RAMPS = {
  grey: ['#000000', '#ffffff'],
  viridis: [
    '#440154',
    '#482878',
    '#3e4989',
    '#31688e',
    '#26828e',
    '#1f9e89',
    '#35b779',
    '#6ece58',
    '#b5de2b',
    '#fde725',
  ],
  magma: [
    '#000004',
    '#180f3d',
    '#440f76',
    '#721f81',
    '#9e2f7f',
    '#cd4071',
    '#f1605d',
    '#fd9668',
    '#feca8d',
    '#fcfdbf',
  ],
  terrain: [
    '#1d4e89',
    '#3f8fb5',
    '#a8d8d0',
    '#5c9a5b',
    '#b7c77a',
    '#e6d5a3',
    '#b58b5f',
    '#8a6a55',
    '#d9d4d0',
    '#ffffff',
  ],
  'blue to red': ['#2c4a9e', '#5a88c6', '#a3c3e3', '#f2f2f2', '#f0b59c', '#d56a55', '#9e2235'],
}

export const rampNames = Object.keys(RAMPS)

/** 256 colours of a ramp as RGBA bytes; the same array each time, so that it can be compared. */
export function rampOf(name) {
  if (!made.has(name)) made.set(name, makeRamp(RAMPS[name]))
  return made.get(name)
}

const made = new Map()

function makeRamp(colours) {
  const stops = colours.map(text => [1, 3, 5].map(at => parseInt(text.slice(at, at + 2), 16)))
  const palette = new Uint8Array(256 * 4)
  for (let i = 0; i < 256; i++) {
    const place = (i / 255) * (stops.length - 1)
    const before = Math.min(stops.length - 2, Math.floor(place))
    const share = place - before
    for (let c = 0; c < 3; c++)
      palette[i * 4 + c] = Math.round(stops[before][c] * (1 - share) + stops[before + 1][c] * share)
    palette[i * 4 + 3] = 255
  }
  return palette
}

/** A file's own colour map as RGBA bytes. */
export function paletteOf(colormap) {
  return Uint8Array.from(colormap.flat())
}
