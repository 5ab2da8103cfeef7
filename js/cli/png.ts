import { promisify } from 'node:util'
import { deflate } from 'node:zlib'

/** Colour types of PNG by what a pixel holds. */
const COLOR_TYPES = { grey: 0, rgb: 2, palette: 3, 'grey+alpha': 4, rgba: 6 } as const
const SAMPLES = { grey: 1, rgb: 3, palette: 1, 'grey+alpha': 2, rgba: 4 } as const

/** An image of 8 bits per sample, its samples pixel by pixel. */
export interface PngImage {
  width: number
  height: number
  kind: keyof typeof COLOR_TYPES
  samples: Uint8Array
  /** Red, green, blue, alpha by value; for `palette`. */
  palette?: readonly (readonly [number, number, number, number])[]
  /** A value that is transparent in every sample; for `grey` and `rgb`. */
  transparent?: number
}

/** The bytes of a PNG file. */
export async function encodePng(image: PngImage): Promise<Uint8Array> {
  const parts = [Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', header(image))]
  const { palette, transparent, kind } = image
  if (kind === 'palette') {
    const colours = (palette ?? []).slice(0, 256)
    parts.push(chunk('PLTE', Buffer.from(colours.flatMap(([red, green, blue]) => [red, green, blue]))))
    parts.push(chunk('tRNS', Buffer.from(colours.map(colour => colour[3]))))
  } else if (transparent !== undefined) {
    const sample = [0, transparent]
    parts.push(chunk('tRNS', Buffer.from(kind === 'rgb' ? [...sample, ...sample, ...sample] : sample)))
  }
  const packed = await promisify(deflate)(filtered(image))
  return Buffer.concat([...parts, chunk('IDAT', packed), chunk('IEND', Buffer.alloc(0))])
}

function header({ width, height, kind }: PngImage): Buffer {
  const bytes = Buffer.alloc(13)
  bytes.writeUInt32BE(width, 0)
  bytes.writeUInt32BE(height, 4)
  bytes.writeUInt8(8, 8)
  bytes.writeUInt8(COLOR_TYPES[kind], 9)
  return bytes
}

/** Each row after a filter byte. Sub (1) packs pictures well; values of a palette have no differences: none (0). */
function filtered({ width, height, kind, samples }: PngImage): Buffer {
  const pixel = SAMPLES[kind]
  const row = width * pixel
  const filter = kind === 'palette' ? 0 : 1
  const bytes = Buffer.alloc((row + 1) * height)
  for (let y = 0; y < height; y++) {
    const to = y * (row + 1) + 1
    bytes[to - 1] = filter
    bytes.set(samples.subarray(y * row, (y + 1) * row), to)
    if (filter === 0) continue
    for (let i = row - 1; i >= pixel; i--) bytes[to + i] = (bytes[to + i] ?? 0) - (bytes[to + i - pixel] ?? 0)
  }
  return bytes
}

function chunk(type: string, data: Uint8Array): Buffer {
  const bytes = Buffer.alloc(12 + data.length)
  bytes.writeUInt32BE(data.length, 0)
  bytes.write(type, 4, 'latin1')
  bytes.set(data, 8)
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length)
  return bytes
}

// zlib.crc32 came with Node 20.15 and 22.2.
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1
  return crc
})

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = (CRC_TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}
