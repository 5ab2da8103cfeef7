/** One request on its way, of whatever kind: its body, and how it is stopped. */

import { Body } from './body.js'
import { fault, messageOf, tellsNothing } from './fault.js'
import { flyHttp } from './fetch.js'
import { flyLocal } from './local.js'
import { isHttp, type Origin } from './origin.js'
import type { CoreError } from '../core-types.js'
import type { Driver } from './driver.js'
import type { ByteRange } from '../types.js'

/** What Net has ordered. */
export interface Asked {
  flight: number
  source: number
  range: ByteRange
  cuts: number[]
  attempt: number
}

/** Status line and headers of a response: `Head` in src/range/order.rs. */
export interface Head {
  status: number
  [header: string]: string | number | null
}

/** A request that Net has sent. */
export class Flight {
  readonly id: number
  readonly source: number
  /** What was asked for. */
  readonly range: ByteRange
  /** Where pieces of its body will begin and end, most likely. */
  readonly cuts: number[]
  /** 1 for the first. */
  readonly attempt: number
  /** When it left. */
  readonly started: number
  /** HTTP status, once known. */
  status: number | undefined
  /** Bytes of body so far. */
  received = 0
  /** Whether its end was told to those who asked for that. */
  reported = false
  /** What came of it. */
  body = Body.whole(new Uint8Array())
  stopped = false
  readonly #driver: Driver
  readonly #controller = new AbortController()
  /** Its head is before Net at this moment: the body of an answer that is refused may be drained. */
  #judged = false
  #wake: (() => void) | undefined

  constructor(driver: Driver, { flight, source, range, cuts, attempt }: Asked) {
    this.#driver = driver
    this.id = flight
    this.source = source
    this.range = range
    this.cuts = cuts
    this.attempt = attempt
    this.started = driver.now()
  }

  /**
   * Sets out soon: the user's code is not called in the middle of Net's orders, and an order to stop that follows at once still
   * prevents the request.
   */
  async start(origin: Origin): Promise<void> {
    await Promise.resolve()
    if (this.stopped) return
    try {
      await (isHttp(origin) ? flyHttp(this.#driver, this, origin) : flyLocal(this.#driver, this, origin))
    } catch (exception) {
      if (this.stopped) return
      const guessed = isHttp(origin) && origin.guessed
      this.#driver.failed(this.id, exception, guessed ? this.#missedGuess(exception) : undefined)
      this.abort()
    }
  }

  /**
   * Why a file that nobody named is taken for absent at once. Pages are told nothing of an answer without CORS headers, as that to a
   * name that is not there often is: asking again would give the same, and the base, which has answered, needs no proof of a network.
   */
  #missedGuess(exception: unknown): CoreError | undefined {
    const answered = this.status !== undefined || this.#driver.hasAnswered(this.source)
    return !answered && tellsNothing(exception) ? fault('network', messageOf(exception)) : undefined
  }

  /** Net wants no more of it. */
  stop(): void {
    this.stopped = true
    if (!this.#judged) this.abort()
    this.#wake?.()
  }

  /** Aborts what is still going on of it. */
  abort(): void {
    this.#controller.abort()
  }

  /** The signal that its request gets. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Puts the head before Net; says whether its body is wanted. */
  judge(head: Head): boolean {
    this.#judged = true
    this.status = head.status
    this.#driver.tell({ head: { flight: this.id, head } })
    this.#judged = false
    return !this.stopped
  }

  /** That many bytes of its body have come by now. */
  arrived(received: number): void {
    this.received = received
    this.#driver.tell({ body: { flight: this.id, received } })
  }

  /** What a promise comes to, or nothing when the flight was stopped before. */
  async settled<T>(promise: T | PromiseLike<T>): Promise<{ value: T } | undefined> {
    const stopped = new Promise<undefined>(resolve => (this.#wake = () => resolve(undefined)))
    if (this.stopped) return undefined
    const value = Promise.resolve(promise).then(value => ({ value }))
    return Promise.race([value, stopped])
  }
}
