//! The Rust type of each Arrow type, which holds every value of that type.
//!
//! This table is the inverse of the driver's `Type` implementations. Its names begin with `::sqlx`, as in the tables of SQLx's
//! own drivers: <https://docs.rs/sqlx-core/0.9.0/sqlx_core/type_checking/trait.TypeChecking.html>.

use arrow_schema::{DataType, Field, FieldRef};
use flightsql_dialect::arrow::logical_type::{
    BOOL8_EXTENSION, JSON_EXTENSION, OFFSET_EXTENSION, UUID_EXTENSION, decoded,
};
use sqlx_core::config::macros::{DateTimeCrate, NumericCrate, PreferredCrates};
use sqlx_core::type_checking::Error;

/// The names of one Rust type, for values that are read and bound, and for lists of both.
#[derive(Clone, Copy)]
struct Names {
    owned: &'static str,
    bound: &'static str,
    list: &'static str,
    bound_list: &'static str,
}

macro_rules! names {
    ($owned:literal) => {
        names!($owned, $owned)
    };
    ($owned:literal, $bound:literal) => {
        Names {
            owned: $owned,
            bound: $bound,
            list: concat!("::std::vec::Vec<", $owned, ">"),
            bound_list: concat!("&[", $owned, "]"),
        }
    };
}

/// The other possible choice if two crates fit.
#[derive(Clone, Copy)]
enum Doubt {
    None,
    DateTime,
    Numeric,
}

/// The enabled crates for dates and times, in SQLx's order.
const TIME: bool = cfg!(feature = "time");
const CHRONO: bool = cfg!(feature = "chrono");
/// The enabled crates for decimals, in SQLx's order.
const BIG_DECIMAL: bool = cfg!(feature = "bigdecimal");
const RUST_DECIMAL: bool = cfg!(feature = "rust_decimal");

/// Returns the type of a value that is read.
pub(super) fn read(field: &Field, preferred: &PreferredCrates) -> Result<&'static str, Error> {
    chosen(field, preferred, |names| names.owned, |names| names.list)
}

/// Returns the type of a value that is bound, borrowed if there is a borrowed form.
pub(super) fn bound(field: &Field, preferred: &PreferredCrates) -> Result<&'static str, Error> {
    chosen(
        field,
        preferred,
        |names| names.bound,
        |names| names.bound_list,
    )
}

/// Returns the disabled feature that a type needs for its Rust type, if any.
pub(super) fn missing_feature(field: &Field) -> Option<&'static str> {
    match decoded(item(field).map_or(field, |item| item).data_type()) {
        DataType::Date32
        | DataType::Date64
        | DataType::Time32(_)
        | DataType::Time64(_)
        | DataType::Timestamp(..)
            if !TIME && !CHRONO =>
        {
            Some("chrono")
        }
        DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..)
            if !BIG_DECIMAL && !RUST_DECIMAL =>
        {
            Some("rust_decimal")
        }
        _ => None,
    }
}

fn chosen(
    field: &Field,
    preferred: &PreferredCrates,
    one: fn(Names) -> &'static str,
    many: fn(Names) -> &'static str,
) -> Result<&'static str, Error> {
    let item = item(field);
    let (names, doubt) = names(item.map_or(field, |item| item), preferred)?;
    let fallback = match item {
        None => one(names),
        // A list of bytes reads as `Vec<u8>` and is bound as `&[u8]`, as a blob is.
        Some(_) => many(names),
    };
    match doubt {
        Doubt::None => Ok(fallback),
        Doubt::DateTime => Err(Error::AmbiguousDateTimeType { fallback }),
        Doubt::Numeric => Err(Error::AmbiguousNumericType { fallback }),
    }
}

/// Returns the field of the items of a list.
pub(super) fn item(list: &Field) -> Option<&FieldRef> {
    match decoded(list.data_type()) {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => Some(item),
        _ => None,
    }
}

fn names(field: &Field, preferred: &PreferredCrates) -> Result<(Names, Doubt), Error> {
    match field.extension_type_name() {
        Some(BOOL8_EXTENSION) => return Ok((names!("bool"), Doubt::None)),
        Some(JSON_EXTENSION) if cfg!(feature = "json") => {
            return Ok((names!("::sqlx::types::JsonValue"), Doubt::None));
        }
        Some(UUID_EXTENSION) if cfg!(feature = "uuid") => {
            return Ok((names!("::sqlx::types::Uuid"), Doubt::None));
        }
        // This type keeps the offset of the value.
        Some(OFFSET_EXTENSION) => {
            return date_time(
                preferred,
                names!("::sqlx::types::chrono::DateTime<::sqlx::types::chrono::FixedOffset>"),
                names!("::sqlx::types::time::OffsetDateTime"),
            );
        }
        _ => {}
    }
    let names = match decoded(field.data_type()) {
        DataType::Boolean => names!("bool"),
        DataType::Int8 => names!("i8"),
        DataType::Int16 => names!("i16"),
        DataType::Int32 => names!("i32"),
        DataType::Int64 => names!("i64"),
        DataType::UInt8 => names!("u8"),
        DataType::UInt16 => names!("u16"),
        DataType::UInt32 => names!("u32"),
        DataType::UInt64 => names!("u64"),
        DataType::Float16 | DataType::Float32 => names!("f32"),
        DataType::Float64 => names!("f64"),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            names!("::std::string::String", "&str")
        }
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => names!("::std::vec::Vec<u8>", "&[u8]"),
        DataType::Duration(_) => names!("::std::time::Duration"),
        DataType::Interval(_) => names!("::sqlx::types::FlightSqlInterval"),
        DataType::Date32 | DataType::Date64 => {
            return date_time(
                preferred,
                names!("::sqlx::types::chrono::NaiveDate"),
                names!("::sqlx::types::time::Date"),
            );
        }
        DataType::Time32(_) | DataType::Time64(_) => {
            return date_time(
                preferred,
                names!("::sqlx::types::chrono::NaiveTime"),
                names!("::sqlx::types::time::Time"),
            );
        }
        DataType::Timestamp(_, None) => {
            return date_time(
                preferred,
                names!("::sqlx::types::chrono::NaiveDateTime"),
                names!("::sqlx::types::time::PrimitiveDateTime"),
            );
        }
        DataType::Timestamp(_, Some(_)) => {
            return date_time(
                preferred,
                names!("::sqlx::types::chrono::DateTime<::sqlx::types::chrono::Utc>"),
                names!("::sqlx::types::time::OffsetDateTime"),
            );
        }
        DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => return decimal(preferred),
        _ => return Err(Error::NoMappingFound),
    };
    Ok((names, Doubt::None))
}

/// Returns the type of the preferred crate, or of `time` before `chrono`, as SQLx's own drivers do.
fn date_time(
    preferred: &PreferredCrates,
    chrono: Names,
    time: Names,
) -> Result<(Names, Doubt), Error> {
    match preferred.date_time {
        DateTimeCrate::Time if TIME => Ok((time, Doubt::None)),
        DateTimeCrate::Chrono if CHRONO => Ok((chrono, Doubt::None)),
        DateTimeCrate::Inferred if TIME && CHRONO => Ok((time, Doubt::DateTime)),
        DateTimeCrate::Inferred if TIME => Ok((time, Doubt::None)),
        DateTimeCrate::Inferred if CHRONO => Ok((chrono, Doubt::None)),
        DateTimeCrate::Inferred => Err(Error::NoMappingFound),
        DateTimeCrate::Time | DateTimeCrate::Chrono => Err(Error::DateTimeCrateFeatureNotEnabled),
    }
}

/// Prefers `bigdecimal` to `rust_decimal`, because it holds every decimal of Arrow.
fn decimal(preferred: &PreferredCrates) -> Result<(Names, Doubt), Error> {
    let (big, small) = (
        names!("::sqlx::types::BigDecimal"),
        names!("::sqlx::types::Decimal"),
    );
    match preferred.numeric {
        NumericCrate::BigDecimal if BIG_DECIMAL => Ok((big, Doubt::None)),
        NumericCrate::RustDecimal if RUST_DECIMAL => Ok((small, Doubt::None)),
        NumericCrate::Inferred if BIG_DECIMAL && RUST_DECIMAL => Ok((big, Doubt::Numeric)),
        NumericCrate::Inferred if BIG_DECIMAL => Ok((big, Doubt::None)),
        NumericCrate::Inferred if RUST_DECIMAL => Ok((small, Doubt::None)),
        NumericCrate::Inferred => Err(Error::NoMappingFound),
        NumericCrate::BigDecimal | NumericCrate::RustDecimal => {
            Err(Error::NumericCrateFeatureNotEnabled)
        }
    }
}
