import { CanvasPainter } from './canvas2d.js'
import { rangesOf } from './style.js'
import { Tiles } from './tiles.js'
import { View } from './view.js'
import { WebglPainter } from './webgl.js'

/**
 * One raster on one canvas: the view, the tiles that it needs, and the painter. Knows of no control; whoever has some
 * sets `style`, moves `view`, calls `draw`, and hears through `events`.
 */
export class Viewer {
  view = new View()
  #canvas
  #painter
  #events
  #opened
  #tiles
  #style
  #frame = 0

  /** @param {{ drawn: () => void, style: () => void }} events drawn: after each frame; style: ranges were found */
  constructor(canvas, events) {
    this.#canvas = canvas
    this.#events = events
    const changed = () => this.draw()
    this.#painter = WebglPainter.create(canvas, changed) ?? new CanvasPainter(canvas, changed)
  }

  get painter() {
    return this.#painter.name
  }

  get opened() {
    return this.#opened
  }

  get tiles() {
    return this.#tiles
  }

  /** Whether something is still to come for what is on the screen. */
  get busy() {
    return this.#frame !== 0 || Boolean(this.#tiles?.loading) || Boolean(this.#painter.busy)
  }

  get style() {
    return this.#style
  }

  /** Other bands are read anew; ranges and colours only drawn. A range that is null is found in the pixels. */
  set style(style) {
    const same = this.#tiles && String(style.bands) === String(this.#style?.bands)
    this.#style = style
    if (!same) this.#readAnew()
    this.draw()
  }

  /** @param {import('./opening.js').Opened} opened the one before is closed */
  show(opened, style) {
    this.close()
    this.#opened = opened
    this.view.setImage(opened.raster.width, opened.raster.height)
    this.style = style
  }

  close() {
    this.#tiles?.close()
    this.#tiles = undefined
    this.#style = undefined
    this.#opened?.raster.close()
    this.#opened = undefined
    this.#painter.clear()
  }

  /** The canvas' size in CSS pixels, and what panels cover of it. */
  resize(width, height, margin) {
    const ratio = devicePixelRatio
    this.view.setSize(width, height, ratio, margin)
    Object.assign(this.#canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) })
    this.draw()
  }

  /** At the next frame. */
  draw() {
    this.#frame ||= requestAnimationFrame(() => this.#draw())
  }

  /** Ranges from the pixels that are on the screen now. */
  fitRange() {
    const results = this.#tiles.current.map(({ result }) => result)
    if (results.length > 0) this.style = { ...this.#style, ranges: rangesOf(results, this.#style.bands) }
    this.#events.style()
  }

  #readAnew() {
    this.#tiles?.close()
    this.#painter.clear()
    const { raster, levels } = this.#opened
    const tiles = new Tiles(raster, levels, this.#style.bands, { changed: () => this.draw() })
    this.#tiles = tiles
  }

  #draw() {
    this.#frame = 0
    if (this.#tiles) {
      this.#tiles.want(this.view)
      if (this.#style.ranges.includes(null) && this.#tiles.loading === 0) this.fitRange()
      const ready = !this.#style.ranges.includes(null)
      this.#painter.paint(this.view, ready ? this.#tiles.drawable(this.view) : [], this.#style)
    }
    this.#events.drawn()
  }
}
