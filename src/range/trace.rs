//! What happened to a Net, fact by fact and order by order: as text it can be saved, and told again to another Net, which
//! then gives the same orders.
//!
//! A trace is a list of lines: the options first, then facts and orders in the order of time. It holds URLs, headers of
//! responses and messages of failures; it holds no bytes of files and no headers of requests.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::net::Net;
use super::order::{
    Failure, FlightId, Head, Millis, NetOptions, Order, ReaderId, SourceId, SourceSpec, Wanted,
};

/// Something that Net is told, named as the call of [`Net`] that it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are the arguments of the calls")]
pub enum Fact {
    AddSource(SourceSpec),
    Read { source: SourceId, wanted: Vec<Wanted>, priority: i32 },
    Gathered,
    SetPriority { reader: ReaderId, priority: i32 },
    Abort { reader: ReaderId },
    Close { source: SourceId },
    Head { flight: FlightId, head: Box<Head> },
    Body { flight: FlightId, received: u64 },
    End { flight: FlightId },
    Failed { flight: FlightId, failure: Failure },
    Multiplexed { source: SourceId },
    Tick,
    ClearCache,
}

/// One line of a trace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Line {
    /// The Net that the trace is of.
    Options(NetOptions),
    /// It was told something.
    Told {
        /// When.
        at: Millis,
        /// What.
        fact: Fact,
    },
    /// It gave an order, which was carried out next.
    Order(String),
}

impl Fact {
    /// Tells it. The names of sources and readers that follow from it are Net's own, in order.
    pub fn tell(self, net: &mut Net, now: Millis) {
        match self {
            Self::AddSource(spec) => {
                net.add_source(spec);
            }
            Self::Read { source, wanted, priority } => {
                net.read_at(now, source, &wanted, priority);
            }
            Self::Gathered => net.gathered(now),
            Self::SetPriority { reader, priority } => net.set_priority(now, reader, priority),
            Self::Abort { reader } => net.abort(now, reader),
            Self::Close { source } => net.close(now, source),
            Self::Head { flight, head } => net.head(now, flight, *head),
            Self::Body { flight, received } => net.body(now, flight, received),
            Self::End { flight } => net.end(now, flight),
            Self::Failed { flight, failure } => net.failed(now, flight, failure),
            Self::Multiplexed { source } => net.multiplexed(now, source),
            Self::Tick => net.tick(now),
            Self::ClearCache => net.clear_cache(),
        }
    }
}

/// An order in one line, as traces have it.
impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send { flight, source, range, attempt, .. } => {
                write!(f, "send {}: source {}, bytes {range}, attempt {attempt}", flight.0, source.0)
            }
            Self::Stop { flight } => write!(f, "stop {}", flight.0),
            Self::Keep { piece, flight, range } => {
                write!(f, "keep {}: flight {}, bytes {range} of its body", piece.0, flight.0)
            }
            Self::Forget { piece } => write!(f, "forget {}", piece.0),
            Self::HandOut { reader, index, parts } => {
                write!(f, "hand out {}: range {index}", reader.0)?;
                parts.iter().try_for_each(|part| write!(f, ", piece {} {}", part.piece.0, part.range))
            }
            Self::Done { reader, .. } => write!(f, "done {}", reader.0),
            Self::Fail { reader, error, .. } => write!(f, "fail {}: {}", reader.0, error.message()),
        }
    }
}

/// Tells the facts of a trace to a new Net and compares its orders with those of the trace; gives their number.
///
/// # Errors
/// Says at which line of the trace the orders differ, from 0.
pub fn replay(trace: impl IntoIterator<Item = Line>) -> Result<usize, String> {
    let mut net = None;
    let mut orders = 0;
    for (number, line) in trace.into_iter().enumerate() {
        match (line, net.as_mut()) {
            (Line::Options(options), None) => net = Some(Net::new(options)),
            (Line::Told { at, fact }, Some(net)) => fact.tell(net, at),
            (Line::Order(was), Some(net)) => {
                let now = net.next_order().map(|order| order.to_string());
                if now.as_deref() != Some(was.as_str()) {
                    return Err(format!("line {number}: the order was '{was}', now {now:?}"));
                }
                orders += 1;
            }
            _ => return Err(format!("line {number}: the options must be the first line and no other")),
        }
    }
    match net.and_then(|mut net| net.next_order()) {
        Some(order) => Err(format!("at the end: '{order}' is not in the trace")),
        None => Ok(orders),
    }
}
