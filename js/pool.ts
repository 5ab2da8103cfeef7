import { PyramidionError, toPyramidionError } from './errors.js'
import { unwrap } from './job.js'
import { Aborts, JobQueue, type Task } from './job-queue.js'
import { Crew, type CrewParts } from './crew.js'
import type { CoreJob } from './core-types.js'
import type { DecodeOptions, Decoded, Decoder, ExpectedJob } from './decoder.js'
import type { InlineDecoder } from './inline-decoder.js'
import type { DecodeAnswer } from './messages.js'
import type { Modules } from './modules.js'
import type { Pool, PoolStats } from './pool-types.js'
import type { PoolTimes, WorkerEnd } from './pool-worker.js'

/** What a pool is made of. */
export interface PoolParts extends CrewParts {
  inline: InlineDecoder
  /** Weight of the heaviest job that need not go to a worker. */
  smallBytes?: number
  times?: Partial<PoolTimes>
}

const TIMES: PoolTimes = { start: 10_000, silence: 30_000, idle: 30_000, retry: 60_000 }

/** Stored bytes that are at the workers at once. One block is always let through. */
const SENT_BYTES = 16 * 1024 * 1024

/** Blocks of no more bytes than this, stored and decoded, are not worth the way to a worker: see benches/NOTES.md. */
const SMALL_BYTES = 4 * 1024

/** A job that is blamed so often for a worker's end is given up. */
const BLAMES = 3

/** A worker that fell silent was at its job for certain; one that ended may have been gone before the job came. */
const blameFor = ({ silent }: WorkerEnd): number => (silent ? 2 : 1)

/** Decodes in workers, and in the calling thread where none lives. No job is lost, and none waits for ever. */
export class WorkerPool extends EventTarget implements Pool, Decoder {
  readonly #size: number
  readonly #inline: InlineDecoder
  readonly #modules: Modules
  readonly #smallBytes: number
  readonly #crew: Crew
  readonly #queue = new JobQueue()
  /** All jobs that are not settled. */
  readonly #tasks = new Set<Task>()
  readonly #aborts = new Aborts((tasks, reason) => this.#drop(tasks, reason))
  #closed = false
  #warned = false
  #inlineBusy = false
  #nextId = 1
  #jobs = 0
  #inlineJobs = 0

  /** Starts nothing. */
  constructor(parts: PoolParts) {
    super()
    this.#size = parts.size
    this.#inline = parts.inline
    this.#modules = parts.modules
    this.#smallBytes = parts.smallBytes ?? SMALL_BYTES
    const times = { ...TIMES, ...parts.times }
    this.#crew = new Crew(parts, times, {
      onReady: () => this.#dispatch(),
      onAnswer: (task, answer) => this.#onAnswer(task, answer),
      onLost: (tasks, end) => this.#onLost(tasks, end),
      onGivenUp: () => this.#degrade(),
    })
  }

  get closed(): boolean {
    return this.#closed
  }

  stats(): PoolStats {
    const { alive, busy, restarts, reason, givenUp } = this.#crew
    return {
      size: this.#size,
      alive,
      busy,
      queued: this.#queue.length,
      jobs: this.#jobs,
      inlineJobs: this.#inlineJobs,
      restarts,
      mode: givenUp ? 'inline' : 'workers',
      reason,
    }
  }

  prepare(jobs: ExpectedJob[]): void {
    if (this.#closed) return
    const sent = jobs.filter(({ module, weight }) => weight > this.#smallBytes || !this.#inline.has(module))
    for (const module of new Set(sent.map(({ module }) => module))) {
      // A failure is told to the jobs.
      this.#modules.compiled(module).catch(() => {})
    }
    this.#crew.grow(sent.length)
    this.#crew.hold(this.#tasks.size > 0)
    if (this.#crew.givenUp) this.#inline.prepare(jobs)
  }

  decode(job: CoreJob, bytes: Uint8Array, options: DecodeOptions): Promise<Decoded> {
    const { module = 'decode', priority = 0, weight = Infinity, lent = false, ...rest } = options
    return new Promise<Decoded>((resolve, reject) => {
      if (this.#closed) throw closedError()
      rest.signal.throwIfAborted()
      const { signal, outBytes, into, put, again } = rest
      const given = { module, job, bytes, lent, size: bytes.length, weight, priority, signal }
      const wanted = { outBytes, into, put, again }
      const task: Task = {
        id: this.#nextId++,
        ...given,
        ...wanted,
        blames: 0,
        settled: false,
        resolve,
        reject,
      }
      this.#tasks.add(task)
      this.#aborts.watch(task)
      if (this.#isSmall(task)) void this.#decodeInline(task)
      else if (this.#crew.givenUp || this.#modules.ready(module)) this.#queue.add(task)
      else void this.#addWhenCompiled(task)
      this.#dispatch()
    })
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#crew.close()
    this.#drop([...this.#tasks], closedError())
  }

  /** Whether a job is done sooner here than sent. The decoder must be here for that; the first such jobs call for it. */
  #isSmall(task: Task): boolean {
    if (this.#crew.givenUp || task.weight > this.#smallBytes) return false
    if (!this.#inline.has(task.module)) this.#inline.prepare([task])
    return this.#inline.has(task.module)
  }

  /** A module that is not there is no worker's fault: jobs come to one when their module is compiled. */
  async #addWhenCompiled(task: Task): Promise<void> {
    try {
      await this.#modules.compiled(task.module)
    } catch (error) {
      this.#settle(task, () => task.reject(error))
    }
    if (!task.settled) this.#queue.add(task)
    this.#dispatch()
  }

  /** Gives out as many jobs as there is room for. */
  #dispatch(): void {
    if (this.#closed) return
    this.#crew.grow(this.#queue.length + this.#crew.taken)
    if (this.#crew.givenUp) this.#nextInline()
    else this.#send()
    this.#crew.hold(this.#tasks.size > 0)
  }

  #send(): void {
    for (let task = this.#queue.first(); task; task = this.#queue.first()) {
      const worker = this.#crew.leastBusy()
      const waiting = this.#crew.bytes
      if (!worker || (waiting > 0 && waiting + task.size > SENT_BYTES)) break
      this.#queue.take()
      try {
        worker.send(task)
      } catch (error) {
        this.#settle(task, () => task.reject(toPyramidionError(error)))
      }
    }
  }

  /** In the calling thread there is one at a time, so that the queue's order holds. */
  #nextInline(): void {
    const task = this.#inlineBusy ? undefined : this.#queue.take()
    if (!task) return
    this.#inlineBusy = true
    void this.#decodeInline(task).then(() => {
      this.#inlineBusy = false
      this.#dispatch()
    })
  }

  /** Never rejects: what goes wrong is the job's. */
  async #decodeInline(task: Task): Promise<void> {
    const { module, job, bytes = new Uint8Array(0), signal, put } = task
    try {
      const decoded = await this.#inline.decode(job, bytes, { signal, module, put })
      this.#settle(task, () => {
        this.#jobs += 1
        this.#inlineJobs += 1
        task.resolve(decoded)
      })
    } catch (error) {
      this.#settle(task, () => task.reject(error))
    }
  }

  #onAnswer(task: Task, answer: DecodeAnswer): void {
    this.#settle(task, () => {
      try {
        const decoded = unwrap(answer)
        this.#jobs += 1
        task.resolve({ ...decoded, inWorker: true })
      } catch (error) {
        task.reject(error)
      }
    })
    this.#dispatch()
  }

  /** The worker was at the first of its jobs when it died; that one is given up if it happens too often. */
  #onLost(tasks: Task[], end: WorkerEnd): void {
    const [first] = tasks
    if (first) first.blames += blameFor(end)
    for (const task of tasks) {
      if (task.settled) continue
      // Where no worker ever answered, it is not the job that kills them.
      if (task.blames >= BLAMES && (this.#crew.proven || end.silent)) this.#giveUp(task, end)
      else void this.#resend(task, end)
    }
    this.#dispatch()
  }

  #giveUp(task: Task, { reason }: WorkerEnd): void {
    const message = `worker after worker was lost while it decoded this block; the last time, ${reason}`
    this.#settle(task, () => task.reject(new PyramidionError('internal', message)))
  }

  /** Its bytes went down with the worker: they are brought again, from the cache where it has them. */
  async #resend(task: Task, { reason }: WorkerEnd): Promise<void> {
    try {
      if (!task.again) throw new PyramidionError('internal', reason)
      task.bytes = await task.again()
      task.lent = false
    } catch (error) {
      this.#settle(task, () => task.reject(error))
    }
    if (!task.settled) this.#queue.add(task)
    this.#dispatch()
  }

  /** Ends jobs, wherever they are. A worker that has one of them is not disturbed; its answer is thrown away. */
  #drop(tasks: Iterable<Task>, reason: unknown): void {
    for (const task of tasks) this.#settle(task, () => task.reject(reason))
    this.#queue.sweep()
    this.#dispatch()
  }

  #settle(task: Task, how: () => void): void {
    if (task.settled) return
    task.settled = true
    this.#tasks.delete(task)
    this.#aborts.forget(task)
    // Also after a job that was done here and freed no worker: the process need not wait for any.
    if (this.#tasks.size === 0) this.#crew.hold(false)
    how()
  }

  #degrade(): void {
    if (!this.#warned) {
      this.#warned = true
      const why = this.#crew.reason ?? 'no reason is known'
      console.warn(`pyramidion: blocks are decoded in the calling thread, because no worker lives: ${why}`)
    }
    this.dispatchEvent(new Event('degraded'))
  }
}

function closedError(): PyramidionError {
  return new PyramidionError('closed', 'the pool was closed')
}
