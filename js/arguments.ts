/** Shapes of arguments. What a value may be within a given file, the core knows and checks. */

import { PyramidionError, describe, invalidArgument } from './errors.js'
import { checkPriority } from './priority.js'
import type { CoreRequest } from './core-types.js'
import type { Delivery } from './read.js'
import type { DataTypeName, Limits, NetOptions, PreviewOptions, ReadOptions } from './types.js'

/** What the facade knows of a raster that helps to say a valid range. */
export interface KnownRaster {
  bandCount: number
  /** Where `levels()` was answered already. */
  levelCount?: number
}

const HIGHEST = Number.MAX_SAFE_INTEGER

/** The request of a read, once its arguments have the right shapes. */
export function readRequest(options: ReadOptions, raster: KnownRaster): CoreRequest {
  const request = pixelRequest(options, raster)
  const { window, level, width, height } = options
  if (window !== undefined) request.window = checkWindow(window)
  if (level !== undefined) request.level = checkLevel(level, raster.levelCount)
  if (width !== undefined) request.width = checkInteger('width', width, 1, 'pixels')
  if (height !== undefined) request.height = checkInteger('height', height, 1, 'pixels')
  return request
}

/** The request of a preview. */
export function previewRequest(options: PreviewOptions, raster: KnownRaster): CoreRequest {
  const request = pixelRequest(options, raster)
  request.maxSize =
    options.maxSize === undefined ? 1024 : checkInteger('maxSize', options.maxSize, 1, 'pixels')
  return request
}

/** How a read's result is to be made: what concerns the facade alone. */
export function deliveryOf<D extends DataTypeName>(options: ReadOptions<D> | PreviewOptions<D>): Delivery<D> {
  const { out, shared = false, priority, onProgress } = options
  if (typeof shared !== 'boolean') throw invalidArgument('shared', 'a boolean', shared)
  return {
    out,
    shared,
    priority: checkPriority(priority),
    onProgress: checkFunction('onProgress', onProgress),
  }
}

/** An object, or nothing: what every function takes for its options. */
export function checkOptions<T extends object>(options: T | undefined): T {
  if (options === undefined) return {} as T
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) return options
  throw invalidArgument('options', 'an object', options)
}

/** An AbortSignal of any realm, or nothing. */
export function checkSignal(signal: unknown): AbortSignal | undefined {
  if (signal === undefined || signal === null) return undefined
  const candidate = signal as Partial<AbortSignal>
  if (typeof candidate.aborted === 'boolean' && 'addEventListener' in candidate) return signal as AbortSignal
  throw invalidArgument('signal', 'an AbortSignal', signal)
}

/** True, false, or nothing. */
export function checkBoolean(name: string, value: unknown): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value
  throw invalidArgument(name, 'true or false', value)
}

/** A function, or nothing. */
export function checkFunction<T>(name: string, value: T | undefined): T | undefined {
  if (value === undefined || typeof value === 'function') return value
  throw invalidArgument(name, 'a function', value)
}

/** One of the names, or nothing. */
export function checkName<T extends string>(
  name: string,
  value: T | undefined,
  names: readonly T[],
): T | undefined {
  if (value === undefined || names.includes(value)) return value
  throw invalidArgument(name, names.map(each => `'${each}'`).join(' or '), value)
}

/** Bounds by name, each a number from 0. */
export function checkNumbers<T extends Limits | NetOptions>(
  name: string,
  numbers: T | undefined,
): T | undefined {
  if (numbers === undefined) return undefined
  if (typeof numbers !== 'object' || numbers === null)
    throw invalidArgument(name, 'an object of numbers', numbers)
  for (const [key, value] of Object.entries(numbers)) {
    if (key === 'trace' && name === 'options') continue
    if (typeof value !== 'number' || !(value >= 0))
      throw invalidArgument(`${name}.${key}`, 'a number from 0', value)
  }
  return { ...numbers }
}

function pixelRequest(options: ReadOptions | PreviewOptions, raster: KnownRaster): CoreRequest {
  const request: CoreRequest = {}
  const layout = checkName('layout', options.layout, ['band', 'pixel'])
  if (layout) request.layout = layout
  if (checkBoolean('mask', options.mask)) request.mask = true
  if (options.bands !== undefined) request.bands = checkBands(options.bands, raster.bandCount)
  if (options.maxBytes !== undefined)
    request.maxBytes = checkInteger('maxBytes', options.maxBytes, 0, 'bytes')
  return request
}

function checkWindow(window: unknown): [number, number, number, number] {
  const expected = '[x, y, width, height] of whole pixels, x and y from 0, width and height from 1'
  if (!Array.isArray(window) || window.length !== 4) throw invalidArgument('window', expected, window)
  const numbers = window as [number, number, number, number]
  const good = numbers.every((value, i) => Number.isSafeInteger(value) && value >= (i < 2 ? 0 : 1))
  if (!good) throw invalidArgument('window', expected, window)
  return [...numbers]
}

function checkLevel(level: unknown, count: number | undefined): number {
  if (Number.isSafeInteger(level) && (level as number) >= 0) return level as number
  const last = count === undefined ? 'the last index that levels() lists' : String(count - 1)
  throw invalidArgument('level', `a whole number from 0 (full size) to ${last}`, level)
}

function checkBands(bands: unknown, count: number): number[] {
  const expected = `an array of band numbers from 1 to ${count}`
  if (!Array.isArray(bands) || bands.length === 0) throw invalidArgument('bands', expected, bands)
  // Spread, so that holes of a sparse array are seen as undefined.
  const numbers = [...(bands as unknown[])]
  const wrong = numbers.find(band => !Number.isSafeInteger(band) || Number(band) < 1 || Number(band) > count)
  if (wrong === undefined && !numbers.includes(undefined)) return numbers as number[]
  const message = `bands are numbered from 1: each must be a whole number from 1 to ${count}, got ${describe(bands)}`
  throw new PyramidionError('invalid_argument', message, { name: 'bands', value: describe(wrong) })
}

function checkInteger(name: string, value: unknown, lowest: number, unit: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= lowest) return value as number
  throw invalidArgument(name, `a whole number of ${unit} from ${lowest} to ${HIGHEST}`, value)
}
