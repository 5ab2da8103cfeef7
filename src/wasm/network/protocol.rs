//! Whether the requests to an origin share one connection, as far as the platform tells: browsers do, of their own origin
//! and of those that send `Timing-Allow-Origin`; Node's `fetch` speaks HTTP/1.1.

use std::cell::RefCell;

use js_sys::Array;
use wasm_bindgen::JsValue;

use super::driver::Driver;
use super::platform::{entries_by_name, property};
use crate::range::SourceId;
use crate::range::trace::Fact;

/// Looks per source: what the first ones do not tell, later ones will not.
const LOOKS: u8 = 3;

/// Sources that were looked at.
#[derive(Default)]
pub(super) struct Protocols {
    looks: RefCell<Vec<(SourceId, u8)>>,
}

impl Protocols {
    fn may_look(&self, source: SourceId) -> bool {
        let mut looks = self.looks.borrow_mut();
        match looks.iter_mut().find(|(known, _)| *known == source) {
            Some((_, left)) => {
                *left = left.saturating_sub(1);
                *left > 0
            }
            None => {
                looks.push((source, LOOKS));
                true
            }
        }
    }

    fn settle(&self, source: SourceId) {
        if let Some((_, left)) = self.looks.borrow_mut().iter_mut().find(|(known, _)| *known == source) {
            *left = 0;
        }
    }

    /// The source is gone.
    pub fn forget(&self, source: SourceId) {
        self.looks.borrow_mut().retain(|(known, _)| *known != source);
    }
}

impl Driver {
    /// A request to that URL has ended: the platform may know by now how it went.
    pub fn learn_protocol(&self, source: SourceId, url: &str) {
        if !self.protocols.may_look(source) {
            return;
        }
        let entries = entries_by_name(url, "resource").unwrap_or(JsValue::UNDEFINED);
        let last = if Array::is_array(&entries) { Array::from(&entries).pop() } else { JsValue::UNDEFINED };
        let protocol = property(&last, "nextHopProtocol").as_string().unwrap_or_default();
        if protocol.is_empty() {
            return;
        }
        self.protocols.settle(source);
        if matches!(protocol.as_str(), "h2" | "h2c" | "h3") {
            self.tell(Fact::Multiplexed { source });
        }
    }
}
