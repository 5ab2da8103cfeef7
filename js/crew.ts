import { PoolWorker, type PoolTimes, type WorkerEnd } from './pool-worker.js'
import type { Task } from './job-queue.js'
import type { DecodeAnswer, ModuleMessage } from './messages.js'
import type { DecoderName, Modules } from './modules.js'
import type { AnyWorker } from './pool-types.js'

/** How workers are made. */
export interface CrewParts {
  /** Workers at most. */
  size: number
  createWorker: () => AnyWorker
  /** Compiled once for all. */
  modules: Modules
}

/** What the crew tells its pool. */
export interface CrewReports {
  /** There is room for jobs. */
  onReady(): void
  onAnswer(task: Task, answer: DecodeAnswer): void
  /** A worker is no more, and its jobs are here again. */
  onLost(tasks: Task[], end: WorkerEnd): void
  /** No worker can live. */
  onGivenUp(): void
}

/** One that is worked on, and one that waits at the worker, so that it need not wait for us. */
const JOBS_PER_WORKER = 2

/** More wait there while they are light: each is done in less time than it takes to bring the next one. */
const LIGHT_JOBS_PER_WORKER = 8

/** Bytes of whole blocks, stored or decoded, that are still light together. */
const LIGHT_BYTES = 2 * 1024 * 1024

/** Workers in a row that failed before their first answer: then there is no use in starting more. */
const FAILURES = 2

/** The workers of a pool: how many there are, who has room, and what happens when they die. */
export class Crew {
  /** Whether any worker ever gave an answer. */
  proven = false
  /** Workers started in the place of one that failed. */
  restarts = 0
  /** The last failure. */
  reason: string | null = null
  readonly #parts: CrewParts
  readonly #times: PoolTimes
  readonly #reports: CrewReports
  readonly #workers = new Set<PoolWorker>()
  /** Whether compiled modules get to workers; else each compiles them itself. */
  #sendable = true
  /** Workers that can live at once, as far as known, and until when that is believed. */
  #most = 0
  #limitedUntil = -Infinity
  #givenUp: boolean
  #retryAt = Infinity
  #failures = 0
  #lost = 0
  #held = false

  constructor(parts: CrewParts, times: PoolTimes, reports: CrewReports) {
    this.#parts = parts
    this.#times = times
    this.#reports = reports
    this.#givenUp = parts.size === 0
  }

  /** Whether jobs must go elsewhere. */
  get givenUp(): boolean {
    return this.#givenUp
  }

  get alive(): number {
    return this.#workers.size
  }

  get busy(): number {
    return [...this.#workers].filter(({ tasks }) => tasks.length > 0).length
  }

  /** Jobs that the workers have. */
  get taken(): number {
    return this.#sum(({ tasks }) => tasks.length)
  }

  /** Stored bytes that the workers have. */
  get bytes(): number {
    return this.#sum(({ bytes }) => bytes)
  }

  /** Starts workers until there is one for each of so many jobs, or as many as can be. */
  grow(jobs: number): void {
    // Each start may teach how many are too many.
    while (this.#workers.size < Math.min(jobs, this.#mostNow())) {
      const useful = this.#failures < FAILURES || this.#workers.size === 0
      if (!useful || !this.#start()) break
    }
  }

  #mostNow(): number {
    const now = performance.now()
    // Once given up, one at a time is tried now and then, and jobs do not wait for it.
    if (this.#givenUp) return now >= this.#retryAt ? 1 : 0
    return now < this.#limitedUntil ? this.#most : this.#parts.size
  }

  /** The worker with the fewest jobs, where one has room. */
  leastBusy(): PoolWorker | undefined {
    let best: PoolWorker | undefined
    for (const worker of this.#workers) {
      const free = worker.ready && hasRoom(worker)
      if (free && (!best || worker.tasks.length < best.tasks.length)) best = worker
    }
    return best
  }

  /** Whether the process must stay alive for the workers. */
  hold(held: boolean): void {
    this.#held = held
    for (const worker of this.#workers) worker.hold(held)
  }

  /** Ends all workers. */
  close(): void {
    for (const worker of this.#workers) worker.terminate()
    this.#workers.clear()
  }

  /** Whether there may be use in starting another one. */
  #start(): boolean {
    try {
      const worker = new PoolWorker(this.#parts.createWorker, name => this.#moduleFor(name), this.#times, {
        onReady: () => this.#onReady(),
        onAnswer: (task, answer) => this.#onAnswer(task, answer),
        onEnd: (ended, end) => this.#onEnd(ended, end),
        onIdle: idle => this.#onIdle(idle),
      })
      this.#workers.add(worker)
      worker.hold(this.#held)
      if (this.#lost > 0) this.#restarted()
      worker.start()
      return true
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error)
      this.#limit()
      this.#fail(`a worker could not be made: ${text}`)
      return !this.#givenUp
    }
  }

  #restarted(): void {
    this.#lost -= 1
    this.restarts += 1
  }

  #moduleFor(name: DecoderName): ModuleMessage {
    const { modules } = this.#parts
    const module = this.#sendable ? modules.ready(name) : undefined
    return { type: 'module', name, url: modules.url(name).href, ...(module && { module }) }
  }

  #onReady(): void {
    if (this.#givenUp) this.#failures = 0
    this.#givenUp = false
    this.#reports.onReady()
  }

  #onAnswer(task: Task, answer: DecodeAnswer): void {
    this.proven = true
    this.#failures = 0
    this.#reports.onAnswer(task, answer)
  }

  #onEnd(worker: PoolWorker, end: WorkerEnd): void {
    this.#workers.delete(worker)
    this.#lost += 1
    this.reason = end.reason
    if (end.told && worker.sentModule) {
      // It lives and cannot decode: perhaps it was the module that did not get there.
      this.#sendable = false
    } else {
      if (!worker.ready) this.#limit()
      if (!worker.proven) this.#fail(end.reason)
    }
    this.#reports.onLost(worker.tasks, end)
  }

  #onIdle(worker: PoolWorker): void {
    this.#workers.delete(worker)
    worker.terminate()
  }

  /** One that did not start while others live: there is room for no more than these. */
  #limit(): void {
    if (this.#workers.size === 0) return
    this.#most = this.#workers.size
    this.#limitedUntil = performance.now() + this.#times.retry
  }

  #fail(reason: string): void {
    this.reason = reason
    this.#failures += 1
    if (this.#workers.size > 0 || (!this.#givenUp && this.#failures < FAILURES)) return
    this.#retryAt = performance.now() + this.#times.retry
    if (this.#givenUp) return
    this.#givenUp = true
    this.#reports.onGivenUp()
  }

  #sum(amount: (worker: PoolWorker) => number): number {
    let sum = 0
    for (const worker of this.#workers) sum += amount(worker)
    return sum
  }
}

function hasRoom({ tasks, weight }: PoolWorker): boolean {
  return tasks.length < JOBS_PER_WORKER || (tasks.length < LIGHT_JOBS_PER_WORKER && weight < LIGHT_BYTES)
}
