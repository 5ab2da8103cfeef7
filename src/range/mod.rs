//! Byte ranges over a network: [`Net`], a synchronous scheduler that takes facts and returns orders.
//!
//! | file | its one concern |
//! |---|---|
//! | `order` | the vocabulary: facts and orders |
//! | `net` | the public face |
//! | `claims` | who waits for what, and is served |
//! | `trim` | what is not asked for because nobody wants it any more |
//! | `sending` | what leaves, what is stopped |
//! | `answers` | heads, bodies, ends |
//! | `setbacks` | failures, retries, silence, changed and closed files |
//! | `verdict`, `content_range`, `validators`, `length` | what an answer means, and what it says of the file |
//! | `diagnosis` | what the server's owner should change |
//! | `coalesce`, `queue` | from holes to requests, and whose turn it is |
//! | `extents`, `cache` | what is kept or on its way, and what is evicted |
//! | `link` | what the way to each origin is like |
//! | `trace` | facts and orders as they happened, to be told again |
//! | `retry`, `http_date` | how long to wait |
//! | `source`, `reader`, `flight` | what is remembered of each |

mod answers;
mod cache;
mod claims;
mod coalesce;
mod content_range;
mod diagnosis;
mod extents;
mod flight;
mod http_date;
mod length;
mod link;
mod net;
pub mod order;
mod queue;
mod reader;
mod retry;
mod sending;
mod setbacks;
mod source;
pub mod trace;
mod trim;
mod validators;
mod verdict;

pub use cache::{CacheStats, PIECE_OVERHEAD};
pub use diagnosis::advice;
pub use net::Net;
pub use order::{
    Failure, FlightId, Head, Millis, NetOptions, Order, Part, PieceId, ReadStats, ReaderId, SourceFacts,
    SourceId, SourceKind, SourceSpec, Wanted,
};
