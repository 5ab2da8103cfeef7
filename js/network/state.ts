/** A dataset in the core, its files, and its calls under way. */

import { answer, type Question } from './question.js'
import { closed, told as faultTold } from './fault.js'
import { CoreCall } from './call.js'
import { noStats, type Driver } from './driver.js'
import { writeValue } from '../values.js'
import type { CoreError, CoreReadStats } from '../core-types.js'
import type { CoreInstance } from './instance.js'
import type { Files } from './files.js'

/** How urgent a call is, and with whom it shares that: 0 is nobody. */
export interface Urgency {
  group?: number | undefined
  priority?: number | undefined
}

type Told = { ok: unknown } | { need: unknown }

export class DatasetState {
  /** What the dataset has cost. */
  readonly stats = noStats()
  readonly #instance: CoreInstance
  readonly #dataset: number
  readonly #calls = new Map<CoreCall, number>()
  #closed = false
  #freed = false

  constructor(
    readonly driver: Driver,
    instance: CoreInstance,
    dataset: number,
    readonly files: Files,
    /** The most bytes of one read. */
    readonly planBytes: number,
  ) {
    this.#instance = instance
    this.#dataset = dataset
  }

  /** Runs a call; `close` ends it too. */
  async run<T>(
    signal: AbortSignal | undefined,
    { group = 0, priority = 0 }: Urgency,
    work: (call: CoreCall) => Promise<T>,
  ): Promise<T> {
    this.checkOpen()
    const call = new CoreCall(this.driver, signal, priority)
    this.#calls.set(call, group)
    try {
      return await call.run(() => work(call))
    } finally {
      this.#calls.delete(call)
      if (this.#freed) this.free()
    }
  }

  /** Asks until there is an answer. */
  answer(call: CoreCall, question: Question): Promise<{ value: unknown; stats: CoreReadStats }> {
    return answer(this, call, question)
  }

  /** Gives all calls of that group another priority: what they still wait for is asked for in its turn. */
  setPriority(group: number, priority: number): void {
    for (const [call, other] of [...this.#calls]) if (other === group) call.setPriority(priority)
  }

  /** Ends all calls and lets go of the files. At once, and as often as one likes. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const call of [...this.#calls.keys()]) call.end(closed(this.files.name))
    this.files.close()
    this.#instance.free('dataset_free', this.#dataset)
  }

  /** Nobody will ask it anything more: it is closed with the last of its calls. */
  free(): void {
    this.#freed = true
    if (this.#calls.size === 0) this.close()
  }

  checkOpen(): void {
    if (this.#closed) throw closed(this.files.name)
  }

  /** Whether not even the first range of that file was brought. */
  isEmpty(file: number): boolean {
    return Boolean(this.plain('dataset_is_empty', file))
  }

  /** Asks the core once. Throws the core's error. */
  ask(question: Question): Told {
    return this.told('dataset_ask', writeValue(question))
  }

  /** What the core answers. Throws its error. */
  told(
    name: 'dataset_ask' | 'dataset_supply' | 'dataset_fail',
    ...given: (number | string | Uint8Array)[]
  ): Told {
    this.checkOpen()
    const told = this.#instance.told(name, this.#dataset, ...given) as Told | { error: CoreError }
    if ('error' in told) throw told.error
    return told
  }

  /** What the core answers where it cannot fail. */
  plain(
    name: 'dataset_ends_by' | 'dataset_came_from' | 'dataset_is_empty',
    ...given: (number | string)[]
  ): unknown {
    this.checkOpen()
    return this.#instance.plain(name, this.#dataset, ...given)
  }

  /** A file could not be read. Throws that, unless the dataset can do without the file. */
  fail(file: number, error: CoreError): void {
    const { cause } = error
    try {
      this.told('dataset_fail', file, writeValue(faultTold(error)))
    } catch (refused) {
      throw cause === undefined ? refused : { ...(refused as CoreError), cause }
    }
  }
}
