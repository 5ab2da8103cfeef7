import { Grid, levelFor } from './grid.js'
import { shownOf } from './magnitudes.js'

/** Bytes of decoded pixels that are kept; what is on the screen stays, however large. */
const KEPT_BYTES = 192 * 1024 * 1024

/**
 * The tiles of one raster with one choice of bands: read when they come into view, aborted when they leave it.
 *
 * A tile is `{ key, level, window, image, result, error }`: `result` once it was read, `error` once that has failed.
 */
export class Tiles {
  #raster
  #bands
  #grids
  #changed
  /** In order of use, the oldest first. */
  #tiles = new Map()
  #running = new Map()
  #wanted = []
  #bytes = 0
  /** The level of the last `want`. */
  level

  /**
   * @param {import('pyramidion').Raster} raster
   * @param {readonly import('pyramidion').Level[]} levels
   * @param {number[]} bands
   * @param {{ changed: () => void }} events changed: a tile has come, or failed
   */
  constructor(raster, levels, bands, { changed }) {
    this.#raster = raster
    this.#bands = bands
    this.#grids = new Map(levels.map(level => [level.index, new Grid(level)]))
    this.#changed = changed
    this.levels = levels
  }

  /** Reads what that view needs and lacks, and stops reading what it does not need. */
  want(view) {
    const visible = view.visible()
    this.level = levelFor(this.levels, view.zoom * view.ratio)
    this.#wanted = visible ? this.#grids.get(this.level.index).within(visible) : []
    const keys = new Set(this.#wanted.map(({ key }) => key))
    for (const [key, controller] of this.#running) if (!keys.has(key)) controller.abort()
    for (const tile of this.#wanted) {
      const known = this.#tiles.get(tile.key)
      if (!known) void this.#read(tile)
      else this.#touch(known)
    }
  }

  /** What can be drawn now, back to front: the level wanted, and where it is not there yet, what is. */
  drawable(view) {
    const loaded = tile => this.#tiles.get(tile.key)?.result
    if (this.#wanted.every(loaded)) return this.#wanted.map(({ key }) => this.#tiles.get(key))
    const visible = view.visible() ?? [0, 0, 0, 0]
    return [...this.#tiles.values()]
      .filter(({ result, image }) => result && meets(image, visible))
      .sort((a, b) => rank(b, this.level) - rank(a, this.level))
  }

  /** Every tile of the level wanted that is in view and read. */
  get current() {
    return this.#wanted.map(({ key }) => this.#tiles.get(key)).filter(tile => tile?.result)
  }

  get loading() {
    return this.#running.size
  }

  get error() {
    return this.#wanted.map(({ key }) => this.#tiles.get(key)?.error).find(Boolean)
  }

  /** Numbers of all bands at a full-size pixel, from the best level that is there, with its index; or undefined. */
  valueAt(x, y) {
    const holders = [...this.#tiles.values()].filter(
      ({ result, image }) => result && x >= image[0] && x < image[2] && y >= image[1] && y < image[3],
    )
    const tile = holders.sort((a, b) => rank(a, this.level) - rank(b, this.level))[0]
    if (!tile) return undefined
    const { width, height, data, bands } = tile.result
    const [x0, y0, x1, y1] = tile.image
    const column = Math.min(width - 1, Math.floor(((x - x0) / (x1 - x0)) * width))
    const row = Math.min(height - 1, Math.floor(((y - y0) / (y1 - y0)) * height))
    const values = bands.map((_, i) => data[(i * height + row) * width + column])
    return { values, level: tile.level }
  }

  /** Stops everything. */
  close() {
    for (const controller of this.#running.values()) controller.abort()
    this.#tiles.clear()
  }

  async #read(tile) {
    if (this.#running.has(tile.key)) return
    const controller = new AbortController()
    this.#running.set(tile.key, controller)
    const { level, window } = tile
    try {
      const asked = { level, window, bands: this.#bands, signal: controller.signal }
      const result = shownOf(await this.#raster.read(asked))
      this.#keep({ ...tile, result })
    } catch (error) {
      if (!controller.signal.aborted) this.#keep({ ...tile, error })
    } finally {
      if (this.#running.get(tile.key) === controller) this.#running.delete(tile.key)
    }
    this.#changed()
  }

  #keep(tile) {
    this.#tiles.set(tile.key, tile)
    this.#bytes += sizeOf(tile)
    const wanted = new Set(this.#wanted.map(({ key }) => key))
    for (const [key, old] of this.#tiles) {
      if (this.#bytes <= KEPT_BYTES) break
      if (wanted.has(key)) continue
      this.#tiles.delete(key)
      this.#bytes -= sizeOf(old)
    }
  }

  #touch(tile) {
    this.#tiles.delete(tile.key)
    this.#tiles.set(tile.key, tile)
  }
}

const sizeOf = ({ result }) => result?.data.byteLength ?? 0

const meets = (a, b) => a[0] < b[2] && a[2] > b[0] && a[1] < b[3] && a[3] > b[1]

/** How far a tile's level is from the one wanted; finer ones count as nearer. */
function rank({ level }, wanted) {
  return level <= wanted.index ? (wanted.index - level) / 100 : level - wanted.index
}
