import type { CoreJob } from './core-types.js'
import type { Answered, Destination } from './messages.js'
import type { DecoderName } from './modules.js'

/** What a decoder is told of a block besides its job and bytes. */
export interface DecodeOptions {
  /** A job whose signal is aborted before its turn is dropped; the answer of one that runs is thrown away. */
  signal: AbortSignal
  /** Whether the bytes are only to be looked at, until the promise settles: else they are the decoder's. */
  lent?: boolean
  /** The module that decodes it. Default `decode`. */
  module?: DecoderName
  /** Jobs of a higher one go first. Default 0. */
  priority?: number
  /** Bytes of the samples. */
  outBytes?: number
  /** Bytes of the whole block, stored or decoded, whichever are more: what there is to do. */
  weight?: number
  /** Brings the stored bytes once more, for when they went down with a worker. */
  again?: () => Promise<Uint8Array>
  /** Shared memory to put the samples in; a decoder may still hand them back. */
  into?: Destination | undefined
  /**
   * Puts the samples in their place, out of a view that is good until it returns. A decoder in the calling thread does that
   * instead of handing them back.
   */
  put?: ((samples: Uint8Array) => void) | undefined
}

/** What is known of a job before its bytes are there. */
export interface ExpectedJob {
  module: DecoderName
  weight: number
}

/** A decoded block. */
export interface Decoded extends Answered {
  /** Whether it was a worker that decoded it. */
  inWorker: boolean
}

/** Decodes blocks somewhere. It owns the order and the number at work; callers bound the bytes that they hand over. */
export interface Decoder {
  /** Such jobs will come: what they need may be started. */
  prepare(jobs: ExpectedJob[]): void
  /** The bytes belong to the decoder from here on, unless they are lent. */
  decode(job: CoreJob, bytes: Uint8Array, options: DecodeOptions): Promise<Decoded>
}
