/** Failures as the core knows them, plain data, and what is made of whatever was thrown. */

import { describe } from '../errors.js'
import type { CoreError } from '../core-types.js'

/** The codes of src/error.rs. */
const CODES = new Set([
  ...[
    'not_found',
    'forbidden',
    'http',
    'network',
    'timeout',
    'truncated',
    'range_unsupported',
    'file_changed',
  ],
  ...[
    'not_a_tiff',
    'malformed',
    'unsupported',
    'limit',
    'too_large',
    'invalid_argument',
    'closed',
    'internal',
  ],
])

/** A failure; `cause` is the platform's own exception, or another failure. */
export function fault(
  code: string,
  message: string,
  detail: Record<string, unknown> = {},
  cause?: unknown,
): CoreError {
  return { code, message, detail, ...(cause !== undefined && { cause }) }
}

/** An argument that is wrong. */
export function invalid(name: string, message: string, cause?: unknown): CoreError {
  return fault('invalid_argument', message, { name }, cause)
}

/** What calls reject with once a raster is closed. */
export function closed(name: string): CoreError {
  return fault('closed', 'the raster was closed', { url: name })
}

/** Whether it is plain data of that shape, and no exception. */
export function isFault(value: unknown): value is CoreError {
  return !(value instanceof Error) && CODES.has(property(value, 'code') as string)
}

/** The same failure, about the file of that name if it is about none yet. */
export function about(error: unknown, name: string): unknown {
  if (!isFault(error) || error.detail.name !== undefined || error.detail.url !== undefined) return error
  return { ...error, detail: { ...error.detail, url: name } }
}

/** As the core is told of it: a cause that is no failure of ours means nothing to it. */
export function told({ code, message, detail, cause }: CoreError): CoreError {
  return isFault(cause) ? { code, message, detail, cause: told(cause) } : { code, message, detail }
}

/** The failure of our own kind that was thrown, if it is one: it has one of our codes. */
export function typed(thrown: unknown): CoreError | undefined {
  const code = property(thrown, 'code')
  if (!CODES.has(code as string)) return undefined
  const detail = property(thrown, 'detail')
  return fault(code as string, ownMessage(thrown), (detail ?? {}) as Record<string, unknown>)
}

/** What to report as the cause of what was thrown: of an error of our own kind its cause, of any other itself. */
export function causeOf(thrown: unknown): unknown {
  return typed(thrown) ? (property(thrown, 'cause') ?? undefined) : thrown
}

/** Whether a `fetch` failed in the way of pages, which are not told why. Where the platform tells, it does so in the cause. */
export function tellsNothing(thrown: unknown): boolean {
  return property(thrown, 'name') === 'TypeError' && property(thrown, 'cause') === undefined
}

/** The words of whatever was thrown. Node says why a `fetch` failed only in its cause. */
export function messageOf(thrown: unknown): string {
  const own = ownMessage(thrown)
  const cause = property(thrown, 'cause')
  const [code, message] = [property(cause, 'code'), property(cause, 'message')].map(textOf)
  // An error that passes its cause's words on says them once.
  if (message && own.includes(message)) return own
  if (code && message && !message.includes(code)) return `${own} (${code}: ${message})`
  const said = message ?? code
  return said ? `${own} (${said})` : own
}

function ownMessage(thrown: unknown): string {
  return textOf(property(thrown, 'message')) ?? (typeof thrown === 'string' ? thrown : describe(thrown))
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** A property of anything; `undefined` where there is none or it throws. */
export function property(value: unknown, name: string): unknown {
  try {
    return (value as Record<string, unknown> | null | undefined)?.[name]
  } catch {
    return undefined
  }
}
