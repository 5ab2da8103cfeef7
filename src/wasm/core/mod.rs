//! What `core.wasm` exports: Nets and datasets by number, asked by messages of [`crate::values`]. The driver in
//! js/network/ carries out what they order and brings what they need. No TIFF, no decisions.
//!
//! | file | its one concern |
//! |---|---|
//! | `net` | facts in, orders out |
//! | `dataset` | questions, and the bytes that answer them |
//! | `given` | what JavaScript's values mean |
//! | `answer` | values and errors on their way out |
//! | `slots` | who is meant by a number |

mod answer;
mod dataset;
mod given;
mod net;
mod slots;

pub use dataset::{
    dataset_ask, dataset_came_from, dataset_ends_by, dataset_fail, dataset_free, dataset_is_empty,
    dataset_new, dataset_supply,
};
pub use net::{net_advice, net_cache, net_facts, net_free, net_new, net_order, net_tell, net_wake};
