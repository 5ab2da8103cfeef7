//! The vocabulary between Net and its driver: facts in, orders out. Time is a number that the driver tells.

use serde::{Deserialize, Serialize};

use crate::byte_range::ByteRange;
use crate::error::Error;

/// Milliseconds on the driver's own clock, which never goes back.
pub type Millis = u64;

/// One file that bytes come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SourceId(pub u32);

/// One call of `Net::read`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ReaderId(pub u64);

/// One request on its way; a retry is a new flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FlightId(pub u64);

/// Bytes that the driver keeps for Net, copied out of a flight's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PieceId(pub u64);

/// How requests are made, kept and given up. Sizes in bytes, times in milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NetOptions {
    /// Bytes kept for all sources together.
    pub cache_bytes: u64,
    /// Rounding of metadata reads ([`Wanted::rounded`]).
    pub page_bytes: u64,
    /// A gap between two ranges is fetched along while wasted bytes stay below this share of the useful ones and, where the
    /// origin's latency and throughput are known, while its bytes come sooner than another request's head would. (A gap
    /// below `page_bytes` always does.)
    pub merge_waste: f64,
    /// Largest merged request; a single range that is larger goes alone.
    pub merge_bytes: u64,
    /// Largest body that is taken whole from a server that ignores `Range`.
    pub whole_bytes: u64,
    /// Requests for one range, the first included; 0 means 1. A server that gives out portions of a page or more is
    /// making progress, and such requests do not count.
    pub attempts: u32,
    /// First pause before a retry; doubles each time, with jitter.
    pub backoff: Millis,
    /// Longest pause, `Retry-After` included.
    pub backoff_max: Millis,
    /// Longest silence of one attempt: until its head, then between parts of its body. 0 means no bound.
    pub timeout: Millis,
    /// Requests under way to one origin, and to each local source; 0 means 1.
    pub per_origin: u32,
    /// The same for an origin whose requests share one connection, as HTTP/2 and HTTP/3 do.
    pub per_origin_multiplexed: u32,
    /// Seed of the jitter.
    pub seed: u64,
}

impl Default for NetOptions {
    fn default() -> Self {
        Self {
            cache_bytes: 64 << 20,
            page_bytes: 16 << 10,
            merge_waste: 0.25,
            merge_bytes: 8 << 20,
            whole_bytes: 16 << 20,
            attempts: 4,
            backoff: 200,
            backoff_max: 10_000,
            timeout: 30_000,
            per_origin: 6,
            per_origin_multiplexed: 24,
            seed: 0,
        }
    }
}

/// What kind of thing answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SourceKind {
    /// A URL: verdicts over heads, retries, timeouts, a queue per origin.
    Http {
        /// Scheme, host and port: the key of the queue.
        origin: String,
    },
    /// A Blob, buffer, file or a user's `Source`: asked once, its failures are final.
    Local,
}

/// A source as the driver declares it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceSpec {
    /// What answers.
    pub kind: SourceKind,
    /// URL or name for errors.
    pub name: String,
    /// Whether pieces stay in the cache after their readers have left.
    pub cached: bool,
    /// Length in bytes, where it is known beforehand.
    pub size: Option<u64>,
}

/// One range that a reader wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// The bytes; what lies past the end of the file is left out of the hand-out, without an error.
    pub range: ByteRange,
    /// Whether the request may be rounded out to whole pages: yes for metadata, no for blocks.
    pub rounded: bool,
}

/// Status line and headers of a response, each where it is readable. Of a local source only `content_range` is looked
/// at, and of that only the length that it tells (`bytes 0-99/1234` or `bytes */1234`); a local source may also go
/// without a head.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Head {
    /// HTTP status.
    pub status: u16,
    /// `Content-Range`, where it is readable (CORS may hide it).
    pub content_range: Option<String>,
    /// `Content-Length`.
    pub content_length: Option<u64>,
    /// `Content-Encoding`.
    pub content_encoding: Option<String>,
    /// `Content-Type`, for diagnosis.
    pub content_type: Option<String>,
    /// The URL that the answer came from, where a redirect led to another one than was asked.
    pub redirected: Option<String>,
    /// `ETag`.
    pub etag: Option<String>,
    /// `Last-Modified`.
    pub last_modified: Option<String>,
    /// `Retry-After`, as written: seconds or a date. CORS hides it unless the server exposes it.
    pub retry_after: Option<String>,
    /// `Date`, against which a date in `Retry-After` is read.
    pub date: Option<String>,
}

/// How a flight ended without a whole body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// The platform's words.
    pub message: String,
    /// The error to report as it is, from a source that already typed it; else it is a `network` failure.
    pub error: Option<Error>,
}

/// A stretch of one piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// The piece.
    pub piece: PieceId,
    /// Bytes of the **piece**, from 0 at its start.
    pub range: ByteRange,
}

/// What one read cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReadStats {
    /// Requests sent because of this reader, retries included; a request shared with others counts for the
    /// reader that caused it.
    pub requests: u64,
    /// Body bytes received by those requests.
    pub bytes: u64,
    /// Wanted ranges that needed no new request.
    pub cache_hits: u64,
    /// Retries among the requests.
    pub retries: u64,
    /// Bytes handed out, from wherever they came.
    pub useful_bytes: u64,
    /// Milliseconds from the call to its end, pauses and queueing included. Of several reads this is their sum.
    pub wait_ms: Millis,
}

/// What the driver must do, in this order.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Order {
    /// Ask the source for the range. Report `head`, then `body` as bytes arrive, then `end`; or `failed`.
    Send {
        /// Name of the request in later facts.
        flight: FlightId,
        /// Whom to ask.
        source: SourceId,
        /// What for.
        range: ByteRange,
        /// Where its body will most likely be cut into pieces: bytes of the **body**, ascending, without its start and end. A driver
        /// that gathers what lies between in a buffer of its own need not copy it for `Keep`.
        cuts: Vec<u64>,
        /// 1 for the first attempt.
        attempt: u32,
    },
    /// Abort the request and forget its body; no more facts about it. It comes for refused heads too: a driver that
    /// knows the rest of an error page to be small may drain it instead, which spares the connection.
    Stop {
        /// The request.
        flight: FlightId,
    },
    /// Keep these bytes of the flight's body in a buffer of their own. For one flight they come in ascending order
    /// and do not overlap: what lies before the last one need not be held. After `end`, `failed` or a tick that stops
    /// the flight, there may be one more.
    Keep {
        /// Name of the buffer in later orders.
        piece: PieceId,
        /// Whose body.
        flight: FlightId,
        /// Bytes of the **body**, from 0 at its start, all of them already received.
        range: ByteRange,
    },
    /// Drop the buffer.
    Forget {
        /// The buffer.
        piece: PieceId,
    },
    /// One wanted range is there: give the reader one buffer of its own, made of the parts, in order.
    HandOut {
        /// Whose.
        reader: ReaderId,
        /// Which of its wanted ranges, from 0.
        index: usize,
        /// Its bytes; shorter than wanted, even empty, where the file ends before.
        parts: Vec<Part>,
    },
    /// The reader has all it wanted. Its last order.
    Done {
        /// Whose.
        reader: ReaderId,
        /// What it cost.
        stats: ReadStats,
    },
    /// The reader ends with an error. Its last order.
    Fail {
        /// Whose.
        reader: ReaderId,
        /// Why.
        error: Error,
        /// The flight whose failure it was: the driver adds the platform's own exception as the cause.
        flight: Option<FlightId>,
        /// What it cost.
        stats: ReadStats,
    },
}

impl Order {
    /// Whether the order concerns that reader.
    pub fn is_about(&self, id: ReaderId) -> bool {
        match self {
            Self::HandOut { reader, .. } | Self::Done { reader, .. } | Self::Fail { reader, .. } => {
                *reader == id
            }
            Self::Send { .. } | Self::Stop { .. } | Self::Keep { .. } | Self::Forget { .. } => false,
        }
    }
}

/// What is known of a source.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceFacts {
    /// Length in bytes, once known.
    pub length: Option<u64>,
    /// The entity tag of the first answer.
    pub etag: Option<String>,
    /// The modification time of the first answer.
    pub last_modified: Option<String>,
    /// Whether it was taken whole because the server ignores ranges.
    pub whole: bool,
    /// Whether a part came whose `Content-Range` could not be read.
    pub hidden: bool,
    /// Where a redirect led to, with the last answer.
    pub redirected: Option<String>,
}
