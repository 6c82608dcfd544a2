//! Conversions between Rust and Arrow types. Layer D.
//!
//! One mapping for every server: a type is its Arrow type, whatever the dialect calls it.
//!
//! # The mapping
//!
//! "Bound as" is what is sent when the server does not say what it wants. When it announces a
//! parameter type, the value is converted to that type *exactly*, or refused.
//!
//! | Rust type | reads Arrow | bound as | feature |
//! |---|---|---|---|
//! | `bool` | Boolean | Boolean | |
//! | `i8`, `i16`, `i32`, `i64` | Int8 to Int64, UInt8 to UInt64, Decimal with scale 0; checked | Int8, Int16, Int32, Int64 | |
//! | `u8`, `u16`, `u32`, `u64` | the same; checked | UInt8, UInt16, UInt32, UInt64 | |
//! | `i128` | the same; checked | Decimal128(38, 0) | |
//! | `f32` | Float16, Float32 | Float32 | |
//! | `f64` | Float16, Float32, Float64 | Float64 | |
//! | `String`, `&str`, `Box<str>`, `Arc<str>`, `Cow<str>`, `Text<T>` | Utf8, LargeUtf8, Utf8View | Utf8 | |
//! | `Vec<u8>`, `&[u8]`, `Box<[u8]>`, `Arc<[u8]>`, `Cow<[u8]>` | Binary, LargeBinary, BinaryView, FixedSizeBinary | Binary | |
//! | `[u8; N]` | the same, when the length is N | FixedSizeBinary(N) | |
//! | `chrono::NaiveDate` | Date32, Date64 (midnight only) | Date32 | `chrono` |
//! | `chrono::NaiveTime` | Time32, Time64 | Time64(µs), or ns when needed | `chrono` |
//! | `chrono::NaiveDateTime` | Timestamp without zone, any unit | Timestamp(µs), or ns when needed | `chrono` |
//! | `chrono::DateTime<Utc \| FixedOffset \| Local>` | Timestamp with zone, any unit | Timestamp(µs, "UTC"), or ns when needed | `chrono` |
//! | `time::Date` | Date32, Date64 (midnight only) | Date32 | `time` |
//! | `time::Time` | Time32, Time64 | Time64(µs), or ns when needed | `time` |
//! | `time::PrimitiveDateTime` | Timestamp without zone, any unit | Timestamp(µs), or ns when needed | `time` |
//! | `time::OffsetDateTime` | Timestamp with zone, any unit | Timestamp(µs, "UTC"), or ns when needed | `time` |
//! | `rust_decimal::Decimal` | Decimal32 to Decimal256, integers; exact | Decimal128(38, scale of the value) | `rust_decimal` |
//! | `bigdecimal::BigDecimal` | the same | Decimal128(38, scale), or Decimal256(76, scale) when needed | `bigdecimal` |
//! | `uuid::Uuid` | FixedSizeBinary(16), the binary types with 16 bytes, the string types | FixedSizeBinary(16) as `arrow.uuid` | `uuid` |
//! | `Json<T>`, `serde_json::Value` | Utf8, LargeUtf8, Utf8View | Utf8 as `arrow.json` | `json` |
//! | `Option<T>` | as `T`, with NULL as `None`; a Null column gives `None` | as `T` | |
//!
//! Dictionary- and run-end-encoded columns read as their values. Every other Arrow type has a
//! `Debug` and a `Display` text on [`FlightSqlValueRef`](crate::FlightSqlValueRef), and its array
//! there for a decoder of your own.
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

mod bool;
mod bytes;
mod float;
mod int;
mod option;
mod str;

#[cfg(feature = "bigdecimal")]
mod bigdecimal;
#[cfg(feature = "chrono")]
mod chrono;
#[cfg(any(feature = "rust_decimal", feature = "bigdecimal"))]
mod decimal;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "rust_decimal")]
mod rust_decimal;
#[cfg(feature = "time")]
mod time;
#[cfg(feature = "uuid")]
mod uuid;

#[cfg(test)]
mod tests;
