//! Errors across the border: out as plain `{ code, message, detail, cause }`, in from whatever was thrown.

use js_sys::Object;
use wasm_bindgen::prelude::*;

use super::platform::{property, set_property, whole_number};
use super::value::to_js;
use crate::byte_range::ByteRange;
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
    set_property(&object, "code", &text(error.code().name()));
    set_property(&object, "message", &text(error.message()));
    // A 64-bit number in the detail that JavaScript cannot hold costs the detail, not the error.
    set_property(&object, "detail", &to_js(error.detail()).unwrap_or_else(|_| Object::new().into()));
    if let Some(cause) = cause.or_else(|| error.cause().map(|cause| thrown(cause, None))) {
        set_property(&object, "cause", &cause);
    }
    object.into()
}

/// The error of our own kind that was thrown, if it is one: it has one of our codes.
pub(super) fn typed(thrown: &JsValue) -> Option<Error> {
    let code = Code::named(&property(thrown, "code").as_string()?)?;
    let facts = property(thrown, "detail");
    Some(Error::new(code, own_message(thrown)).with(|place| *place = detail(&facts)))
}

/// What of an error's facts is what it should be.
fn detail(facts: &JsValue) -> Detail {
    let text = |name| property(facts, name).as_string();
    let whole = |name| whole_number(&property(facts, name));
    let range = property(facts, "range");
    let bound = |name| whole_number(&property(&range, name));
    Detail {
        url: text("url"),
        range: bound("start").zip(bound("end")).map(|(start, end)| ByteRange::new(start, end)),
        status: whole("status").and_then(|status| status.try_into().ok()),
        attempts: whole("attempts").and_then(|attempts| attempts.try_into().ok()),
        tag: whole("tag").and_then(|tag| tag.try_into().ok()),
        value: text("value"),
        block: whole("block"),
        level: whole("level").and_then(|level| level.try_into().ok()),
        name: text("name"),
        found: whole("found"),
        limit: whole("limit"),
    }
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
