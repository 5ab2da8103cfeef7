import type { Decoded } from './decoder.js'
import type { CoreJob } from './core-types.js'
import type { Destination } from './messages.js'
import type { DecoderName } from './modules.js'

/** A job of a pool's, from its arrival until it is settled. */
export interface Task {
  readonly id: number
  readonly module: DecoderName
  readonly job: CoreJob
  /** Undefined while they are a worker's. */
  bytes: Uint8Array | undefined
  /** Whether they must be copied for a worker. */
  lent: boolean
  /** How many they are. */
  readonly size: number
  readonly outBytes: number | undefined
  /** Bytes of the whole block, stored or decoded. */
  readonly weight: number
  readonly priority: number
  readonly into: Destination | undefined
  readonly put: ((samples: Uint8Array) => void) | undefined
  readonly again: (() => Promise<Uint8Array>) | undefined
  readonly signal: AbortSignal
  /** How much speaks for it as the cause of the ends of workers that had it. */
  blames: number
  settled: boolean
  resolve(decoded: Decoded): void
  reject(reason: unknown): void
}

/** Jobs that wait: the highest priority first, then in order of arrival. */
export class JobQueue {
  readonly #tasks: Task[] = []

  get length(): number {
    return this.#tasks.length
  }

  first(): Task | undefined {
    return this.#tasks[0]
  }

  /** One that comes again after its worker died keeps its place, since its number is older. */
  add(task: Task): void {
    let at = this.#tasks.length
    while (at > 0 && isBefore(task, this.#tasks[at - 1] as Task)) at -= 1
    this.#tasks.splice(at, 0, task)
  }

  take(): Task | undefined {
    return this.#tasks.shift()
  }

  /** Takes out those that were settled meanwhile. */
  sweep(): void {
    const kept = this.#tasks.filter(({ settled }) => !settled)
    this.#tasks.splice(0, this.#tasks.length, ...kept)
  }
}

function isBefore(a: Task, b: Task): boolean {
  return a.priority === b.priority ? a.id < b.id : a.priority > b.priority
}

/** Ends jobs when their signal is aborted. A signal has many jobs, and one listener. */
export class Aborts {
  readonly #watched = new Map<AbortSignal, { tasks: Set<Task>; listener: () => void }>()
  readonly #onAbort: (tasks: Iterable<Task>, reason: unknown) => void

  constructor(onAbort: (tasks: Iterable<Task>, reason: unknown) => void) {
    this.#onAbort = onAbort
  }

  watch(task: Task): void {
    const { signal } = task
    let watched = this.#watched.get(signal)
    if (!watched) {
      const tasks = new Set<Task>()
      watched = { tasks, listener: () => this.#onAbort([...tasks], signal.reason) }
      this.#watched.set(signal, watched)
      signal.addEventListener('abort', watched.listener)
    }
    watched.tasks.add(task)
  }

  forget(task: Task): void {
    const watched = this.#watched.get(task.signal)
    if (!watched?.tasks.delete(task) || watched.tasks.size > 0) return
    this.#watched.delete(task.signal)
    task.signal.removeEventListener('abort', watched.listener)
  }
}
