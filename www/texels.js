/**
 * Pixels as a texture holds them: each value of one band, or of three, and after it an alpha that is 0 where the pixel
 * is nodata. Bytes stay bytes; everything else becomes 32-bit floats.
 *
 * @param {import('pyramidion').ReadResult} result with layout `band`, and one band or three
 * @returns {{ width: number, height: number, channels: 2 | 4, data: Uint8Array | Float32Array }}
 */
export function texelsOf({ width, height, bands, data, dtype, nodata }) {
  const count = width * height
  const channels = bands.length + 1
  const bytes = dtype === 'uint8'
  const texels = new (bytes ? Uint8Array : Float32Array)(count * channels)
  const opaque = bytes ? 255 : 1
  for (let pixel = 0; pixel < count; pixel++) {
    const at = pixel * channels
    let hidden = true
    for (let band = 0; band < bands.length; band++) {
      const value = data[band * count + pixel]
      texels[at + band] = Number(value)
      if (!isMissing(value, nodata)) hidden = false
    }
    texels[at + bands.length] = hidden ? 0 : opaque
  }
  return { width, height, channels, data: texels }
}

/** Whether a value stands for no value: NaN always does. */
export function isMissing(value, nodata) {
  return value === nodata || Number.isNaN(value)
}
