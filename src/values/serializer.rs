//! serde's side of [`tell`](super::tell).

use std::fmt;

use serde::ser::{self, Serialize};

use super::Sink;

/// Tells one value.
pub(super) struct Teller<'a>(pub &'a mut dyn Sink);

/// Tells what is in an array or an object, and how many of them end with it.
pub(super) struct Inside<'a> {
    sink: &'a mut dyn Sink,
    ends: u8,
}

/// Of a failure that nothing here makes.
#[derive(Debug)]
pub(super) struct Impossible;

type Told = Result<(), Impossible>;

impl fmt::Display for Impossible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that cannot be told")
    }
}

impl std::error::Error for Impossible {}

impl ser::Error for Impossible {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl<'a> Teller<'a> {
    fn list(self) -> Result<Inside<'a>, Impossible> {
        self.0.list();
        Ok(Inside { sink: self.0, ends: 1 })
    }

    fn object(self) -> Result<Inside<'a>, Impossible> {
        self.0.object();
        Ok(Inside { sink: self.0, ends: 1 })
    }

    /// An object of one field.
    fn variant(self, name: &str) -> Self {
        self.0.object();
        self.0.text(name);
        self
    }
}

macro_rules! numbers {
    ($($method:ident: $kind:ty),*) => {$(
        fn $method(self, value: $kind) -> Told {
            self.0.number(value as f64);
            Ok(())
        }
    )*};
}

impl<'a> ser::Serializer for Teller<'a> {
    type Ok = ();
    type Error = Impossible;
    type SerializeSeq = Inside<'a>;
    type SerializeTuple = Inside<'a>;
    type SerializeTupleStruct = Inside<'a>;
    type SerializeTupleVariant = Inside<'a>;
    type SerializeMap = Inside<'a>;
    type SerializeStruct = Inside<'a>;
    type SerializeStructVariant = Inside<'a>;

    numbers!(
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_u8: u8,
        serialize_u16: u16, serialize_u32: u32, serialize_f32: f32, serialize_f64: f64
    );

    fn serialize_u64(self, value: u64) -> Told {
        self.0.whole(value);
        Ok(())
    }

    fn serialize_bool(self, value: bool) -> Told {
        self.0.boolean(value);
        Ok(())
    }

    fn serialize_char(self, value: char) -> Told {
        self.0.text(value.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    fn serialize_str(self, value: &str) -> Told {
        self.0.text(value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Told {
        self.0.bytes(value);
        Ok(())
    }

    fn serialize_none(self) -> Told {
        self.0.null();
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Told {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Told {
        self.serialize_none()
    }

    fn serialize_unit_struct(self, _: &'static str) -> Told {
        self.serialize_none()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Told {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Told {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Told {
        let teller = self.variant(variant);
        value.serialize(Teller(&mut *teller.0))?;
        teller.0.end();
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Inside<'a>, Impossible> {
        self.list()
    }

    fn serialize_tuple(self, _: usize) -> Result<Inside<'a>, Impossible> {
        self.list()
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Inside<'a>, Impossible> {
        self.list()
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Inside<'a>, Impossible> {
        let inside = self.variant(variant).list()?;
        Ok(Inside { ends: 2, ..inside })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Inside<'a>, Impossible> {
        self.object()
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Inside<'a>, Impossible> {
        self.object()
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Inside<'a>, Impossible> {
        let inside = self.variant(variant).object()?;
        Ok(Inside { ends: 2, ..inside })
    }
}

impl Inside<'_> {
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Told {
        value.serialize(Teller(&mut *self.sink))
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Told {
        self.sink.text(name);
        self.item(value)
    }

    fn ended(self) -> Told {
        (0..self.ends).for_each(|_| self.sink.end());
        Ok(())
    }
}

macro_rules! inside {
    ($($kind:ident: $method:ident),*) => {$(
        impl ser::$kind for Inside<'_> {
            type Ok = ();
            type Error = Impossible;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Told {
                self.item(value)
            }

            fn end(self) -> Told {
                self.ended()
            }
        }
    )*};
}

inside!(
    SerializeSeq: serialize_element, SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field, SerializeTupleVariant: serialize_field
);

impl ser::SerializeMap for Inside<'_> {
    type Ok = ();
    type Error = Impossible;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Told {
        self.item(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Told {
        self.item(value)
    }

    fn end(self) -> Told {
        self.ended()
    }
}

macro_rules! fields {
    ($($kind:ident),*) => {$(
        impl ser::$kind for Inside<'_> {
            type Ok = ();
            type Error = Impossible;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Told {
                self.field(name, value)
            }

            fn end(self) -> Told {
                self.ended()
            }
        }
    )*};
}

fields!(SerializeStruct, SerializeStructVariant);
