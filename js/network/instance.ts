/**
 * An instance of `core.wasm`: numbers, texts and bytes go in, values come out. It imports nothing, so nothing of JavaScript runs in the
 * middle of it. An exception out of it is a trap: it leaves the instance in no known state, and no call reaches it any more.
 */

import { readValue } from '../values.js'

/** Where a buffer lies, and its length. */
type Span = [number, number]

interface Memory {
  memory: WebAssembly.Memory
  __wbindgen_start(): void
  __wbindgen_malloc(bytes: number, align: number): number
  __wbindgen_free(at: number, bytes: number, align: number): void
}

type Argument = number | string | Uint8Array

/** The functions of src/wasm/core that give a value. */
type Told =
  | 'net_new'
  | 'net_order'
  | 'net_facts'
  | 'net_advice'
  | 'net_cache'
  | 'dataset_new'
  | 'dataset_ask'
  | 'dataset_supply'
  | 'dataset_fail'

/** Those that give a number, or none. */
type Counted = 'net_tell' | 'net_wake'

/** Those that give nothing, or one number. */
type Plain = 'dataset_ends_by' | 'dataset_came_from' | 'dataset_is_empty'

export class CoreInstance {
  readonly #exports: Memory & Record<string, (...numbers: number[]) => unknown>
  readonly #encoder = new TextEncoder()
  readonly #onTrap = new Set<(cause: unknown) => void>()
  #trapped: { cause: unknown } | undefined

  private constructor(exports: WebAssembly.Exports) {
    this.#exports = exports as never
    this.#exports.__wbindgen_start()
  }

  static async of(module: WebAssembly.Module): Promise<CoreInstance> {
    // What wasm-bindgen's own glue would fill with values: none crosses this border.
    const nothing = { __wbindgen_init_externref_table() {} }
    const imports = WebAssembly.Module.imports(module).map(({ module }) => [module, nothing])
    const { exports } = await WebAssembly.instantiate(
      module,
      Object.fromEntries(imports) as WebAssembly.Imports,
    )
    return new CoreInstance(exports)
  }

  get trapped(): boolean {
    return this.#trapped !== undefined
  }

  /** Bytes of its memory. */
  get memory(): WebAssembly.Memory {
    return this.#exports.memory
  }

  /** Lets go of what has that number, if the instance lives. */
  free(name: 'net_free' | 'dataset_free', number: number): void {
    if (!this.#trapped) this.#run(() => this.#call(name, [number]))
  }

  /** Whom to tell of a trap. */
  onTrap(tell: (cause: unknown) => void): void {
    this.#onTrap.add(tell)
  }

  /** The value that the function gives. */
  told(name: Told, ...given: Argument[]): unknown {
    return this.#run(() => {
      const [at, length] = this.#call(name, given) as Span
      const value = readValue(new Uint8Array(this.#exports.memory.buffer, at >>> 0, length))
      this.#exports.__wbindgen_free(at, length, 1)
      return value
    })
  }

  /** The number that the function gives, if any. */
  counted(name: Counted, ...given: Argument[]): number | undefined {
    const [there, count] = this.#run(() => this.#call(name, given)) as Span
    return there ? count : undefined
  }

  /** What the function gives where that is no more than a number. */
  plain(name: Plain, ...given: Argument[]): unknown {
    return this.#run(() => this.#call(name, given))
  }

  #call(name: string, given: Argument[]): unknown {
    const numbers = given.flatMap(argument => (typeof argument === 'number' ? argument : this.#put(argument)))
    return this.#exports[name]!(...numbers)
  }

  /** Copies into its memory, which is its own to free. */
  #put(given: string | Uint8Array): Span {
    const bytes = typeof given === 'string' ? this.#encoder.encode(given) : given
    const at = this.#exports.__wbindgen_malloc(bytes.length, 1) >>> 0
    new Uint8Array(this.#exports.memory.buffer, at, bytes.length).set(bytes)
    return [at, bytes.length]
  }

  #run<T>(work: () => T): T {
    if (this.#trapped) throw this.#trapped.cause
    try {
      return work()
    } catch (cause) {
      this.#trapped = { cause }
      for (const tell of this.#onTrap) tell(cause)
      throw cause
    }
  }
}
