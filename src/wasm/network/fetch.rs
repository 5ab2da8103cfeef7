//! A flight over HTTP: head first, and its verdict; then the body, chunk by chunk.

use std::rc::Rc;

use js_sys::{Function, Object, Promise};
use wasm_bindgen::prelude::*;

use super::body::Body;
use super::driver::Driver;
use super::fault::{Fault, message_of};
use super::flight::Flight;
use super::origin::Http;
use super::platform::{
    Response, ResponseHeaders, Stream, StreamReader, bytes_of, global_fetch, property, set_property,
};
use super::timer::within;
use super::wait::{Settled, ignore};
use crate::error::{Code, Error};
use crate::range::{Head, Millis};

/// The body of a refused answer is drained up to here, so that the connection can be used again.
const DRAINED_BYTES: u64 = 4096;

/// And for no longer than this.
const DRAINED_MILLIS: Millis = 500;

/// Asks, and tells Net what comes. An error is the exception that the flight ended with.
pub(super) async fn fly(driver: &Rc<Driver>, flight: &Flight, http: &Http) -> Result<(), JsValue> {
    let url = match &http.sign {
        Some(sign) => match signed(flight, http, sign).await? {
            Some(url) => url,
            None => return Ok(()),
        },
        None => http.url.clone(),
    };
    let asked = request(flight, http, &url)?;
    let Some(response) = flight.settled(&asked).await else { return Ok(()) };
    let response = response?;
    if !response.is_object() {
        return Err(JsError::new("fetch resolved to something that is no Response").into());
    }
    let response: Response = response.unchecked_into();
    let head = head_of(&response)?;
    let (status, length) = (head.status, head.content_length);
    if !flight.judge(driver, head) {
        discard(flight, &response, length).await;
        return Ok(());
    }
    let most = if status == 200 { driver.options.net.whole_bytes } else { flight.range.len() };
    flight.set_body(Body::expecting(length, most)?);
    if receive(driver, flight, &response).await? && !flight.is_stopped() {
        driver.ended(flight.id);
        driver.learn_protocol(flight.source, &url);
    }
    Ok(())
}

/// What the user's `sign` makes of the URL; `None` when the flight was stopped meanwhile. Its failure is final: it may
/// try as often as it likes itself.
async fn signed(flight: &Flight, http: &Http, sign: &Function) -> Result<Option<String>, JsValue> {
    let failed = |message: String, cause: Option<JsValue>| {
        let error = Error::new(Code::Network, format!("sign: {message}"));
        JsValue::from(Fault { error, cause })
    };
    let context = Object::new();
    set_property(&context, "range", &flight.range_to_js());
    set_property(&context, "attempt", &JsValue::from_f64(flight.attempt.into()));
    set_property(&context, "signal", &flight.signal());
    let answer = sign
        .call2(&JsValue::UNDEFINED, &JsValue::from_str(&http.url), &context)
        .map_err(|cause| failed(message_of(&cause), Some(cause)))?;
    let Some(answer) = flight.settled(&Promise::resolve(&answer)).await else { return Ok(None) };
    let answer = answer.map_err(|cause| failed(message_of(&cause), Some(cause)))?;
    let href = property(&answer, "href");
    match answer.as_string().or_else(|| href.as_string()).filter(|url| !url.is_empty()) {
        Some(url) => Ok(Some(url)),
        None => Err(failed("it must give a URL, as text or as an object".to_owned(), None)),
    }
}

fn request(flight: &Flight, http: &Http, url: &str) -> Result<JsValue, JsValue> {
    let range = format!("bytes={}-{}", flight.range.start, flight.range.end.saturating_sub(1));
    let init = Object::new();
    set_property(&init, "headers", &http.headers.with_range(&range));
    set_property(&init, "cache", &JsValue::from_str(&http.cache));
    set_property(&init, "signal", &flight.signal());
    if let Some(credentials) = &http.credentials {
        set_property(&init, "credentials", &JsValue::from_str(credentials));
    }
    match &http.fetch {
        Some(fetch) => fetch.call2(&JsValue::UNDEFINED, &JsValue::from_str(url), &init),
        None => global_fetch(url, &init),
    }
}

fn head_of(response: &Response) -> Result<Head, JsValue> {
    let headers: ResponseHeaders = response.headers()?;
    let header = |name| headers.get(name).map(|value| value.as_string());
    Ok(Head {
        status: response.status()?.as_f64().unwrap_or_default() as u16,
        content_range: header("content-range")?,
        content_length: header("content-length")?.and_then(|text| text.trim().parse().ok()),
        content_encoding: header("content-encoding")?,
        content_type: header("content-type")?,
        redirected: response.redirected()?.is_truthy().then(|| response.url().ok()?.as_string()).flatten(),
        etag: header("etag")?,
        last_modified: header("last-modified")?,
        retry_after: header("retry-after")?,
        date: header("date")?,
    })
}

/// Brings the body; `false` if the flight was stopped before its end.
async fn receive(driver: &Rc<Driver>, flight: &Flight, response: &Response) -> Result<bool, JsValue> {
    let Some(reader) = reader_of(response)? else {
        return receive_at_once(driver, flight, response).await;
    };
    loop {
        let Some(read) = flight.settled(&reader.read()?).await else { break };
        let Some(chunk) = chunk_of(&read?)? else { return Ok(true) };
        let received = flight.push(&chunk)?;
        flight.arrived(driver, received);
        if flight.is_stopped() {
            break;
        }
    }
    // The signal has ended the platform's own body; that of a user's `fetch` may not know of it.
    cancel(&reader);
    Ok(false)
}

/// A body that cannot be read in parts: a platform, or a user's `fetch`, without streams.
async fn receive_at_once(driver: &Rc<Driver>, flight: &Flight, response: &Response) -> Result<bool, JsValue> {
    let Some(buffer) = flight.settled(&response.array_buffer()?).await else { return Ok(false) };
    let received = flight.push(&js_sys::Uint8Array::new(&buffer?))?;
    flight.arrived(driver, received);
    Ok(true)
}

fn reader_of(response: &Response) -> Result<Option<StreamReader>, JsValue> {
    let body = response.body()?;
    if !property(&body, "getReader").is_function() {
        return Ok(None);
    }
    body.unchecked_ref::<Stream>().get_reader().map(Some)
}

/// The next chunk; `None` at the end.
fn chunk_of(read: &JsValue) -> Result<Option<js_sys::Uint8Array>, JsValue> {
    if property(read, "done").is_truthy() {
        return Ok(None);
    }
    match bytes_of(&property(read, "value")) {
        Some(chunk) => Ok(Some(chunk)),
        None => Err(JsError::new("the response's body gave a chunk that is no Uint8Array").into()),
    }
}

fn cancel(reader: &StreamReader) {
    if let Ok(cancelled) = reader.cancel() {
        ignore(&cancelled);
    }
}

/// Lets a refused answer go: drained where little of it is left, else aborted.
async fn discard(flight: &Flight, response: &Response, length: Option<u64>) {
    if length.is_none_or(|length| length <= DRAINED_BYTES) {
        within(DRAINED_MILLIS, drain(response)).await;
    }
    flight.abort();
}

async fn drain(response: &Response) {
    let Ok(Some(reader)) = reader_of(response) else { return };
    let mut drained = 0;
    while drained <= DRAINED_BYTES {
        let Ok(read) = reader.read() else { return };
        let Ok(read) = Settled::of(&read).await else { return };
        let Ok(Some(chunk)) = chunk_of(&read) else { return };
        drained += u64::from(chunk.length());
    }
}
