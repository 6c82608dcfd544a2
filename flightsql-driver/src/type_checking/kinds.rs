//! Kinds of Arrow types as Rust types, so that the compiler can compare them with the types of a checked statement.
//!
//! A kind groups the Arrow types that the same Rust types read and bind; it ignores the encoding and the unit. The macros
//! name the kind of a column or parameter.

macro_rules! kinds {
    ($($kind:ident)*) => {$(
        #[derive(Debug)]
        pub struct $kind;
    )*};
}

kinds! {
    Boolean Bool8 Int8 Int16 Int32 Int64 UInt8 UInt16 UInt32 UInt64 Float16 Float32 Float64
    Decimal WholeDecimal Utf8 Json Binary FixedSizeBinary Binary16 Uuid
    Date Time Timestamp TimestampUtc TimestampWithZone TimestampWithOffset Duration Interval Struct Map
}

/// A list whose items are of the kind `K`.
#[derive(Debug)]
pub struct List<K>(std::marker::PhantomData<K>);

/// The type that `sqlx.toml` names for a parameter: only that type is accepted.
#[derive(Debug)]
pub struct Configured;
