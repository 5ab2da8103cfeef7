//! Options as JavaScript gives them: every number checked, and named where it is wrong.

use js_sys::{Function, Object};
use wasm_bindgen::prelude::*;

use super::platform::{property, whole_number};
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::pyramid::OverviewPolicy;
use crate::range::NetOptions;

/// What an engine is made with.
#[derive(Clone, Debug)]
pub(super) struct EngineOptions {
    pub net: NetOptions,
    /// The first range of a file, in bytes.
    pub first_range_bytes: u64,
    /// Gets every line of the trace.
    pub trace: Option<Function>,
}

impl EngineOptions {
    /// From `CoreNetOptions`; `undefined` and missing fields are the defaults.
    pub fn from_js(options: &JsValue) -> Result<Self> {
        let mut net = NetOptions::default();
        let mut first_range_bytes = 32 << 10;
        let whole = |name: &str, place: &mut u64, least: u64| set_whole(options, name, place, least);
        whole("cacheBytes", &mut net.cache_bytes, 0)?;
        whole("pageBytes", &mut net.page_bytes, 1)?;
        whole("firstRangeBytes", &mut first_range_bytes, 1)?;
        whole("mergeBytes", &mut net.merge_bytes, 0)?;
        whole("wholeBytes", &mut net.whole_bytes, 0)?;
        whole("backoff", &mut net.backoff, 0)?;
        whole("backoffMax", &mut net.backoff_max, 0)?;
        whole("timeout", &mut net.timeout, 0)?;
        set_count(options, "attempts", &mut net.attempts)?;
        set_count(options, "perOrigin", &mut net.per_origin)?;
        set_count(options, "perOriginMultiplexed", &mut net.per_origin_multiplexed)?;
        set_share(options, "mergeWaste", &mut net.merge_waste)?;
        // Pages that do not retry in step with other pages.
        net.seed = (js_sys::Math::random() * js_sys::Number::MAX_SAFE_INTEGER) as u64;
        let trace = property(options, "trace").dyn_into().ok();
        Ok(Self { net, first_range_bytes, trace })
    }
}

/// Sets `place` if the option is there.
fn set_whole(options: &JsValue, name: &str, place: &mut u64, least: u64) -> Result<()> {
    let value = property(options, name);
    if value.is_undefined() {
        return Ok(());
    }
    match whole_number(&value).filter(|number| *number >= least) {
        Some(number) => {
            *place = number;
            Ok(())
        }
        None => Err(wrong(name, &value, &format!("a whole number from {least}"))),
    }
}

/// A whole number within bounds, if the option is there.
pub(super) fn whole_option(options: &JsValue, name: &str, least: u64, most: u64) -> Result<Option<u64>> {
    let value = property(options, name);
    if value.is_undefined() {
        return Ok(None);
    }
    let number = whole_number(&value).filter(|number| (least..=most).contains(number));
    number.map(Some).ok_or_else(|| wrong(name, &value, &format!("a whole number from {least} to {most}")))
}

fn set_count(options: &JsValue, name: &str, place: &mut u32) -> Result<()> {
    let mut wide = u64::from(*place);
    set_whole(options, name, &mut wide, 1)?;
    *place = u32::try_from(wide).unwrap_or(u32::MAX);
    Ok(())
}

fn set_share(options: &JsValue, name: &str, place: &mut f64) -> Result<()> {
    let value = property(options, name);
    match value.as_f64() {
        _ if value.is_undefined() => Ok(()),
        Some(share) if share >= 0.0 => {
            *place = share;
            Ok(())
        }
        _ => Err(wrong(name, &value, "a number from 0")),
    }
}

fn wrong(name: &str, value: &JsValue, expected: &str) -> Error {
    Error::invalid(name, format!("{name} is {value:?}, expected {expected}"))
}

/// The `limits` of `open`: the defaults, and what is given instead.
pub(super) fn limits_from_js(given: &JsValue) -> Result<Limits> {
    let mut limits = Limits::default();
    if given.is_undefined() || given.is_null() {
        return Ok(limits);
    }
    for name in Object::keys(given.unchecked_ref::<Object>()).iter() {
        let name = name.as_string().unwrap_or_default();
        let value = property(given, &name);
        let Some(place) = limits.place(&name) else {
            return Err(Error::invalid("limits", format!("limits has {name:?}, which is not one of them")));
        };
        match whole_number(&value) {
            Some(number) => *place = number,
            None if value.is_undefined() => {}
            None => return Err(wrong(&format!("limits.{name}"), &value, "a whole number from 0")),
        }
    }
    Ok(limits)
}

/// The `overviewPolicy` of `open`.
pub(super) fn policy_from_js(policy: &JsValue) -> Result<OverviewPolicy> {
    match policy.as_string().as_deref() {
        None if policy.is_undefined() => Ok(OverviewPolicy::default()),
        Some("internal-first") => Ok(OverviewPolicy::InternalFirst),
        Some("append") => Ok(OverviewPolicy::Append),
        _ => Err(wrong("overviewPolicy", policy, "'internal-first' or 'append'")),
    }
}
