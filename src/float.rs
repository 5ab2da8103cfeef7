//! Numbers as decimal text, both ways, to the last bit. The standard library does it faster, with tables that are a
//! tenth of a page's download; here a number is met now and then. One `{}` of a number with a fraction brings them in.

/// The number that a text is: what `str::parse` makes of it.
pub fn parse(text: &str) -> Option<f64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let value = if digits.eq_ignore_ascii_case("nan") {
        f64::NAN
    } else if digits.eq_ignore_ascii_case("inf") || digits.eq_ignore_ascii_case("infinity") {
        f64::INFINITY
    } else {
        nearest(&Decimal::read(digits)?)
    };
    Some(if negative { -value } else { value })
}

/// The value, no less than `low` and no more than `high`; NaN stays. The standard one prints its bounds in a panic, which
/// brings the tables along.
pub fn within(value: f64, low: f64, high: f64) -> f64 {
    if value < low {
        low
    } else if value > high {
        high
    } else {
        value
    }
}

/// The shortest text that is that number and no other, without an exponent: as `Display` has it.
pub fn text(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    let sign = if value.is_sign_negative() { "-" } else { "" };
    if value.is_infinite() {
        return format!("{sign}inf");
    }
    let exact = Decimal::of(value.abs());
    let shortest = (1..17).map(|count| exact.rounded(count)).find(|decimal| nearest(decimal) == value.abs());
    format!("{sign}{}", shortest.unwrap_or_else(|| exact.rounded(17)).plain())
}

/// A number rounded to that many digits, without an exponent.
pub fn digits(value: f64, count: usize) -> String {
    if !value.is_finite() || value == 0.0 {
        return text(value);
    }
    let sign = if value < 0.0 { "-" } else { "" };
    format!("{sign}{}", Decimal::of(value.abs()).rounded(count).plain())
}

/// `0.d1d2d3... * 10^point`, without zeros at its start.
#[derive(Clone, Debug)]
struct Decimal {
    /// 0 to 9 each.
    digits: Vec<u8>,
    point: i64,
}

/// No number in the middle between two has more digits than this: a further one only tells whether it lies above.
const MOST_DIGITS: usize = 800;

impl Decimal {
    /// `12`, `.5`, `1.`, `1.5e-3`.
    fn read(text: &str) -> Option<Self> {
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, Some(exponent)),
            None => (text, None),
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() + fraction.len() == 0 || !is_number(whole) || !is_number(fraction) {
            return None;
        }
        let mut digits: Vec<u8> = [whole.as_bytes(), fraction.as_bytes()].concat();
        let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
        digits.drain(..zeros);
        let more = digits.iter().skip(MOST_DIGITS).any(|digit| *digit != b'0');
        digits.truncate(MOST_DIGITS);
        for digit in &mut digits {
            *digit -= b'0';
        }
        if more {
            digits.push(1);
        }
        let point = whole.len() as i64 - zeros as i64;
        Some(Self { digits, point: point.saturating_add(exponent.map_or(Some(0), power)?) })
    }

    /// All digits of a number from 0.
    fn of(value: f64) -> Self {
        let bits = value.to_bits();
        let (fraction, exponent) = (bits & ((1 << 52) - 1), (bits >> 52) as i32);
        let (mantissa, exponent) =
            if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) };
        let mut big = Big::from(mantissa);
        // 2^-n is 5^n / 10^n.
        let places = exponent.min(0).unsigned_abs();
        (0..places).for_each(|_| big.multiply(5, 0));
        (0..exponent.max(0)).for_each(|_| big.multiply(2, 0));
        let mut digits = Vec::new();
        while !big.is_zero() {
            let mut group = big.divide(1_000_000_000);
            for _ in 0..9 {
                digits.push((group % 10) as u8);
                group /= 10;
            }
        }
        while digits.last() == Some(&0) {
            digits.pop();
        }
        digits.reverse();
        let point = digits.len() as i64 - i64::from(places);
        Self { digits, point }
    }

    /// Its first digits, the last of them to the nearest.
    fn rounded(&self, count: usize) -> Self {
        let (kept, rest) = self.digits.split_at_checked(count).unwrap_or((&self.digits, &[]));
        let mut digits = kept.to_vec();
        let mut point = self.point;
        if rest.first().is_some_and(|first| *first >= 5) {
            while digits.last() == Some(&9) {
                digits.pop();
            }
            match digits.last_mut() {
                Some(last) => *last += 1,
                None => {
                    digits.push(1);
                    point += 1;
                }
            }
        }
        while digits.last() == Some(&0) {
            digits.pop();
        }
        Self { digits, point }
    }

    fn plain(&self) -> String {
        if self.digits.is_empty() {
            return "0".to_owned();
        }
        let mut text = String::new();
        if self.point <= 0 {
            text.push_str("0.");
            (self.point..0).for_each(|_| text.push('0'));
        }
        for (place, digit) in self.digits.iter().enumerate() {
            if place > 0 && place as i64 == self.point {
                text.push('.');
            }
            text.push(char::from(b'0' + digit));
        }
        (self.digits.len() as i64..self.point).for_each(|_| text.push('0'));
        text
    }
}

/// The number after `e`, as far as it makes a difference.
fn power(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let add = |power: i64, byte: u8| power.saturating_mul(10).saturating_add(i64::from(byte - b'0'));
    Some(sign * digits.bytes().fold(0, add).min(1 << 40))
}

/// The number nearest to a decimal; of two as near, the even one.
fn nearest(decimal: &Decimal) -> f64 {
    if decimal.digits.is_empty() || decimal.point < -400 {
        return 0.0;
    }
    if decimal.point > 400 {
        return f64::INFINITY;
    }
    let mut big = Big::from(0);
    decimal.digits.iter().for_each(|digit| big.multiply(10, u32::from(*digit)));
    let power = decimal.point - decimal.digits.len() as i64;
    (0..power).for_each(|_| big.multiply(10, 0));
    // Divided only after so many zero bits were put behind it that more than 64 are left.
    let zeros = if power < 0 { (power.unsigned_abs() as usize * 4).div_ceil(32) + 3 } else { 0 };
    big.0.splice(0..0, std::iter::repeat_n(0, zeros));
    let mut inexact = false;
    (power..0).for_each(|_| inexact |= big.divide(10) != 0);
    rounded(&big, -32 * zeros as i64, inexact)
}

/// `big * 2^exponent`, and something more where `inexact` says so.
fn rounded(big: &Big, exponent: i64, inexact: bool) -> f64 {
    let length = big.bits() as i64;
    let highest = length - 1 + exponent;
    if length == 0 || highest < -1075 {
        return 0.0;
    }
    // Fewer where it lies among the smallest.
    let kept = if highest < -1022 { highest + 1075 } else { 53 };
    let dropped = length - kept;
    let mut mantissa =
        (0..kept).fold(0_u64, |mantissa, place| mantissa << 1 | u64::from(big.bit(length - 1 - place)));
    let half = big.bit(dropped - 1);
    let more = inexact || (0..dropped - 1).any(|place| big.bit(place));
    mantissa += u64::from(half && (more || mantissa % 2 == 1));
    // Exact: it was rounded to what fits.
    let scale = exponent + dropped;
    if scale > 971 {
        return f64::INFINITY;
    }
    let power = if scale < -1022 { 1 << (scale + 1074).max(0) } else { ((scale + 1023) as u64) << 52 };
    mantissa as f64 * f64::from_bits(power)
}

/// A whole number of any size, least part first.
struct Big(Vec<u32>);

impl From<u64> for Big {
    fn from(value: u64) -> Self {
        let mut big = Self(vec![value as u32, (value >> 32) as u32]);
        big.trim();
        big
    }
}

impl Big {
    fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    fn trim(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }

    /// `self * factor + addend`.
    fn multiply(&mut self, factor: u32, addend: u32) {
        let mut carry = u64::from(addend);
        for part in &mut self.0 {
            carry += u64::from(*part) * u64::from(factor);
            *part = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
    }

    /// Divides, and gives the remainder.
    fn divide(&mut self, divisor: u32) -> u32 {
        let mut rest = 0_u64;
        for part in self.0.iter_mut().rev() {
            rest = rest << 32 | u64::from(*part);
            *part = (rest / u64::from(divisor)) as u32;
            rest %= u64::from(divisor);
        }
        self.trim();
        rest as u32
    }

    fn bits(&self) -> usize {
        self.0.last().map_or(0, |last| self.0.len() * 32 - last.leading_zeros() as usize)
    }

    /// Whether a bit is set; none below 0 is.
    fn bit(&self, place: i64) -> bool {
        let part = usize::try_from(place / 32).ok().and_then(|part| self.0.get(part));
        place >= 0 && part.is_some_and(|part| part >> (place % 32) & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::sample::Random;

    fn check(text: &str) {
        let (ours, theirs) = (parse(text), text.parse::<f64>().ok());
        assert_eq!(ours.map(f64::to_bits), theirs.map(f64::to_bits), "{text:?}: {ours:?}, {theirs:?}");
    }

    #[test]
    fn texts_are_read_as_the_standard_library_reads_them() {
        let texts = [
            "0",
            "-0",
            "1",
            "+1",
            "-1.5",
            ".5",
            "1.",
            "1e3",
            "1E+3",
            "1e-3",
            "00012.500",
            "",
            ".",
            "e5",
            "1e",
            "1e+",
            "+",
            "-",
            " 1",
            "1 ",
            "1_000",
            "0x10",
            "1.2.3",
            "nan",
            "NaN",
            "-nan",
            "inf",
            "-Infinity",
            "infinit",
            "1e400",
            "-1e400",
            "1e-400",
            "0e999999999999999999999",
            "1e999999999999999999999",
            "1e-99999999999999999999",
            "1.7976931348623157e308",
            "1.7976931348623158e308",
            "1.7976931348623159e308",
            "4.9e-324",
            "2.4e-324",
            "2.4703282292062327e-324",
            "2.4703282292062328e-324",
            "2.2250738585072014e-308",
            "2.2250738585072011e-308",
            "9007199254740993",
            "9007199254740992.999999999999999999999",
            "9007199254740993.000000000000000000001",
            "-3.4028234663852886e+38",
            "-9999",
            "1e22",
            "1e23",
            "8.5e22",
            "123456789012345678901234567890",
        ];
        texts.into_iter().for_each(check);
        // In the middle between two, and a hair beside it.
        assert_eq!(Decimal::of(4.9e-324).digits.len(), 751);
        check(&format!("1{}1", "0".repeat(900)));
        check(&format!("9007199254740993{}", "0".repeat(900)));
        check(&format!("9007199254740993.{}1", "0".repeat(900)));
    }

    #[test]
    fn random_texts_are_read_as_the_standard_library_reads_them() {
        let mut random = Random(5);
        let characters = b"0123456789012345678901234567890123456789.e-+";
        for _ in 0..20_000 {
            let count = random.below(24) as usize;
            let text: String = (0..count)
                .map(|_| char::from(characters[random.below(characters.len() as u64) as usize]))
                .collect();
            check(&text);
            check(&format!("{}e{}", random.next(), random.below(660) as i64 - 340));
        }
    }

    #[test]
    fn any_number_is_its_own_text() {
        let mut random = Random(6);
        let some =
            [0.0, -0.0, 0.1, 5.0, 1e21, 1e-7, 123_456.789, f64::MAX, f64::MIN_POSITIVE, 5e-324, 1e22, 1e23];
        let infinite = [f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
        let numbers = (0..5000).map(|round| match round % 4 {
            0 => f64::from_bits(random.next()),
            1 => random.next() as f64 / 1e6,
            2 => f64::from(random.next() as u32) / 100.0,
            _ => random.next() as i64 as f64,
        });
        for value in some.into_iter().chain(infinite).chain(numbers.collect::<Vec<_>>()) {
            assert_eq!(text(value), value.to_string());
            check(&value.to_string());
            check(&format!("{value:e}"));
        }
    }
}
