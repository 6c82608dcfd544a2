//! Conversions between Rust and Arrow types.
//!
//! One mapping serves every server: a type is its Arrow type, whatever its name in the dialect.
//!
//! # The mapping
//!
//! "Bound as" is the type that the driver sends if the server reports no parameter type. For a type with a parameter, it is
//! the type of a sample. The second of two types is for values that need it (a timestamp with nanoseconds, a decimal of more
//! than 38 digits).
//!
//! If the server reports a parameter type, the driver converts the value to that type *exactly*, or returns an error:
//! between numbers, dates and midnights, booleans and 0 and 1, and text to and from numbers, booleans, dates, times, instants
//! and UUIDs. Reading text as another type needs a rule of the dialect.
//!
#![doc = include_str!("mapping.md")]
//!
//! `Option<T>` reads NULL as `None`, and therefore any column that contains only NULLs. `Box`, `Arc`, `Rc` and `Cow` work as
//! the string or bytes in them, and `&[T]` is bound as `Vec<T>`. `#[derive(Type)]` supports custom types: newtypes, enums as
//! text or numbers, and structs as Arrow structs.
//!
//! Dictionary- and run-end-encoded columns read as their values, and a union as the variant of the value. Unknown extension
//! types read as their storage. Every value has a `Debug` and a `Display` text, and its array is available to a custom
//! decoder ([`FlightSqlValueRef`](crate::FlightSqlValueRef)).
//!
//! # Rules
//!
//! * Conversions never lose data silently. A number that does not fit, a fraction that would be truncated, a decimal that
//!   would be rounded, and a date out of range are errors that name the types and never the value.
//! * A timestamp with a zone is an instant, for any zone (`Z`, `UTC`, `+08:00`, `Europe/Paris`). `DateTime<FixedOffset>` and
//!   `OffsetDateTime` keep a numeric offset; a named zone becomes UTC.
//! * A timestamp without a zone is not an instant. Neither is read or bound as the other: convert explicitly, with `and_utc()`
//!   or `naive_utc()`.

/// `Type` and the right to be an item of a list, from a type and the types that are read.
macro_rules! sql_types {
    ($($rust:ty $(where [$($generics:tt)*])?: $info:expr, $holds:path;)*) => {$(
        impl$(<$($generics)*>)? sqlx_core::types::Type<crate::marker::FlightSql> for $rust {
            fn type_info() -> crate::type_info::FlightSqlTypeInfo {
                $info
            }

            #[inline]
            fn compatible(ty: &crate::type_info::FlightSqlTypeInfo) -> bool {
                $holds(ty)
            }
        }

        impl$(<$($generics)*>)? crate::types::FlightSqlHasArrayType for $rust {}
    )*};
}

/// `Encode`, from the scalar that a value is bound as.
macro_rules! scalars {
    ($($(#[$doc:meta])* $rust:ty $(where [$($generics:tt)*])?: |$value:ident| $scalar:expr;)*) => {$(
        $(#[$doc])*
        impl$(<$($generics)*>)? sqlx_core::encode::Encode<'_, crate::marker::FlightSql> for $rust {
            fn encode_by_ref(
                &self,
                buf: &mut crate::arguments::FlightSqlArgumentBuffer,
            ) -> Result<sqlx_core::encode::IsNull, sqlx_core::error::BoxDynError> {
                let $value = self;
                buf.push($scalar);
                Ok(sqlx_core::encode::IsNull::No)
            }
        }
    )*};
}

/// `Decode`, from a value and the name of the Rust type for errors.
macro_rules! decodes {
    ($($(#[$attribute:meta])* $rust:ty as $name:literal: |$value:ident, $text:ident| $decoded:expr;)*) => {$(
        impl sqlx_core::decode::Decode<'_, crate::marker::FlightSql> for $rust {
            $(#[$attribute])*
            fn decode(
                $value: crate::value::FlightSqlValueRef<'_>,
            ) -> Result<Self, sqlx_core::error::BoxDynError> {
                let $text = $name;
                $decoded
            }
        }
    )*};
}

/// Calls a macro with the tuples of 1 to 12 types.
macro_rules! for_tuples {
    ($tuples:ident) => {
        $tuples! {
            (A 0);
            (A 0, B 1);
            (A 0, B 1, C 2);
            (A 0, B 1, C 2, D 3);
            (A 0, B 1, C 2, D 3, E 4);
            (A 0, B 1, C 2, D 3, E 4, F 5);
            (A 0, B 1, C 2, D 3, E 4, F 5, G 6);
            (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
            (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
            (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
            (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
            (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);
        }
    };
}

pub(crate) use for_tuples;

mod bool;
mod bytes;
mod duration;
mod float;
mod int;
mod interval;
mod list;
mod map;
mod scalar;
mod str;
mod tuple;

#[cfg(feature = "bigdecimal")]
mod bigdecimal;
#[cfg(feature = "chrono")]
mod chrono;
#[cfg(any(feature = "rust_decimal", feature = "bigdecimal"))]
mod decimal;
#[cfg(feature = "half")]
mod half;
#[cfg(feature = "jiff")]
mod jiff;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "rust_decimal")]
mod rust_decimal;
#[cfg(any(feature = "chrono", feature = "jiff", feature = "time"))]
mod temporal;
#[cfg(feature = "time")]
mod time;
#[cfg(feature = "uuid")]
mod uuid;

pub use self::interval::FlightSqlInterval;
pub use self::list::FlightSqlHasArrayType;
use crate::marker::FlightSql;

// A `None` is bound as a NULL of `T`'s type. The rest of `Option<T>` is sqlx-core's.
sqlx_core::impl_encode_for_option!(FlightSql);

#[cfg(test)]
mod tests;
