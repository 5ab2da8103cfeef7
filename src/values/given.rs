//! Values as JavaScript gives them: `writeValue` in js/values.ts writes them in the form of [`super::Bytes`].

use std::fmt;

use crate::error::{Error, Result};

/// Arrays and objects that may lie in one another.
const DEPTH: usize = 16;

/// One value.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// `null`, and whatever is not there.
    #[default]
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A number.
    Number(f64),
    /// A string.
    Text(String),
    /// A `Uint8Array`.
    Bytes(Vec<u8>),
    /// An array.
    List(Vec<Value>),
    /// An object: names and values.
    Object(Vec<(String, Value)>),
}

/// What an object has not.
static NOTHING: Value = Value::Null;

impl Value {
    /// The one value in those bytes.
    ///
    /// # Errors
    /// `internal` for bytes that are none.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let mut left = bytes;
        match value(&mut left, DEPTH).flatten() {
            Some(value) if left.is_empty() => Ok(value),
            _ => Err(Error::internal("bytes from JavaScript that are no value")),
        }
    }

    /// The field of an object; `Null` where there is none.
    pub fn field(&self, name: &str) -> &Self {
        let found = match self {
            Self::Object(fields) => fields.iter().find(|(known, _)| known == name),
            _ => None,
        };
        found.map_or(&NOTHING, |(_, value)| value)
    }

    /// The fields of an object.
    pub fn fields(&self) -> &[(String, Self)] {
        if let Self::Object(fields) = self { fields } else { &[] }
    }

    /// The items of an array.
    pub fn items(&self) -> Option<&[Self]> {
        if let Self::List(items) = self { Some(items) } else { None }
    }

    /// Whether it is there.
    pub fn is_some(&self) -> bool {
        !matches!(self, Self::Null)
    }

    /// A number.
    pub fn number(&self) -> Option<f64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    /// A number that is a whole one and exact: 0 to 2^53 - 1.
    pub fn whole(&self) -> Option<u64> {
        let number = self.number()?;
        let whole = number as u64;
        (whole as f64 == number && whole < 1 << 53).then_some(whole)
    }

    /// A whole number that has at most 32 bits.
    pub fn small(&self) -> Option<u32> {
        self.whole()?.try_into().ok()
    }

    /// A string.
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// `true` or `false`.
    pub fn boolean(&self) -> Option<bool> {
        if let Self::Boolean(value) = self { Some(*value) } else { None }
    }
}

/// As a message shows it.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(value) => f.write_str(if *value { "true" } else { "false" }),
            Self::Number(number) => f.write_str(&crate::float::text(*number)),
            Self::Text(text) => write!(f, "'{text}'"),
            Self::Bytes(_) => f.write_str("bytes"),
            Self::List(_) => f.write_str("an array"),
            Self::Object(_) => f.write_str("an object"),
        }
    }
}

/// The next value; nothing inside where an array or an object ends, nothing at all for what is no value.
fn value(left: &mut &[u8], depth: usize) -> Option<Option<Value>> {
    let [kind] = *take(left, 1)? else { return None };
    Some(Some(match kind {
        0 => Value::Null,
        1 | 2 => Value::Boolean(kind == 2),
        3 => Value::Number(f64::from(whole(left)?)),
        4 => Value::Number(f64::from_le_bytes(take(left, 8)?.try_into().ok()?)),
        5 => Value::Text(String::from_utf8(sized(left)?.to_vec()).ok()?),
        6 => Value::Bytes(sized(left)?.to_vec()),
        7 => {
            let mut items = Vec::new();
            while let Some(item) = value(left, depth.checked_sub(1)?)? {
                items.push(item);
            }
            Value::List(items)
        }
        8 => {
            let mut fields = Vec::new();
            while let Some(name) = value(left, depth.checked_sub(1)?)? {
                let Value::Text(name) = name else { return None };
                fields.push((name, value(left, depth.checked_sub(1)?)??));
            }
            Value::Object(fields)
        }
        9 => return Some(None),
        _ => return None,
    }))
}

fn take<'a>(left: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, rest) = left.split_at_checked(count)?;
    *left = rest;
    Some(taken)
}

fn whole(left: &mut &[u8]) -> Option<u32> {
    take(left, 4)?.try_into().ok().map(u32::from_le_bytes)
}

fn sized<'a>(left: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = whole(left)?;
    take(left, length as usize)
}

#[cfg(test)]
mod tests {
    use super::super::Bytes;
    use super::*;
    use serde::Serialize;

    #[derive(Serialize)]
    struct Of {
        absent: Option<u8>,
        flag: bool,
        whole: u32,
        large: f64,
        text: &'static str,
        list: (u8, Vec<i8>),
    }

    #[test]
    fn what_is_written_is_read() {
        let written = Bytes::of(&Of {
            absent: None,
            flag: true,
            whole: 7,
            large: 1e15,
            text: "é",
            list: (1, vec![-2]),
        });
        let value = Value::read(&written).unwrap();
        assert_eq!((value.field("flag").boolean(), value.field("whole").whole()), (Some(true), Some(7)));
        assert!(!value.field("absent").is_some() && !value.field("other").is_some());
        assert_eq!(
            (value.field("large").whole(), value.field("text").text()),
            (Some(10_u64.pow(15)), Some("é"))
        );
        let list = value.field("list").items().unwrap();
        assert_eq!(list[0].small(), Some(1));
        assert_eq!(
            (list[1].items().unwrap()[0].number(), list[1].items().unwrap()[0].whole()),
            (Some(-2.0), None)
        );
        assert_eq!(value.fields().len(), 6);
        assert_eq!(Value::read(&[6, 2, 0, 0, 0, 8, 9]), Ok(Value::Bytes(vec![8, 9])));
    }

    #[test]
    fn what_is_no_value_is_an_error() {
        let written = Bytes::of(&("text", vec![1.5], 3));
        for end in 0..written.len() {
            assert!(Value::read(&written[..end]).is_err(), "{end}");
        }
        for wrong in [&[9][..], &[10], &[7, 10, 9], &[8, 0, 0, 9], &[8, 5, 0, 0, 0, 0, 9], &[0, 0], &[7; 40]]
        {
            assert!(Value::read(wrong).is_err(), "{wrong:?}");
        }
        assert_eq!(Value::Number((1_u64 << 53) as f64).whole(), None);
        assert_eq!(Value::Number(f64::NAN).whole(), None);
    }

    #[test]
    fn messages_show_values() {
        let shown = |value: Value| value.to_string();
        assert_eq!(shown(Value::Number(1.5)), "1.5");
        assert_eq!(shown(Value::Text("a".into())), "'a'");
        assert_eq!(shown(Value::Boolean(false)), "false");
    }
}
