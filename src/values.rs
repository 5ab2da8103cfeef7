//! Values on their way to JavaScript, one after the other in a buffer: `js/values.ts` makes them what they stand for.
//!
//! | first byte | what follows | in JavaScript |
//! |---|---|---|
//! | 0, 1, 2 | | `null`, `false`, `true` |
//! | 3 | four bytes, little-endian | a whole number from 0 |
//! | 4 | eight bytes, IEEE 754, little-endian | any other number, NaN and infinities too |
//! | 5 | length in four bytes, UTF-8 | a string |
//! | 6 | length in four bytes, bytes | a `Uint8Array` |
//! | 7 | values, up to 9 | an array |
//! | 8 | for each field its name as a string, and its value; up to 9 | an object |
//! | 9 | | the end of an array or an object |

/// What can be written.
pub trait Value {
    /// Writes the value.
    fn write(&self, out: &mut Values);

    /// Whether an object has no field for it.
    fn is_unset(&self) -> bool {
        false
    }
}

/// Values written so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values(Vec<u8>);

impl Values {
    /// One value by itself.
    pub fn of(value: &dyn Value) -> Vec<u8> {
        let mut out = Self::default();
        value.write(&mut out);
        out.0
    }

    /// `null`.
    pub fn null(&mut self) {
        self.0.push(0);
    }

    /// A string.
    pub fn text(&mut self, text: &str) {
        self.sized(5, text.as_bytes());
    }

    /// Bytes.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.sized(6, bytes);
    }

    /// A number: exact up to 2^53, as numbers are in JavaScript.
    pub fn number(&mut self, number: f64) {
        let whole = number as u32;
        // By its bits: -0 is no whole number from 0.
        if f64::from(whole).to_bits() == number.to_bits() {
            self.0.push(3);
            self.0.extend_from_slice(&whole.to_le_bytes());
        } else {
            self.0.push(4);
            self.0.extend_from_slice(&number.to_le_bytes());
        }
    }

    /// An object, whose fields `fields` writes.
    pub fn object(&mut self, fields: &[(&str, &dyn Value)]) {
        self.0.push(8);
        for (name, value) in fields {
            if !value.is_unset() {
                self.text(name);
                value.write(self);
            }
        }
        self.0.push(9);
    }

    /// An array.
    pub fn list(&mut self, items: &mut dyn Iterator<Item = &dyn Value>) {
        self.0.push(7);
        items.for_each(|item| item.write(self));
        self.0.push(9);
    }

    fn sized(&mut self, kind: u8, bytes: &[u8]) {
        self.0.push(kind);
        self.0.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
        self.0.extend_from_slice(bytes);
    }
}

/// A field that an object has only where there is a value.
pub struct IfSet<'a, T>(pub &'a Option<T>);

impl<T: Value> Value for IfSet<'_, T> {
    fn write(&self, out: &mut Values) {
        self.0.write(out);
    }

    fn is_unset(&self) -> bool {
        self.0.is_none()
    }
}

impl<T: Value> Value for Option<T> {
    fn write(&self, out: &mut Values) {
        match self {
            Some(value) => value.write(out),
            None => out.null(),
        }
    }
}

impl<T: Value> Value for Vec<T> {
    fn write(&self, out: &mut Values) {
        self.as_slice().write(out);
    }
}

impl<T: Value, const N: usize> Value for [T; N] {
    fn write(&self, out: &mut Values) {
        self.as_slice().write(out);
    }
}

impl<T: Value> Value for [T] {
    fn write(&self, out: &mut Values) {
        out.list(&mut self.iter().map(|item| item as &dyn Value));
    }
}

impl Value for String {
    fn write(&self, out: &mut Values) {
        out.text(self);
    }
}

impl Value for &str {
    fn write(&self, out: &mut Values) {
        out.text(self);
    }
}

impl Value for bool {
    fn write(&self, out: &mut Values) {
        out.0.push(1 + u8::from(*self));
    }
}

impl Value for f64 {
    fn write(&self, out: &mut Values) {
        out.number(*self);
    }
}

macro_rules! whole_numbers {
    ($($kind:ty),*) => {$(
        impl Value for $kind {
            fn write(&self, out: &mut Values) {
                out.number(*self as f64);
            }
        }
    )*};
}

whole_numbers!(u8, u16, u32, u64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_form() {
        let text = String::from("é");
        let (unset, set) = (None::<u16>, Some(7_u16));
        struct All<'a>(&'a [(&'a str, &'a dyn Value)]);
        impl Value for All<'_> {
            fn write(&self, out: &mut Values) {
                out.object(self.0);
            }
        }
        let fields: &[(&str, &dyn Value)] =
            &[("t", &text), ("u", &IfSet(&unset)), ("n", &unset), ("s", &IfSet(&set)), ("l", &[true, false])];
        let written = Values::of(&All(fields));
        let expected: &[&[u8]] = &[
            &[8, 5, 1, 0, 0, 0, b't', 5, 2, 0, 0, 0, 0xC3, 0xA9, 5, 1, 0, 0, 0, b'n', 0],
            &[5, 1, 0, 0, 0, b's', 3, 7, 0, 0, 0, 5, 1, 0, 0, 0, b'l', 7, 2, 1, 9, 9],
        ];
        assert_eq!(written, expected.concat());
    }

    #[test]
    fn numbers_are_those_of_javascript() {
        let form = |number: f64| Values::of(&number);
        assert_eq!(form(0.0), [3, 0, 0, 0, 0]);
        assert_eq!(form(4_294_967_295.0), [3, 255, 255, 255, 255]);
        for number in [4_294_967_296.0, -0.0, -1.0, 0.5, f64::INFINITY, f64::NEG_INFINITY, f64::MAX] {
            assert_eq!(form(number), [&[4][..], &number.to_le_bytes()].concat(), "{number}");
        }
        let nan = form(f64::NAN);
        assert_eq!((nan[0], f64::from_le_bytes(nan[1..].try_into().unwrap()).is_nan()), (4, true));
        assert_eq!(Values::of(&(1_u64 << 53)), form(9_007_199_254_740_992.0));
    }
}
