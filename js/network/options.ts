/** Options of an engine, every number checked, and named where it is wrong. */

import { describe } from '../errors.js'
import { invalid } from './fault.js'
import type { NetOptions, TraceLine } from '../types.js'

const FIRST_RANGE_BYTES = 32 * 1024

/** What an engine is made with. */
export interface NetSettings {
  /** As src/wasm/core/given.rs reads them. */
  net: Record<string, number>
  firstRangeBytes: number
  trace: ((line: TraceLine) => void) | undefined
}

/** The least of each whole number. */
const LEAST: Record<string, number> = {
  ...{ cacheBytes: 0, mergeBytes: 0, wholeBytes: 0, backoff: 0, backoffMax: 0, timeout: 0 },
  ...{ pageBytes: 1, firstRangeBytes: 1, attempts: 1, perOrigin: 1, perOriginMultiplexed: 1 },
}

/** What is not given is the core's to say. */
export function netSettings(options: NetOptions = {}): NetSettings {
  // Pages that do not retry in step with other pages.
  const net: Record<string, number> = { seed: Math.floor(Math.random() * Number.MAX_SAFE_INTEGER) }
  for (const [name, least] of Object.entries(LEAST)) {
    const value = numberOf(options, name, `a whole number from ${least}`, found => {
      return Number.isSafeInteger(found) && found >= least
    })
    if (value !== undefined) net[name] = value
  }
  const waste = numberOf(options, 'mergeWaste', 'a number from 0', found => found >= 0)
  if (waste !== undefined) net.mergeWaste = waste
  const { firstRangeBytes = FIRST_RANGE_BYTES } = net
  const trace = typeof options.trace === 'function' ? options.trace : undefined
  return { net, firstRangeBytes, trace }
}

function numberOf(options: object, name: string, expected: string, fits: (found: number) => boolean) {
  const value = (options as Record<string, unknown>)[name]
  if (value === undefined || (typeof value === 'number' && fits(value))) return value
  throw invalid(name, `${name} is ${describe(value)}, expected ${expected}`)
}
