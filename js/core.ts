import { PyramidionError } from './errors.js'
import type { Call } from './call.js'
import type { CoreEngine } from './core-types.js'
import type { CoreMaker } from './wasm.js'
import type { CacheStats, NetOptions } from './types.js'

const DEFAULT_CACHE_BYTES = 64 * 1024 * 1024

/** An engine with the calls under way in it. When its WebAssembly instance traps, they all end. */
export class Core {
  readonly #calls = new Set<Call>()
  #lost: PyramidionError | undefined

  constructor(
    readonly engine: CoreEngine,
    readonly onTrap: (cause: unknown) => void = cause => this.lose(cause),
  ) {}

  /** Runs the part of a call that works with the engine: a trap, in whatever call, ends it at once. */
  async track<T>(call: Call, work: () => Promise<T>): Promise<T> {
    if (this.#lost) throw this.#lost
    this.#calls.add(call)
    try {
      return await this.watch(work)
    } finally {
      this.#calls.delete(call)
    }
  }

  /** Waits for an answer of the engine or a dataset, and sees a trap in it. */
  async watch<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question()
    } catch (error) {
      if (isTrap(error)) this.onTrap(error)
      throw this.#lost ?? error
    }
  }

  /** Asks the engine or a dataset something that has its answer at once. */
  ask<T>(question: () => T): T {
    if (this.#lost) throw this.#lost
    try {
      return question()
    } catch (error) {
      if (isTrap(error)) this.onTrap(error)
      throw this.#lost ?? error
    }
  }

  /** The same for what must not fail: where there is no answer, or the core is lost, it is `otherwise`. */
  askOr<T>(otherwise: T, question: () => T): T {
    try {
      return this.ask(question)
    } catch {
      return otherwise
    }
  }

  /** Ends everything with `internal`. */
  lose(cause: unknown): void {
    if (this.#lost) return
    const text = cause instanceof Error ? cause.message : String(cause)
    const message = `the WebAssembly core stopped (${text}); rasters must be opened again`
    this.#lost = new PyramidionError('internal', message, {}, { cause })
    for (const call of this.#calls) call.abandon(this.#lost)
  }
}

/** Gives out the one core that all rasters share, and a fresh one after a trap or new options. */
export class CoreHost {
  readonly #load: (replace: boolean) => Promise<CoreMaker>
  /** Engines of the present instance: a trap takes all of them. */
  readonly #alive = new Set<Core>()
  #current: Promise<Core> | undefined
  #latest: Core | undefined
  #net: NetOptions
  #trapped = false

  /** `net`: what the platform has otherwise than the core. */
  constructor(load: (replace: boolean) => Promise<CoreMaker>, net: NetOptions = {}) {
    this.#load = load
    this.#net = net
  }

  core(): Promise<Core> {
    this.#current ??= this.#make().catch((error: unknown) => {
      this.#current = undefined
      throw error
    })
    return this.#current
  }

  /** For rasters opened afterwards; the others keep the core that they have. */
  configure(net: NetOptions): void {
    this.#net = { ...this.#net, ...net }
    this.#current = undefined
  }

  cacheStats(): Omit<CacheStats, 'decodedBytes'> {
    const none = { bytes: 0, limit: this.#net.cacheBytes ?? DEFAULT_CACHE_BYTES, pieces: 0 }
    const core = this.#latest
    return core ? core.askOr(none, () => core.engine.cacheStats()) : none
  }

  clearCache(): void {
    const core = this.#latest
    core?.askOr(undefined, () => core.engine.clearCache())
  }

  async #make(): Promise<Core> {
    const maker = await this.#load(this.#trapped)
    this.#trapped = false
    const onTrap = (cause: unknown) => this.#trap(cause)
    const core = new Core(maker.make(this.#net, onTrap), onTrap)
    this.#alive.add(core)
    this.#latest = core
    return core
  }

  #trap(cause: unknown): void {
    this.#trapped = true
    this.#current = undefined
    for (const core of this.#alive) core.lose(cause)
    this.#alive.clear()
  }
}

/** A bug in Rust ends here: `unreachable`, out of bounds, out of memory, or a stack that recursion has used up. */
function isTrap(error: unknown): boolean {
  return error instanceof WebAssembly.RuntimeError
}
