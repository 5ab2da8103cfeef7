/** The Need loop: asks the core again and again, and brings what is missing in between. */

import { fault, isFault } from './fault.js'
import { noStats, type Wanted } from './driver.js'
import { addStats } from '../blocks.js'
import type { CoreCall } from './call.js'
import type { DatasetState } from './state.js'
import type { CoreReadStats } from '../core-types.js'
import type { ByteRange } from '../types.js'

/** What the core is asked: one of the fields that `dataset_ask` in src/wasm/core/dataset.rs knows. */
export type Question = Record<string, unknown>

interface Need {
  file: number
  ranges: ByteRange[]
}

interface Brought {
  range: ByteRange
  bytes: Uint8Array
}

/** Asks until there is an answer; says what that has cost. */
export async function answer(
  state: DatasetState,
  call: CoreCall,
  question: Question,
): Promise<{ value: unknown; stats: CoreReadStats }> {
  const bringing = new Bringing(state, call)
  for (;;) {
    const told = state.ask(question)
    if ('ok' in told) {
      bringing.rememberHeaders()
      return { value: told.ok, stats: bringing.stats }
    }
    await bringing.bring(told.need as Need)
  }
}

/** One question's supply. */
class Bringing {
  readonly stats = noStats()
  readonly #state: DatasetState
  readonly #call: CoreCall
  readonly #brought: { file: number; range: ByteRange }[] = []

  constructor(state: DatasetState, call: CoreCall) {
    this.#state = state
    this.#call = call
  }

  /** Brings what is missing of a file, all of it with one read; or its first range, if nothing is known of it yet. */
  async bring({ file, ranges }: Need): Promise<void> {
    const wanted = this.#wanted(file, ranges)
    this.#checkNew(file, wanted)
    let brought: Brought[] | undefined
    try {
      brought = await this.#fetch(file, wanted)
    } catch (error) {
      if (!isFault(error)) throw error
      this.#state.fail(file, error)
      return
    }
    // Where there is none, the sidecar is not there, and there is another place to look at.
    if (brought) this.#supply(file, brought)
  }

  #wanted(file: number, ranges: ByteRange[]): Wanted[] {
    if (!this.#state.isEmpty(file)) return ranges.map(range => ({ range, rounded: true }))
    const { hints, firstRangeBytes } = this.#state.driver
    const end = hints.firstRange(this.#state.files.placeName(file) ?? '', firstRangeBytes)
    return [{ range: { start: 0, end }, rounded: false }]
  }

  /** Of each file that was opened on the way: how far its header reached. */
  rememberHeaders(): void {
    const { hints, firstRangeBytes } = this.#state.driver
    for (const { file, range } of this.#brought) {
      const name = this.#state.files.placeName(file)
      if (range.start !== 0 || name === undefined) continue
      const ends = this.#brought.filter(other => other.file === file).map(other => other.range.end)
      hints.learn(name, Math.max(...ends), firstRangeBytes)
    }
  }

  /** Supplying bytes must lead on: a question that asks for them once more would ask for ever. */
  #checkNew(file: number, wanted: Wanted[]): void {
    const known = ({ start, end }: ByteRange) =>
      this.#brought.some(({ file: other, range }) => other === file && start < range.end && range.start < end)
    const again = wanted.find(({ range }) => range.start >= range.end || known(range))
    if (again) {
      const { start, end } = again.range
      const message = `bytes ${start}..${end} of file ${file} were asked for again after they were supplied`
      throw fault('internal', message, { range: again.range })
    }
    if (wanted.length === 0) throw fault('internal', `a need for no bytes of file ${file}`)
  }

  /** Reads the ranges; nothing where the file must be looked for in another place. */
  async #fetch(file: number, wanted: Wanted[]): Promise<Brought[] | undefined> {
    const { files } = this.#state
    const [source, place] = files.source(file)
    const arrived: Brought[] = []
    const reading = this.#call.read(source, wanted, (index, bytes) => {
      const range = wanted[index]?.range
      if (range) arrived.push({ range, bytes })
    })
    const { stats, error } = await reading.ended
    addStats(this.stats, stats)
    addStats(this.#state.stats, stats)
    if (!error) return arrived
    if (file === 0 || error.code !== 'not_found' || !this.#state.isEmpty(file)) throw error
    files.lookBeyond(file, place, error)
    return undefined
  }

  #supply(file: number, brought: Brought[]): void {
    const state = this.#state
    const [source] = state.files.source(file)
    const { redirected } = state.driver.facts(source)
    const length = state.driver.lengthOf(source)
    state.plain('dataset_came_from', file, redirected ?? '')
    state.files.found(file)
    const place = state.files.placeName(file) ?? ''
    for (const { range, bytes } of brought) {
      const end = range.start + bytes.length
      if (end < range.end) state.plain('dataset_ends_by', file, end)
      state.told('dataset_supply', file, range.start, bytes, place)
      this.#brought.push({ file, range })
    }
    if (length !== null) state.plain('dataset_ends_by', file, length)
  }
}
