/** A flight to an object with `read([{ start, end }], signal)`. */

import { Body, bytesOf } from './body.js'
import { invalid } from './fault.js'
import type { Driver } from './driver.js'
import type { Flight } from './flight.js'
import type { Local } from './origin.js'

/** Asks, and tells Net what came. Rejects with the exception that the flight ended with. */
export async function flyLocal(driver: Driver, flight: Flight, { source, name }: Local): Promise<void> {
  const answer = await flight.settled<unknown>(source.read([{ ...flight.range }], flight.signal))
  if (!answer) return
  const parts = answer.value
  const bytes = Array.isArray(parts) && parts.length === 1 ? bytesOf(parts[0]) : undefined
  if (!bytes) {
    throw invalid('source', `${name}: read() of one range must resolve to an array of one Uint8Array`)
  }
  flight.body = Body.whole(bytes)
  flight.arrived(bytes.length)
  if (!flight.stopped) driver.ended(flight.id)
}
