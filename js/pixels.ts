import { partsOf } from './data-types.js'
import { PyramidionError, describe } from './errors.js'
import type { DataTypeName, ReadResultOf, TypedArrayOf } from './types.js'

/** The result of a read: plain data that `postMessage` can carry, with one method. */
export class Pixels<D extends DataTypeName> implements ReadResultOf<D> {
  declare readonly data: TypedArrayOf<D>
  declare readonly dtype: D
  declare readonly width: number
  declare readonly height: number
  declare readonly bands: readonly number[]
  declare readonly layout: 'band' | 'pixel'
  declare readonly level: number
  declare readonly window: ReadResultOf<D>['window']
  declare readonly bounds: ReadResultOf<D>['bounds']
  declare readonly transform: ReadResultOf<D>['transform']
  declare readonly nodata: number | bigint | null
  declare readonly mask?: Uint8Array
  declare readonly stats: ReadResultOf<D>['stats']

  constructor(fields: Omit<ReadResultOf<D>, 'band'>) {
    Object.assign(this, fields)
  }

  band(number: number): TypedArrayOf<D> {
    const place = this.bands.indexOf(number)
    if (place < 0) {
      const message = `band ${describe(number)} was not read; the result has bands ${this.bands.join(', ')}`
      throw new PyramidionError('invalid_argument', message, { name: 'band', value: describe(number) })
    }
    if (this.layout === 'pixel' && this.bands.length > 1) {
      const message =
        "a band of a result with layout 'pixel' is not one piece of memory; read with layout 'band'"
      throw new PyramidionError('invalid_argument', message, { name: 'layout', value: 'pixel' })
    }
    const length = this.width * this.height * partsOf(this.dtype)
    return this.data.subarray(place * length, (place + 1) * length) as TypedArrayOf<D>
  }
}
