/**
 * Everything that is said between a pool and a worker: three messages there, three back. The worker keeps nothing of a job
 * after its answer. `decode` and its answer are also what the inline decoder is asked and says.
 */

import type { CoreJob } from './core-types.js'
import type { ErrorRecord } from './errors.js'
import type { DecoderName } from './modules.js'
import type { Grid, Placement } from './place.js'

/** The first message. */
export interface StartMessage {
  type: 'start'
  /** A Web Lock to hold for as long as the worker lives, where there are such locks. */
  lock?: string
}

/** With what to decode: once for each module, before the first job that needs it. */
export interface ModuleMessage {
  type: 'module'
  name: DecoderName
  url: string
  /** Compiled; without it the worker compiles what is at `url`. */
  module?: WebAssembly.Module
}

/** One block to decode. The bytes belong to the receiver. */
export interface DecodeMessage {
  type: 'decode'
  /** Answers carry it back. */
  id: number
  /** The module that decodes it. */
  module: DecoderName
  job: CoreJob
  bytes: Uint8Array
  /** A buffer for the samples that has room for them, where one is to be used again. */
  room?: Uint8Array
  /** Where the samples go; without it they come back. */
  into?: Destination
}

/** A block's place in a result that lies in shared memory. */
export interface Destination {
  /** The whole result's memory. */
  memory: Uint8Array
  grid: Grid
  placement: Placement
}

/** The worker runs. */
export interface ReadyMessage {
  type: 'ready'
  /** Whether the lock is held. */
  locked: boolean
}

/** The worker cannot decode, or cannot any more. */
export interface FailedMessage {
  type: 'failed'
  error: ErrorRecord
}

/** A decoded block. */
export interface Answered {
  /** As `Decode` gives them; null where they are in their place already. */
  samples: Uint8Array | null
  /** The time that it took where it ran. */
  ms: number
  /** Why its bytes are not as they should be, where they were read nevertheless. */
  forgiven?: string
}

/** The samples, or nothing where they were put in their place; or why there are none. */
export type DecodeAnswer = {
  type: 'answer'
  id: number
  /** The stored bytes, back: a worker has no use for their buffer. */
  bytes?: Uint8Array
} & (Answered | { error: ErrorRecord; trapped: boolean })

export type ToWorker = StartMessage | ModuleMessage | DecodeMessage
export type FromWorker = ReadyMessage | FailedMessage | DecodeAnswer
