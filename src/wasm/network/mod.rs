//! What `core.wasm` exports: bindings, and the driver that carries out Net's orders. No TIFF, no decisions.
//!
//! | file | its one concern |
//! |---|---|
//! | `engine` | exported `Core`: one Net with its cache, opening datasets |
//! | `dataset` | exported `Dataset`: its calls |
//! | `question` | the Need loop: asks the core again and again, and brings what is missing in between |
//! | `files` | where a dataset's files come from; looking for the sidecar |
//! | `blocks` | a call that brings blocks |
//! | `call` | the life of one call: abort, close, first failure |
//! | `driver` | tells Net the facts and carries its orders out |
//! | `reading` | one read of Net, as a future |
//! | `flight` | one request on its way, of whatever kind |
//! | `fetch` | a flight over HTTP |
//! | `local` | a flight to a JavaScript `Source` |
//! | `body` | what came of a body, bounded |
//! | `sources` | which datasets share a source |
//! | `origin` | a source as JavaScript describes it |
//! | `headers` | request headers as the user gives them |
//! | `options` | options as JavaScript gives them |
//! | `report` | events of requests |
//! | `hints` | how much of each file its header took |
//! | `protocol` | whether an origin speaks HTTP/2 |
//! | `fault` | errors across the border, both ways |
//! | `value` | values across the border, both ways |
//! | `tasks` | futures that run by themselves |
//! | `numbered` | tables by number |
//! | `wait` | promises as futures that may be dropped at any time |
//! | `timer`, `clock` | when Net wants to be woken, and what time it is |
//! | `platform` | what is used of the JavaScript around us, everything fallible |

mod blocks;
mod body;
mod call;
mod clock;
mod dataset;
mod driver;
mod engine;
mod fault;
mod fetch;
mod files;
mod flight;
mod headers;
mod hints;
mod local;
mod numbered;
mod options;
mod origin;
mod platform;
mod protocol;
mod question;
mod reading;
mod report;
mod sources;
mod tasks;
mod timer;
mod value;
mod wait;

pub use dataset::Dataset;
pub use engine::Engine;
pub use platform::AbortSignal;
