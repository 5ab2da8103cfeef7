//! Where the files of one dataset come from: its base, and a sidecar that is looked for only when it is needed.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen::prelude::*;

use super::driver::Driver;
use super::fault::Fault;
use super::origin::{Local, Origin};
use super::sources::Lease;
use crate::error::{Code, Error, FileId};
use crate::pyramid::Sidecar;
use crate::pyramid::sidecar::{has_query, sidecar_url};
use crate::range::SourceId;

/// Names that a sidecar has on file systems that know case, the usual one first.
const SUFFIXES: [&str; 2] = [".ovr", ".OVR"];

/// A place where the sidecar may be.
#[derive(Clone)]
pub(super) enum Place {
    Known(Origin),
    /// Beside the base; asked for only when it is looked at.
    Sibling(Local, &'static str),
}

impl Place {
    /// URL or name.
    pub fn name(&self) -> String {
        match self {
            Self::Known(origin) => origin.name().to_owned(),
            Self::Sibling(base, suffix) => format!("{}{suffix}", base.name),
        }
    }

    fn origin(self) -> Result<Origin, Fault> {
        match self {
            Self::Known(origin) => Ok(origin),
            Self::Sibling(base, suffix) => base.sibling(suffix).map(Origin::Local),
        }
    }
}

/// What `overviews` means for that base: what is known of the sidecar, and where it may be.
pub(super) fn sidecar_of(base: &Origin, overviews: &JsValue) -> Result<(Sidecar, Vec<Place>), Fault> {
    if overviews.is_object() {
        let origin = Origin::from_js(overviews, "overviews")?;
        return Ok((Sidecar::unprobed(Some(origin.name().to_owned()), true), vec![Place::Known(origin)]));
    }
    if overviews.as_bool() == Some(false) {
        return Ok((Sidecar::never("overviews: false"), Vec::new()));
    }
    let places: Vec<Place> = match base {
        Origin::Http(http) if has_query(&http.url) && overviews.as_bool().is_none() => {
            let reason = "the URL has a query; overviews: true looks for one nevertheless";
            return Ok((Sidecar::never(reason), Vec::new()));
        }
        Origin::Http(http) => vec![Place::Known(Origin::Http(http.at(sidecar_url(&http.url))))],
        Origin::Local(local) if local.has_siblings() => {
            SUFFIXES.map(|suffix| Place::Sibling(local.clone(), suffix)).into()
        }
        Origin::Local(_) => {
            return Ok((
                Sidecar::never("the source has no neighbours, and overviews is no source"),
                Vec::new(),
            ));
        }
    };
    Ok((Sidecar::unprobed(places.first().map(Place::name), false), places))
}

/// The files of a dataset.
pub(super) struct Files {
    driver: Rc<Driver>,
    /// URL or name of the base.
    pub name: String,
    base: RefCell<Option<Lease>>,
    places: Vec<Place>,
    /// The place that is looked at.
    at: Cell<usize>,
    sidecar: RefCell<Option<Lease>>,
    /// From the first place.
    absence: RefCell<Option<Fault>>,
    closed: Cell<bool>,
}

impl Files {
    /// Takes hold of the base. Nothing is sent.
    pub fn new(driver: &Rc<Driver>, base: Origin, places: Vec<Place>) -> Self {
        Self {
            driver: driver.clone(),
            name: base.name().to_owned(),
            base: RefCell::new(Some(Lease::new(driver, base))),
            places,
            at: Cell::new(0),
            sidecar: RefCell::default(),
            absence: RefCell::default(),
            closed: Cell::new(false),
        }
    }

    /// The source of a file, and the place where it is looked for.
    ///
    /// # Errors
    /// `closed`; `not_found` for a file that the dataset has not; those of the source's own `sibling`.
    pub fn source(&self, file: FileId) -> Result<(SourceId, usize), Fault> {
        let (held, at) = match file {
            FileId::BASE => (&self.base, 0),
            FileId::SIDECAR => (&self.sidecar, self.at.get()),
            _ => return Err(self.missing(file).into()),
        };
        if let Some(lease) = held.borrow().as_ref() {
            return Ok((lease.id, at));
        }
        let place = self.places.get(at).filter(|_| file == FileId::SIDECAR && !self.closed.get()).cloned();
        let Some(place) = place else { return Err(self.missing(file).into()) };
        // The user's code runs here, and may close the dataset.
        let origin = place.origin()?;
        if self.closed.get() {
            return Err(self.missing(file).into());
        }
        let lease = Lease::new(&self.driver, origin);
        let id = lease.id;
        let _before = self.sidecar.replace(Some(lease));
        Ok((id, at))
    }

    /// The sources that are held now, and their names.
    pub fn held(&self) -> Vec<(SourceId, String)> {
        let base = self.base.borrow().as_ref().map(|lease| (lease.id, self.name.clone()));
        let sidecar =
            self.sidecar.borrow().as_ref().map(|lease| (lease.id, self.sidecar_name().unwrap_or_default()));
        base.into_iter().chain(sidecar).collect()
    }

    fn missing(&self, file: FileId) -> Error {
        match self.closed.get() {
            true => closed(&self.name),
            false => Error::new(Code::NotFound, format!("{} has no file {}", self.name, file.0)),
        }
    }

    /// Looks elsewhere for the sidecar that is absent from that place, unless another call has moved on already.
    ///
    /// # Errors
    /// Where there is no other place: the absence from the first one, whose name people know.
    pub fn look_beyond(&self, place: usize, absence: Fault) -> Result<(), Fault> {
        if self.at.get() != place {
            return Ok(());
        }
        if place + 1 < self.places.len() {
            self.at.set(place + 1);
            self.absence.borrow_mut().get_or_insert(absence);
            let _lease = self.sidecar.take();
            return Ok(());
        }
        Err(self.absence.borrow().clone().unwrap_or(absence))
    }

    /// Name of the place that is looked at.
    pub fn sidecar_name(&self) -> Option<String> {
        self.places.get(self.at.get()).map(Place::name)
    }

    /// Lets go of all files.
    pub fn close(&self) {
        self.closed.set(true);
        let _base = self.base.take();
        let _sidecar = self.sidecar.take();
    }
}

/// What calls reject with once a raster is closed.
pub(super) fn closed(name: &str) -> Error {
    Error::new(Code::Closed, "the raster was closed").with(|detail| detail.url = Some(name.to_owned()))
}
