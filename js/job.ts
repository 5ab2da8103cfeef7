/**
 * The messages between whoever wants a block decoded and whoever decodes it: the same inline and in a worker, and
 * nothing in them but data that `structuredClone` keeps.
 */

import {
  PyramidionError,
  isErrorRecord,
  toErrorRecord,
  toPyramidionError,
  type ErrorRecord,
} from './errors.js'
import type { CoreJob, Decode } from './core-types.js'

/** One block to decode. The bytes belong to the receiver. */
export interface DecodeMessage {
  /** Answers carry it back. */
  id: number
  job: CoreJob
  bytes: Uint8Array
}

/** The samples, or why there are none. */
export type DecodeAnswer =
  { id: number; samples: Uint8Array; ms: number } | { id: number; error: ErrorRecord; trapped: boolean }

/** A decoded block: samples as `Decode` gives them, and the time that it took where it ran. */
export interface Decoded {
  samples: Uint8Array
  ms: number
}

/** The decoding side. Never throws: a failure is an answer too. */
export function answer(message: DecodeMessage, decode: Decode): DecodeAnswer {
  const { id, job, bytes } = message
  const started = performance.now()
  try {
    const samples = decode(job, bytes)
    return { id, samples, ms: performance.now() - started }
  } catch (error) {
    // The core throws coded errors only. Anything else is a trap or an exhausted stack: its instance is in no known state.
    if (isErrorRecord(error)) return { id, error: toErrorRecord(error), trapped: false }
    const { message } = toPyramidionError(error)
    const cause = error instanceof Error ? { name: error.name, message: error.message } : undefined
    const record: ErrorRecord = { code: 'internal', message: `the decoder stopped: ${message}`, detail: {} }
    return { id, error: cause ? { ...record, cause } : record, trapped: true }
  }
}

/** The asking side: what was decoded, or the error as the class that callers know. */
export function unwrap(reply: DecodeAnswer): Decoded {
  if ('error' in reply) throw toPyramidionError(reply.error)
  if (reply.samples instanceof Uint8Array) return { samples: reply.samples, ms: reply.ms }
  throw new PyramidionError('internal', 'the decoder answered without samples')
}
