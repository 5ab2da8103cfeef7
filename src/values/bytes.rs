//! Values as bytes, one after the other: `js/values.ts` makes them what they stand for.
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

use serde::Serialize;

use super::{Sink, tell};

/// Values written so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bytes {
    written: Vec<u8>,
    too_large: Option<u64>,
}

impl Bytes {
    /// One value by itself.
    pub fn of(value: &impl Serialize) -> Vec<u8> {
        let mut out = Self::default();
        tell(value, &mut out);
        out.written
    }

    /// What was written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.written
    }

    /// An integer that was told and that a number of JavaScript's cannot hold.
    pub fn too_large(&self) -> Option<u64> {
        self.too_large
    }

    fn sized(&mut self, kind: u8, bytes: &[u8]) {
        self.written.push(kind);
        self.written.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
        self.written.extend_from_slice(bytes);
    }
}

impl Sink for Bytes {
    fn null(&mut self) {
        self.written.push(0);
    }

    fn boolean(&mut self, value: bool) {
        self.written.push(1 + u8::from(value));
    }

    fn number(&mut self, number: f64) {
        let whole = number as u32;
        // By its bits: -0 is no whole number from 0.
        if f64::from(whole).to_bits() == number.to_bits() {
            self.written.push(3);
            self.written.extend_from_slice(&whole.to_le_bytes());
        } else {
            self.written.push(4);
            self.written.extend_from_slice(&number.to_le_bytes());
        }
    }

    fn whole(&mut self, number: u64) {
        if number >= 1 << 53 {
            self.too_large = Some(number);
        }
        self.number(number as f64);
    }

    fn text(&mut self, text: &str) {
        self.sized(5, text.as_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.sized(6, bytes);
    }

    fn list(&mut self) {
        self.written.push(7);
    }

    fn object(&mut self) {
        self.written.push(8);
    }

    fn end(&mut self) {
        self.written.push(9);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    enum Kind {
        Plain,
        OfNumber(u8),
        OfFields { a: bool },
    }

    #[derive(Serialize)]
    struct All {
        t: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        u: Option<u16>,
        n: Option<u16>,
        s: Option<u16>,
        l: (bool, bool),
        k: Vec<Kind>,
        m: crate::sorted::SortedMap<String, i32>,
    }

    #[test]
    fn each_kind_has_its_form() {
        let m = crate::sorted::SortedMap::from([("x".to_owned(), -1)]);
        let k = vec![Kind::Plain, Kind::OfNumber(5), Kind::OfFields { a: true }];
        let written = Bytes::of(&All { t: "é", u: None, n: None, s: Some(7), l: (true, false), k, m });
        let text = |text: &str| [&[5, text.len() as u8, 0, 0, 0][..], text.as_bytes()].concat();
        let expected = [
            [vec![8], text("t"), text("é"), text("n"), vec![0], text("s"), vec![3, 7, 0, 0, 0]].concat(),
            [text("l"), vec![7, 2, 1, 9], text("k"), vec![7], text("plain")].concat(),
            [vec![8], text("ofNumber"), vec![3, 5, 0, 0, 0, 9]].concat(),
            [vec![8], text("ofFields"), vec![8], text("a"), vec![2, 9, 9, 9]].concat(),
            [text("m"), vec![8], text("x"), vec![4], (-1_f64).to_le_bytes().to_vec(), vec![9, 9]].concat(),
        ];
        assert_eq!(written, expected.concat());
    }

    #[test]
    fn numbers_are_those_of_javascript() {
        let form = |number: f64| Bytes::of(&number);
        assert_eq!(form(0.0), [3, 0, 0, 0, 0]);
        assert_eq!(form(4_294_967_295.0), [3, 255, 255, 255, 255]);
        for number in [4_294_967_296.0, -0.0, -1.0, 0.5, f64::INFINITY, f64::NEG_INFINITY, f64::MAX] {
            assert_eq!(form(number), [&[4][..], &number.to_le_bytes()].concat(), "{number}");
        }
        let nan = form(f64::NAN);
        assert_eq!((nan[0], f64::from_le_bytes(nan[1..].try_into().unwrap()).is_nan()), (4, true));
        assert_eq!(Bytes::of(&(1_u64 << 53)), form(9_007_199_254_740_992.0));
        assert_eq!(Bytes::of(&-3_i64), form(-3.0));
    }
}
