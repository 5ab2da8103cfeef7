//! A.1, A.2, D: sizes, facts and pixels of every fixture are GDAL's; what must be refused is refused with its code.

use pyramidion::error::{Error, Result};
use pyramidion::native::{PathSource, Raster};
use serde_json::{Value, json};

use crate::fixture;

/// Runs a check over all fixtures and reports every failure at once.
fn for_all(
    wanted: impl Fn(&Value) -> bool,
    check: impl Fn(&Value) -> std::result::Result<(), String>,
) -> usize {
    let list: Vec<Value> = fixture::all().into_iter().filter(wanted).collect();
    let failures: Vec<String> = list
        .iter()
        .filter_map(|entry| check(entry).err().map(|why| format!("{}: {why}", fixture::name(entry))))
        .collect();
    assert!(failures.is_empty(), "{} of {} fixtures:\n{}", failures.len(), list.len(), failures.join("\n"));
    list.len()
}

fn readable(entry: &Value) -> bool {
    entry.get("expect").is_some()
}

#[test]
fn a2_a12_every_level_has_gdals_pixels() {
    let read = for_all(readable, |entry| {
        let mut raster = fixture::open(entry).map_err(|error| error.to_string())?;
        let levels = entry["expect"]["levels"].as_array().ok_or("no levels")?;
        for level in levels {
            let index = level["index"].as_u64().ok_or("no index")?;
            let read = raster.read(&fixture::whole_level(index));
            match (read, level.get("error")) {
                (Ok(_), Some(wanted)) => return Err(format!("level {index} was read, expected {wanted}")),
                (Ok(pixels), None) => {
                    fixture::compare(&pixels.data, level).map_err(|why| format!("level {index}: {why}"))?;
                }
                (Err(error), Some(wanted)) if is_wanted(&error, wanted) => {}
                (Err(error), _) => return Err(format!("level {index}: {error}")),
            }
        }
        Ok(())
    });
    assert!(read > 300, "only {read} fixtures were read");
}

/// How what GDAL says of blocks begins.
const OF_BLOCKS: [&str; 5] = ["JPEGLib:", "JPEGPreDecode:", "Fax#", "LERCPreDecode:", "LZWPreDecode:"];

/// Of old-style JPEG, whose blocks are no whole streams, nothing is told.
#[test]
fn damage_that_gdal_warns_of_is_forgiven_and_told_and_no_other() {
    let read = for_all(readable, |entry| {
        let mut raster = fixture::open(entry).map_err(|error| error.to_string())?;
        let Ok(pixels) = raster.read(&fixture::whole_level(0)) else { return Ok(()) };
        let said: Vec<&str> =
            entry["gdalWarns"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        // Of lowest tiles it is not told.
        let strips = entry["storage"]["tiled"] == false;
        let wanted = said.iter().any(|text| {
            OF_BLOCKS.iter().any(|start| text.starts_with(start))
                || strips && text.starts_with("PackBitsDecode:Discarding")
        });
        match pixels.forgiven.is_empty() {
            told if told != wanted => Ok(()),
            _ => Err(format!("told {:?}, GDAL warns: {wanted}", pixels.forgiven)),
        }
    });
    assert!(read > 300, "only {read} fixtures were read");
}

#[test]
fn a1_a14_levels_have_gdals_sizes_and_the_right_file() {
    for_all(readable, |entry| {
        let mut raster = fixture::open(entry).map_err(|error| error.to_string())?;
        let found = raster.answer(|dataset| dataset.level_infos(None)).map_err(|error| error.to_string())?;
        let found: Vec<Value> = found
            .iter()
            .map(|level| {
                json!([
                    level.index,
                    level.width,
                    level.height,
                    level.file,
                    level.block_size,
                    level.compression
                ])
            })
            .collect();
        let expected = entry["expect"]["levels"].as_array().ok_or("no levels")?;
        let expected: Vec<Value> = expected
            .iter()
            .map(|level| {
                json!([
                    level["index"],
                    level["width"],
                    level["height"],
                    level["file"],
                    level["blockSize"],
                    level["compression"]
                ])
            })
            .collect();
        if found == expected { Ok(()) } else { Err(format!("found {found:?}, expected {expected:?}")) }
    });
}

#[test]
fn facts_are_gdals() {
    for_all(readable, |entry| {
        let raster = fixture::open(entry).map_err(|error| error.to_string())?;
        let info = raster.dataset.info().map_err(|error| error.to_string())?;
        let expect = &entry["expect"];
        // JSON tells none and infinity by the same word.
        if info.nodata.is_none() != expect["nodata"].is_null() {
            return Err(format!("nodata is {:?}, expected {}", info.nodata, expect["nodata"]));
        }
        let info = serde_json::to_value(info).map_err(|error| error.to_string())?;
        for key in ["width", "height", "bandCount", "dtype", "nodata", "transform", "bounds"] {
            same(key, &info[key], &expect[key])?;
        }
        same("epsg", info["crs"].get("epsg").unwrap_or(&Value::Null), &expect["epsg"])?;
        for (band, wanted) in info["bands"]
            .as_array()
            .into_iter()
            .flatten()
            .zip(expect["bands"].as_array().into_iter().flatten())
        {
            for key in ["description", "unit", "scale", "offset", "colorInterpretation", "colormap"] {
                same(key, &band[key], &wanted[key])?;
            }
            let statistics = wanted["statistics"].as_object().into_iter().flatten();
            for (key, value) in statistics {
                same(key, &band["statistics"][key], value)?;
            }
        }
        Ok(())
    });
}

/// Numbers equal within rounding, everything else exactly. JSON has no NaN: the manifest writes text, serde writes null.
fn same(key: &str, found: &Value, expected: &Value) -> std::result::Result<(), String> {
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1e-9);
    let equal = match (found, expected) {
        (Value::Number(a), Value::Number(b)) => {
            close(a.as_f64().unwrap_or(f64::NAN), b.as_f64().unwrap_or(f64::NAN))
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(key, a, b).is_ok())
        }
        // 64-bit integers cross as text, whatever their size.
        (Value::String(text), Value::Number(number)) => *text == number.to_string(),
        (Value::Null, Value::String(text)) => matches!(text.as_str(), "nan" | "inf" | "-inf"),
        _ => found == expected,
    };
    if equal { Ok(()) } else { Err(format!("{key}: found {found}, expected {expected}")) }
}

#[test]
fn d_what_must_be_refused_is_refused() {
    let refused = for_all(
        |entry| entry.get("error").is_some(),
        |entry| {
            let wanted = &entry["error"];
            let error = match attempt(entry, wanted["when"].as_str().unwrap_or("open")) {
                Ok(()) => return Err(format!("was read, expected {wanted}")),
                Err(error) => error,
            };
            if !is_wanted(&error, wanted) {
                return Err(format!("found {} ({error}), expected {wanted}", fixture::code(&error)));
            }
            match wanted.get("tag").and_then(Value::as_u64) {
                // A code that passes as well comes from elsewhere, and may name no tag.
                Some(tag)
                    if wanted["code"] == fixture::code(&error)
                        && error.detail().tag.map(u64::from) != Some(tag) =>
                {
                    Err(format!("names tag {:?} ({error}), expected {tag}", error.detail().tag))
                }
                _ => Ok(()),
            }
        },
    );
    assert!(refused > 10, "only {refused} fixtures were refused");
}

/// Whether an error has the code that the manifest wants, or one of those that it lets pass as well.
fn is_wanted(error: &Error, wanted: &Value) -> bool {
    let code = Value::from(fixture::code(error));
    wanted["code"] == code || wanted["also"].as_array().is_some_and(|also| also.contains(&code))
}

/// Opens a fixture, and goes on to its levels or pixels where the failure is expected there.
fn attempt(entry: &Value, when: &str) -> Result<()> {
    let mut raster: Raster<PathSource> = fixture::open(entry)?;
    match when {
        "open" => {}
        "levels" => {
            let missing = raster.answer(|dataset| Ok(dataset.levels()?.missing))?;
            return missing.map_or(Ok(()), Err);
        }
        _ => {
            raster.read(&fixture::whole_level(0))?;
        }
    }
    Ok(())
}
