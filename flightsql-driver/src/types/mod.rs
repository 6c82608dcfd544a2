//! Conversions between Rust and Arrow types.
//!
//! One mapping for every server: a type is its Arrow type, whatever the dialect calls it.
//!
//! # The mapping
//!
//! "Bound as" is what is sent when the server does not say what it wants: for a type with a parameter, that of a sample;
//! the second of two when the value needs it (a timestamp with nanoseconds, a decimal of more than 38 digits). When the
//! server reports a parameter type, the value is converted to that type *exactly*, or refused: between numbers, dates and
//! midnights, booleans and 0 and 1, and text to and from numbers, booleans, dates, times, instants and UUIDs.
//! Reading text as another type needs a rule of the dialect.
//!
#![doc = include_str!("mapping.md")]
//!
//! `Option<T>` reads NULL as `None`, and so any column that holds nothing but NULLs. `Box`, `Arc`, `Rc` and `Cow` of
//! texts and bytes are as what is in them; `&[T]` is bound as `Vec<T>`. Your own types come with `#[derive(Type)]`:
//! newtypes, enums as texts or numbers, structs as Arrow structs.
//!
//! Dictionary- and run-end-encoded columns read as their values, and a union as the variant that the value has. Unknown
//! extension types read as their storage. Every value has a `Debug` and a `Display` text, and its array is there for a
//! decoder of your own ([`FlightSqlValueRef`](crate::FlightSqlValueRef)).
//!
//! # Rules
//!
//! * Nothing is lost silently. A number that does not fit, a fraction that would be cut, a decimal
//!   that would be rounded, a date out of range: each is an error that names the types, never the
//!   value.
//! * A timestamp with a zone is an instant, whatever the zone text (`Z`, `UTC`, `+08:00`,
//!   `Europe/Paris`). `DateTime<FixedOffset>` and `OffsetDateTime` keep an offset that is written
//!   as one; a named zone gives UTC.
//! * A timestamp without a zone is no instant. Neither is read or bound as the other: convert
//!   explicitly, with `and_utc()` or `naive_utc()`.

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
mod option;
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

#[cfg(test)]
mod tests;
