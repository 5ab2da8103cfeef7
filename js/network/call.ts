/** The life of one call: it ends with its work, with the user's abort, with `close`, or with the first thing that goes wrong. */

import type { Driver, Reading, Wanted } from './driver.js'

/** One call that is under way. */
export class CoreCall {
  readonly #driver: Driver
  readonly #signal: AbortSignal | undefined
  readonly #readers = new Set<number>()
  #priority: number
  #over = false
  #settle: { reject: (reason: unknown) => void; unlisten: () => void } | undefined

  /** A call that has not begun. It rejects with the signal's reason if that is aborted already. */
  constructor(driver: Driver, signal: AbortSignal | undefined, priority: number) {
    this.#driver = driver
    this.#signal = signal
    this.#priority = priority
  }

  /** Does the work; the first failure, of whatever kind, is what it comes to. */
  run<T>(work: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const aborted = () => void this.isOver
      const unlisten = () => this.#signal?.removeEventListener('abort', aborted)
      this.#settle = { reject, unlisten }
      this.#signal?.addEventListener('abort', aborted)
      if (this.isOver) return
      work().then(
        value => {
          // What ended the call while it worked comes first: an abort, an exception of the user's own.
          if (!this.isOver && this.#finish()) resolve(value)
        },
        (reason: unknown) => {
          if (!this.isOver) this.end(reason)
        },
      )
    })
  }

  /** Ends it at once, unless it has ended: its reads are aborted before this returns. */
  end(reason: unknown): void {
    if (this.#finish()) this.#settle?.reject(reason)
  }

  /** Whether nothing more is to be done for it. An abort is noticed here too, before its event has come. */
  get isOver(): boolean {
    if (!this.#over && this.#signal?.aborted) this.end(this.#signal.reason)
    return this.#over
  }

  /** What it still waits for, and will ask for, has that priority from now on. */
  setPriority(priority: number): void {
    this.#priority = priority
    for (const reader of [...this.#readers]) this.#driver.tell({ setPriority: { reader, priority } })
  }

  /** Asks for ranges of a source on behalf of this call. */
  read(source: number, wanted: Wanted[], deliver: (index: number, bytes: Uint8Array) => void): Reading {
    const reading = this.#driver.read(source, wanted, this.#priority, deliver)
    // It may have been ended by what was handed out at once.
    if (this.#over) this.#driver.abort(reading.id)
    else this.#readers.add(reading.id)
    return reading
  }

  #finish(): boolean {
    if (this.#over) return false
    this.#over = true
    this.#settle?.unlisten()
    for (const reader of this.#readers) this.#driver.abort(reader)
    this.#readers.clear()
    return true
  }
}
