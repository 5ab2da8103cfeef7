//! The Need loop: asks the core again and again, and brings what is missing in between.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Uint8Array;

use super::call::Call;
use super::dataset::State;
use super::fault::Fault;
use crate::byte_range::ByteRange;
use crate::error::{Answer, Code, Error, FileId, Result, Stop};
use crate::pyramid;
use crate::range::{ReadStats, Wanted};

/// Asks until there is an answer; says what that has cost.
///
/// # Errors
/// Those of the question and of the sources; `internal` for a question that wants what it was given.
pub(super) async fn answer<T>(
    state: &Rc<State>,
    call: &Rc<Call>,
    mut question: impl FnMut(&mut pyramid::Dataset) -> Answer<T>,
) -> std::result::Result<(T, ReadStats), Fault> {
    let mut bringing = Bringing { state, call, brought: Vec::new(), stats: ReadStats::default() };
    loop {
        let answer = question(&mut state.dataset.borrow_mut());
        match answer {
            Ok(answer) => {
                bringing.remember_headers();
                return Ok((answer, bringing.stats));
            }
            Err(Stop::Error(error)) => return Err(error.into()),
            Err(Stop::Need { file, ranges }) => bringing.bring(file, &ranges).await?,
        }
    }
}

/// What has come of one read: places in what was wanted, and bytes.
type Arrived = Vec<(usize, Vec<u8>)>;

/// One question's supply.
struct Bringing<'a> {
    state: &'a Rc<State>,
    call: &'a Rc<Call>,
    brought: Vec<(FileId, ByteRange)>,
    stats: ReadStats,
}

impl Bringing<'_> {
    /// Brings what is missing of a file, all of it with one read; or its first range, if nothing is known of it yet.
    async fn bring(&mut self, file: FileId, ranges: &[ByteRange]) -> std::result::Result<(), Fault> {
        let wanted = self.wanted(file, ranges);
        self.check_new(file, &wanted)?;
        match self.fetch(file, &wanted).await {
            Ok(Some(brought)) => self.supply(file, &brought).map_err(Fault::from),
            // The sidecar is not there, and there is another place to look at.
            Ok(None) => Ok(()),
            Err(fault) => {
                let absorbed = self.state.dataset.borrow_mut().fail(file, fault.error);
                absorbed.map_err(|error| Fault { error, cause: fault.cause })
            }
        }
    }

    fn wanted(&self, file: FileId, ranges: &[ByteRange]) -> Vec<Wanted> {
        if self.state.knows_nothing_of(file) {
            let driver = &self.state.driver;
            let usual = driver.options.first_range_bytes;
            let name = self.state.files.name_of(file).unwrap_or_default();
            let range = ByteRange::new(0, driver.hints.first_range(&name, usual));
            return vec![Wanted { range, rounded: false }];
        }
        ranges.iter().map(|range| Wanted { range: *range, rounded: true }).collect()
    }

    /// Of each file that was opened on the way: how far its header reached.
    fn remember_headers(&self) {
        for (file, _) in self.brought.iter().filter(|(_, range)| range.start == 0) {
            let end =
                self.brought.iter().filter(|(other, _)| other == file).map(|(_, range)| range.end).max();
            if let (Some(name), Some(end)) = (self.state.files.name_of(*file), end) {
                let driver = &self.state.driver;
                driver.hints.learn(&name, end, driver.options.first_range_bytes);
            }
        }
    }

    /// Supplying bytes must lead on: a question that asks for them once more would ask for ever.
    fn check_new(&self, file: FileId, wanted: &[Wanted]) -> Result<()> {
        let again = wanted.iter().find(|wanted| {
            let known = |(other, brought): &(FileId, ByteRange)| {
                *other == file && !brought.intersection(wanted.range).is_empty()
            };
            wanted.range.is_empty() || self.brought.iter().any(known)
        });
        match (again, wanted.is_empty()) {
            (Some(Wanted { range, .. }), _) => {
                let message =
                    format!("bytes {range} of file {} were asked for again after they were supplied", file.0);
                Err(Error::internal(message).with(|detail| detail.range = Some(*range)))
            }
            (None, true) => Err(Error::internal(format!("a need for no bytes of file {}", file.0))),
            (None, false) => Ok(()),
        }
    }

    /// Reads the ranges; `None` where the file must be looked for in another place.
    async fn fetch(
        &mut self,
        file: FileId,
        wanted: &[Wanted],
    ) -> std::result::Result<Option<Vec<(ByteRange, Vec<u8>)>>, Fault> {
        let (source, place) = self.state.files.source(file)?;
        let arrived: Rc<RefCell<Arrived>> = Rc::default();
        let into = arrived.clone();
        let deliver = move |index: usize, bytes: Uint8Array| into.borrow_mut().push((index, bytes.to_vec()));
        let ended = self.call.read(source, wanted, deliver).await;
        self.stats.add(ended.stats);
        self.state.add_stats(ended.stats);
        match ended.result {
            Ok(()) => {
                let ranges = |(index, bytes)| Some((wanted.get::<usize>(index)?.range, bytes));
                Ok(Some(arrived.take().into_iter().filter_map(ranges).collect()))
            }
            Err(fault) if self.is_absent(file, &fault.error) => {
                self.state.files.look_beyond(file, place, fault).map(|()| None)
            }
            Err(fault) => Err(fault),
        }
    }

    fn is_absent(&self, file: FileId, error: &Error) -> bool {
        file != FileId::BASE && error.code() == Code::NotFound && self.state.knows_nothing_of(file)
    }

    fn supply(&mut self, file: FileId, brought: &[(ByteRange, Vec<u8>)]) -> Result<()> {
        let source = self.state.files.source(file).ok();
        let facts = source.map(|(source, _)| self.state.driver.facts(source)).unwrap_or_default();
        let mut dataset = self.state.dataset.borrow_mut();
        dataset.came_from(file, facts.redirected);
        if let Some(sidecar) = dataset.sidecar_mut(file) {
            sidecar.url = self.state.files.place_name(file);
        }
        for (range, bytes) in brought {
            let length = bytes.len() as u64;
            if length < range.len() {
                dataset.ends_by(file, range.start.saturating_add(length));
            }
            dataset.supply(file, range.start, bytes)?;
            self.brought.push((file, *range));
        }
        if let Some(length) = facts.length {
            dataset.ends_by(file, length);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen::prelude::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::super::driver::Driver;
    use super::super::files::Files;
    use super::super::options::EngineOptions;
    use super::super::origin::Origin;
    use super::*;
    use crate::pyramid::Options;

    /// A dataset over a source that holds 100,000 zeros.
    fn zeros() -> (Rc<State>, Rc<Call>) {
        let read = "return Promise.resolve(ranges.map(({ start, end }) => \
                    new Uint8Array(Math.max(0, Math.min(end, 100000) - start))))";
        let source = js_sys::Object::new();
        let read = js_sys::Function::new_with_args("ranges", read);
        js_sys::Reflect::set(&source, &"read".into(), &read).unwrap();
        let core = js_sys::Object::new();
        js_sys::Reflect::set(&core, &"source".into(), &source).unwrap();
        let driver = Driver::new(EngineOptions::from_js(&JsValue::UNDEFINED).unwrap());
        let files = Files::new(&driver, Origin::from_js(&core, "source").unwrap(), Vec::new());
        let dataset = pyramid::Dataset::new(Vec::new(), Options::default());
        (State::new(&driver, dataset, files), Call::new(driver, None, 0))
    }

    /// Needs those ranges, one after the other, then answers.
    async fn ask(needs: &[(u64, u64)]) -> std::result::Result<u64, Fault> {
        let (state, call) = zeros();
        let mut needs = needs.iter().map(|(start, end)| ByteRange::new(*start, *end));
        let question = |_: &mut pyramid::Dataset| match needs.next() {
            Some(range) => Err(Stop::Need { file: FileId::BASE, ranges: vec![range] }),
            None => Ok(()),
        };
        answer(&state, &call, question).await.map(|((), stats)| stats.requests)
    }

    #[wasm_bindgen_test]
    async fn a_question_that_leads_on_is_answered() {
        assert_eq!(ask(&[(0, 8), (40_000, 40_010), (50_000, 50_010)]).await.unwrap(), 3);
    }

    #[wasm_bindgen_test]
    async fn a_question_that_wants_what_it_was_given_ends() {
        for needs in [
            [(0, 8), (0, 8)].as_slice(),
            &[(0, 8), (32_760, 32_770)],
            &[(0, 8), (40_000, 40_010), (40_005, 40_006)],
            &[(0, 8), (200_000, 200_010), (200_000, 200_010)],
            &[(0, 8), (40_000, 40_000)],
        ] {
            assert_eq!(ask(needs).await.unwrap_err().error.code(), Code::Internal, "{needs:?}");
        }
    }
}
