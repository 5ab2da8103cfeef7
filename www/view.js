/**
 * What part of the image is on the screen. Image coordinates are full-size pixels from the upper left corner, screen
 * coordinates CSS pixels of the canvas; `zoom` is CSS pixels per image pixel. No DOM in here.
 */
export class View {
  width = 1
  height = 1
  /** Device pixels per CSS pixel. */
  ratio = 1
  zoom = 1
  /** The image point in the middle of the screen. */
  x = 0
  y = 0
  #image = { width: 1, height: 1 }
  /** Until the user moves, a new size of the window fits the image again. */
  #fitted = true
  /** What panels cover at the edges of the canvas, in CSS pixels: a fitted image is placed between them. */
  margin = { top: 0, right: 0, bottom: 0, left: 0 }

  setImage(width, height) {
    this.#image = { width, height }
    this.fit()
  }

  setSize(width, height, ratio, margin) {
    Object.assign(this, { width: Math.max(1, width), height: Math.max(1, height), ratio, margin })
    if (this.#fitted) this.fit()
  }

  fit() {
    const { top, right, bottom, left } = this.margin
    const across = Math.max(1, this.width - left - right)
    const down = Math.max(1, this.height - top - bottom)
    this.zoom = Math.min(across / this.#image.width, down / this.#image.height, MOST)
    this.x = this.#image.width / 2 + (right - left) / 2 / this.zoom
    this.y = this.#image.height / 2 + (bottom - top) / 2 / this.zoom
    this.#fitted = true
  }

  panBy(dx, dy) {
    this.x -= dx / this.zoom
    this.y -= dy / this.zoom
    this.#moved()
  }

  /** Zooms so that the image point under that screen point stays there. */
  zoomAt(factor, sx = this.width / 2, sy = this.height / 2) {
    const [ix, iy] = this.toImage(sx, sy)
    this.zoom = Math.min(MOST, Math.max(this.#least(), this.zoom * factor))
    this.x = ix - (sx - this.width / 2) / this.zoom
    this.y = iy - (sy - this.height / 2) / this.zoom
    this.#moved()
  }

  toImage(sx, sy) {
    const [left, top] = this.origin()
    return [(sx - left) / this.zoom, (sy - top) / this.zoom]
  }

  /** Screen place of the image's upper left corner, on a whole device pixel: at 1:1 pixels stay pixels. */
  origin() {
    const snapped = value => Math.round(value * this.ratio) / this.ratio
    return [snapped(this.width / 2 - this.x * this.zoom), snapped(this.height / 2 - this.y * this.zoom)]
  }

  /** The image rectangle on the screen, clipped to the image: `[x0, y0, x1, y1]`, or null where there is none. */
  visible() {
    const [x0, y0] = this.toImage(0, 0)
    const [x1, y1] = this.toImage(this.width, this.height)
    const { width, height } = this.#image
    const clipped = [Math.max(0, x0), Math.max(0, y0), Math.min(width, x1), Math.min(height, y1)]
    return clipped[0] < clipped[2] && clipped[1] < clipped[3] ? clipped : null
  }

  /** Never further out than a thumbnail. */
  #least() {
    return Math.min(1, 48 / Math.max(this.#image.width, this.#image.height))
  }

  #moved() {
    this.#fitted = false
    this.x = Math.min(this.#image.width, Math.max(0, this.x))
    this.y = Math.min(this.#image.height, Math.max(0, this.y))
  }
}

const MOST = 64
