/** `setTimeout`, cleared when nobody needs it: a timer keeps Node alive. */

/** The longest delay that `setTimeout` takes. */
const LONGEST = 2 ** 31 - 1

/** The one timer that wakes Net. */
export class Timer {
  readonly #ring: () => void
  #armed: { due: number; timeout: ReturnType<typeof setTimeout> } | undefined

  constructor(ring: () => void) {
    this.#ring = ring
  }

  /**
   * Sees to it that Net is told the time at `due` at the latest, or not at all. A timer that is early stays: deadlines move with every
   * chunk that comes, and one needless tick is cheaper than all those timers.
   */
  set(now: number, due: number | undefined): void {
    if (due === undefined ? !this.#armed : this.#armed && this.#armed.due <= due) return
    clearTimeout(this.#armed?.timeout)
    this.#armed = undefined
    if (due === undefined) return
    const timeout = setTimeout(
      () => {
        this.#armed = undefined
        this.#ring()
      },
      Math.min(Math.max(0, due - now), LONGEST),
    )
    this.#armed = { due, timeout }
  }

  /** Whether it is set, for tests that look for leaks. */
  get isSet(): boolean {
    return this.#armed !== undefined
  }
}

/** Waits for the promise, but no longer than that. */
export async function within(millis: number, promise: Promise<unknown>): Promise<void> {
  let timeout: ReturnType<typeof setTimeout> | undefined
  const over = new Promise(resolve => (timeout = setTimeout(resolve, millis)))
  await Promise.race([promise.catch(() => {}), over])
  clearTimeout(timeout)
}
