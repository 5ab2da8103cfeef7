import { numberOf } from './data-types.js'
import type { CoreInfo, CoreLevel, CoreNumber } from './core-types.js'
import type { DataTypeName, Level, Raster } from './types.js'

/** The properties of a raster. */
export type Facts = Pick<
  Raster,
  | 'width'
  | 'height'
  | 'bandCount'
  | 'dtype'
  | 'nodata'
  | 'transform'
  | 'bounds'
  | 'crs'
  | 'bands'
  | 'metadata'
  | 'domains'
  | 'rpc'
  | 'gcps'
  | 'storage'
  | 'sidecar'
  | 'files'
  | 'warnings'
>

/** The core's facts as callers see them: 64-bit nodata as bigint, and frozen, since every caller gets the same objects. */
export function factsOf(info: CoreInfo): Facts {
  const bands = info.bands.map(band => ({ ...band, nodata: nodataOf(band.nodata, band.dtype) }))
  return deepFreeze({ ...info, nodata: nodataOf(info.nodata, info.dtype), bands })
}

export function levelsOf(levels: CoreLevel[]): readonly Level[] {
  // 64-bit integers come as text.
  const converted = levels.map(level =>
    typeof level.nodata === 'string' ? { ...level, nodata: nodataOf(level.nodata, level.dtype) } : level,
  )
  return deepFreeze(converted as readonly Level[])
}

/** A nodata value as a number of that data type. */
export function nodataOf(value: CoreNumber | null | undefined, dtype: DataTypeName): number | bigint | null {
  return value === null || value === undefined ? null : numberOf(value, dtype)
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const part of Object.values(value)) deepFreeze(part)
  return Object.freeze(value)
}
