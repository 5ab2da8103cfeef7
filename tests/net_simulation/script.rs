//! What the users of Net do: readers that overlap, abort and close, at any time, from a seed.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use pyramidion::byte_range::ByteRange;
use pyramidion::error::Code;
use pyramidion::range::{Net, NetOptions, Order, ReaderId, Wanted};

use crate::byte_set::POSITIONS;
use crate::dice::Dice;
use crate::file::File;
use crate::server::Blame;
use crate::world::{Call, Event, Step, World};

/// Facts after which a run that has not come to rest never will.
const ENDLESS: u64 = 50_000;

/// Plays one seed to its end; panics at the first violation. Gives how many readers ended how.
pub fn play(seed: u64, talkative: bool) -> BTreeMap<String, u64> {
    let mut world = World::new(seed, talkative);
    while world.advance() {
        assert!(world.steps < ENDLESS, "no rest after {ENDLESS} facts");
    }
    world.check_rest();
    world.endings
}

fn options(dice: &mut Dice) -> NetOptions {
    NetOptions {
        cache_bytes: dice.pick(&[0, 600, 2000, 8000, 1 << 20]),
        page_bytes: dice.pick(&[0, 1, 16, 64, 256]),
        merge_waste: dice.pick(&[0.0, 0.25, 0.25, 2.0]),
        merge_bytes: dice.pick(&[64, 500, 4096]),
        whole_bytes: dice.pick(&[0, 300, 1 << 20, 1 << 20]),
        attempts: dice.between(0, 4) as u32,
        backoff: dice.pick(&[0, 20, 100]),
        backoff_max: dice.pick(&[50, 500, 2500]),
        timeout: dice.pick(&[100, 400]),
        per_origin: dice.between(0, 6) as u32,
        per_origin_multiplexed: dice.pick(&[0, 8, 24]),
        seed: dice.throw(),
    }
}

impl World {
    fn new(seed: u64, talkative: bool) -> Self {
        let mut dice = Dice::new(seed);
        let options = options(&mut dice);
        let mut net = Net::new(options.clone());
        let calm = dice.chance(25);
        let mut files = Vec::new();
        for id in 0..dice.between(1, 3) as u32 {
            let mut file = File::new(id, &mut dice, &options, calm);
            assert_eq!(net.add_source(file.spec()), file.id);
            files.push(file);
        }
        if talkative {
            eprintln!("{options:?}");
            for file in &files {
                let (size, kind) = (file.versions[0].length, if file.http { "http" } else { "local" });
                eprintln!(
                    "file {}: {kind}, {size} bytes, cached {}, {:?}",
                    file.id.0, file.cached, file.manners
                );
            }
        }
        let mut world = World {
            net,
            options,
            dice,
            now: 0,
            events: BinaryHeap::new(),
            files,
            requests: BTreeMap::new(),
            pieces: BTreeMap::new(),
            calls: BTreeMap::new(),
            setbacks: Vec::new(),
            multiplexed: BTreeSet::new(),
            rests: BTreeMap::new(),
            step: Step::default(),
            steps: 0,
            sends: 0,
            reported_requests: 0,
            aborts: 0,
            events_made: 0,
            endings: BTreeMap::new(),
            talkative,
        };
        let pace = world.dice.pick(&[0, 20, 200, 1500]);
        for _ in 0..world.dice.between(2, 25) {
            let delay = world.dice.below(12) * pace;
            world.schedule(delay, Event::Act);
        }
        world
    }

    /// Goes to the next thing that happens, by event or by Net's own wish; `false` at rest.
    fn advance(&mut self) -> bool {
        let event = self.events.peek().map(|Reverse((at, ..))| *at);
        let wake = self.net.next_wake();
        match (event, wake) {
            (None, None) => return false,
            (Some(at), wake) if wake.is_none_or(|wake| at < wake) => {
                self.now = at;
                if let Some(Reverse((_, _, event))) = self.events.pop() {
                    self.happen(event);
                }
            }
            (_, Some(wake)) => {
                self.now = self.now.max(wake);
                self.tick();
                assert!(self.net.next_wake().is_none_or(|next| next > self.now), "a wake in the past");
            }
            (Some(_), None) => unreachable!("covered by the guard"),
        }
        true
    }

    fn tick(&mut self) {
        if self.talkative {
            eprintln!("{:>8}  tick", self.now);
        }
        let silent = |world: &Self, file: usize, heard: u64| {
            world.files[file].http && world.now >= heard + world.options.timeout
        };
        let given_up: Vec<_> = self
            .requests
            .iter()
            .filter(|(_, request)| request.live && silent(self, request.file, request.heard))
            .map(|(id, _)| *id)
            .collect();
        for flight in given_up {
            self.blame(flight, Blame::again(Code::Timeout), false);
        }
        self.net.tick(self.now);
        self.after_fact();
    }

    /// One line of the script.
    pub fn act(&mut self) {
        match self.dice.below(100) {
            0..=64 => self.read(),
            65..=84 => self.abort(),
            85 => self.close(),
            86..=87 => self.prioritise(),
            88..=90 => {
                self.step.clearing = true;
                self.net.clear_cache();
                self.after_fact();
            }
            91..=92 => self.tick(),
            93 => self.multiplex(),
            _ => {
                let file = self.some_file();
                self.files[file].change(&mut self.dice);
            }
        }
    }

    /// Mostly a file that is open.
    fn some_file(&mut self) -> usize {
        let open: Vec<usize> = (0..self.files.len()).filter(|file| !self.files[*file].closed).collect();
        let any = open.is_empty() || self.dice.chance(3);
        if any { self.dice.below(self.files.len() as u64) as usize } else { self.dice.pick(&open) }
    }

    fn read(&mut self) {
        let file = self.some_file();
        let count = self.dice.pick(&[0, 1, 1, 1, 2, 4, 10]);
        let rounded = self.dice.below(3);
        let spot = self.dice.below(3500);
        let wanted: Vec<Wanted> = (0..count)
            .map(|_| {
                let start =
                    if self.dice.chance(70) { spot + self.dice.below(500) } else { self.dice.below(3800) };
                let length = self.dice.pick(&[0, 1, 7, 50, 200, 600]);
                let length = self.dice.below(length + 1);
                let range = ByteRange::new(start, (start + length).min(POSITIONS));
                Wanted { range, rounded: rounded == 0 || (rounded == 1 && self.dice.chance(50)) }
            })
            .collect();
        let priority = self.some_priority();
        let id = self.net.read_at(self.now, self.files[file].id, &wanted, priority);
        if self.talkative {
            let ranges: Vec<_> = wanted.iter().map(|want| (want.range.to_string(), want.rounded)).collect();
            eprintln!("{:>8}  read {id:?} of file {file} at priority {priority}: {ranges:?}", self.now);
        }
        let given = vec![false; wanted.len()];
        let call = Call { file, wanted, given, priority, began: self.now, sends_before: self.sends };
        assert!(self.calls.insert(id, call).is_none(), "{id:?} is used twice");
        self.after_fact();
        // Else others begin at the same time, or the next tick does.
        if self.dice.chance(70) {
            self.net.gathered(self.now);
            self.after_fact();
        }
    }

    /// Mostly the same one.
    fn some_priority(&mut self) -> i32 {
        self.dice.pick(&[0, 0, 0, 1, -1, i32::MAX, i32::MIN])
    }

    /// A map pans: what was urgent is not any more, and the other way round.
    fn prioritise(&mut self) {
        let live: Vec<ReaderId> = self.calls.keys().copied().collect();
        let priority = self.some_priority();
        let id = match live.is_empty() {
            true => ReaderId((1 << 40) + self.dice.below(1 << 20)),
            false => self.dice.pick(&live),
        };
        if self.talkative {
            eprintln!("{:>8}  {id:?} has priority {priority}", self.now);
        }
        self.net.set_priority(self.now, id, priority);
        if let Some(call) = self.calls.get_mut(&id) {
            call.priority = priority;
        }
        self.after_fact_without_orders("another priority");
    }

    /// The origin turns out to speak HTTP/2.
    fn multiplex(&mut self) {
        let file = self.some_file();
        if self.talkative {
            eprintln!("{:>8}  file {file} is multiplexed", self.now);
        }
        self.net.multiplexed(self.now, self.files[file].id);
        if self.files[file].http && !self.files[file].closed {
            let origin = self.files[file].origin;
            self.multiplexed.insert(origin);
        }
        self.after_fact();
    }

    fn abort(&mut self) {
        let live: Vec<ReaderId> = self.calls.keys().copied().collect();
        if live.is_empty() || self.dice.chance(5) {
            self.net.abort(self.now, ReaderId((1 << 40) + self.dice.below(1 << 20)));
            return self.after_fact();
        }
        let id = self.dice.pick(&live);
        if self.talkative {
            eprintln!("{:>8}  abort {id:?}", self.now);
        }
        self.net.abort(self.now, id);
        self.aborts += 1;
        let call = self.calls.remove(&id).expect("live");
        self.ended(&call, "aborted");
        self.after_fact();
    }

    fn close(&mut self) {
        let file = self.some_file();
        if self.talkative {
            eprintln!("{:>8}  close file {file}", self.now);
        }
        let again = std::mem::replace(&mut self.files[file].closed, true);
        self.net.close(self.now, self.files[file].id);
        if again {
            self.after_fact_without_orders("closing a closed source");
        }
        self.after_fact();
        assert_eq!(self.net.facts(self.files[file].id), None);
        let id = self.net.read(self.now, self.files[file].id, &[]);
        let order = self.net.next_order();
        let refused = matches!(&order, Some(Order::Fail { reader, error, flight: None, .. })
            if *reader == id && error.code() == Code::Closed);
        assert!(refused, "a read of a closed source: {order:?}");
        // A closed file is mostly opened anew: then nothing of the old one may show.
        if self.files.len() < 8 && self.dice.chance(80) {
            let calm = self.files.iter().all(|file| file.manners.faults == 0);
            let mut file = File::new(self.files.len() as u32, &mut self.dice, &self.options, calm);
            assert_eq!(self.net.add_source(file.spec()), file.id);
            self.files.push(file);
        }
    }
}
