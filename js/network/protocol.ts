/**
 * Whether the requests to an origin share one connection, as far as the platform tells: browsers do, of their own origin and of those
 * that send `Timing-Allow-Origin`; Node's `fetch` speaks HTTP/1.1.
 */

/** Looks per source: what the first ones do not tell, later ones will not. */
const LOOKS = 3

/** Sources that were looked at. */
export class Protocols {
  readonly #left = new Map<number, number>()

  /** A request of that source to that URL has ended, and the platform may know how: whether it was the first to tell of one connection. */
  isMultiplexed(source: number, url: string): boolean {
    const left = this.#left.get(source) ?? LOOKS
    if (left === 0) return false
    const protocol = protocolOf(url)
    this.#left.set(source, protocol ? 0 : left - 1)
    return ['h2', 'h2c', 'h3'].includes(protocol)
  }

  /** The source is gone. */
  forget(source: number): void {
    this.#left.delete(source)
  }
}

function protocolOf(url: string): string {
  const entries = globalThis.performance?.getEntriesByName?.(url, 'resource') ?? []
  const last = entries.at(-1) as Partial<PerformanceResourceTiming> | undefined
  return last?.nextHopProtocol ?? ''
}
