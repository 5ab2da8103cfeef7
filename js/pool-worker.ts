import { giveBytes, keptFor, takeBytes } from './buffers.js'
import { isErrorRecord } from './errors.js'
import { lockName, watchLock } from './lifeline.js'
import { connect, type WorkerPort } from './worker-port.js'
import type { Task } from './job-queue.js'
import type { DecodeAnswer, FromWorker, ModuleMessage, StartMessage } from './messages.js'
import type { DecoderName } from './modules.js'
import type { AnyWorker } from './pool-types.js'

/** How long a pool waits. Milliseconds. */
export interface PoolTimes {
  /** For a worker to say that it is ready. */
  start: number
  /** For an answer; after twice that, the worker counts as gone. Only where nothing else tells of its end. */
  silence: number
  /** Before an idle worker is ended. */
  idle: number
  /** Before a worker is tried again where none could live. */
  retry: number
}

/** Why a worker is no more. */
export interface WorkerEnd {
  reason: string
  /** Whether it said, before its first answer, that it cannot decode: it lives, and another way to be told of modules may do. */
  told: boolean
  /** Whether it gave no answer for too long: what it worked on may never end. */
  silent: boolean
}

/** What a worker tells its pool. */
export interface WorkerReports {
  onReady(): void
  onAnswer(task: Task, answer: DecodeAnswer): void
  /** Once, and nothing after it. */
  onEnd(worker: PoolWorker, end: WorkerEnd): void
  onIdle(worker: PoolWorker): void
}

/** One worker of a pool: its start, the jobs that it has, and how its end is noticed. */
export class PoolWorker {
  /** In the order in which they were sent: it works on the first. Those that were aborted stay until it answers. */
  readonly tasks: Task[] = []
  /** Whether it ever gave an answer. */
  proven = false
  /** Whether it was given a compiled module. */
  sentModule = false
  readonly #modules = new Set<DecoderName>()
  #ready = false
  #ended = false
  #held = true
  #silences = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #stopWatching: (() => void) | undefined
  readonly #lock = lockName()
  readonly #port: WorkerPort
  readonly #moduleFor: (name: DecoderName) => ModuleMessage
  readonly #times: PoolTimes
  readonly #reports: WorkerReports

  /** Throws what `createWorker` throws. */
  constructor(
    createWorker: () => AnyWorker,
    moduleFor: (name: DecoderName) => ModuleMessage,
    times: PoolTimes,
    reports: WorkerReports,
  ) {
    this.#moduleFor = moduleFor
    this.#times = times
    this.#reports = reports
    this.#port = connect(createWorker(), {
      onMessage: data => this.#onMessage(data),
      onFailure: reason => this.#end({ reason }),
    })
    this.#after(times.start, () => this.#end({ reason: `the worker was not ready within ${times.start} ms` }))
  }

  get ready(): boolean {
    return this.#ready
  }

  /** Stored bytes that it has and did not answer yet. */
  get bytes(): number {
    return this.tasks.reduce((sum, { size }) => sum + size, 0)
  }

  /** Bytes of the whole blocks that it has, stored or decoded. */
  get weight(): number {
    return this.tasks.reduce((sum, { weight }) => sum + weight, 0)
  }

  /** Sends its start. */
  start(): void {
    const message: StartMessage = { type: 'start', ...(this.#lock !== undefined && { lock: this.#lock }) }
    try {
      this.#port.post(message, [])
    } catch (error) {
      this.#end({ reason: `the worker could not be sent its start: ${String(error)}` })
    }
  }

  /** Its bytes are the worker's from here on. Throws what cannot be sent. */
  send(task: Task): void {
    const { id, module, job, into, outBytes } = task
    if (!task.bytes) throw new Error(`job ${id} has no bytes`)
    this.#sendModule(module)
    const bytes = task.lent ? copyOf(task.bytes) : task.bytes
    const room = into || outBytes === undefined ? undefined : keptFor(outBytes)
    this.#port.post(
      { type: 'decode', id, module, job, bytes, ...(room && { room }), ...(into && { into }) },
      [bytes, room].flatMap(transferable),
    )
    task.bytes = undefined
    this.tasks.push(task)
    if (this.tasks.length === 1) this.#listen()
  }

  /** Whether the process must stay alive for it. */
  hold(held: boolean): void {
    if (held === this.#held || this.#ended) return
    this.#held = held
    this.#port.hold(held)
    holdTimer(this.#timer, held)
  }

  /** What it decodes with, before the first job that needs it. One that cannot be sent is compiled by the worker itself. */
  #sendModule(name: DecoderName): void {
    if (this.#modules.has(name)) return
    this.#modules.add(name)
    const { module, ...message } = this.#moduleFor(name)
    try {
      this.#port.post(module ? { ...message, module } : message, [])
      this.sentModule ||= module !== undefined
    } catch {
      this.#port.post(message, [])
    }
  }

  /** Ends it, and tells nobody. */
  terminate(): void {
    if (this.#ended) return
    this.#ended = true
    clearTimeout(this.#timer)
    this.#stopWatching?.()
    this.#port.terminate()
  }

  #onMessage(data: unknown): void {
    const message = data as FromWorker | null
    if (message?.type === 'ready' && !this.#ready) this.#onReady(message.locked)
    else if (message?.type === 'answer' && isAnswer(message)) this.#onAnswer(message)
    else if (message?.type === 'failed') this.#end({ reason: failureOf(message), told: !this.proven })
    else this.#end({ reason: 'the worker said what no worker says' })
  }

  #onReady(locked: boolean): void {
    this.#ready = true
    const gone = (): void => this.#end({ reason: 'the worker was ended from outside' })
    if (locked && this.#lock !== undefined) this.#stopWatching = watchLock(this.#lock, gone)
    this.#rest()
    this.#reports.onReady()
  }

  #onAnswer(answer: DecodeAnswer): void {
    const at = this.tasks.findIndex(({ id }) => id === answer.id)
    const task = this.tasks[at]
    if (!task || !fits(answer, task)) {
      this.#end({ reason: 'the worker gave an answer that fits no job of its' })
      return
    }
    this.tasks.splice(at, 1)
    this.proven = true
    if (answer.bytes) giveBytes(answer.bytes)
    if (this.tasks.length > 0) this.#listen()
    else this.#rest()
    this.#reports.onAnswer(task, answer)
  }

  /** Waits for an answer. A machine that slept may bring both at once, the answer and the end of the wait: it gets a second one. */
  #listen(): void {
    this.#silences = 0
    const wait = (): void =>
      this.#after(this.#times.silence, () => {
        this.#silences += 1
        if (this.#silences < 2) wait()
        else
          this.#end({ reason: `the worker gave no answer for ${2 * this.#times.silence} ms`, silent: true })
      })
    wait()
  }

  #rest(): void {
    this.#after(this.#times.idle, () => this.#reports.onIdle(this))
  }

  #after(ms: number, then: () => void): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(then, ms)
    holdTimer(this.#timer, this.#held)
  }

  #end(end: { reason: string; told?: boolean; silent?: boolean }): void {
    if (this.#ended) return
    this.terminate()
    this.#reports.onEnd(this, { told: false, silent: false, ...end })
  }
}

/** Shared memory is not transferred, and need not be. */
function transferable(bytes: Uint8Array | undefined): ArrayBuffer[] {
  return bytes?.buffer instanceof ArrayBuffer ? [bytes.buffer] : []
}

function copyOf(bytes: Uint8Array): Uint8Array {
  const copy = takeBytes(bytes.length)
  copy.set(bytes)
  return copy
}

function isAnswer(message: DecodeAnswer): boolean {
  if (message.bytes !== undefined && !(message.bytes instanceof Uint8Array)) return false
  if ('error' in message) return isErrorRecord(message.error)
  const { samples, ms } = message
  return typeof ms === 'number' && (samples === null || samples instanceof Uint8Array)
}

/** Whether the answer can be the job's: samples come where they were to come, and as many as were asked for. */
function fits(answer: DecodeAnswer, { into, outBytes }: Task): boolean {
  if ('error' in answer) return true
  if (answer.samples === null) return into !== undefined
  return into === undefined && (outBytes === undefined || answer.samples.length === outBytes)
}

function failureOf({ error }: { error?: unknown }): string {
  return isErrorRecord(error) ? `the worker failed: ${error.message}` : 'the worker failed'
}

/** In Node a timer keeps the process alive, unless it is told not to. */
function holdTimer(timer: ReturnType<typeof setTimeout> | undefined, held: boolean): void {
  const node = timer as { ref?: () => void; unref?: () => void } | undefined
  if (held) node?.ref?.()
  else node?.unref?.()
}
