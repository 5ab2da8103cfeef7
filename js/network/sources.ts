/** Which datasets share a source: those that ask for the same file in the same way, while any of them is open. */

import { isSame, type Origin } from './origin.js'

/** A dataset's hold on a source. */
export interface Lease {
  readonly source: number
  readonly origin: Origin
}

interface Held {
  /** In order of time: the last one answers. (Of sources with one key, each has its own object, which its owner may close.) */
  leases: Lease[]
  /** The file changed: whoever holds it has its error, and new datasets start anew. */
  changed: boolean
}

/** The sources that are held by anybody. */
export class Sources {
  readonly #held = new Map<number, Held>()

  /** Where a source's bytes come from. */
  origin(source: number): Origin | undefined {
    return this.#held.get(source)?.leases.at(-1)?.origin
  }

  /** Who wants to be told of its requests: of every lease its own. */
  observers(source: number): NonNullable<Origin['observer']>[] {
    const leases = this.#held.get(source)?.leases ?? []
    return leases.flatMap(({ origin }) => origin.observer ?? [])
  }

  /** Gives a source to nobody any more. */
  retire(source: number): void {
    const held = this.#held.get(source)
    if (held) held.changed = true
  }

  /** Sources held, for tests that look for leaks. */
  get count(): number {
    return this.#held.size
  }

  /** A hold on the source at `origin`: on the one that others hold, where it is the same, or else on one that `declare` names. */
  lease(origin: Origin, declare: () => number): Lease {
    const lease = { source: this.#find(origin) ?? declare(), origin }
    const held = this.#held.get(lease.source)
    if (held) held.leases.push(lease)
    else this.#held.set(lease.source, { leases: [lease], changed: false })
    return lease
  }

  /** Takes a lease back; `true` if it was the last one. */
  leave(lease: Lease): boolean {
    const held = this.#held.get(lease.source)
    if (!held) return false
    held.leases = held.leases.filter(other => other !== lease)
    return held.leases.length === 0 && this.#held.delete(lease.source)
  }

  #find(origin: Origin): number | undefined {
    for (const [source, { leases, changed }] of this.#held) {
      const last = leases.at(-1)
      if (!changed && last && isSame(last.origin, origin)) return source
    }
    return undefined
  }
}
