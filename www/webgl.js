import { texelsOf } from './texels.js'

/** Textures of this many bytes are kept on the graphics card besides those on the screen. */
const KEPT_BYTES = 128 * 1024 * 1024

/** Draws tiles with WebGL2: stretch, colours and nodata are the shader's, so that changing them reads and copies nothing. */
export class WebglPainter {
  name = 'WebGL2'
  #canvas
  #gl
  #place
  #lut
  /** By tile: kept as long as the tile is, and at most KEPT_BYTES of them. */
  #textures = new Map()
  #bytes = 0

  /** Null where there is no WebGL2. `lost` is called when the context is, and again when there is a new one. */
  static create(canvas, lost) {
    const gl = canvas.getContext('webgl2', { alpha: true, antialias: false, premultipliedAlpha: true })
    if (!gl) return null
    const painter = new WebglPainter(canvas, gl)
    canvas.addEventListener('webglcontextlost', event => event.preventDefault())
    canvas.addEventListener('webglcontextrestored', () => {
      painter.#start()
      lost()
    })
    return painter
  }

  constructor(canvas, gl) {
    this.#canvas = canvas
    this.#gl = gl
    this.#start()
  }

  /**
   * @param {import('./view.js').View} view
   * @param {object[]} tiles back to front, as `Tiles.drawable` gives them
   * @param {import('./style.js').Style} style
   */
  paint(view, tiles, style) {
    const gl = this.#gl
    const { width, height } = this.#canvas
    gl.viewport(0, 0, width, height)
    gl.clearColor(0, 0, 0, 0)
    gl.clear(gl.COLOR_BUFFER_BIT)
    if (tiles.length === 0) return
    this.#setStyle(style)
    const [left, top] = view.origin().map(value => value * view.ratio)
    const scale = view.zoom * view.ratio
    for (const tile of tiles) {
      const { width: columns, height: rows } = tile.result
      this.#bind(tile, style)
      const [x0, y0, x1, y1] = tile.image
      gl.uniform4f(
        this.#place.rectangle,
        left + x0 * scale,
        top + y0 * scale,
        left + x1 * scale,
        top + y1 * scale,
      )
      gl.uniform2f(this.#place.canvas, width, height)
      gl.uniform2f(this.#place.step, columns / ((x1 - x0) * scale), rows / ((y1 - y0) * scale))
      gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4)
    }
    this.#trim(tiles)
  }

  /** Forgets all textures. */
  clear() {
    for (const { texture } of this.#textures.values()) this.#gl.deleteTexture(texture)
    this.#textures.clear()
    this.#bytes = 0
  }

  #start() {
    const gl = this.#gl
    const program = link(gl)
    gl.useProgram(program)
    gl.enable(gl.BLEND)
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA)
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1)
    const names = ['rectangle', 'canvas', 'step', 'low', 'span', 'unit', 'bands', 'stops', 'texels', 'lut']
    this.#place = Object.fromEntries(names.map(name => [name, gl.getUniformLocation(program, name)]))
    gl.uniform1i(this.#place.texels, 0)
    gl.uniform1i(this.#place.lut, 1)
    this.#lut = null
    this.#textures.clear()
    this.#bytes = 0
  }

  #setStyle({ bands, ranges, palette }) {
    const gl = this.#gl
    const three = bands.length === 3
    const range = i => ranges[three ? i : 0]
    gl.uniform3f(this.#place.low, range(0)[0], range(1)[0], range(2)[0])
    const span = i => range(i)[1] - range(i)[0] || 1e-30
    gl.uniform3f(this.#place.span, span(0), span(1), span(2))
    gl.uniform1i(this.#place.bands, bands.length)
    gl.uniform1i(this.#place.stops, palette.length / 4)
    if (this.#lut?.palette === palette) return
    gl.activeTexture(gl.TEXTURE1)
    if (this.#lut) gl.deleteTexture(this.#lut.texture)
    this.#lut = { palette, texture: newTexture(gl) }
    // Rows of 256 colours: a palette of 16-bit values is longer than a texture may be wide.
    const rows = Math.ceil(palette.length / 1024)
    const padded = new Uint8Array(rows * 1024)
    padded.set(palette)
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, 256, rows, 0, gl.RGBA, gl.UNSIGNED_BYTE, padded)
  }

  #bind(tile) {
    const gl = this.#gl
    gl.activeTexture(gl.TEXTURE0)
    let held = this.#textures.get(tile.result)
    if (held) {
      this.#textures.delete(tile.result)
      gl.bindTexture(gl.TEXTURE_2D, held.texture)
    } else {
      held = this.#upload(tile)
    }
    this.#textures.set(tile.result, held)
    // Bytes come out of the sampler as 0 to 1.
    gl.uniform1f(this.#place.unit, held.unit)
  }

  #upload({ result }) {
    const gl = this.#gl
    const { width, height, channels, data } = texelsOf(result)
    const texture = newTexture(gl)
    const bytes = data instanceof Uint8Array
    const [inside, format] =
      channels === 2 ? [bytes ? gl.RG8 : gl.RG32F, gl.RG] : [bytes ? gl.RGBA8 : gl.RGBA32F, gl.RGBA]
    const type = bytes ? gl.UNSIGNED_BYTE : gl.FLOAT
    gl.texImage2D(gl.TEXTURE_2D, 0, inside, width, height, 0, format, type, data)
    this.#bytes += data.byteLength
    return { texture, unit: bytes ? 255 : 1, bytes: data.byteLength }
  }

  #trim(tiles) {
    const shown = new Set(tiles.map(({ result }) => result))
    for (const [result, { texture, bytes }] of this.#textures) {
      if (this.#bytes <= KEPT_BYTES) return
      if (shown.has(result)) continue
      this.#gl.deleteTexture(texture)
      this.#textures.delete(result)
      this.#bytes -= bytes
    }
  }
}

/** Texels are fetched by number: no filter of the card's mixes a value with nodata. */
function newTexture(gl) {
  const texture = gl.createTexture()
  gl.bindTexture(gl.TEXTURE_2D, texture)
  for (const name of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER])
    gl.texParameteri(gl.TEXTURE_2D, name, gl.NEAREST)
  for (const name of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T])
    gl.texParameteri(gl.TEXTURE_2D, name, gl.CLAMP_TO_EDGE)
  return texture
}

function link(gl) {
  const program = gl.createProgram()
  for (const [type, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, FRAGMENT],
  ]) {
    const shader = gl.createShader(type)
    gl.shaderSource(shader, source)
    gl.compileShader(shader)
    gl.attachShader(program, shader)
  }
  gl.linkProgram(program)
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    const logs = gl.getAttachedShaders(program).map(shader => gl.getShaderInfoLog(shader))
    throw new Error(`the shaders do not link: ${gl.getProgramInfoLog(program)} ${logs.join(' ')}`)
  }
  return program
}

const VERTEX = `#version 300 es
uniform vec4 rectangle;
uniform vec2 canvas;
out vec2 place;
void main() {
  place = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  vec2 at = mix(rectangle.xy, rectangle.zw, place) / canvas * 2.0 - 1.0;
  gl_Position = vec4(at.x, -at.y, 0, 1);
}`

// Where a pixel of the screen covers more than one texel, four of them are coloured and then averaged: averaging the
// values first would mix in nodata, and the numbers of classes.
const FRAGMENT = `#version 300 es
precision highp float;
precision highp int;
precision highp sampler2D;
uniform sampler2D texels, lut;
uniform vec2 step;
uniform vec3 low, span;
uniform float unit;
uniform int bands, stops;
in vec2 place;
out vec4 colour;
vec4 colourAt(vec2 at, ivec2 size) {
  vec4 texel = texelFetch(texels, clamp(ivec2(floor(at)), ivec2(0), size - 1), 0);
  if (bands == 3) {
    if (texel.a == 0.0) return vec4(0);
    return vec4(clamp((texel.rgb * unit - low) / span, 0.0, 1.0), 1.0);
  }
  if (texel.g == 0.0) return vec4(0);
  float along = clamp((texel.r * unit - low.x) / span.x, 0.0, 1.0);
  int stop = int(floor(along * float(stops - 1) + 0.5));
  vec4 found = texelFetch(lut, ivec2(stop & 255, stop >> 8), 0);
  return vec4(found.rgb * found.a, found.a);
}
void main() {
  ivec2 size = textureSize(texels, 0);
  vec2 at = place * vec2(size);
  if (max(step.x, step.y) <= 1.05) {
    colour = colourAt(at, size);
    return;
  }
  vec2 quarter = step * 0.25;
  colour = 0.25 * (colourAt(at - quarter, size) + colourAt(at + quarter, size)
    + colourAt(at + vec2(quarter.x, -quarter.y), size) + colourAt(at + vec2(-quarter.x, quarter.y), size));
}`
