//! Facts in any order, true or not: Net answers with orders that make sense, and is idle after everything was closed.

use pyramidion::byte_range::ByteRange;
use pyramidion::error::{Code, Error};
use pyramidion::range::{
    Failure, FlightId, Head, Net, NetOptions, Order, SourceId, SourceKind, SourceSpec, Wanted,
};

use super::input::Input;

pub fn run(data: &[u8]) {
    let mut input = Input(data);
    let mut world = World::new(&mut input);
    for _ in 0..400 {
        if input.0.is_empty() {
            break;
        }
        world.happens(&mut input);
        world.orders();
    }
    world.ends();
}

struct World {
    net: Net,
    now: u64,
    flights: Vec<FlightId>,
    readers: u64,
    settled: u64,
    kept: u64,
    cache_bytes: u64,
}

impl World {
    fn new(input: &mut Input<'_>) -> Self {
        let cache_bytes = u64::from(input.u16()) * 8;
        let options = NetOptions {
            cache_bytes,
            page_bytes: u64::from(input.u16()),
            attempts: input.below(4),
            per_origin: input.below(4),
            timeout: u64::from(input.u16()),
            seed: input.u8().into(),
            ..NetOptions::default()
        };
        let mut net = Net::new(options);
        for (origin, cached) in [("https://a.test", true), ("https://b.test", false)] {
            let kind = SourceKind::Http { origin: origin.to_owned() };
            net.add_source(SourceSpec { kind, name: format!("{origin}/x.tif"), cached, size: None });
        }
        let size = Some(u64::from(input.u16()));
        net.add_source(SourceSpec { kind: SourceKind::Local, name: "blob".to_owned(), cached: false, size });
        Self { net, now: 0, flights: Vec::new(), readers: 0, settled: 0, kept: 0, cache_bytes }
    }

    fn happens(&mut self, input: &mut Input<'_>) {
        self.now += u64::from(input.u8()) * 16;
        let source = SourceId(input.below(3));
        let flight = match self.flights.len() {
            0 => FlightId(input.u8().into()),
            count => self.flights[input.below(count as u32) as usize % count],
        };
        match input.below(8) {
            0 | 1 => {
                let count = input.below(6);
                let wanted: Vec<Wanted> = (0..count).map(|_| wanted(input)).collect();
                self.net.read_at(self.now, source, &wanted, input.u8().into());
                self.readers += 1;
                if input.flag() {
                    self.net.gathered(self.now);
                }
            }
            2 => self.net.head(self.now, flight, head(input)),
            3 => self.net.body(self.now, flight, input.u32().into()),
            4 => self.net.end(self.now, flight),
            5 => self.net.failed(self.now, flight, failure(input)),
            6 if input.flag() => {
                let reader = pyramidion::range::ReaderId(input.u8().into());
                self.net.abort(self.now, reader);
            }
            6 => self.net.multiplexed(self.now, source),
            _ => self.net.tick(self.now),
        }
    }

    fn orders(&mut self) {
        for _ in 0..100_000 {
            match self.net.next_order() {
                None => return,
                Some(Order::Send { flight, range, .. }) => {
                    assert!(!range.is_empty(), "nothing is asked for");
                    self.flights.push(flight);
                }
                Some(Order::Stop { flight }) => self.flights.retain(|other| *other != flight),
                Some(Order::Keep { .. }) => self.kept += 1,
                Some(Order::Forget { .. }) => {
                    self.kept = self.kept.checked_sub(1).expect("what is forgotten was kept");
                }
                Some(Order::Done { .. } | Order::Fail { .. }) => self.settled += 1,
                Some(Order::HandOut { .. }) => {}
            }
        }
        panic!("orders without end");
    }

    fn ends(&mut self) {
        for source in 0..3 {
            self.net.close(self.now, SourceId(source));
            self.orders();
        }
        assert!(self.settled <= self.readers, "each reader ends once");
        assert!(self.net.is_idle(), "something is on its way after all were closed");
        let stats = self.net.cache_stats();
        assert!(stats.bytes <= self.cache_bytes.max(1), "{} bytes kept of {}", stats.bytes, self.cache_bytes);
    }
}

fn wanted(input: &mut Input<'_>) -> Wanted {
    let start = u64::from(input.u32()) << (input.u8() % 40);
    let end = start.saturating_add(u64::from(input.u16()));
    Wanted { range: ByteRange::new(start, end), rounded: input.flag() }
}

fn head(input: &mut Input<'_>) -> Head {
    let statuses = [200, 206, 416, 404, 503, 429, 302, 0];
    let text = |input: &mut Input<'_>| {
        let length = input.u8() % 40;
        input.flag().then(|| String::from_utf8_lossy(input.bytes(length.into())).into_owned())
    };
    let (start, length, total) = (input.u16(), input.u16(), input.u32());
    let content_range = match input.below(3) {
        0 => None,
        1 => Some(format!("bytes {start}-{}/{total}", u32::from(start) + u32::from(length))),
        _ => text(input),
    };
    Head {
        status: statuses[usize::from(input.u8()) % statuses.len()],
        content_range,
        content_length: input.flag().then(|| input.u32().into()),
        content_encoding: text(input),
        content_type: text(input),
        etag: text(input),
        last_modified: text(input),
        retry_after: text(input),
        date: text(input),
        redirected: text(input),
    }
}

fn failure(input: &mut Input<'_>) -> Failure {
    let error = input.flag().then(|| Error::new(Code::NotFound, "gone"));
    Failure { message: "reset".to_owned(), error }
}
