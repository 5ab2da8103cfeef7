import { toPyramidionError, type PyramidionError } from './errors.js'

/**
 * One call of the user's, and the one place where its failure is decided: the user's abort, `close()`, or the first
 * error of any of its parts. Everything that the call starts gets `signal`, so the first failure stops the rest.
 */
export class Call {
  readonly #controller = new AbortController()
  readonly #user: AbortSignal | undefined
  readonly #abandoned: Promise<never>
  #abandon!: (reason: PyramidionError) => void
  #failure: { reason: unknown } | undefined

  /** Throws the signal's reason where it is aborted already. */
  constructor(user?: AbortSignal) {
    if (user?.aborted) throw user.reason
    this.#user = user
    user?.addEventListener('abort', this.#onAbort)
    this.#abandoned = new Promise((_, reject) => (this.#abandon = reject))
    this.#abandoned.catch(() => {})
  }

  /** Aborted by the first failure, with it as the reason. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Whether it has failed: nothing more is to be started for it. */
  get failed(): boolean {
    return this.#failure !== undefined
  }

  /** Records a failure; only the first counts. */
  fail(reason: unknown): void {
    if (this.#failure) return
    this.#failure = { reason }
    this.#controller.abort(reason)
  }

  /** Fails without waiting for what was started: what carries it out is gone and may never answer. */
  abandon(reason: PyramidionError): void {
    this.fail(reason)
    this.#abandon(reason)
  }

  /** Throws the failure, where there is one. */
  check(): void {
    if (this.#failure) throw this.#failure.reason
  }

  /**
   * Runs `work` to its end and rejects with the first failure as it was recorded, after everything that `work` waits
   * for has settled. Other errors are made `PyramidionError`s.
   */
  async run<T>(work: (call: Call) => Promise<T>): Promise<T> {
    try {
      const value = await Promise.race([work(this), this.#abandoned])
      this.check()
      return value
    } catch (error) {
      this.check()
      throw toPyramidionError(error)
    } finally {
      this.#user?.removeEventListener('abort', this.#onAbort)
    }
  }

  readonly #onAbort = (): void => this.fail(this.#user?.reason)
}
