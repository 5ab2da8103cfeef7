//! Tells those who asked for it of each request, once, when it is over.

use js_sys::Object;
use wasm_bindgen::JsValue;

use super::driver::Driver;
use super::flight::Flight;
use super::platform::set_property;

/// How a request ended.
pub(super) enum Outcome {
    /// With the whole of its body.
    Done,
    /// With an exception of those words.
    Failed(String),
    /// Nobody wanted the rest, or its answer was refused.
    Stopped,
}

/// Tells the observers of the flight's source. What they throw is theirs.
pub(super) fn report(driver: &Driver, flight: &Flight, outcome: Outcome) {
    let observers = driver.sources.observers(flight.source);
    if flight.reported.replace(true) || observers.is_empty() {
        return;
    }
    let event = Object::new();
    let number = |value: u64| JsValue::from_f64(value as f64);
    let url = driver.sources.origin(flight.source).map(|origin| origin.name().to_owned());
    set_property(&event, "url", &JsValue::from_str(&url.unwrap_or_default()));
    set_property(&event, "range", &flight.range_to_js());
    set_property(&event, "attempt", &number(flight.attempt.into()));
    let status = flight.status.get().map_or(JsValue::NULL, |status| JsValue::from_f64(status.into()));
    set_property(&event, "status", &status);
    set_property(&event, "bytes", &number(flight.received.get()));
    set_property(&event, "start", &number(flight.started));
    set_property(&event, "end", &number(driver.now()));
    let (outcome, error) = match outcome {
        Outcome::Done => ("done", JsValue::NULL),
        Outcome::Failed(words) => ("failed", JsValue::from_str(&words)),
        Outcome::Stopped => ("stopped", JsValue::NULL),
    };
    set_property(&event, "outcome", &JsValue::from_str(outcome));
    set_property(&event, "error", &error);
    for observer in observers {
        let _ = observer.call1(&JsValue::UNDEFINED, &event);
    }
}
