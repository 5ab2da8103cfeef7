/** A level cut into tiles, and the level that fits a zoom. Pure numbers: no raster is asked for anything in here. */

/** Sides of a tile in pixels of its level, about: whole blocks, so that no block is read twice. */
const LEAST = 256
const MOST = 1024

/** A level's tile, as `read` wants it: `window` on the level's own grid, and `image`, its full-size `[x0, y0, x1, y1]`. */
export class Grid {
  /** @param {import('pyramidion').Level} level */
  constructor(level) {
    this.level = level
    this.tileWidth = side(level.blockSize[0], level.width)
    this.tileHeight = side(level.blockSize[1], level.height)
  }

  /** The tiles that meet a full-size rectangle, nearest to its middle first. */
  within([x0, y0, x1, y1]) {
    const [sx, sy] = this.level.scale
    const columns = cells(x0 / sx, x1 / sx, this.tileWidth, this.level.width)
    const rows = cells(y0 / sy, y1 / sy, this.tileHeight, this.level.height)
    const middle = [(x0 + x1) / 2, (y0 + y1) / 2]
    const tiles = rows.flatMap(row => columns.map(column => this.tile(column, row)))
    const distance = ({ image }) =>
      Math.hypot((image[0] + image[2]) / 2 - middle[0], (image[1] + image[3]) / 2 - middle[1])
    return tiles.sort((a, b) => distance(a) - distance(b))
  }

  tile(column, row) {
    const { index, width, height, scale } = this.level
    const [x, y] = [column * this.tileWidth, row * this.tileHeight]
    const window = [x, y, Math.min(this.tileWidth, width - x), Math.min(this.tileHeight, height - y)]
    const image = [x * scale[0], y * scale[1], (x + window[2]) * scale[0], (y + window[3]) * scale[1]]
    return { key: `${index}/${column}/${row}`, level: index, window, image }
  }
}

function side(block, whole) {
  if (block >= MOST) return Math.min(whole, MOST)
  return Math.min(whole, block * Math.ceil(LEAST / block))
}

function cells(from, to, size, whole) {
  const first = Math.max(0, Math.floor(from / size))
  const last = Math.min(Math.ceil(whole / size), Math.ceil(to / size))
  return Array.from({ length: Math.max(0, last - first) }, (_, i) => first + i)
}

/**
 * The level that fits: the smallest one that still has about a pixel for each pixel of the screen.
 *
 * @param {readonly import('pyramidion').Level[]} levels
 * @param {number} density device pixels per full-size pixel
 */
export function levelFor(levels, density) {
  const enough = levels.filter(({ scale }) => Math.max(...scale) * density <= 1.1)
  return enough.reduce((best, level) => (level.scale[0] > best.scale[0] ? level : best), levels[0])
}
