//! World files: a transform as six lines of text, for the centre of the first pixel.

use crate::error::{Error, Result};
use crate::float;
use crate::tiff::geo::{Transform, shifted};

/// Reads the six numbers: a, d, b, e, c, f. Empty lines do not count, and a comma is a decimal point, as in GDAL.
///
/// # Errors
/// `malformed` for fewer lines, or numbers that map all pixels onto a line.
pub fn parse(text: &str) -> Result<Transform> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let numbers: Vec<f64> = lines.take(6).map(number).collect();
    let &[a, d, b, e, c, f] = numbers.as_slice() else {
        let message = format!("a world file has {} lines with numbers, expected 6", numbers.len());
        return Err(Error::malformed(message));
    };
    if (a == 0.0 && b == 0.0) || (e == 0.0 && d == 0.0) {
        let [a, d, b, e] = [a, d, b, e].map(float::text);
        return Err(Error::malformed(format!("the world file's pixels have no size: {a}, {d}, {b}, {e}")));
    }
    Ok(shifted([a, b, c, d, e, f], -0.5, -0.5))
}

/// The number at the start of a line; 0 where there is none.
fn number(line: &str) -> f64 {
    let line: String = line.chars().take(64).collect::<String>().replace(',', ".");
    (1..=line.len())
        .rev()
        .filter_map(|end| line.get(..end))
        .find_map(|text| float::parse(text.trim()))
        .unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::parse;

    /// Each as GDAL 3.10 reads it.
    #[test]
    fn a24_world_files_as_gdal_reads_them() {
        let good = Ok([3.0, 0.0, 98.5, 0.0, -3.0, 201.5]);
        assert_eq!(parse("3\n0\n0\n-3\n100\n200\n"), good);
        assert_eq!(parse("\n3\r\n\r\n0\r\n0\r\n-3\r\n100 m\r\n200"), good);
        assert_eq!(parse("3,5\n0\n0\n-3\n100\n200\n"), Ok([3.5, 0.0, 98.25, 0.0, -3.0, 201.5]));
        assert_eq!(parse("1\n0\n0\n1\n0\n0\n"), Ok([1.0, 0.0, -0.5, 0.0, 1.0, -0.5]));
        for bad in ["3 0 0 -3 100 200", "3\n0\n0\n-3\n100\n", "0\n0\n0\n0\n1\n2\n", ""] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }
}
