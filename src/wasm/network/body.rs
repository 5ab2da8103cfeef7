//! What came of a flight's body, in one buffer of JavaScript's and never more than was asked for.

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;

use super::platform::{allocate, copy_of};
use crate::byte_range::ByteRange;

/// What is set aside at first for a body whose length nobody tells.
const UNTOLD: u64 = 1 << 18;

/// The bytes of a body so far.
#[derive(Debug, Default)]
pub(super) struct Body {
    /// Plain, and longer than what it holds so far.
    buffer: Uint8Array,
    held: u64,
    received: u64,
    most: u64,
}

impl Body {
    /// Room for `told` bytes, if their number is told; never more than `most`.
    pub fn expecting(told: Option<u64>, most: u64) -> Result<Self, JsValue> {
        let buffer = allocate(told.unwrap_or(UNTOLD).min(most))?;
        Ok(Self { buffer, held: 0, received: 0, most })
    }

    /// A body that came at once. The buffer is somebody else's: it is only read, and only until the flight has ended.
    pub fn whole(buffer: Uint8Array) -> Self {
        let length = u64::from(buffer.length());
        Self { buffer, held: length, received: length, most: length }
    }

    /// Takes a chunk; says how many bytes have come in all. What is beyond `most` is counted as one byte and not held.
    pub fn push(&mut self, chunk: &Uint8Array) -> Result<u64, JsValue> {
        let length = u64::from(chunk.length());
        let taken = length.min(self.most - self.held);
        self.make_room(self.held + taken)?;
        let part = if taken == length { chunk.clone() } else { chunk.subarray(0, taken as u32) };
        self.buffer.set(&part, self.held as u32);
        self.held += taken;
        self.received = self.received.saturating_add(length).min(self.most.saturating_add(1));
        Ok(self.received)
    }

    fn make_room(&mut self, needed: u64) -> Result<(), JsValue> {
        let room = u64::from(self.buffer.length());
        if needed > room {
            let larger = allocate(needed.max(room.saturating_mul(2)).min(self.most))?;
            larger.set(&self.buffer.subarray(0, self.held as u32), 0);
            self.buffer = larger;
        }
        Ok(())
    }

    /// A copy of bytes of the body, counted from its start.
    pub fn copy(&self, range: ByteRange) -> Result<Uint8Array, JsValue> {
        copy_of(&self.buffer, range.start.min(self.held), range.end.min(self.held))
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn bytes(bytes: &[u8]) -> Uint8Array {
        Uint8Array::from(bytes)
    }

    fn all(body: &Body) -> Vec<u8> {
        body.copy(ByteRange::new(0, u64::MAX)).unwrap().to_vec()
    }

    #[wasm_bindgen_test]
    fn grows_to_what_was_asked_for_and_counts_one_byte_beyond() {
        for told in [None, Some(0), Some(2), Some(5), Some(u64::MAX)] {
            let mut body = Body::expecting(told, 5).unwrap();
            assert_eq!(body.push(&bytes(&[1, 2, 3])).unwrap(), 3);
            assert_eq!(body.push(&bytes(&[])).unwrap(), 3);
            assert_eq!(body.push(&bytes(&[4, 5])).unwrap(), 5);
            assert_eq!(body.push(&bytes(&[6, 7, 8])).unwrap(), 6);
            assert_eq!(body.push(&bytes(&[9])).unwrap(), 6);
            assert_eq!((all(&body), body.buffer.length()), (vec![1, 2, 3, 4, 5], 5));
        }
    }

    #[wasm_bindgen_test]
    fn copies_are_their_own() {
        let whole = Body::whole(bytes(&[1, 2, 3, 4]));
        let part = whole.copy(ByteRange::new(1, 3)).unwrap();
        assert_eq!((part.to_vec(), part.buffer().byte_length()), (vec![2, 3], 2));
    }

    #[wasm_bindgen_test]
    fn no_memory_is_an_error_and_no_exception() {
        assert!(Body::expecting(Some(1 << 52), u64::MAX).is_err());
    }
}
