/** Bytes that may wait at once. One request is always granted, however large. */
export class Allowance {
  readonly #limit: number
  #used = 0
  #wake: () => void = () => {}

  constructor(limit: number) {
    this.#limit = limit
  }

  async take(bytes: number): Promise<void> {
    while (this.#used > 0 && this.#used + bytes > this.#limit) {
      await new Promise<void>(resolve => (this.#wake = resolve))
    }
    this.#used += bytes
  }

  give(bytes: number): void {
    this.#used -= bytes
    this.#wake()
  }
}
