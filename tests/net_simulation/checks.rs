//! What must hold, judged from outside: by what the readers want, what the network did and what the driver holds.

use pyramidion::byte_range::ByteRange;
use pyramidion::error::{Code, Error};
use pyramidion::range::{FlightId, Millis, PIECE_OVERHEAD, Part, PieceId, ReaderId, SourceId};

use crate::byte_set::ByteSet;
use crate::world::{Call, Piece, Request, Setback, World};

/// A body's cuts ascend and lie within it.
pub fn check_cuts(asked: ByteRange, cuts: &[u64]) {
    assert!(cuts.is_sorted_by(|one, next| one < next), "{cuts:?}");
    assert!(cuts.iter().all(|cut| (1..asked.len()).contains(cut)), "{cuts:?} in {asked}");
}

impl World {
    /// What live readers still wait for in a file, as far as it can exist.
    pub fn wanted(&self, file: usize) -> ByteSet {
        let mut wanted = ByteSet::EMPTY;
        let length = self.files[file].limit();
        for call in self.calls.values().filter(|call| call.file == file) {
            for (want, _) in call.wanted.iter().zip(&call.given).filter(|(_, given)| !**given) {
                wanted.add(want.range.intersection(ByteRange::new(0, length)));
            }
        }
        wanted
    }

    /// The same, rounded out as requests may be.
    fn wanted_loosely(&self, file: usize) -> ByteSet {
        let known = &self.files[file];
        let mut wanted = ByteSet::EMPTY;
        if known.whole {
            wanted.add(ByteRange::new(0, u64::MAX));
        }
        for call in self.calls.values().filter(|call| call.file == file) {
            for (want, _) in call.wanted.iter().zip(&call.given).filter(|(_, given)| !**given) {
                let page = if want.rounded { self.options.page_bytes } else { 1 };
                wanted.add(want.range.rounded_to(page));
            }
        }
        let mut past = ByteSet::EMPTY;
        past.add(ByteRange::new(known.limit(), u64::MAX));
        wanted.minus(&past);
        wanted
    }

    fn kept(&self, file: usize) -> ByteSet {
        let mut kept = ByteSet::EMPTY;
        self.files[file].pieces.values().for_each(|piece| kept.add(self.pieces[piece].range));
        kept
    }

    /// Bytes of a request that are wanted and that nothing else has or may bring.
    pub fn useful_bytes(&self, file: usize, asked: ByteRange) -> ByteSet {
        let mut useful = self.wanted(file);
        useful.and(&ByteSet::of(asked));
        useful.minus(&self.kept(file));
        for request in self.requests.values().filter(|request| request.live && request.file == file) {
            useful.minus(&ByteSet::of(request.asked));
        }
        useful
    }

    /// B.8, B.9, B.4: a request is for bytes that somebody wants and nobody has, wastes little, is not too large,
    /// not past the end, not one too many for its origin, and not too early.
    pub fn check_send(&mut self, flight: FlightId, source: SourceId, asked: ByteRange, attempt: u32) {
        let index = source.0 as usize;
        let file = &self.files[index];
        assert!(!self.requests.contains_key(&flight), "{flight:?} is used twice");
        assert!(!file.closed && !file.dead, "a request to a source that is closed or has changed");
        assert!(!asked.is_empty() && file.taking.is_none(), "a request while the whole file is on its way");
        assert!(asked.end <= file.limit(), "{asked} passes the end of the file");
        let wanted = self.wanted_loosely(index);
        assert!(wanted.has(asked.start) && wanted.has(asked.end - 1), "{asked} begins or ends with waste");
        let mut useful = ByteSet::of(asked);
        useful.and(&wanted);
        let waste = asked.len() - useful.len();
        let within = waste == 0 || (waste as f64) < self.options.merge_waste * useful.len() as f64;
        assert!(within, "{asked} wastes {waste} bytes for {}", useful.len());
        let longest = self.net.worthwhile_gap(source).unwrap_or(u64::MAX);
        let mut gaps = ByteSet::of(asked);
        gaps.minus(&wanted);
        assert!(
            gaps.len() <= longest || gaps.longest_run() <= longest,
            "{asked} takes a gap along that costs more than a request"
        );
        self.check_turn(index, asked);
        assert!(asked.len() <= self.options.merge_bytes || waste == 0, "{asked} is merged too large");
        self.check_not_asked_twice(index, asked);
        assert!(attempt >= 1 && attempt <= self.attempts(index), "attempt {attempt}");
        if attempt > 1 {
            let allows = |at: Millis| at <= self.now;
            let mut causes = self.setbacks.iter().filter(|setback| {
                setback.file == index
                    && setback.attempt + 1 == attempt
                    && !setback.asked.intersection(asked).is_empty()
            });
            assert!(
                causes.any(|setback| allows(setback.not_before)),
                "attempt {attempt} at {asked} comes too early"
            );
        }
        if self.files[index].http {
            let rest = self.rests.get(&self.files[index].origin).copied().unwrap_or(0);
            assert!(rest <= self.now, "a request at {}, its origin rests until {rest}", self.now);
        }
        let here = |other: &usize| self.same_lane(*other, index);
        let live = self.requests.values().filter(|request| request.live && here(&request.file)).count();
        let mut most = self.options.per_origin.max(1);
        if self.files[index].http && self.multiplexed.contains(&self.files[index].origin) {
            most = most.max(self.options.per_origin_multiplexed);
        }
        assert!(live < most as usize, "{live} requests are under way already");
    }

    /// Only where no failure has blurred what Net's extents are.
    fn check_not_asked_twice(&self, index: usize, asked: ByteRange) {
        let mut had = self.kept(index);
        for request in self.requests.values().filter(|request| request.live && request.file == index) {
            let mut coming = request.useful.clone();
            // What has come may have been handed out and evicted again.
            coming.minus(&ByteSet::of(ByteRange::new(
                request.asked.start,
                request.asked.start + request.received,
            )));
            had.or(&coming);
        }
        had.minus(&self.files[index].murky);
        assert!(
            !had.has(asked.start) && !had.has(asked.end - 1),
            "{asked} asks for what is there or on its way"
        );
    }

    /// Nothing leaves while something of a higher priority waits for the same origin. Only where nothing fails: what
    /// pauses before a retry lets others pass.
    fn check_turn(&self, index: usize, asked: ByteRange) {
        if self.files.iter().any(|file| file.manners.faults > 0) {
            return;
        }
        let waits_in = |call: &Call, bytes: &ByteSet| {
            let mut open = call.wanted.iter().zip(&call.given).filter(|(_, given)| !**given);
            open.any(|(want, _)| bytes.meets(want.range))
        };
        let here = self.calls.values().filter(|call| call.file == index);
        let served = here.filter(|call| waits_in(call, &ByteSet::of(asked))).map(|call| call.priority).max();
        let served = served.expect("checked to be wanted");
        // What waits for a whole file is on its way.
        let waits = |file: &usize| self.same_lane(*file, index) && self.files[*file].taking.is_none();
        for file in (0..self.files.len()).filter(waits) {
            let mut missing = self.wanted(file);
            missing.minus(&self.kept(file));
            for request in self.requests.values().filter(|request| request.live && request.file == file) {
                missing.minus(&ByteSet::of(request.asked));
            }
            missing.minus(&self.files[file].murky);
            for call in self.calls.values().filter(|call| call.file == file && call.priority > served) {
                assert!(
                    !waits_in(call, &missing),
                    "{asked} leaves at priority {served}, before {}",
                    call.priority
                );
            }
        }
    }

    fn same_lane(&self, one: usize, other: usize) -> bool {
        let (a, b) = (&self.files[one], &self.files[other]);
        if a.http { b.http && a.origin == b.origin } else { one == other }
    }

    pub fn attempts(&self, index: usize) -> u32 {
        if self.files[index].http { self.options.attempts.max(1) } else { 1 }
    }

    /// B.9: nothing is stopped that somebody waits for, but for a reason.
    pub fn check_stop(&mut self, flight: FlightId) {
        let request = self.requests.get(&flight).expect("Stop of an unknown flight");
        assert!(request.live, "Stop of {flight:?}, which is over");
        let file = &self.files[request.file];
        let taken_over = file.taking.is_some_and(|taking| taking != flight);
        if request.blame.is_some() || request.past_end || file.dead || file.closed || taken_over {
            return;
        }
        assert!(!self.is_complete(request), "{flight:?} was stopped, but it had brought everything");
        let mut missed = self.wanted(request.file);
        missed.and(&request.outstanding());
        missed.minus(&file.murky);
        assert!(
            missed.is_empty(),
            "{flight:?} was stopped, but {} of its bytes are waited for",
            missed.len()
        );
    }

    /// Evictions are of idle pieces only, and counted; else a piece goes with its source or for the whole file.
    pub fn check_forget(&mut self, id: PieceId) {
        let piece = self.pieces.get(&id).expect("Forget of an unknown piece");
        let file = &self.files[piece.file];
        if file.dead || file.closed || self.step.replaced_by_whole {
            return;
        }
        assert!(
            !self.wanted(piece.file).meets(piece.range),
            "{id:?} is forgotten while a reader waits with it"
        );
        if file.cached {
            self.step.evicted.push((piece.range.len() + PIECE_OVERHEAD, piece.used));
        }
    }

    /// B.1: every byte handed out is the file's, all of them, as soon as they are there, once.
    pub fn hand_out(&mut self, reader: ReaderId, index: usize, parts: &[Part]) {
        let call = self.calls.get_mut(&reader).expect("HandOut to a reader that is not live");
        let file = &self.files[call.file];
        assert!(!file.dead && !file.closed, "HandOut from a source that is closed or has changed");
        assert!(!std::mem::replace(&mut call.given[index], true), "{reader:?} got range {index} twice");
        let mut bytes = Vec::new();
        for part in parts {
            let piece = self.pieces.get_mut(&part.piece).expect("HandOut of an unknown piece");
            assert_eq!(piece.file, call.file, "bytes of another source");
            assert!(!part.range.is_empty() && part.range.end <= piece.bytes.len() as u64, "part {part:?}");
            piece.used = self.steps;
            bytes.extend_from_slice(&piece.bytes[part.range.start as usize..part.range.end as usize]);
        }
        let wanted = call.wanted[index].range;
        assert!(bytes == file.truth(wanted), "{reader:?} got wrong bytes for {wanted}");
    }

    /// A reader fails only by what it depends on, with its code, and only after all attempts.
    pub fn check_fail(&mut self, reader: ReaderId, error: &Error, flight: Option<FlightId>) {
        let call = self.calls.get(&reader).expect("Fail of a reader that is not live");
        let file = &self.files[call.file];
        if file.closed || file.dead {
            let code = if file.closed { Code::Closed } else { Code::FileChanged };
            assert_eq!(error.code(), code, "{error}");
            return;
        }
        assert!(error.detail().url.as_deref() == Some(&format!("file{}", call.file)), "no url in {error:?}");
        let request = &self.requests[&flight.expect("a failure without a flight")];
        let blame =
            request.blame.unwrap_or_else(|| panic!("{reader:?} fails by a flight without fault: {error}"));
        assert_eq!(error.code(), blame.code, "{error}");
        assert_eq!(call.file, request.file, "{reader:?} fails by another source's request");
        let detail = error.detail();
        assert_eq!((detail.range, detail.attempts), (Some(request.asked), Some(request.attempt)));
        let spent = blame.retry.is_none() || request.attempt == self.attempts(call.file);
        assert!(spent, "{reader:?} fails after {} attempts: {error}", request.attempt);
        let mut at_stake = ByteSet::EMPTY;
        for (want, _) in call.wanted.iter().zip(&call.given).filter(|(_, given)| !**given) {
            at_stake.add(if request.whole { want.range } else { want.range.intersection(request.asked) });
        }
        assert!(!at_stake.is_empty(), "{reader:?} fails by a request for {}", request.asked);
        // What waits for a whole file shares the attempts of its request.
        let shared = self.requests.values().any(|request| request.file == call.file && request.whole);
        for attempt in (1..request.attempt).filter(|_| !shared) {
            let mut tried = ByteSet::EMPTY;
            let before = |setback: &&Setback| setback.file == call.file && setback.attempt == attempt;
            self.setbacks.iter().filter(before).for_each(|setback| tried.add(setback.asked));
            at_stake.and(&tried);
        }
        assert!(!at_stake.is_empty(), "{reader:?} fails, and not all attempts were for its bytes");
    }

    pub fn ended(&mut self, call: &Call, how: &str) {
        *self.endings.entry(how.to_owned()).or_default() += 1;
        // What it waited with was in use until now.
        for piece in self.pieces.values_mut().filter(|piece| piece.file == call.file) {
            let mut waits = call.wanted.iter().zip(&call.given).filter(|(_, given)| !**given);
            if waits.any(|(want, _)| !want.range.intersection(piece.range).is_empty()) {
                piece.used = self.steps;
            }
        }
        let patience = 8 * self.options.timeout + self.options.backoff_max;
        let sends = self.sends - call.sends_before + u64::from(self.attempts(call.file));
        let took = self.now - call.began;
        assert!(took <= (sends + 1) * patience, "a reader took {took} ms, with {sends} requests meanwhile");
    }

    /// After every fact.
    pub fn check_step(&mut self) {
        let wanted: Vec<ByteSet> = (0..self.files.len()).map(|file| self.wanted(file)).collect();
        self.check_sources();
        self.check_flights(&wanted);
        self.check_readers();
        self.check_salvage(&wanted);
        self.check_cache(&wanted);
    }

    /// A.22 and close: nothing of a source survives its end.
    fn check_sources(&self) {
        for (index, file) in self.files.iter().enumerate().filter(|(_, file)| file.dead || file.closed) {
            let live = self.requests.values().any(|request| request.live && request.file == index);
            assert!(!live, "file {index} has ended, a request is under way");
            assert!(file.pieces.is_empty(), "file {index} has ended, pieces are kept");
            assert!(
                self.calls.values().all(|call| call.file != index),
                "file {index} has ended, a reader has not"
            );
        }
    }

    fn check_flights(&self, wanted: &[ByteSet]) {
        let wake = self.net.next_wake();
        for (id, request) in self.requests.iter().filter(|(_, request)| request.live) {
            let file = &self.files[request.file];
            assert!(request.blame.is_none(), "{id:?} has failed and is not stopped");
            if file.http {
                let due = request.heard + self.options.timeout;
                assert!(wake.is_some_and(|wake| wake <= due), "nobody will notice that {id:?} is silent");
            }
            let end = request.asked.end.min(file.limit());
            let complete =
                request.has_head && !request.whole && request.received + request.asked.start >= end;
            let span = if request.whole { ByteRange::new(0, u64::MAX) } else { request.asked };
            let needed = wanted[request.file].meets(span);
            assert!(complete || needed, "{id:?} is under way, and nobody wants it");
        }
    }

    /// B.6: what came before a failure is not asked for again.
    fn check_salvage(&self, wanted: &[ByteSet]) {
        for id in &self.step.set_back {
            let request = &self.requests[id];
            if request.whole || request.blame.is_none_or(|blame| blame.retry.is_none()) {
                continue;
            }
            // What lies before the last Keep may have been handed out and evicted since.
            let start = request.asked.start;
            let mut lost = ByteSet::of(ByteRange::new(start + request.kept_to, start + request.received));
            lost.and(&request.useful);
            lost.and(&wanted[request.file]);
            lost.minus(&self.kept(request.file));
            assert!(lost.is_empty(), "{id:?} failed, and {} of its bytes that had come are lost", lost.len());
        }
    }

    /// Whether a part has come as far as it can.
    fn is_complete(&self, request: &Request) -> bool {
        let end = request.asked.end.min(self.files[request.file].limit());
        request.has_head && !request.whole && request.asked.start + request.received >= end
    }

    /// What is complete is handed out at once; what can be asked for is asked for at once.
    fn check_readers(&self) {
        let calm = self.files.iter().all(|file| file.manners.faults == 0);
        for (id, call) in &self.calls {
            let file = &self.files[call.file];
            let kept = self.kept(call.file);
            let mut coming = kept.clone();
            let mut live = 0;
            for request in self.requests.values().filter(|request| request.live) {
                if request.file == call.file {
                    coming.add(if request.whole { ByteRange::new(0, u64::MAX) } else { request.asked });
                }
                live += usize::from(self.same_lane(request.file, call.file));
            }
            let room = live < self.options.per_origin.max(1) as usize;
            let length = file.limit();
            for (want, _) in call.wanted.iter().zip(&call.given).filter(|(_, given)| !**given) {
                let range = want.range.intersection(ByteRange::new(0, length));
                assert!(!kept.contains(range), "{id:?} waits for {range}, which is there");
                let gathering = call.began == self.now && self.net.next_wake() == Some(self.now);
                let asked = coming.contains(range) || !room || !calm || !file.murky.is_empty() || gathering;
                assert!(asked, "{id:?} waits for {range}, and nobody has asked for it");
            }
        }
    }

    /// B.10: bytes <= max(limit, pinned); the account is right; only what had to go went, the oldest first.
    fn check_cache(&self, wanted: &[ByteSet]) {
        let stats = self.net.cache_stats();
        let charge = |piece: &Piece| piece.range.len() + PIECE_OVERHEAD;
        let (mut bytes, mut pinned, mut pieces, mut oldest) = (0, 0, 0, u64::MAX);
        for piece in self.pieces.values() {
            let waited_with = wanted[piece.file].meets(piece.range);
            if !self.files[piece.file].cached {
                assert!(waited_with, "{} of an uncached source is kept for nobody", piece.range);
                continue;
            }
            bytes += charge(piece);
            pieces += 1;
            if waited_with {
                pinned += charge(piece);
            } else {
                oldest = oldest.min(piece.used);
            }
        }
        assert_eq!(
            (stats.bytes, stats.pieces, stats.pinned),
            (bytes, pieces, pinned),
            "bytes, pieces, pinned"
        );
        assert!(bytes <= stats.limit.max(pinned), "{bytes} bytes are kept, {pinned} of them waited with");
        if self.step.clearing {
            assert_eq!(bytes, pinned, "clear_cache left something");
        } else if let Some((charge, _)) = self.step.evicted.last() {
            assert!(bytes + charge > stats.limit, "a piece was evicted though there was room");
            let youngest = self.step.evicted.iter().map(|(_, used)| *used).max().unwrap_or(0);
            assert!(youngest <= oldest, "evicted: used in step {youngest}; left: used in step {oldest}");
        }
    }

    /// When nothing will ever happen again.
    pub fn check_rest(&self) {
        assert!(self.calls.is_empty(), "readers that will never end: {:?}", self.calls.keys());
        assert!(self.requests.values().all(|request| !request.live), "a request outlives everything");
        assert!(self.net.is_idle(), "something is left over");
        assert_eq!(self.net.next_wake(), None);
        assert_eq!(self.net.cache_stats().pinned, 0);
        let exact = self.aborts == 0;
        assert!(
            self.reported_requests <= self.sends && (!exact || self.reported_requests == self.sends),
            "{} requests were sent, {} reported",
            self.sends,
            self.reported_requests
        );
    }
}
