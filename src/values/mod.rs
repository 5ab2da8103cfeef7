//! Values on their way to JavaScript: what can be serialized is told to a [`Sink`], piece by piece. A serializer that
//! cannot fail and knows no types is the smallest that serde can have; the one of a crate took a tenth of the module.

mod bytes;
mod given;
mod serializer;

use serde::Serialize;

pub use bytes::Bytes;
pub use given::Value;

/// What JavaScript's values are made of, in the order in which they are met.
pub trait Sink {
    /// `null`.
    fn null(&mut self);
    /// `true` or `false`.
    fn boolean(&mut self, value: bool);
    /// A number: exact up to 2^53, as numbers are in JavaScript.
    fn number(&mut self, number: f64);
    /// A whole number.
    fn whole(&mut self, number: u64) {
        self.number(number as f64);
    }
    /// A string; in an object, where a field is due, its name.
    fn text(&mut self, text: &str);
    /// A `Uint8Array`.
    fn bytes(&mut self, bytes: &[u8]);
    /// An array begins; its items follow.
    fn list(&mut self);
    /// An object begins; names and values follow in turns.
    fn object(&mut self);
    /// The array or object ends.
    fn end(&mut self);
}

/// Tells a value.
pub fn tell(value: &impl Serialize, sink: &mut dyn Sink) {
    // Its error is one that nothing makes.
    let _ = value.serialize(serializer::Teller(sink));
}
