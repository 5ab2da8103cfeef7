// What a peer tells of pixels: a checksum over all bands, and each band's mean for codecs that lose some.

import { crc32 } from 'node:zlib'

/**
 * @param {ArrayBufferView[]} bands the samples, band after band
 * @returns {{ checksum: number, means: number[] }}
 */
export function figuresOf(bands) {
  let checksum = 0
  const means = bands.map(band => {
    checksum = crc32(new Uint8Array(band.buffer, band.byteOffset, band.byteLength), checksum)
    let sum = 0
    for (let i = 0; i < band.length; i += 7) sum += band[i]
    return sum / Math.ceil(band.length / 7)
  })
  return { checksum, means }
}
