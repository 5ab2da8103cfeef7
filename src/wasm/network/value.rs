//! Values across the border: out as plain objects, in field by field.

use js_sys::{Array, Object, Reflect, Uint8Array};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::platform::{property, whole_number};
use crate::error::{Error, Result};
use crate::values::{Sink, tell};

/// Plain objects, `null` for what is missing, numbers for 64-bit integers.
///
/// # Errors
/// `internal` for an integer above 2^53 - 1, which a number cannot hold.
pub(super) fn to_js(value: &impl Serialize) -> Result<JsValue> {
    let mut maker = Maker::default();
    tell(value, &mut maker);
    match maker.too_large {
        None => Ok(maker.made),
        Some(value) => Err(Error::internal(format!("a number cannot hold {value}"))),
    }
}

/// Makes JavaScript's values of what it is told.
#[derive(Default)]
struct Maker {
    /// Arrays and objects that have not ended.
    open: Vec<Open>,
    made: JsValue,
    too_large: Option<u64>,
}

enum Open {
    List(Array),
    /// And the field that is due.
    Object(Object, Option<JsValue>),
}

impl Maker {
    fn put(&mut self, value: JsValue) {
        match self.open.last_mut() {
            None => self.made = value,
            Some(Open::List(list)) => {
                list.push(&value);
            }
            Some(Open::Object(object, name)) => {
                // Fails only for frozen objects.
                let _ = Reflect::set(object, &name.take().unwrap_or_default(), &value);
            }
        }
    }
}

impl Sink for Maker {
    fn null(&mut self) {
        self.put(JsValue::NULL);
    }

    fn boolean(&mut self, value: bool) {
        self.put(JsValue::from_bool(value));
    }

    fn number(&mut self, number: f64) {
        self.put(JsValue::from_f64(number));
    }

    fn whole(&mut self, number: u64) {
        if number >= 1 << 53 {
            self.too_large = Some(number);
        }
        self.number(number as f64);
    }

    fn text(&mut self, text: &str) {
        let text = JsValue::from_str(text);
        match self.open.last_mut() {
            Some(Open::Object(_, name)) if name.is_none() => *name = Some(text),
            _ => self.put(text),
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.put(Uint8Array::from(bytes).into());
    }

    fn list(&mut self) {
        self.open.push(Open::List(Array::new()));
    }

    fn object(&mut self) {
        self.open.push(Open::Object(Object::new(), None));
    }

    fn end(&mut self) {
        match self.open.pop() {
            Some(Open::List(list)) => self.put(list.into()),
            Some(Open::Object(object, _)) => self.put(object.into()),
            None => {}
        }
    }
}

/// An argument of JavaScript's, of which some field is wrong: named as a whole.
pub(super) struct Given<'a> {
    value: &'a JsValue,
    argument: &'static str,
}

impl<'a> Given<'a> {
    /// The argument of that name.
    ///
    /// # Errors
    /// `invalid_argument` for what is no object.
    pub fn new(value: &'a JsValue, argument: &'static str) -> Result<Self> {
        if value.is_object() {
            return Ok(Self { value, argument });
        }
        Err(Error::invalid(argument, format!("{argument} is {value:?}, expected an object")))
    }

    /// The field, where it is there.
    fn field(&self, name: &str) -> Option<JsValue> {
        Some(property(self.value, name)).filter(|value| !value.is_undefined() && !value.is_null())
    }

    /// The field as `read` makes it.
    ///
    /// # Errors
    /// `invalid_argument` where the field is there and `read` makes nothing of it.
    pub fn optional<T>(&self, name: &str, read: impl FnOnce(&JsValue) -> Option<T>) -> Result<Option<T>> {
        let Some(value) = self.field(name) else { return Ok(None) };
        let read = read(&value);
        if read.is_some() { Ok(read) } else { Err(self.wrong(name, &value)) }
    }

    /// A field that must be there.
    ///
    /// # Errors
    /// `invalid_argument` where it is not, or is no whole number.
    pub fn whole(&self, name: &str) -> Result<u64> {
        let value = property(self.value, name);
        whole_number(&value).ok_or_else(|| self.wrong(name, &value))
    }

    fn wrong(&self, name: &str, value: &JsValue) -> Error {
        let argument = self.argument;
        Error::invalid(argument, format!("{argument}: {name} is {value:?}"))
    }
}

/// The items of an array, if all of them are numbers.
pub(super) fn numbers(value: &JsValue) -> Option<Vec<f64>> {
    Array::is_array(value).then(|| Array::from(value).iter().map(|item| item.as_f64()).collect())?
}
