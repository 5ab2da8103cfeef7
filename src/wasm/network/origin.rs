//! A source as JavaScript describes it (`CoreSource`), before anybody reads it.

use js_sys::{Function, Object};
use wasm_bindgen::prelude::*;

use super::fault::{Fault, message_of};
use super::headers::UserHeaders;
use super::platform::{property, whole_number};
use crate::error::{Code, Error};
use crate::range::{SourceKind, SourceSpec};

/// Where a file is and how it is asked for.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    Http(Http),
    Local(Local),
}

/// A URL and how its requests are made.
#[derive(Clone, Debug)]
pub(super) struct Http {
    /// Absolute, without a fragment.
    pub url: String,
    /// The user's own `fetch`.
    pub fetch: Option<Function>,
    pub headers: UserHeaders,
    pub credentials: Option<String>,
    /// The cache mode.
    pub cache: String,
    /// Makes the URL that is really asked for, before each request. Who a file is, its own URL says.
    pub sign: Option<Function>,
    /// Is told of each request when it is over.
    pub observer: Option<Function>,
    /// Whether nobody named it: there may well be no such file.
    pub guessed: bool,
}

/// A JavaScript object with `read`.
#[derive(Clone, Debug)]
pub(super) struct Local {
    pub object: Object,
    pub read: Function,
    /// Its name, for people.
    pub name: String,
    /// The name of its content, where it has one.
    pub key: Option<String>,
    pub cached: bool,
    pub size: Option<u64>,
    /// Is told of each request when it is over.
    pub observer: Option<Function>,
}

impl Origin {
    /// From a `CoreSource`, the argument of that name.
    ///
    /// # Errors
    /// `invalid_argument`.
    pub fn from_js(value: &JsValue, argument: &str) -> Result<Self, Fault> {
        if let Some(url) = property(value, "url").as_string() {
            return Http::from_js(url, value).map(Self::Http);
        }
        let object = property(value, "source");
        if object.is_object() {
            let observer = property(value, "onRequest").dyn_into().ok();
            let local = Local::from_js(object.unchecked_into(), argument)?;
            return Ok(Self::Local(Local { observer, ..local }));
        }
        Err(Error::invalid(argument, format!("{argument} has neither url nor source")).into())
    }

    /// URL or name.
    pub fn name(&self) -> &str {
        match self {
            Self::Http(http) => &http.url,
            Self::Local(local) => &local.name,
        }
    }

    /// Who wants to be told of its requests.
    pub fn observer(&self) -> Option<&Function> {
        match self {
            Self::Http(http) => http.observer.as_ref(),
            Self::Local(local) => local.observer.as_ref(),
        }
    }

    /// As Net is told of it.
    pub fn spec(&self) -> SourceSpec {
        let name = self.name().to_owned();
        match self {
            Self::Http(http) => {
                let kind = SourceKind::Http { origin: server_of(&http.url).to_owned() };
                SourceSpec { kind, name, cached: true, size: None }
            }
            Self::Local(local) => {
                SourceSpec { kind: SourceKind::Local, name, cached: local.cached, size: local.size }
            }
        }
    }

    /// Whether one answers exactly as the other does, as far as anybody can tell: then they may share bytes.
    pub fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Http(a), Self::Http(b)) => {
                same_function(a.fetch.as_ref(), b.fetch.as_ref())
                    && same_function(a.sign.as_ref(), b.sign.as_ref())
                    && a.url == b.url
                    && a.headers == b.headers
                    && a.credentials == b.credentials
                    && a.cache == b.cache
            }
            (Self::Local(a), Self::Local(b)) => {
                let same_content = match (&a.key, &b.key) {
                    (Some(a), Some(b)) => a == b,
                    _ => Object::is(&a.object, &b.object),
                };
                same_content && a.cached == b.cached
            }
            _ => false,
        }
    }
}

fn same_function(a: Option<&Function>, b: Option<&Function>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => Object::is(a, b),
        (None, None) => true,
        _ => false,
    }
}

impl Http {
    fn from_js(url: String, value: &JsValue) -> Result<Self, Fault> {
        let text = |name| property(value, name).as_string();
        Ok(Self {
            url,
            fetch: property(value, "fetch").dyn_into().ok(),
            headers: UserHeaders::from_js(&property(value, "headers"))?,
            credentials: text("credentials"),
            // Chromium answers ranges of one URL one after the other through its own cache.
            sign: property(value, "sign").dyn_into().ok(),
            observer: property(value, "onRequest").dyn_into().ok(),
            cache: text("cache").unwrap_or_else(|| "no-store".to_owned()),
            guessed: false,
        })
    }

    /// A URL beside it where a file may be, asked for in the same way.
    pub fn at(&self, url: String) -> Self {
        Self { url, guessed: true, ..self.clone() }
    }
}

impl Local {
    fn from_js(object: Object, argument: &str) -> Result<Self, Error> {
        let read = property(&object, "read").dyn_into();
        let Ok(read) = read else {
            return Err(Error::invalid(argument, format!("{argument} is a source without read()")));
        };
        let key = property(&object, "key").as_string();
        let name = property(&object, "name").as_string().or_else(|| key.clone());
        Ok(Self {
            read,
            name: name.unwrap_or_else(|| argument.to_owned()),
            key,
            cached: property(&object, "cached").is_truthy(),
            size: whole_number(&property(&object, "size")),
            object,
            observer: None,
        })
    }

    /// Whether it knows its neighbours.
    pub fn has_siblings(&self) -> bool {
        property(&self.object, "sibling").is_function()
    }

    /// The neighbour with that suffix added to the name.
    pub fn sibling(&self, suffix: &str) -> Result<Self, Fault> {
        let failed = |cause: JsValue| {
            let message = format!("sibling({suffix:?}) of {}: {}", self.name, message_of(&cause));
            Fault { error: Error::new(Code::InvalidArgument, message), cause: Some(cause) }
        };
        let sibling: Function = property(&self.object, "sibling").dyn_into().map_err(failed)?;
        let object = sibling.call1(&self.object, &JsValue::from_str(suffix)).map_err(failed)?;
        if !object.is_object() {
            return Err(failed(object));
        }
        let sibling = Self::from_js(object.unchecked_into(), "sibling")?;
        Ok(Self { observer: self.observer.clone(), ..sibling })
    }
}

/// Scheme, host and port of an absolute URL as the platform writes it: lower case, default ports left out.
fn server_of(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url.get(host..).and_then(|rest| rest.find(['/', '?', '#'])).map_or(url.len(), |at| host + at);
    url.get(..end).unwrap_or(url)
}
