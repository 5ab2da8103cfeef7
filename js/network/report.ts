/** Tells those who asked for it of each request, once, when it is over. */

import type { Driver } from './driver.js'
import type { Flight } from './flight.js'
import type { RequestEvent } from '../types.js'

/** Tells the observers of the flight's source; `error` is in words. What they throw is theirs. */
export function report(
  driver: Driver,
  flight: Flight,
  outcome: RequestEvent['outcome'],
  error: string | null = null,
): void {
  const observers = driver.sources.observers(flight.source)
  if (flight.reported || observers.length === 0) return
  flight.reported = true
  const event: RequestEvent = {
    url: driver.sources.origin(flight.source)?.name ?? '',
    range: { ...flight.range },
    attempt: flight.attempt,
    status: flight.status ?? null,
    bytes: flight.received,
    start: flight.started,
    end: driver.now(),
    outcome,
    error,
  }
  for (const observer of observers) {
    try {
      observer(event)
    } catch {
      // Whoever looks on has no say.
    }
  }
}
