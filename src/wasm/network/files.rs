//! Where the files of one dataset come from: its base, and the files beside it, each looked for only when it is needed.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen::prelude::*;

use super::driver::Driver;
use super::fault::Fault;
use super::options::whole_option;
use super::origin::{Local, Origin};
use super::platform::property;
use super::sources::Lease;
use crate::error::{Code, Error, FileId};
use crate::pyramid::sidecar::{has_query, replaced_extension, sidecar_url, world_extensions};
use crate::pyramid::{Role, Sidecar};
use crate::range::SourceId;

/// `.ovr` may follow `.ovr` at most this often.
const MOST_OVERVIEW_FILES: u64 = 8;

/// A place where a file may be.
#[derive(Clone)]
pub(super) enum Place {
    Known(Origin),
    /// Beside the base; asked for only when it is looked at.
    Sibling(Local, String),
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
            Self::Sibling(base, suffix) => base.sibling(&suffix).map(Origin::Local),
        }
    }
}

/// A file beside the base: what is known of it, and the places where it may be.
pub(super) type Neighbour = (Sidecar, Vec<Place>);

/// What the options mean for that base: every file that may be looked for beside it.
pub(super) fn neighbours(base: &Origin, options: &JsValue) -> Result<Vec<Neighbour>, Fault> {
    let overviews = property(options, "overviews");
    let depth = whole_option(options, "overviewDepth", 1, MOST_OVERVIEW_FILES)?.unwrap_or(1);
    let mut all = Vec::new();
    let mut named = None;
    if overviews.is_object() {
        let origin = Origin::from_js(&overviews, "overviews")?;
        let sidecar = Sidecar::unprobed(Role::Overviews, Some(origin.name().to_owned()), true);
        all.push((sidecar, vec![Place::Known(origin.clone())]));
        named = Some(origin);
    }
    // With or without a sidecar of its own, a signed URL has no neighbours that anybody could ask for.
    let even_with_query = overviews.as_bool() == Some(true);
    let beside = |role, suffix: &str| by_suffix(base, role, suffix, even_with_query);
    for number in all.len() as u64..depth {
        let suffix = |files: u64| ".ovr".repeat(files as usize);
        all.push(match &named {
            Some(named) => by_suffix(named, Role::Overviews, &suffix(number), even_with_query),
            None if overviews.as_bool() == Some(false) => {
                (Sidecar::never(Role::Overviews, "overviews: false"), Vec::new())
            }
            None => beside(Role::Overviews, &suffix(number + 1)),
        });
    }
    all.push(beside(Role::Mask, ".msk"));
    all.push(beside(Role::MaskOverviews, ".msk.ovr"));
    if property(options, "auxiliary").is_truthy() {
        all.push(beside(Role::Auxiliary, ".aux.xml"));
        all.push(world_file(base, even_with_query));
    }
    Ok(all)
}

/// The file whose name is the base's and a suffix.
fn by_suffix(base: &Origin, role: Role, suffix: &str, even_with_query: bool) -> Neighbour {
    let places = match base {
        Origin::Http(http) if has_query(&http.url) && !even_with_query => return unsigned(role),
        Origin::Http(http) => vec![Place::Known(Origin::Http(http.at(sidecar_url(&http.url, suffix))))],
        // Names of overviews on file systems that know case, the usual one first.
        Origin::Local(local) if local.has_siblings() && role == Role::Overviews => {
            [suffix.to_owned(), suffix.to_ascii_uppercase()]
                .map(|suffix| Place::Sibling(local.clone(), suffix))
                .into()
        }
        Origin::Local(local) if local.has_siblings() => {
            vec![Place::Sibling(local.clone(), suffix.to_owned())]
        }
        Origin::Local(_) => return alone(role),
    };
    (Sidecar::unprobed(role, places.first().map(Place::name), false), places)
}

/// The file whose name is the base's with another extension.
fn world_file(base: &Origin, even_with_query: bool) -> Neighbour {
    let role = Role::WorldFile;
    let extensions = world_extensions(base.name());
    let places: Vec<Place> = match base {
        Origin::Http(http) if has_query(&http.url) && !even_with_query => return unsigned(role),
        Origin::Http(http) => {
            let urls = extensions.iter().filter_map(|extension| replaced_extension(&http.url, extension));
            urls.map(|url| Place::Known(Origin::Http(http.at(url)))).collect()
        }
        Origin::Local(local) if local.has_siblings() => {
            // Such a source takes a suffix that starts with `*` for what replaces the extension.
            extensions
                .iter()
                .map(|extension| Place::Sibling(local.clone(), format!("*.{extension}")))
                .collect()
        }
        Origin::Local(_) => return alone(role),
    };
    (Sidecar::unprobed(role, places.first().map(Place::name), false), places)
}

fn unsigned(role: Role) -> Neighbour {
    let reason = "the URL has a query; overviews: true looks for one nevertheless";
    (Sidecar::never(role, reason), Vec::new())
}

fn alone(role: Role) -> Neighbour {
    let reason = match role {
        Role::Overviews => "the source has no neighbours, and overviews is no source",
        _ => "the source has no neighbours",
    };
    (Sidecar::never(role, reason), Vec::new())
}

/// A file beside the base, as far as it was looked for.
#[derive(Default)]
struct Beside {
    places: Vec<Place>,
    /// The place that is looked at.
    at: Cell<usize>,
    lease: RefCell<Option<Lease>>,
    /// From the first place.
    absence: RefCell<Option<Fault>>,
}

impl Beside {
    /// Name of the place that is looked at.
    fn name(&self) -> Option<String> {
        self.places.get(self.at.get()).map(Place::name)
    }
}

/// The files of a dataset.
pub(super) struct Files {
    driver: Rc<Driver>,
    /// URL or name of the base.
    pub name: String,
    base: RefCell<Option<Lease>>,
    /// Files 1, 2, ...
    beside: Vec<Beside>,
    closed: Cell<bool>,
}

impl Files {
    /// Takes hold of the base; `places` are those of files 1, 2, ... Nothing is sent.
    pub fn new(driver: &Rc<Driver>, base: Origin, places: Vec<Vec<Place>>) -> Self {
        let beside = places.into_iter().map(|places| Beside { places, ..Beside::default() });
        Self {
            driver: driver.clone(),
            name: base.name().to_owned(),
            base: RefCell::new(Some(Lease::new(driver, base))),
            beside: beside.collect(),
            closed: Cell::new(false),
        }
    }

    fn beside(&self, file: FileId) -> Option<&Beside> {
        self.beside.get((file.0 as usize).checked_sub(1)?)
    }

    /// The source of a file, and the place where it is looked for.
    ///
    /// # Errors
    /// `closed`; `not_found` for a file that the dataset has not; those of the source's own `sibling`.
    pub fn source(&self, file: FileId) -> Result<(SourceId, usize), Fault> {
        if file == FileId::BASE {
            let id = self.base.borrow().as_ref().map(|lease| lease.id);
            return id.map(|id| (id, 0)).ok_or_else(|| self.missing(file).into());
        }
        let beside = self.beside(file).ok_or_else(|| self.missing(file))?;
        let at = beside.at.get();
        if let Some(lease) = beside.lease.borrow().as_ref() {
            return Ok((lease.id, at));
        }
        let place = beside.places.get(at).filter(|_| !self.closed.get()).cloned();
        let Some(place) = place else { return Err(self.missing(file).into()) };
        // The user's code runs here, and may close the dataset.
        let origin = place.origin()?;
        if self.closed.get() {
            return Err(self.missing(file).into());
        }
        let lease = Lease::new(&self.driver, origin);
        let id = lease.id;
        let _before = beside.lease.replace(Some(lease));
        Ok((id, at))
    }

    /// The sources that are held now, and their names.
    pub fn held(&self) -> Vec<(SourceId, String)> {
        let base = self.base.borrow().as_ref().map(|lease| (lease.id, self.name.clone()));
        let beside = self.beside.iter().filter_map(|beside| {
            let id = beside.lease.borrow().as_ref()?.id;
            Some((id, beside.name().unwrap_or_default()))
        });
        base.into_iter().chain(beside).collect()
    }

    /// URL or name of a file: of one beside the base, that of the place that is looked at.
    pub fn name_of(&self, file: FileId) -> Option<String> {
        match file {
            FileId::BASE => Some(self.name.clone()),
            _ => self.beside(file)?.name(),
        }
    }

    fn missing(&self, file: FileId) -> Error {
        match self.closed.get() {
            true => closed(&self.name),
            false => Error::new(Code::NotFound, format!("{} has no file {}", self.name, file.0)),
        }
    }

    /// Looks elsewhere for the file that is absent from that place, unless another call has moved on already.
    ///
    /// # Errors
    /// Where there is no other place: the absence from the first one, whose name people know.
    pub fn look_beyond(&self, file: FileId, place: usize, absence: Fault) -> Result<(), Fault> {
        let Some(beside) = self.beside(file) else { return Err(absence) };
        if beside.at.get() != place {
            return Ok(());
        }
        if place + 1 < beside.places.len() {
            beside.at.set(place + 1);
            beside.absence.borrow_mut().get_or_insert(absence);
            let _lease = beside.lease.take();
            return Ok(());
        }
        Err(beside.absence.borrow().clone().unwrap_or(absence))
    }

    /// Name of the place that is looked at.
    pub fn place_name(&self, file: FileId) -> Option<String> {
        let beside = self.beside(file)?;
        beside.places.get(beside.at.get()).map(Place::name)
    }

    /// Lets go of all files.
    pub fn close(&self) {
        self.closed.set(true);
        let _base = self.base.take();
        for beside in &self.beside {
            let _lease = beside.lease.take();
        }
    }
}

/// What calls reject with once a raster is closed.
pub(super) fn closed(name: &str) -> Error {
    Error::new(Code::Closed, "the raster was closed").with(|detail| detail.url = Some(name.to_owned()))
}
