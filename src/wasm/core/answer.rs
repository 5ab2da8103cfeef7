//! Values and errors on their way out: `{ ok }`, `{ error }`, or `{ need }`.

use serde::Serialize;

use crate::error::{Answer, Error, Need};
use crate::values::{Bytes, Sink, tell};

/// An answer as bytes.
pub(super) fn told<T: Serialize>(answer: Answer<T>) -> Vec<u8> {
    match answer {
        Ok(value) => exact(&value),
        Err(stop) => stop.into_need().map_or_else(|error| failed(&error), |need| needed(&need)),
    }
}

fn needed(need: &Need) -> Vec<u8> {
    let told = field("need", |out| {
        out.object();
        out.text("file");
        out.whole(need.file.0.into());
        out.text("ranges");
        tell(&need.ranges, out);
        out.end();
    });
    told.into_bytes()
}

/// An error as bytes.
pub(super) fn failed(error: &Error) -> Vec<u8> {
    field("error", |out| tell(error, out)).into_bytes()
}

/// A value, or `internal` for an integer above 2^53 - 1, which a number cannot hold.
fn exact(value: &impl Serialize) -> Vec<u8> {
    let told = field("ok", |out| tell(value, out));
    match told.too_large() {
        None => told.into_bytes(),
        Some(number) => failed(&Error::internal(format!("a number cannot hold {number}"))),
    }
}

fn field(name: &str, value: impl FnOnce(&mut Bytes)) -> Bytes {
    let mut out = Bytes::default();
    out.object();
    out.text(name);
    value(&mut out);
    out.end();
    out
}
