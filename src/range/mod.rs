//! Byte ranges over a network: `Net`, a synchronous scheduler that takes facts and returns orders.

pub mod order;

pub use order::{
    Failure, FlightId, Head, Millis, NetOptions, Order, Part, PieceId, ReadStats, ReaderId, SourceFacts,
    SourceId, SourceKind, SourceSpec, Wanted,
};
