//! GDAL_NODATA: the value of missing pixels, as GDAL reads its text, fills sparse blocks with it, and compares pixels with it.

use crate::float;
use crate::pixel::DataType;

/// The value of missing pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Nodata {
    /// Of any type but 64-bit integers; of complex numbers the real part.
    Number(f64),
    /// Of signed 64-bit integers.
    Signed(i64),
    /// Of unsigned 64-bit integers.
    Unsigned(u64),
}

impl Nodata {
    /// Reads the text for pixels of that type. What is no number is 0; `None` for no text at all.
    pub fn read(text: &str, data_type: DataType) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        Some(match data_type {
            DataType::BigInt64 => Self::Signed(
                whole(text).clamp(i64::MIN.into(), i64::MAX.into()).try_into().unwrap_or_default(),
            ),
            // A minus wraps around, unless the number is too large even then.
            DataType::BigUint64 => Self::Unsigned(match whole(text) {
                value if value.unsigned_abs() > u64::MAX.into() => u64::MAX,
                value => value as u64,
            }),
            DataType::Float32 => Self::Number(as_float32(number(text))),
            _ => Self::Number(number(text)),
        })
    }

    /// The same, where a pixel of that type may equal it.
    pub fn parse(text: &str, data_type: DataType) -> Option<Self> {
        Self::read(text, data_type).filter(|nodata| nodata.is_in_range(data_type))
    }

    /// Whether it lies between the least and the greatest value of the type; fractions do.
    pub fn is_in_range(self, data_type: DataType) -> bool {
        match (self, limits(data_type.part())) {
            (Self::Number(value), Some((low, high))) => value >= low && value <= high,
            (Self::Number(value), None) => {
                // Double precision holds all of them, and single precision what is not finite too.
                data_type.part() != DataType::Float32
                    || !value.is_finite()
                    || value.abs() <= f64::from(f32::MAX)
            }
            _ => true,
        }
    }

    /// What blocks are filled with that were never written: the nearest value that the type has.
    pub fn nearest(self, data_type: DataType) -> Self {
        match (self, limits(data_type.part())) {
            (Self::Number(value), Some(_)) if value.is_nan() => Self::Number(0.0),
            (Self::Number(value), Some((low, high))) => Self::Number(float::within(value.round(), low, high)),
            (Self::Number(value), None) if data_type.part() == DataType::Float32 => {
                Self::Number(f64::from(value as f32))
            }
            (other, _) => other,
        }
    }

    /// What pixels are compared with: of integers the fraction does not count.
    pub fn compared(self, data_type: DataType) -> Self {
        match (self, limits(data_type.part())) {
            (Self::Number(value), Some(_)) => Self::Number(value.trunc()),
            (other, _) => other,
        }
    }

    /// The bytes, in native order, of the element that holds this value; `None` where the type cannot hold it. The imaginary part
    /// of a complex number is 0.
    pub fn to_bytes(self, data_type: DataType) -> Option<Vec<u8>> {
        if data_type.is_complex() {
            let mut pair = self.to_bytes(data_type.part())?;
            pair.resize(pair.len() * 2, 0);
            return Some(pair);
        }
        let whole = |low: i64, high: i64| match self {
            Self::Number(value) if value.fract() == 0.0 && value >= low as f64 && value <= high as f64 => {
                Some(value as i64)
            }
            _ => None,
        };
        Some(match (data_type, self) {
            (DataType::Uint8, _) => (whole(0, 255)? as u8).to_ne_bytes().to_vec(),
            (DataType::Int8, _) => (whole(-128, 127)? as i8).to_ne_bytes().to_vec(),
            (DataType::Uint16, _) => (whole(0, 65535)? as u16).to_ne_bytes().to_vec(),
            (DataType::Int16, _) => (whole(-32768, 32767)? as i16).to_ne_bytes().to_vec(),
            (DataType::Uint32, _) => (whole(0, i64::from(u32::MAX))? as u32).to_ne_bytes().to_vec(),
            (DataType::Int32, _) => {
                (whole(i64::from(i32::MIN), i64::from(i32::MAX))? as i32).to_ne_bytes().to_vec()
            }
            (DataType::Float32, Self::Number(value)) => {
                if value.is_finite() && value.abs() > f64::from(f32::MAX) {
                    return None;
                }
                (value as f32).to_ne_bytes().to_vec()
            }
            (DataType::Float64, Self::Number(value)) => value.to_ne_bytes().to_vec(),
            (DataType::BigInt64, Self::Signed(value)) => value.to_ne_bytes().to_vec(),
            (DataType::BigUint64, Self::Unsigned(value)) => value.to_ne_bytes().to_vec(),
            _ => return None,
        })
    }

    /// Whether an element, in native byte order, is this value: for floating point numbers NaN too, and within two units in the last place,
    /// as GDAL compares. Of a complex number the real part decides.
    pub fn is_in(self, element: &[u8], data_type: DataType) -> bool {
        let part = data_type.part();
        let real = element.get(..part.size() as usize).unwrap_or(element);
        match (part, self, real) {
            (DataType::Float32, Self::Number(value), &[a, b, c, d]) => {
                let (found, value) = (f32::from_ne_bytes([a, b, c, d]), value as f32);
                let close = (found - value).abs() < f32::EPSILON * (found + value).abs() * 2.0;
                found == value || close || (found.is_nan() && value.is_nan())
            }
            (DataType::Float64, Self::Number(value), &[a, b, c, d, e, f, g, h]) => {
                let found = f64::from_ne_bytes([a, b, c, d, e, f, g, h]);
                let close = (found - value).abs() < f64::EPSILON * (found + value).abs() * 2.0;
                found == value || close || (found.is_nan() && value.is_nan())
            }
            _ => self.compared(part).to_bytes(part).is_some_and(|bytes| bytes == real),
        }
    }
}

/// The least and the greatest value of an integer type of at most 32 bits.
fn limits(data_type: DataType) -> Option<(f64, f64)> {
    Some(match data_type {
        DataType::Uint8 => (0.0, f64::from(u8::MAX)),
        DataType::Int8 => (f64::from(i8::MIN), f64::from(i8::MAX)),
        DataType::Uint16 => (0.0, f64::from(u16::MAX)),
        DataType::Int16 => (f64::from(i16::MIN), f64::from(i16::MAX)),
        DataType::Uint32 => (0.0, f64::from(u32::MAX)),
        DataType::Int32 => (f64::from(i32::MIN), f64::from(i32::MAX)),
        _ => return None,
    })
}

/// A whole number at the start of a text, as C's `strtoll` finds it; 0 where there is none.
fn whole(text: &str) -> i128 {
    let text = text.trim_start();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let digits = digits.bytes().map_while(|byte| char::from(byte).to_digit(10));
    // Far beyond 64 bits, and far from the end of 128.
    sign * digits.fold(0_i128, |value, digit| (value * 10 + i128::from(digit)).min(1 << 100))
}

/// A number at the start of a text as GDAL finds it, with a point or a comma, whichever comes first; 0 where there is none.
fn number(text: &str) -> f64 {
    let text = text.trim_start_matches([' ', '\r', '\n', '\t']);
    let comma = text.chars().take(50).find(|character| matches!(character, ',' | '.')) == Some(',');
    let starts = |words: &[&str]| words.iter().any(|word| text.starts_with(word));
    if starts(&["1.#QNAN", "1.#SNAN", "-1.#QNAN", "-1.#IND"]) {
        return f64::NAN;
    }
    if starts(&["1.#INF", "1.#inf"]) {
        return f64::INFINITY;
    }
    if starts(&["-1.#INF", "-1.#inf"]) {
        return f64::NEG_INFINITY;
    }
    let text = text.strip_prefix('+').unwrap_or(text);
    match text {
        "nan" | "NaN" => f64::NAN,
        "inf" | "Inf" | "INF" | "Infinity" => f64::INFINITY,
        "-inf" | "-Inf" | "-INF" | "-Infinity" => f64::NEG_INFINITY,
        _ => decimal(text, if comma { b',' } else { b'.' }),
    }
}

/// The longest decimal number at the start of a text; 0 where there is none.
fn decimal(text: &str, point: u8) -> f64 {
    let bytes = text.as_bytes();
    let at = |place: usize| bytes.get(place).copied().unwrap_or_default();
    let digits = |from: usize| (from..).take_while(|place| at(*place).is_ascii_digit()).count();
    let start = usize::from(at(0) == b'-');
    let mut end = start + digits(start);
    if at(end) == point {
        end += 1 + digits(end + 1);
    }
    if at(end) | 0x20 == b'e' {
        let sign = usize::from(matches!(at(end + 1), b'+' | b'-'));
        match digits(end + 1 + sign) {
            0 => {}
            exponent => end += 1 + sign + exponent,
        }
    }
    let found = text.get(..end).unwrap_or_default().replace(char::from(point), ".");
    float::parse(&found).unwrap_or(0.0)
}

/// The float32 nearest to a number, infinite beyond the largest. Writers print that one with a digit too many or too few; it is meant
/// all the same.
fn as_float32(value: f64) -> f64 {
    let largest = f64::from(f32::MAX);
    if (value.abs() - largest).abs() < 1e-10 * largest {
        return largest.copysign(value);
    }
    f64::from(value as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodata_texts_as_writers_print_them() {
        let parse = |text, data_type| Nodata::parse(text, data_type);
        assert_eq!(parse("-9999 ", DataType::Int16), Some(Nodata::Number(-9999.0)));
        assert_eq!(parse("256", DataType::Uint8), None);
        assert_eq!(parse("-1", DataType::Uint16), None);
        assert_eq!(parse("0.1", DataType::Float32), Some(Nodata::Number(f64::from(0.1_f32))));
        assert_eq!(parse("1e300", DataType::Float32), Some(Nodata::Number(f64::INFINITY)));
        assert!(matches!(parse("nan", DataType::Float32), Some(Nodata::Number(value)) if value.is_nan()));
        let largest = Some(Nodata::Number(-f64::from(f32::MAX)));
        assert_eq!(parse("-3.4028234663852886e+38", DataType::Float32), largest);
        assert_eq!(parse("-3.40282346639e+38", DataType::Float32), largest);
        assert_eq!(parse("1.7976931348623157e+308", DataType::Float64), Some(Nodata::Number(f64::MAX)));
        assert_eq!(parse("-9223372036854775808", DataType::BigInt64), Some(Nodata::Signed(i64::MIN)));
        assert_eq!(parse("18446744073709551615", DataType::BigUint64), Some(Nodata::Unsigned(u64::MAX)));
        assert_eq!(parse("", DataType::Uint8), None);
    }

    /// As GDAL 3.10.3 was seen to read them.
    #[test]
    fn texts_that_are_odd_numbers_or_none() {
        for (text, value) in [
            ("garbage", 0.0),
            ("-nan", 0.0),
            ("0x10", 0.0),
            ("infinity", 0.0),
            ("nan(1)", 0.0),
            ("-", 0.0),
            (".5", 0.5),
            ("1,5", 1.5),
            ("1.5,2", 1.5),
            ("  7", 7.0),
            ("7abc", 7.0),
            ("+5", 5.0),
            ("1e", 1.0),
            ("5e1x", 50.0),
            ("1e400", f64::INFINITY),
            ("1.#INF", f64::INFINITY),
            ("-Infinity", f64::NEG_INFINITY),
        ] {
            assert_eq!(Nodata::read(text, DataType::Float64), Some(Nodata::Number(value)), "{text:?}");
        }
        assert!(
            matches!(Nodata::read("1.#QNAN", DataType::Uint8), Some(Nodata::Number(value)) if value.is_nan())
        );
        for (text, value) in
            [("1.5", 1), ("nan", 0), ("1e300", 1), ("  -7x", -7), ("99999999999999999999", i64::MAX)]
        {
            assert_eq!(Nodata::read(text, DataType::BigInt64), Some(Nodata::Signed(value)), "{text:?}");
        }
        assert_eq!(Nodata::read("-1", DataType::BigUint64), Some(Nodata::Unsigned(u64::MAX)));
    }

    #[test]
    fn blocks_are_filled_with_the_nearest_value_and_pixels_compared_with_the_whole_one() {
        let nearest = |value, data_type| Nodata::Number(value).nearest(data_type);
        assert_eq!(nearest(256.0, DataType::Uint8), Nodata::Number(255.0));
        assert_eq!(nearest(2.5, DataType::Uint8), Nodata::Number(3.0));
        assert_eq!(nearest(-1.5, DataType::Int16), Nodata::Number(-2.0));
        assert_eq!(nearest(f64::NAN, DataType::ComplexInt16), Nodata::Number(0.0));
        assert!(Nodata::Number(1.5).is_in(&[1], DataType::Uint8));
        assert!(!Nodata::Number(1.5).is_in(&[2], DataType::Uint8));
    }

    #[test]
    fn the_real_part_of_a_complex_number_decides() {
        let pair = |real: i16, imaginary: i16| [real.to_ne_bytes(), imaginary.to_ne_bytes()].concat();
        let nodata = Nodata::Number(-5.0);
        assert_eq!(nodata.to_bytes(DataType::ComplexInt16), Some(pair(-5, 0)));
        assert!(nodata.is_in(&pair(-5, 3), DataType::ComplexInt16));
        assert!(!nodata.is_in(&pair(3, -5), DataType::ComplexInt16));
    }

    #[test]
    fn nodata_fills_only_what_can_hold_it() {
        assert_eq!(Nodata::Number(256.0).to_bytes(DataType::Uint8), None);
        assert_eq!(Nodata::Number(1.5).to_bytes(DataType::Int16), None);
        assert_eq!(Nodata::Number(-1.0).to_bytes(DataType::Int16), Some((-1_i16).to_ne_bytes().to_vec()));
        assert_eq!(Nodata::Number(1e300).to_bytes(DataType::Float32), None);
        assert_eq!(Nodata::Signed(7).to_bytes(DataType::BigInt64), Some(7_i64.to_ne_bytes().to_vec()));
    }
}
