//! Request headers as the user gives them: `Headers`, an array of pairs, or an object.

use js_sys::{Array, Object};
use wasm_bindgen::prelude::*;

use super::fault::{Fault, message_of};
use super::platform::{RequestHeaders, set_property};
use crate::error::Error;

/// Names, in the user's own spelling, and values. A copy: later changes of the user's object change nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct UserHeaders(Vec<(String, String)>);

impl UserHeaders {
    /// From a `HeadersInit`, or nothing.
    ///
    /// # Errors
    /// `invalid_argument` for what `Headers` does not take.
    pub fn from_js(init: &JsValue) -> Result<Self, Fault> {
        if init.is_undefined() || init.is_null() {
            return Ok(Self::default());
        }
        let refused = |cause: JsValue| Fault {
            error: Error::invalid("headers", format!("headers: {}", message_of(&cause))),
            cause: Some(cause),
        };
        // The platform checks names and values now, not with the first request. Where there is no `Headers`, `fetch` does.
        match RequestHeaders::new(init) {
            Err(error) if error.is_instance_of::<js_sys::TypeError>() => return Err(refused(error)),
            _ => {}
        }
        let pairs: Vec<JsValue> = match js_sys::try_iter(init).map_err(refused)? {
            Some(pairs) => pairs.collect::<Result<_, _>>().map_err(refused)?,
            None => Object::entries(init.unchecked_ref()).to_vec(),
        };
        let text = |value: JsValue| js_sys::JsString::from(value).as_string().unwrap_or_default();
        let mut headers = Self::default();
        for pair in pairs {
            let pair = Array::from(&pair);
            headers.add(text(pair.get(0)), text(pair.get(1)));
        }
        Ok(headers)
    }

    /// Repeated names are one header with all values; a range is nobody's to set but ours.
    fn add(&mut self, name: String, value: String) {
        if name.eq_ignore_ascii_case("range") {
            return;
        }
        match self.0.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(&name)) {
            Some((_, values)) => *values = format!("{values}, {value}"),
            None => self.0.push((name, value)),
        }
    }

    /// A plain object of them and the range: what any `fetch` takes.
    pub fn with_range(&self, range: &str) -> Object {
        let object = Object::new();
        for (name, value) in &self.0 {
            set_property(&object, name, &JsValue::from_str(value));
        }
        set_property(&object, "Range", &JsValue::from_str(range));
        object
    }
}

impl PartialEq for UserHeaders {
    /// Whether a server sees the same: names occur once, so equally many that are all there are the same ones.
    fn eq(&self, other: &Self) -> bool {
        let has = |(name, value): &(String, String)| {
            other.0.iter().any(|(known, own)| known.eq_ignore_ascii_case(name) && own.trim() == value.trim())
        };
        self.0.len() == other.0.len() && self.0.iter().all(has)
    }
}
