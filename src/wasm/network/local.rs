//! A flight to a JavaScript object with `read([{ start, end }], signal)`.

use std::rc::Rc;

use js_sys::Array;
use wasm_bindgen::JsValue;

use super::body::Body;
use super::driver::Driver;
use super::flight::Flight;
use super::origin::Local;
use super::platform::bytes_of;
use crate::error::Error;

/// Asks, and tells Net what came. An error is the exception that the flight ended with.
pub(super) async fn fly(driver: &Rc<Driver>, flight: &Flight, source: &Local) -> Result<(), JsValue> {
    let range = flight.range_to_js();
    let answer = source.read.call2(&source.object, &Array::of1(&range), &flight.signal())?;
    let Some(answer) = flight.settled(&answer).await else { return Ok(()) };
    let bytes = only_part(&answer?).ok_or_else(|| {
        let message =
            format!("{}: read() of one range must resolve to an array of one Uint8Array", source.name);
        JsValue::from(Error::invalid("source", message))
    })?;
    let received = u64::from(bytes.length());
    flight.set_body(Body::whole(bytes));
    flight.arrived(driver, received);
    if !flight.is_stopped() {
        driver.ended(flight.id);
    }
    Ok(())
}

fn only_part(answer: &JsValue) -> Option<js_sys::Uint8Array> {
    let parts = Array::is_array(answer).then(|| Array::from(answer)).filter(|parts| parts.length() == 1)?;
    bytes_of(&parts.get(0))
}
