/** Request headers as the user gives them: `Headers`, an array of pairs, or an object. */

import { invalid, messageOf } from './fault.js'

/** Names, in the user's own spelling, and values. A copy: later changes of the user's object change nothing. */
export type UserHeaders = readonly [name: string, value: string][]

/** Throws `invalid_argument` for what `Headers` does not take. */
export function userHeaders(init: HeadersInit | undefined | null): UserHeaders {
  if (init === undefined || init === null) return []
  const headers: [string, string][] = []
  try {
    // The platform checks names and values now, not with the first request.
    new Headers(init)
    const pairs = Symbol.iterator in init ? [...(init as Iterable<string[]>)] : Object.entries(init)
    for (const [name, value] of pairs) add(headers, String(name), String(value))
  } catch (cause) {
    throw invalid('headers', `headers: ${messageOf(cause)}`, cause)
  }
  return headers
}

/** Repeated names are one header with all values; a range is nobody's to set but ours. */
function add(headers: [string, string][], name: string, value: string): void {
  const lower = name.toLowerCase()
  const known = headers.find(([other]) => other.toLowerCase() === lower)
  if (known) known[1] += `, ${value}`
  else if (lower !== 'range') headers.push([name, value])
}

/** A plain object of them and the range: what any `fetch` takes. */
export function withRange(headers: UserHeaders, range: string): Record<string, string> {
  return { ...Object.fromEntries(headers), Range: range }
}

/** Whether a server sees the same: names occur once, so equally many that are all there are the same ones. */
export function sameHeaders(a: UserHeaders, b: UserHeaders): boolean {
  const has = ([name, value]: [string, string]) =>
    b.some(([known, own]) => known.toLowerCase() === name.toLowerCase() && own.trim() === value.trim())
  return a.length === b.length && a.every(has)
}
