/**
 * Tells Net the facts and carries its orders out, all of them, after each fact.
 *
 * An order may run the user's code (a block is handed out, an abort listener is called), and that may bring about facts: another read, an
 * abort, a close. Such a fact is told at once, and its orders wait until the present one is carried out: there is one loop.
 */

import { takeBytes } from '../buffers.js'
import { Flight, type Asked } from './flight.js'
import { Hints } from './hints.js'
import { Protocols } from './protocol.js'
import { Sources, type Lease } from './sources.js'
import { Timer } from './timer.js'
import { causeOf, fault, messageOf, told, typed } from './fault.js'
import { report } from './report.js'
import { specOf, type Origin } from './origin.js'
import { writeValue } from '../values.js'
import type { CoreError, CoreReadStats } from '../core-types.js'
import type { CoreInstance } from './instance.js'
import type { NetSettings } from './options.js'
import type { ByteRange, TraceLine } from '../types.js'

/** Exceptions kept for `fail` orders to come. Those of flights that were retried are never asked for. */
const CAUSES = 32

/** A stretch of a piece, from 0 at the piece's start. */
interface Part {
  piece: number
  range: ByteRange
}

/** `Order` in src/range/order.rs. */
type Order = {
  send?: Asked
  stop?: { flight: number }
  keep?: { piece: number; flight: number; range: ByteRange }
  forget?: { piece: number }
  handOut?: { reader: number; index: number; parts: Part[] }
  done?: { reader: number; stats: CoreReadStats }
  fail?: { reader: number; error: CoreError; flight: number | null; stats: CoreReadStats }
}

/** `Fact` in src/range/trace.rs. */
export type Fact = 'tick' | 'gathered' | 'clearCache' | Record<string, Record<string, unknown>>

/** `SourceFacts` in src/range/order.rs. */
export interface SourceFacts {
  length: number | null
  redirected: string | null
}

/** One range that is wanted; `rounded`: the request may be rounded out to whole pages. */
export interface Wanted {
  range: ByteRange
  rounded: boolean
}

/** How a read ended. */
export interface Ended {
  stats: CoreReadStats
  error?: CoreError
}

/** A read under way. */
export interface Reading {
  id: number
  ended: Promise<Ended>
}

interface Reader {
  source: number
  /** Gets each wanted range by its index, in a buffer that is its own to transfer or to give back; it may be longer. */
  deliver: (index: number, bytes: Uint8Array) => void
  end: (ended: Ended) => void
}

/** One Net, and what it has ordered to be there. */
export class Driver {
  readonly sources = new Sources()
  readonly hints = new Hints()
  /** The first range of a file, in bytes. */
  readonly firstRangeBytes: number
  /** The largest body that is taken whole. */
  readonly wholeBytes: number
  readonly #instance: CoreInstance
  readonly #net: number
  readonly #trace: ((line: TraceLine) => void) | undefined
  readonly #protocols = new Protocols()
  readonly #timer = new Timer(() => this.tell('tick'))
  readonly #flights = new Map<number, Flight>()
  /** Bodies that Net still keeps pieces of when it is told that they are over. */
  #landed: number[] = []
  readonly #pieces = new Map<number, Uint8Array>()
  readonly #readers = new Map<number, Reader>()
  readonly #causes = new Map<number, unknown>()
  #carryingOut = false
  #gathering = false
  #now = 0

  constructor(instance: CoreInstance, { net, firstRangeBytes, trace }: NetSettings) {
    this.#instance = instance
    const made = instance.told('net_new', writeValue(net)) as { ok: [number, Record<string, unknown>] }
    const [number, options] = made.ok
    this.#net = number
    this.#trace = trace
    this.firstRangeBytes = firstRangeBytes
    this.wholeBytes = options.wholeBytes as number
    forgotten.register(this, { instance, number })
    this.#record({ options })
  }

  /** What time it is, as Net is told: whole milliseconds that never go back. */
  now(): number {
    this.#now = Math.max(this.#now, Math.floor(performance.now()))
    return this.#now
  }

  /** A hold on the source at `origin`: on the one that others hold, where it is the same. */
  lease(origin: Origin): Lease {
    return this.sources.lease(origin, () => this.#count({ addSource: specOf(origin) }))
  }

  /** With the last hold on a source it is closed, and its bytes are forgotten. */
  leave(lease: Lease): void {
    if (!this.sources.leave(lease)) return
    this.#protocols.forget(lease.source)
    this.tell({ close: { source: lease.source } })
  }

  /** What is known of a source. */
  facts(source: number): SourceFacts {
    const facts = this.#instance.told('net_facts', this.#net, source) as SourceFacts | null
    return facts ?? { length: null, redirected: null }
  }

  /** Whether anything is known of a source. */
  hasAnswered(source: number): boolean {
    return Object.values(this.facts(source)).some(fact => fact !== null && fact !== false)
  }

  /** What the owner of the source's server should change. */
  advice(source: number, name: string): string[] {
    return this.#instance.told('net_advice', this.#net, source, name) as string[]
  }

  /** How full the cache is. */
  cacheStats(): { bytes: number; limit: number; pieces: number } {
    const { ok } = this.#instance.told('net_cache', this.#net) as { ok: ReturnType<Driver['cacheStats']> }
    return ok
  }

  /** Asks for ranges of a source. `deliver` gets them by their index, each once; it may be called before this returns. */
  read(source: number, wanted: Wanted[], priority: number, deliver: Reader['deliver']): Reading {
    const id = this.#count({ read: { source, wanted, priority } })
    const ended = new Promise<Ended>(end => this.#readers.set(id, { source, deliver, end }))
    this.#carryOutAll()
    this.#gather()
    return { id, ended }
  }

  /** Reads that begin in the same turn may share requests: these leave at its end. */
  #gather(): void {
    if (this.#gathering) return
    this.#gathering = true
    queueMicrotask(() => {
      this.#gathering = false
      this.tell('gathered')
    })
  }

  /** Ends a read, if it has not ended yet. */
  abort(reader: number): void {
    if (this.#readers.delete(reader)) this.tell({ abort: { reader } })
  }

  /** Tells Net a fact, and carries out what follows. */
  tell(fact: Fact): void {
    try {
      this.#count(fact)
      this.#carryOutAll()
    } catch {
      // The instance has trapped: whoever waits in it is told of that already, and here, in a timer or a listener, nobody does.
    }
  }

  /** A flight's body is complete. */
  ended(flight: number): void {
    this.#landed.push(flight)
    this.#report(flight, 'done')
    this.tell({ end: { flight } })
  }

  /** A flight has failed with an exception; `error` is what it means where trying again is in vain. */
  failed(flight: number, exception: unknown, error: CoreError | undefined): void {
    const cause = causeOf(exception)
    if (cause !== undefined) {
      this.#causes.set(flight, cause)
      const [oldest] = this.#causes.keys()
      if (this.#causes.size > CAUSES && oldest !== undefined) this.#causes.delete(oldest)
    }
    const message = messageOf(exception)
    this.#report(flight, 'failed', message)
    this.#landed.push(flight)
    const known = typed(exception) ?? error
    this.tell({ failed: { flight, failure: { message, error: known ? told(known) : null } } })
  }

  /** A request to that URL has ended: the platform may know by now how it went. */
  learnProtocol(source: number, url: string): void {
    if (this.#protocols.isMultiplexed(source, url)) this.tell({ multiplexed: { source } })
  }

  /** What is held, for tests that look for leaks. */
  counts(): Record<string, number> {
    return {
      flights: this.#flights.size,
      pieces: this.#pieces.size,
      readers: this.#readers.size,
      causes: this.#causes.size,
      timers: Number(this.#timer.isSet),
      sources: this.sources.count,
    }
  }

  /** Tells a fact without carrying anything out; gives the name of what came of it. */
  #count(fact: Fact): number {
    const at = this.now()
    this.#record({ told: { at, fact } })
    return this.#instance.counted('net_tell', this.#net, at, writeValue(fact)) ?? -1
  }

  #record(line: TraceLine): void {
    try {
      this.#trace?.(line)
    } catch {
      // An exception in a witness is not a failure of what it sees.
    }
  }

  #report(id: number, outcome: 'done' | 'failed', error?: string): void {
    const flight = this.#flights.get(id)
    if (flight) report(this, flight, outcome, error)
  }

  #carryOutAll(): void {
    if (this.#carryingOut) return
    this.#carryingOut = true
    try {
      for (let order = this.#next(); order; order = this.#next()) this.#carryOut(order)
    } finally {
      this.#carryingOut = false
    }
    for (const flight of this.#landed.splice(0)) this.#flights.delete(flight)
    if (this.#flights.size === 0 && this.#readers.size === 0) this.#causes.clear()
    if (!this.#gathering) this.#timer.set(this.now(), this.#instance.counted('net_wake', this.#net))
  }

  #next(): Order | null {
    if (!this.#trace) return this.#instance.told('net_order', this.#net, 0) as Order | null
    const told = this.#instance.told('net_order', this.#net, 1) as [Order, string] | null
    if (told) this.#record({ order: told[1] })
    return told && told[0]
  }

  #carryOut({ send, stop, keep, forget, handOut, done, fail }: Order): void {
    if (send) this.#send(send)
    else if (stop) this.#stop(stop.flight)
    else if (keep) this.#keep(keep)
    else if (forget) this.#pieces.delete(forget.piece)
    else if (handOut) this.#handOut(handOut)
    else if (done) this.#endReader(done.reader, { stats: done.stats })
    else if (fail) this.#fail(fail)
  }

  #send(asked: Asked): void {
    const origin = this.sources.origin(asked.source)
    if (!origin) return
    const flight = new Flight(this, asked)
    this.#flights.set(flight.id, flight)
    // It rejects only where the instance has trapped, and whoever waits in it is told of that already.
    flight.start(origin).catch(() => {})
  }

  #stop(id: number): void {
    const flight = this.#flights.get(id)
    this.#flights.delete(id)
    if (!flight) return
    flight.stop()
    report(this, flight, 'stopped')
  }

  #keep({ piece, flight, range }: NonNullable<Order['keep']>): void {
    try {
      const bytes = this.#flights.get(flight)?.body.copy(range)
      if (bytes) this.#pieces.set(piece, bytes)
    } catch {
      // A piece for which there is no memory is missing when it is to be handed out.
    }
  }

  #handOut({ reader: id, index, parts }: NonNullable<Order['handOut']>): void {
    const reader = this.#readers.get(id)
    if (!reader) return
    let bytes: Uint8Array
    try {
      bytes = this.#assemble(parts)
    } catch (cause) {
      const found = parts.reduce((sum, { range }) => sum + range.end - range.start, 0)
      const message = `the platform has no memory for a buffer of ${found} bytes`
      this.abort(id)
      reader.end({ stats: noStats(), error: fault('limit', message, { found }, cause) })
      // Room for others, and pieces that could not be kept are asked for again.
      this.tell('clearCache')
      return
    }
    reader.deliver(index, bytes)
  }

  /** One buffer of the parts, which is nobody else's. */
  #assemble(parts: Part[]): Uint8Array {
    const whole = takeBytes(parts.reduce((sum, { range }) => sum + range.end - range.start, 0))
    let at = 0
    for (const part of parts) {
      const { start, end } = part.range
      whole.set(this.#piece(part).subarray(start, end), at)
      at += end - start
    }
    return whole
  }

  #piece({ piece, range }: Part): Uint8Array {
    const bytes = this.#pieces.get(piece)
    if (!bytes || bytes.length < range.end) throw new RangeError('a piece could not be kept')
    return bytes
  }

  #fail({ reader, error, flight, stats }: NonNullable<Order['fail']>): void {
    const cause = flight === null ? undefined : this.#causes.get(flight)
    this.#endReader(reader, { stats, error: cause === undefined ? error : { ...error, cause } })
  }

  #endReader(id: number, ended: Ended): void {
    const reader = this.#readers.get(id)
    this.#readers.delete(id)
    if (!reader) return
    if (ended.error?.code === 'file_changed') this.sources.retire(reader.source)
    reader.end(ended)
  }
}

/** Nothing was spent so far. */
export function noStats(): CoreReadStats {
  return { requests: 0, bytes: 0, cacheHits: 0, retries: 0, usefulBytes: 0, waitMs: 0 }
}

/** A Net is freed when nobody can tell it anything any more. */
const forgotten = /* @__PURE__ */ new FinalizationRegistry(
  ({ instance, number }: { instance: CoreInstance; number: number }) => instance.free('net_free', number),
)
