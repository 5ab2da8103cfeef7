//! Datasets: what JavaScript asks of them, and the bytes that it brings for an answer.

use serde::{Serialize, Serializer};
use wasm_bindgen::prelude::*;

use super::answer::{failed, told};
use super::given::{dataset_options, error, opened, request};
use super::slots::Slots;
use crate::codec::{Part, StoredRows};
use crate::error::{Answer, Error, FileId, Result};
use crate::limits::Limits;
use crate::plan::{Plan, PlannedBlock, plan};
use crate::pyramid::Dataset;
use crate::pyramid::neighbours::{Neighbour, Place, neighbours};
use crate::tiff::embedded::Embedded;
use crate::values::Value;

thread_local! {
    static DATASETS: Slots<Dataset> = const { Slots::new() };
}

/// A dataset of which nothing is known yet. Answers its number, the most bytes of one read, and for files 1, 2, ...
/// the places where each may be.
#[wasm_bindgen]
pub fn dataset_new(options: &[u8]) -> Vec<u8> {
    told(made(options).map_err(Into::into))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Made {
    dataset: u32,
    plan_bytes: u64,
    files: Vec<File>,
}

#[derive(Serialize)]
struct File {
    /// The usual place.
    name: Option<String>,
    places: Vec<Looked>,
}

/// A place: a URL, or a suffix.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Looked {
    url: Option<String>,
    suffix: Option<String>,
    /// Whether it is the named overviews, or beside them.
    named: bool,
}

fn made(options: &[u8]) -> Result<Made> {
    let given = Value::read(options)?;
    let options = dataset_options(&given)?;
    let (base, overviews, depth, auxiliary) = opened(&given)?;
    let (mut sidecars, mut files) = (Vec::new(), Vec::new());
    for neighbour in neighbours(&base, &overviews, depth, auxiliary) {
        let (sidecar, file) = file(neighbour);
        sidecars.push(sidecar);
        files.push(file);
    }
    let plan_bytes = options.limits.plan_bytes;
    let dataset = DATASETS.with(|datasets| datasets.enter(Dataset::new(sidecars, options)));
    Ok(Made { dataset, plan_bytes, files })
}

fn file((sidecar, places): Neighbour) -> (crate::pyramid::Sidecar, File) {
    let looked = |place| match place {
        Place::Named => Looked { named: true, ..Looked::default() },
        Place::Url(url) => Looked { url: Some(url), ..Looked::default() },
        Place::Suffix { of_named, suffix } => {
            Looked { suffix: Some(suffix), named: of_named, ..Looked::default() }
        }
    };
    let file = File { name: sidecar.url.clone(), places: places.into_iter().map(looked).collect() };
    (sidecar, file)
}

/// The dataset is not needed any more.
#[wasm_bindgen]
pub fn dataset_free(dataset: u32) {
    DATASETS.with(|datasets| datasets.free(dataset));
}

/// Asks `{ open }`, `{ info }`, `{ levels: name of the base }`, `{ embedded: kind }` or `{ plan: request }`: an answer,
/// or the bytes that it takes.
#[wasm_bindgen]
pub fn dataset_ask(dataset: u32, question: &[u8]) -> Vec<u8> {
    let question = match Value::read(question) {
        Ok(question) => question,
        Err(error) => return failed(&error),
    };
    let Some((name, argument)) = question.fields().first() else { return failed(&nonsense()) };
    with(dataset, |dataset| match name.as_str() {
        "open" => told(dataset.open()),
        "info" => told(dataset.info().map_err(Into::into)),
        "levels" => told(dataset.level_infos(argument.text())),
        "embedded" => told(embedded(dataset, argument)),
        "plan" => told(planned(dataset, argument)),
        _ => failed(&nonsense()),
    })
}

fn nonsense() -> Error {
    Error::internal("a question that is none")
}

/// Bytes, and not numbers one by one.
struct Whole(Vec<u8>);

impl Serialize for Whole {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

fn embedded(dataset: &mut Dataset, kind: &Value) -> Answer<Option<Whole>> {
    let kind = Embedded::named(kind.text().unwrap_or_default())?;
    Ok(dataset.embedded(kind)?.map(Whole))
}

/// A plan, and what a decoder is told of each block.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Planned {
    plan: Plan,
    /// Of the plan's blocks, its mask's, its colours', its mask's colours', one after another.
    jobs: Vec<Told>,
}

/// What is told of a block beside its place.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    module: &'static str,
    weight: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    stored_rows: Option<[u64; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<[u32; 4]>,
    job: Whole,
}

fn planned(dataset: &mut Dataset, given: &Value) -> Answer<Planned> {
    let plan = plan(dataset, &request(given)?)?;
    let limits = &dataset.options.limits;
    let pixels = u64::from(plan.width) * u64::from(plan.height);
    let (of_mask, mask_colours) =
        plan.mask.as_ref().map_or((&[][..], &[][..]), |mask| (&mask.blocks[..], &mask.colours[..]));
    // Colours are made anew for each read: nothing of them is kept.
    let brought = plan.blocks.iter().chain(of_mask).map(|block| job(block, pixels, limits));
    let made = plan.colours.iter().chain(mask_colours).map(|block| job(block, u64::MAX, limits));
    let jobs = brought.chain(made).collect();
    Ok(Planned { jobs, plan })
}

fn job(PlannedBlock { job, start, end, .. }: &PlannedBlock, pixels: u64, limits: &Limits) -> Told {
    let bytes = job.layout.stored_bytes().unwrap_or(u64::MAX);
    let kept = job.kept(pixels, limits);
    let written = kept.as_ref().map_or(job, |(whole, _)| whole).to_bytes(limits);
    Told {
        module: job.module.name(),
        weight: bytes.max(end - start) as f64,
        stored_rows: job.stored_rows().map(|StoredRows { start, stride }| [start, stride]),
        part: kept.map(|(_, Part { x, y, width, height })| [x, y, width, height]),
        job: Whole(written),
    }
}

/// Supplies bytes of a file, which came from the place of that name.
#[wasm_bindgen]
pub fn dataset_supply(dataset: u32, file: u32, start: f64, bytes: &[u8], place: &str) -> Vec<u8> {
    let file = FileId(file);
    with(dataset, |dataset| {
        if let Some(sidecar) = dataset.sidecar_mut(file) {
            sidecar.url = Some(place.to_owned());
        }
        told(dataset.supply(file, start as u64, bytes).map_err(Into::into))
    })
}

/// The file has no byte from there on.
#[wasm_bindgen]
pub fn dataset_ends_by(dataset: u32, file: u32, end: f64) {
    with(dataset, |dataset| {
        dataset.ends_by(FileId(file), end as u64);
        Vec::new()
    });
}

/// A redirect led to that URL; an empty one: none did.
#[wasm_bindgen]
pub fn dataset_came_from(dataset: u32, file: u32, url: &str) {
    with(dataset, |dataset| {
        dataset.came_from(FileId(file), (!url.is_empty()).then(|| url.to_owned()));
        Vec::new()
    });
}

/// A file could not be read. Answers the error, unless the dataset can do without that file.
#[wasm_bindgen]
pub fn dataset_fail(dataset: u32, file: u32, given: &[u8]) -> Vec<u8> {
    let error = Value::read(given).map_or_else(|broken| broken, |given| error(&given));
    with(dataset, |dataset| told(dataset.fail(FileId(file), error).map_err(Into::into)))
}

/// Whether nothing was supplied of that file.
#[wasm_bindgen]
pub fn dataset_is_empty(dataset: u32, file: u32) -> bool {
    let empty = |dataset: &mut Dataset| dataset.file(FileId(file)).is_ok_and(|tiff| tiff.bytes.is_empty());
    DATASETS.with(|datasets| datasets.with(dataset, empty)).unwrap_or_default()
}

fn with(dataset: u32, work: impl FnOnce(&mut Dataset) -> Vec<u8>) -> Vec<u8> {
    DATASETS
        .with(|datasets| datasets.with(dataset, work))
        .unwrap_or_else(|| failed(&Error::internal("there is no such dataset")))
}
