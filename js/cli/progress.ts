import type { Progress } from '../types.js'
import type { Output } from './main.js'

const SHOWN_AFTER_MS = 300
const REDRAWN_AFTER_MS = 80
const CELLS = 24

/** A bar on a terminal, for what takes long; elsewhere nothing. */
export class ProgressBar {
  readonly #output: Output
  readonly #now: () => number
  readonly #started: number
  #drawn: number | undefined

  constructor(output: Output, now: () => number = () => performance.now()) {
    this.#output = output
    this.#now = now
    this.#started = now()
  }

  readonly update = (progress: Progress): void => {
    if (!this.#output.isTTY) return
    const now = this.#now()
    const since =
      this.#drawn === undefined ? now - this.#started - SHOWN_AFTER_MS : now - this.#drawn - REDRAWN_AFTER_MS
    if (since < 0) return
    this.#drawn = now
    this.#output.write(`\r${barOf(progress)}\x1b[K`)
  }

  /** Takes the bar away. */
  end(): void {
    if (this.#drawn !== undefined) this.#output.write('\r\x1b[K')
  }
}

function barOf({ done, total, bytes }: Progress): string {
  const share = total === 0 ? 1 : done / total
  const full = Math.floor(share * CELLS)
  const bar = '#'.repeat(full) + '-'.repeat(CELLS - full)
  const megabytes = (bytes / 1e6).toFixed(1)
  return `[${bar}] ${String(Math.floor(share * 100)).padStart(3)}%  ${done} of ${total} blocks, ${megabytes} MB`
}
