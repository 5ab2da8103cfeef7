import { toRGBA } from 'pyramidion'

/** Pictures of tiles that are kept, besides those on the screen. */
const KEPT = 200

/** Draws tiles on a 2D canvas, where there is no WebGL2: the decoder's `rgba` makes their colours. */
export class CanvasPainter {
  name = 'canvas'
  #canvas
  #context
  #changed
  #style
  /** By result: a canvas, or null while its colours are made. */
  #pictures = new Map()

  /** `changed` is called when a picture has been made. */
  constructor(canvas, changed) {
    this.#canvas = canvas
    this.#context = canvas.getContext('2d')
    this.#changed = changed
  }

  paint(view, tiles, style) {
    if (style !== this.#style) this.clear()
    this.#style = style
    const context = this.#context
    const scale = view.zoom * view.ratio
    const [left, top] = view.origin().map(value => value * view.ratio)
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height)
    for (const tile of tiles) {
      const picture = this.#picture(tile.result, style)
      if (!picture) continue
      const [x0, y0, x1, y1] = tile.image
      // Enlarged pixels stay pixels, reduced ones are averaged.
      context.imageSmoothingEnabled = scale * (x1 - x0) < picture.width
      context.drawImage(picture, left + x0 * scale, top + y0 * scale, (x1 - x0) * scale, (y1 - y0) * scale)
    }
    this.#trim(tiles)
  }

  clear() {
    this.#pictures.clear()
  }

  /** Whether colours are being made. */
  get busy() {
    return [...this.#pictures.values()].includes(null)
  }

  #picture(result, style) {
    if (!this.#pictures.has(result)) void this.#make(result, style)
    return this.#pictures.get(result)
  }

  async #make(result, { ranges, palette }) {
    const pictures = this.#pictures
    pictures.set(result, null)
    const rgba = await toRGBA(result, result.bands.length === 3 ? { ranges } : { ranges, palette })
    if (!pictures.has(result)) return
    const picture = document.createElement('canvas')
    Object.assign(picture, { width: result.width, height: result.height })
    picture.getContext('2d').putImageData(new ImageData(rgba, result.width, result.height), 0, 0)
    pictures.set(result, picture)
    this.#changed()
  }

  #trim(tiles) {
    const shown = new Set(tiles.map(({ result }) => result))
    for (const result of this.#pictures.keys()) {
      if (this.#pictures.size <= KEPT) return
      if (!shown.has(result)) this.#pictures.delete(result)
    }
  }
}
