//! A Net with one source, driven by hand.

use pyramidion::byte_range::ByteRange;
use pyramidion::error::Error;
use pyramidion::range::{
    Failure, FlightId, Head, Millis, Net, NetOptions, Order, ReadStats, ReaderId, SourceId, SourceKind,
    SourceSpec, Wanted,
};

pub const KIB: u64 = 1 << 10;
pub const MIB: u64 = 1 << 20;
pub const GIB: u64 = 1 << 30;

pub fn http() -> SourceSpec {
    SourceSpec {
        kind: SourceKind::Http { origin: "https://files.test".into() },
        name: "https://files.test/a.tif".into(),
        cached: true,
        size: None,
    }
}

pub fn local(size: Option<u64>) -> SourceSpec {
    SourceSpec { kind: SourceKind::Local, name: "a.tif".into(), cached: false, size }
}

pub fn blocks(ranges: &[(u64, u64)]) -> Vec<Wanted> {
    let want = |&(start, end): &(u64, u64)| Wanted { range: ByteRange::new(start, end), rounded: false };
    ranges.iter().map(want).collect()
}

pub fn pages(ranges: &[(u64, u64)]) -> Vec<Wanted> {
    blocks(ranges).into_iter().map(|want| Wanted { rounded: true, ..want }).collect()
}

/// A Net with one source, and what is convenient.
pub struct Bench {
    pub net: Net,
    pub source: SourceId,
    pub now: Millis,
    /// The last request that left, as (flight, start, end, attempt).
    pub last_sent: Option<(FlightId, u64, u64, u32)>,
}

impl Bench {
    pub fn new(options: NetOptions, spec: SourceSpec) -> Self {
        let mut net = Net::new(options);
        let source = net.add_source(spec);
        Self { net, source, now: 0, last_sent: None }
    }

    /// What Net orders once no more reads begin.
    pub fn orders(&mut self) -> Vec<Order> {
        self.net.gathered(self.now);
        let orders: Vec<Order> = std::iter::from_fn(|| self.net.next_order()).collect();
        self.last_sent = orders.iter().filter_map(sent).next_back().or(self.last_sent);
        orders
    }

    /// Starts a read; the requests that leave, as (flight, start, end, attempt).
    pub fn read(&mut self, wanted: &[Wanted]) -> (ReaderId, Vec<(FlightId, u64, u64, u32)>) {
        let reader = self.net.read(self.now, self.source, wanted);
        (reader, self.sent())
    }

    pub fn sent(&mut self) -> Vec<(FlightId, u64, u64, u32)> {
        self.orders().iter().filter_map(sent).collect()
    }

    /// A good answer, whole at once; the orders that follow.
    pub fn answer(&mut self, flight: FlightId, start: u64, end: u64, total: u64) -> Vec<Order> {
        self.net.head(self.now, flight, part(start, end, Some(total)));
        self.net.body(self.now, flight, end - start);
        self.net.end(self.now, flight);
        self.orders()
    }

    pub fn fail(&mut self, flight: FlightId) -> Vec<Order> {
        self.net.failed(self.now, flight, Failure { message: "connection reset".into(), error: None });
        self.orders()
    }

    /// Lets time pass until Net wants to be woken.
    pub fn wake(&mut self) -> Vec<(FlightId, u64, u64, u32)> {
        self.now = self.net.next_wake().expect("nothing to wait for");
        self.net.tick(self.now);
        self.sent()
    }
}

/// A request that leaves, as (flight, start, end, attempt).
pub fn sent(order: &Order) -> Option<(FlightId, u64, u64, u32)> {
    match order {
        Order::Send { flight, range, attempt, .. } => Some((*flight, range.start, range.end, *attempt)),
        _ => None,
    }
}

pub fn part(start: u64, end: u64, total: Option<u64>) -> Head {
    let total = total.map_or("*".to_owned(), |total| total.to_string());
    let content_range = Some(format!("bytes {start}-{}/{total}", end - 1));
    Head { status: 206, content_range, content_length: Some(end - start), ..Head::default() }
}

pub fn failures(orders: &[Order]) -> Vec<(ReaderId, Error)> {
    let fail = |order: &Order| match order {
        Order::Fail { reader, error, .. } => Some((*reader, error.clone())),
        _ => None,
    };
    orders.iter().filter_map(fail).collect()
}

pub fn done(orders: &[Order]) -> Vec<(ReaderId, ReadStats)> {
    let done = |order: &Order| match order {
        Order::Done { reader, stats } => Some((*reader, *stats)),
        _ => None,
    };
    orders.iter().filter_map(done).collect()
}

pub fn ranges(sent: &[(FlightId, u64, u64, u32)]) -> Vec<(u64, u64)> {
    sent.iter().map(|&(_, start, end, _)| (start, end)).collect()
}
