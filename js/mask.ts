/** The mask of a read: 0 where a pixel is missing, 255 where it is valid. */

import { PyramidionError } from './errors.js'
import { Assembly } from './assemble.js'
import { numberOf, partsOf } from './data-types.js'
import type { Part } from './place.js'
import type { CoreMask, CorePlan, CorePlannedBlock } from './core-types.js'
import type { TypedArray } from './types.js'

/** Collects the samples of a mask's own blocks, and makes the mask of them or of the pixels. */
export class MaskAssembly {
  readonly #plan: CorePlan
  readonly #mask: CoreMask
  readonly #samples: Assembly<CoreMask['dtype']> | undefined
  readonly #blocks: Set<CorePlannedBlock>

  constructor(plan: CorePlan, mask: CoreMask) {
    this.#plan = plan
    this.#mask = mask
    this.#blocks = new Set([...mask.blocks, ...mask.colours])
    const bands = Array.from({ length: mask.bands }, (_, i) => i + 1)
    const { dtype, fill } = mask
    if (!mask.ofPixels)
      this.#samples = new Assembly({ ...plan, dtype, fill, bands, layout: 'band' }, undefined)
  }

  /** Element type of the samples. */
  get dtype(): CoreMask['dtype'] {
    return this.#mask.dtype
  }

  /** Whether a block is one of the mask's own. */
  owns(block: CorePlannedBlock): boolean {
    return this.#blocks.has(block)
  }

  place(block: CorePlannedBlock, samples: Uint8Array, part?: Part): void {
    this.#samples?.place(block, samples, part)
  }

  placeStored(block: CorePlannedBlock, stored: Uint8Array): boolean {
    return this.#samples?.placeStored(block, stored) ?? false
  }

  fill(block: CorePlannedBlock): void {
    this.#samples?.fill(block)
  }

  /** The mask, once all blocks are there; `pixels` are the result's. */
  resolve(pixels: TypedArray): Uint8Array {
    const { width, height, layout } = this.#plan
    const { kind, bands } = this.#mask
    const count = width * height
    const mask = new Uint8Array(count)
    if (kind === 'all') return mask.fill(255)
    const samples = this.#samples?.data ?? pixels
    // Of a complex sample the real part decides.
    const parts = partsOf(this.#mask.dtype)
    if (samples.length !== count * bands * parts) {
      throw new PyramidionError('internal', `a mask of ${count} pixels has ${samples.length} samples`)
    }
    const planes = this.#samples !== undefined || layout === 'band'
    for (let band = 0; band < bands; band++) {
      const validity = this.#validity(band)
      for (let i = 0; i < count; i++) {
        const sample = (planes ? band * count + i : i * bands + band) * parts
        const valid = validity(samples[sample] as number)
        if (valid > (mask[i] as number)) mask[i] = valid
      }
    }
    return mask
  }

  /** 0 to 255 for a sample; of several bands the most valid one counts. */
  #validity(band: number): (sample: number | bigint) => number {
    const { kind, dtype } = this.#mask
    const nodata = this.#mask.nodata[band] ?? null
    if (kind === 'stored') return sample => Number(sample)
    // Only full transparency becomes 0.
    if (kind === 'alpha16')
      return sample => (Number(sample) === 0 ? 0 : Math.max(1, Math.floor((Number(sample) * 255) / 65535)))
    if (kind === 'nonzero') return sample => (Number(sample) === 0 ? 0 : 255)
    const missing = nodata === null ? undefined : numberOf(nodata, dtype)
    if (missing === undefined) return () => 255
    const float = FLOATS[dtype]
    return float ? nearly(Number(missing), float) : sample => (sample === missing ? 0 : 255)
  }
}

/** The types that are compared as floating point numbers. */
const FLOATS: Partial<Record<CoreMask['dtype'], 'float32' | 'float64'>> = {
  float32: 'float32',
  float64: 'float64',
  complex64: 'float32',
  complex128: 'float64',
}

/** GDAL's comparison of floating point numbers: within two units in the last place, and NaN equals NaN. */
function nearly(missing: number, dtype: 'float32' | 'float64'): (sample: number | bigint) => number {
  const value = dtype === 'float32' ? Math.fround(missing) : missing
  const epsilon = 2 * (dtype === 'float32' ? 2 ** -23 : Number.EPSILON)
  if (Number.isNaN(value)) return sample => (Number.isNaN(Number(sample)) ? 0 : 255)
  return sample => {
    const found = Number(sample)
    const close = Math.abs(found - value) < epsilon * Math.abs(found + value)
    return found === value || close ? 0 : 255
  }
}
