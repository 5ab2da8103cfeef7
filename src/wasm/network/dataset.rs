//! The exported dataset: every method clones what it needs, so that the object may be freed while a call is under way.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use js_sys::{Array, Function, Promise, Uint8Array};
use wasm_bindgen::prelude::*;

use super::blocks;
use super::call::Call;
use super::driver::Driver;
use super::fault::Fault;
use super::files::{Files, closed};
use super::numbered::Numbered;
use super::platform::{AbortSignal, property, set_property};
use super::question::answer;
use super::tasks::promise;
use super::value::{Given, numbers, to_js};
use crate::codec::frame::Unfit;
use crate::codec::{Order, StoredRows};
use crate::error::{Error, FileId};
use crate::limits::Limits;
use crate::plan::{PlannedBlock, Request, plan};
use crate::pyramid;
use crate::range::{ReadStats, advice};
use crate::tiff::embedded::Embedded;

/// What a call does. Boxed: code that is generic over futures is there once for each.
pub(super) type Work = Box<dyn FnOnce(Rc<State>, Rc<Call>) -> Working>;
pub(super) type Working = Pin<Box<dyn Future<Output = Result<JsValue, Fault>>>>;

/// How urgent a call is, and with whom it shares that: 0 is nobody.
#[derive(Clone, Copy, Default)]
pub(super) struct Urgency {
    group: f64,
    priority: i32,
}

impl Urgency {
    fn new(group: Option<f64>, priority: Option<i32>) -> Self {
        Self { group: group.unwrap_or_default(), priority: priority.unwrap_or_default() }
    }
}

/// An async closure as what a call does.
pub(super) fn boxed<F>(work: impl FnOnce(Rc<State>, Rc<Call>) -> F + 'static) -> Work
where
    F: Future<Output = Result<JsValue, Fault>> + 'static,
{
    Box::new(move |state, call| Box::pin(work(state, call)))
}

/// A dataset, its files, and its calls under way.
pub(super) struct State {
    pub driver: Rc<Driver>,
    pub dataset: RefCell<pyramid::Dataset>,
    pub files: Files,
    stats: Cell<ReadStats>,
    closed: Cell<bool>,
    calls: RefCell<Numbered<(f64, Rc<Call>)>>,
    calls_made: Cell<u64>,
}

impl State {
    /// A dataset of which nothing is known yet.
    pub fn new(driver: &Rc<Driver>, dataset: pyramid::Dataset, files: Files) -> Rc<Self> {
        Rc::new(Self {
            driver: driver.clone(),
            dataset: RefCell::new(dataset),
            files,
            stats: Cell::default(),
            closed: Cell::new(false),
            calls: RefCell::default(),
            calls_made: Cell::new(0),
        })
    }

    /// Runs a call; `close` ends it too.
    pub async fn run(
        self: &Rc<Self>,
        signal: Option<AbortSignal>,
        urgency: Urgency,
        work: Work,
    ) -> Result<JsValue, JsValue> {
        if self.closed.get() {
            return Err(closed(&self.files.name).into());
        }
        let call = Call::new(self.driver.clone(), signal, urgency.priority);
        let number = self.calls_made.replace(self.calls_made.get() + 1);
        self.calls.borrow_mut().insert(number, (urgency.group, call.clone()));
        let result = call.run(work(self.clone(), call.clone())).await;
        let _call = self.calls.borrow_mut().remove(number);
        result
    }

    /// Ends all calls and lets go of the files.
    pub fn close(&self) {
        if self.closed.replace(true) {
            return;
        }
        for (_, call) in self.calls.take().into_values() {
            call.end(closed(&self.files.name).into());
        }
        self.files.close();
    }

    /// Whether not even the first range of that file was brought.
    pub fn knows_nothing_of(&self, file: FileId) -> bool {
        self.dataset.borrow().file(file).is_ok_and(|tiff| tiff.bytes.is_empty())
    }

    /// URL or name of a file.
    pub fn name_of(&self, file: FileId) -> Option<String> {
        if file == FileId::BASE {
            Some(self.files.name.clone())
        } else {
            self.dataset.borrow().sidecar_of(file)?.url.clone()
        }
    }

    /// What the owners of the files' servers should change.
    fn advice(&self) -> Vec<String> {
        let held = self.files.held();
        let told = held.into_iter().flat_map(|(source, name)| advice(&name, &self.driver.facts(source)));
        told.collect()
    }

    /// Adds to what the dataset has cost.
    pub fn add_stats(&self, stats: ReadStats) {
        let mut total = self.stats.get();
        total.add(stats);
        self.stats.set(total);
    }
}

impl ReadStats {
    /// Adds the cost of another read.
    pub(super) fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.bytes += other.bytes;
        self.cache_hits += other.cache_hits;
        self.retries += other.retries;
        self.useful_bytes += other.useful_bytes;
        self.wait_ms += other.wait_ms;
    }
}

/// An open dataset (`CoreDataset` in js/core-types.ts). Freed unclosed, its calls under way go on, and its files are let
/// go of when the last of them has ended.
#[wasm_bindgen]
pub struct Dataset {
    state: Rc<State>,
}

impl Dataset {
    /// The exported object of an opened dataset.
    pub(super) fn new(state: Rc<State>) -> Self {
        Self { state }
    }

    fn call(&self, signal: Option<AbortSignal>, urgency: Urgency, work: Work) -> Promise {
        let state = self.state.clone();
        promise(Box::pin(async move { state.run(signal, urgency, work).await }))
    }
}

/// The `request` of `plan`.
fn request_from_js(value: &JsValue) -> Result<Request, Error> {
    let given = Given::new(value, "request")?;
    let number = |name| given.optional(name, JsValue::as_f64);
    let flag = |name| given.optional(name, JsValue::as_bool);
    let order = |value: &JsValue| match value.as_string()?.as_str() {
        "band" => Some(Order::Band),
        "pixel" => Some(Order::Pixel),
        _ => None,
    };
    Ok(Request {
        window: given.optional("window", |value| numbers(value)?.try_into().ok())?,
        level: number("level")?,
        width: number("width")?,
        height: number("height")?,
        bands: given.optional("bands", numbers)?,
        layout: given.optional("layout", order)?,
        max_size: number("maxSize")?,
        mask: flag("mask")?,
        unfit: given.optional("unfit", |value| Unfit::named(&value.as_string()?))?,
        max_bytes: number("maxBytes")?,
    })
}

/// Gives each block what a decoder is told of it.
fn set_jobs(objects: &JsValue, blocks: &[PlannedBlock], limits: &Limits) {
    for (object, block) in Array::from(objects).iter().zip(blocks) {
        let object = object.unchecked_ref();
        let bytes = block.job.layout.stored_bytes().unwrap_or(u64::MAX);
        set_property(object, "module", &JsValue::from_str(block.job.module.name()));
        set_property(object, "weight", &JsValue::from_f64(bytes.max(block.end - block.start) as f64));
        if let Some(StoredRows { start, stride }) = block.job.stored_rows() {
            let rows = [start, stride].map(|number| JsValue::from_f64(number as f64));
            set_property(object, "storedRows", &Array::from_iter(rows));
        }
        set_property(object, "job", &Uint8Array::from(block.job.to_bytes(limits).as_slice()));
    }
}

#[wasm_bindgen]
impl Dataset {
    /// The facts known so far.
    pub fn info(&self) -> Result<JsValue, JsValue> {
        if self.state.closed.get() {
            return Err(closed(&self.state.files.name).into());
        }
        let mut info = self.state.dataset.borrow().info()?;
        info.warnings.extend(self.state.advice());
        Ok(to_js(&info)?)
    }

    /// All levels; the sidecar is looked for where one may be.
    pub fn levels(&self, signal: Option<AbortSignal>) -> Promise {
        let work = async move |state: Rc<State>, call: Rc<Call>| {
            let name = state.files.name.clone();
            let (levels, _) = answer(&state, &call, |dataset| dataset.level_infos(Some(&name))).await?;
            Ok(to_js(&levels)?)
        };
        self.call(signal, Urgency::default(), boxed(work))
    }

    /// The bytes of a document inside the base (`xmp`, `icc`, `exif`, `description`), or null.
    pub fn embedded(&self, kind: String, signal: Option<AbortSignal>) -> Promise {
        let work = async move |state: Rc<State>, call: Rc<Call>| {
            let kind = Embedded::named(&kind)?;
            let (bytes, _) = answer(&state, &call, |dataset| dataset.embedded(kind)).await?;
            Ok(bytes.map_or(JsValue::NULL, |bytes| Uint8Array::from(bytes.as_slice()).into()))
        };
        self.call(signal, Urgency::default(), boxed(work))
    }

    /// Works a request out.
    pub fn plan(
        &self,
        request: JsValue,
        signal: Option<AbortSignal>,
        group: Option<f64>,
        priority: Option<i32>,
    ) -> Promise {
        let work = async move |state: Rc<State>, call: Rc<Call>| {
            let request = request_from_js(&request)?;
            let (plan, stats) = answer(&state, &call, |dataset| plan(dataset, &request)).await?;
            let object = to_js(&plan)?;
            let limits = state.dataset.borrow().options.limits.clone();
            set_jobs(&property(&object, "blocks"), &plan.blocks, &limits);
            if let Some(mask) = &plan.mask {
                set_jobs(&property(&property(&object, "mask"), "blocks"), &mask.blocks, &limits);
            }
            set_property(object.unchecked_ref(), "stats", &to_js(&stats)?);
            Ok(object)
        };
        self.call(signal, Urgency::new(group, priority), boxed(work))
    }

    /// Brings the bytes of blocks: `on_block(index, bytes)` is called once per range, as it comes.
    pub fn fetch(
        &self,
        ranges: JsValue,
        on_block: Function,
        signal: Option<AbortSignal>,
        group: Option<f64>,
        priority: Option<i32>,
    ) -> Promise {
        let work = async move |state: Rc<State>, call: Rc<Call>| {
            let stats = blocks::bring(&state, &call, blocks::ranges_from_js(&ranges)?, on_block).await?;
            Ok(to_js(&stats)?)
        };
        self.call(signal, Urgency::new(group, priority), boxed(work))
    }

    /// Gives all calls of that group another priority: what they still wait for is asked for in its turn.
    #[wasm_bindgen(js_name = setPriority)]
    pub fn set_priority(&self, group: f64, priority: i32) {
        let calls: Vec<Rc<Call>> = {
            let calls = self.state.calls.borrow();
            let alike = calls.iter().filter(|(_, (other, _))| *other == group);
            alike.map(|(_, (_, call))| call.clone()).collect()
        };
        for call in calls {
            call.set_priority(priority);
        }
    }

    /// What the dataset has cost since `open`.
    pub fn stats(&self) -> Result<JsValue, JsValue> {
        Ok(to_js(&self.state.stats.get())?)
    }

    /// Ends pending calls with `closed` and lets go of the files. At once, and as often as one likes.
    pub fn close(&self) {
        self.state.close();
    }
}
