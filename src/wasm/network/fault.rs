//! Errors across the border: out as plain `{ code, message, detail, cause }`, in from whatever was thrown.

use js_sys::Object;
use serde::de::value::{Error as Unknown, StrDeserializer};
use serde::{Deserialize, Serialize};
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

use super::platform::{property, set_property};
use crate::error::{Code, Detail, Error};

/// A failure, with the platform's own exception where there was one.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub error: Error,
    pub cause: Option<JsValue>,
}

impl Fault {
    /// The same failure, about the file of that name if it is about none yet.
    pub fn about(self, name: &str) -> Self {
        let set = |detail: &mut Detail| {
            if detail.name.is_none() {
                detail.url.get_or_insert_with(|| name.to_owned());
            }
        };
        Self { error: self.error.with(set), ..self }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self { error, cause: None }
    }
}

impl From<Fault> for JsValue {
    fn from(fault: Fault) -> Self {
        thrown(&fault.error, fault.cause)
    }
}

impl From<Error> for JsValue {
    fn from(error: Error) -> Self {
        thrown(&error, None)
    }
}

/// The error as a plain object. A cause of our own becomes such an object too; a platform's exception stays what it is.
fn thrown(error: &Error, cause: Option<JsValue>) -> JsValue {
    let object = Object::new();
    let text = |value: &str| JsValue::from_str(value);
    set_property(&object, "code", &to_js(&error.code()).unwrap_or_else(|_| text("internal")));
    set_property(&object, "message", &text(error.message()));
    // A 64-bit number in the detail that JavaScript cannot hold costs the detail, not the error.
    set_property(&object, "detail", &to_js(error.detail()).unwrap_or_else(|_| Object::new().into()));
    if let Some(cause) = cause.or_else(|| error.cause().map(|cause| thrown(cause, None))) {
        set_property(&object, "cause", &cause);
    }
    object.into()
}

/// Plain objects, `null` for what is missing, numbers for 64-bit integers.
///
/// # Errors
/// `internal` for an integer above 2^53 - 1, which a number cannot hold.
pub(super) fn to_js(value: &impl Serialize) -> Result<JsValue, Error> {
    let serializer = Serializer::json_compatible();
    value
        .serialize(&serializer)
        .map_err(|error| Error::internal(format!("a value cannot cross over: {error}")))
}

/// A value that JavaScript gave as the argument of that name.
///
/// # Errors
/// `invalid_argument`, in serde's words.
pub(super) fn from_js<T: for<'de> Deserialize<'de>>(value: JsValue, name: &str) -> Result<T, Error> {
    serde_wasm_bindgen::from_value(value).map_err(|error| Error::invalid(name, format!("{name}: {error}")))
}

/// The error of our own kind that was thrown, if it is one: it has one of our codes.
pub(super) fn typed(thrown: &JsValue) -> Option<Error> {
    let code = property(thrown, "code").as_string()?;
    let code = Code::deserialize(StrDeserializer::<Unknown>::new(&code)).ok()?;
    let detail: Detail = serde_wasm_bindgen::from_value(property(thrown, "detail")).unwrap_or_default();
    Some(Error::new(code, own_message(thrown)).with(|place| *place = detail))
}

/// What to report as the cause of what was thrown: of an error of our own kind its cause, of any other itself.
pub(super) fn cause_of(thrown: &JsValue) -> Option<JsValue> {
    if typed(thrown).is_none() {
        return Some(thrown.clone());
    }
    let cause = property(thrown, "cause");
    (!cause.is_undefined() && !cause.is_null()).then_some(cause)
}

/// Whether a `fetch` failed in the way of pages, which are not told why. Where the platform tells, it does so in the cause.
pub(super) fn tells_nothing(thrown: &JsValue) -> bool {
    property(thrown, "name").as_string().as_deref() == Some("TypeError")
        && property(thrown, "cause").is_undefined()
}

fn own_message(thrown: &JsValue) -> String {
    match property(thrown, "message").as_string() {
        Some(message) if !message.is_empty() => message,
        _ => thrown.as_string().unwrap_or_else(|| format!("{thrown:?}")),
    }
}

/// The words of whatever was thrown. Node says why a `fetch` failed only in its cause.
pub(super) fn message_of(thrown: &JsValue) -> String {
    let own = own_message(thrown);
    let cause = property(thrown, "cause");
    let said = |name| property(&cause, name).as_string().filter(|text| !text.is_empty());
    match (said("code"), said("message")) {
        // An error that passes its cause's words on says them once.
        (_, Some(message)) if own.contains(&message) => own,
        (Some(code), Some(message)) if !message.contains(&code) => format!("{own} ({code}: {message})"),
        (_, Some(message)) => format!("{own} ({message})"),
        (Some(code), None) => format!("{own} ({code})"),
        (None, None) => own,
    }
}
