//! Reads pixels for a program that compares them with GDAL's: `scripts/differential.py` drives it.
//!
//! One JSON request per line on standard input: `{ "path", "depth"?, "auxiliary"?, ...request }`, a request as `plan` takes it, or
//! `{ "path", "levels": true }`. The answer is a line of JSON with `bytes`, then that many bytes: pixels, and the mask behind them where it
//! was asked for.

use std::io::{BufRead, Write};

use pyramidion::error::Result;
use pyramidion::native::{Beside, Raster};
use pyramidion::plan::Request;
use pyramidion::pyramid::Options;
use serde_json::{Value, json};

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let asked: Value = serde_json::from_str(&line?)?;
        let (mut answer, pixels) = match answer(&asked) {
            Ok(answer) => answer,
            Err(error) => {
                let code = serde_json::to_value(error.code())?;
                (json!({ "code": code, "error": error.message() }), Vec::new())
            }
        };
        answer["bytes"] = json!(pixels.len());
        writeln!(out, "{answer}")?;
        out.write_all(&pixels)?;
        out.flush()?;
    }
    Ok(())
}

fn answer(asked: &Value) -> Result<(Value, Vec<u8>)> {
    let path = asked["path"].as_str().unwrap_or_default();
    let beside = Beside {
        overview_depth: asked["depth"].as_u64().unwrap_or(1) as u32,
        auxiliary: asked["auxiliary"] == true,
    };
    let mut raster = Raster::open_beside(path, beside, Options::default())?;
    if asked["levels"] == true {
        let levels = raster.answer(|dataset| dataset.level_infos(Some(path)))?;
        return Ok((json!({ "levels": levels, "info": raster.dataset.info()? }), Vec::new()));
    }
    let request: Request = serde_json::from_value(asked.clone()).unwrap_or_default();
    let mut pixels = raster.read(&request)?;
    pixels.data.extend(pixels.mask.unwrap_or_default());
    Ok((
        json!({ "level": pixels.plan.level, "dtype": pixels.plan.dtype, "forgiven": pixels.forgiven }),
        pixels.data,
    ))
}
