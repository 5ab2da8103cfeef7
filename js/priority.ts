import { invalidArgument } from './errors.js'

/**
 * How urgent reads are, changeable while they are under way: a map that pans lowers what it has left and raises what it
 * shows. One of them may be given to any number of reads. Higher goes first; reads without one have 0. It orders what
 * waits for room at its server; requests under way are left alone.
 */
export class Priority {
  static #made = 0
  /** By which the core knows the calls that share it. */
  readonly id = ++Priority.#made
  readonly #listeners = new Set<(priority: Priority) => void>()
  #value: number

  constructor(value = 0) {
    this.#value = checked(value)
  }

  get value(): number {
    return this.#value
  }

  set value(value: number) {
    this.#value = checked(value)
    for (const listener of this.#listeners) listener(this)
  }

  /** Calls back whenever the value changes, until the function that this gives is called. */
  onChange(listener: (priority: Priority) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

/** The `priority` of a call: a number that stays, or one that may change. */
export function checkPriority(priority: unknown): Priority {
  if (priority === undefined) return new Priority()
  if (priority instanceof Priority) return priority
  if (typeof priority === 'number') return new Priority(priority)
  throw invalidArgument('priority', 'a whole number or a Priority', priority)
}

function checked(value: unknown): number {
  if (Number.isInteger(value) && Math.abs(value as number) <= HIGHEST) return value as number
  throw invalidArgument('priority', `a whole number from -${HIGHEST} to ${HIGHEST}`, value)
}

const HIGHEST = 2 ** 31 - 1
