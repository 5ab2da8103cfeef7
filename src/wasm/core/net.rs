//! One Net for each engine of JavaScript's: facts in, orders out.

use wasm_bindgen::prelude::*;

use super::answer::told;
use super::given::{fact, net_options};
use super::slots::Slots;
use crate::error::Error;
use crate::range::trace::Fact;
use crate::range::{Net, NetOptions, SourceId, advice};
use crate::values::{Bytes, Value};

thread_local! {
    static NETS: Slots<Net> = const { Slots::new() };
}

/// A Net with the options that are given; answers its number and all its options.
#[wasm_bindgen]
pub fn net_new(options: &[u8]) -> Vec<u8> {
    let made = Value::read(options).map(|given| {
        let options: NetOptions = net_options(&given);
        (NETS.with(|nets| nets.enter(Net::new(options.clone()))), options)
    });
    told(made.map_err(Into::into))
}

/// The Net is not needed any more.
#[wasm_bindgen]
pub fn net_free(net: u32) {
    NETS.with(|nets| nets.free(net));
}

/// Tells a fact, as traces have it. Answers the name of the source or the reader that came of it, if one did.
#[wasm_bindgen]
pub fn net_tell(net: u32, now: f64, told: &[u8]) -> Option<f64> {
    let fact = fact(&Value::read(told).ok()?)?;
    let now = now as u64;
    with(net, |net| match fact {
        Fact::AddSource(spec) => Some(f64::from(net.add_source(spec).0)),
        Fact::Read { source, wanted, priority } => Some(net.read_at(now, source, &wanted, priority).0 as f64),
        other => {
            other.tell(net, now);
            None
        }
    })?
}

/// The next order, or `null`; with `text`, in a list with its line of a trace.
#[wasm_bindgen]
pub fn net_order(net: u32, text: bool) -> Vec<u8> {
    let order = with(net, Net::next_order).flatten();
    match order {
        Some(order) if text => {
            let line = order.to_string();
            Bytes::of(&(order, line))
        }
        order => Bytes::of(&order),
    }
}

/// When the Net wants to be told the time next.
#[wasm_bindgen]
pub fn net_wake(net: u32) -> Option<f64> {
    with(net, |net| net.next_wake())?.map(|due| due as f64)
}

/// What is known of a source, or `null`.
#[wasm_bindgen]
pub fn net_facts(net: u32, source: u32) -> Vec<u8> {
    with(net, |net| Bytes::of(&net.facts(SourceId(source)))).unwrap_or_default()
}

/// What the owner of the source's server should change; `name` is for the text.
#[wasm_bindgen]
pub fn net_advice(net: u32, source: u32, name: &str) -> Vec<u8> {
    let lines = with(net, |net| net.facts(SourceId(source)).map(|facts| advice(name, facts)));
    Bytes::of(&lines.flatten().unwrap_or_default())
}

/// How full the cache is.
#[wasm_bindgen]
pub fn net_cache(net: u32) -> Vec<u8> {
    let stats = with(net, |net| net.cache_stats());
    told(stats.ok_or_else(|| Error::internal("there is no such engine").into()))
}

fn with<R>(net: u32, work: impl FnOnce(&mut Net) -> R) -> Option<R> {
    NETS.with(|nets| nets.with(net, work))
}
