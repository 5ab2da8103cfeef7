/** How a block's message is answered, and the answer read: the same inline and in a worker. */

import {
  PyramidionError,
  isErrorRecord,
  toErrorRecord,
  toPyramidionError,
  type ErrorRecord,
} from './errors.js'
import { place } from './place.js'
import type { Decode } from './core-types.js'
import type { Answered, DecodeAnswer, DecodeMessage } from './messages.js'

/** The decoding side; `put` takes samples that go nowhere else. Never throws: a failure is an answer too. */
export function answer(
  message: Omit<DecodeMessage, 'type' | 'module'>,
  decode: Decode,
  put?: (samples: Uint8Array) => void,
): DecodeAnswer {
  const { id, job, bytes, room, into } = message
  const started = performance.now()
  try {
    let roomed: Uint8Array | undefined
    let take = put
    if (into) take = view => place(into.grid, into.memory, into.placement, view)
    else if (room) take = view => (roomed = filled(room, view))
    let forgiven: string | undefined
    const samples = decode(job, bytes, take, why => (forgiven = why)) ?? roomed ?? null
    return { type: 'answer', id, samples, ms: performance.now() - started, ...(forgiven && { forgiven }) }
  } catch (error) {
    // The core throws coded errors only. Anything else is a trap or an exhausted stack: its instance is in no known state.
    if (isErrorRecord(error)) return { type: 'answer', id, error: toErrorRecord(error), trapped: false }
    const { message } = toPyramidionError(error)
    const cause = error instanceof Error ? { name: error.name, message: error.message } : undefined
    const record: ErrorRecord = { code: 'internal', message: `the decoder stopped: ${message}`, detail: {} }
    return { type: 'answer', id, error: cause ? { ...record, cause } : record, trapped: true }
  }
}

/** The samples in that room, or in a buffer of their own where it has not enough. */
function filled(room: Uint8Array, samples: Uint8Array): Uint8Array {
  if (room.length < samples.length) return samples.slice()
  room.set(samples)
  return room.subarray(0, samples.length)
}

/** The asking side: what was decoded, or the error as the class that callers know. */
export function unwrap(reply: DecodeAnswer): Answered {
  if ('error' in reply) throw toPyramidionError(reply.error)
  const { samples } = reply
  if (samples === null || samples instanceof Uint8Array) return reply
  throw new PyramidionError('internal', 'the decoder answered without samples')
}
