//! `LogicalType`: a type as dialects write it, matched against Arrow fields and resolved to them.
//!
//! Types: <https://arrow.apache.org/docs/format/Columnar.html#data-types>; extension types:
//! <https://arrow.apache.org/docs/format/CanonicalExtensions.html>.

mod target;
mod text;

use arrow_schema::extension::{ExtensionType as _, Opaque};
use arrow_schema::{DataType, Field, TimeUnit};
use serde::{Deserialize, Serialize};

pub use self::text::UnknownType;

/// The canonical extension type for JSON text.
pub const JSON_EXTENSION: &str = "arrow.json";
/// The canonical extension type for 16-byte UUIDs.
pub const UUID_EXTENSION: &str = "arrow.uuid";
/// The canonical extension type for booleans stored as bytes.
pub const BOOL8_EXTENSION: &str = "arrow.bool8";
/// The canonical extension type for instants that keep their original offset.
pub const OFFSET_EXTENSION: &str = "arrow.timestamp_with_offset";
/// The server's own name of a column's type: <https://arrow.apache.org/docs/format/FlightSql.html#column-metadata>.
pub const TYPE_NAME_KEY: &str = "ARROW:FLIGHT:SQL:TYPE_NAME";

/// A type as dialects write it: `text`, `decimal(12,2)`, `timestamptz`, or an Arrow type as Arrow prints it.
///
/// In a pattern, an omitted parameter matches any value. In a target, it is taken from the column.
///
/// ```
/// use flightsql_dialect::dialect::LogicalType;
/// let price: LogicalType = "decimal(12,2)".parse()?;
/// assert_eq!(price, LogicalType::Decimal(Some((12, 2))));
/// assert_eq!(price.to_string(), "decimal(12,2)");
/// assert!("varchar".parse::<LogicalType>().is_err());
/// # Ok::<(), flightsql_dialect::dialect::UnknownType>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum LogicalType {
    /// Every type. It is valid as a pattern only.
    Any,
    /// NULL without a type.
    Null,
    /// `true` and `false`.
    Bool,
    /// 8-bit signed integers.
    Int8,
    /// 16-bit signed integers.
    Int16,
    /// 32-bit signed integers.
    Int32,
    /// 64-bit signed integers.
    Int64,
    /// 8-bit unsigned integers.
    UInt8,
    /// 16-bit unsigned integers.
    UInt16,
    /// 32-bit unsigned integers.
    UInt32,
    /// 64-bit unsigned integers.
    UInt64,
    /// Single precision floating point.
    Float32,
    /// Double precision floating point.
    Float64,
    /// Exact decimals, with precision and scale.
    Decimal(Option<(u8, i8)>),
    /// Strings of any layout.
    Text,
    /// JSON text (`arrow.json`).
    Json,
    /// UUIDs (`arrow.uuid`).
    Uuid,
    /// Bytes, with their number where it is fixed.
    Binary(Option<i32>),
    /// Calendar dates.
    Date,
    /// Times of day.
    Time(Option<TimeUnit>),
    /// `timestamp`: a wall-clock reading without a time zone.
    Timestamp(Option<TimeUnit>),
    /// `timestamptz`: an instant, in UTC.
    Instant(Option<TimeUnit>),
    /// Elapsed time.
    Duration(Option<TimeUnit>),
    /// Calendar intervals.
    Interval,
    /// Lists of any layout.
    List,
    /// Structs.
    Struct,
    /// Maps.
    Map,
    /// Unions.
    Union,
    /// An Arrow type, written as Arrow prints it: `Decimal256(76, 0)`.
    Arrow(Box<DataType>),
}

/// Logical types with one Arrow type each.
const SIMPLE: &[(LogicalType, DataType)] = &[
    (LogicalType::Null, DataType::Null),
    (LogicalType::Bool, DataType::Boolean),
    (LogicalType::Int8, DataType::Int8),
    (LogicalType::Int16, DataType::Int16),
    (LogicalType::Int32, DataType::Int32),
    (LogicalType::Int64, DataType::Int64),
    (LogicalType::UInt8, DataType::UInt8),
    (LogicalType::UInt16, DataType::UInt16),
    (LogicalType::UInt32, DataType::UInt32),
    (LogicalType::UInt64, DataType::UInt64),
    (LogicalType::Float32, DataType::Float32),
    (LogicalType::Float64, DataType::Float64),
];

impl LogicalType {
    /// Returns the type of an Arrow field, through dictionaries and run-end encodings.
    ///
    /// The extension types `arrow.uuid`, `arrow.json`, `arrow.bool8` and `arrow.timestamp_with_offset` count as the types
    /// that they mean.
    pub fn of(field: &Field) -> Self {
        match field.extension_type_name() {
            Some(UUID_EXTENSION) => return Self::Uuid,
            Some(JSON_EXTENSION) => return Self::Json,
            Some(BOOL8_EXTENSION) => return Self::Bool,
            Some(OFFSET_EXTENSION) => return Self::Instant(offset_unit(field.data_type())),
            _ => {}
        }
        Self::of_data_type(decoded(field.data_type()))
    }

    fn of_data_type(data_type: &DataType) -> Self {
        if let Some((logical, _)) = SIMPLE.iter().find(|(_, own)| own == data_type) {
            return logical.clone();
        }
        match data_type {
            DataType::Decimal32(precision, scale)
            | DataType::Decimal64(precision, scale)
            | DataType::Decimal128(precision, scale)
            | DataType::Decimal256(precision, scale) => Self::Decimal(Some((*precision, *scale))),
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Self::Text,
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView => Self::Binary(None),
            DataType::FixedSizeBinary(length) => Self::Binary(Some(*length)),
            DataType::Date32 | DataType::Date64 => Self::Date,
            DataType::Time32(unit) | DataType::Time64(unit) => Self::Time(Some(*unit)),
            DataType::Timestamp(unit, None) => Self::Timestamp(Some(*unit)),
            DataType::Timestamp(unit, Some(_)) => Self::Instant(Some(*unit)),
            DataType::Duration(unit) => Self::Duration(Some(*unit)),
            DataType::Interval(_) => Self::Interval,
            DataType::List(_)
            | DataType::LargeList(_)
            | DataType::FixedSizeList(..)
            | DataType::ListView(_)
            | DataType::LargeListView(_) => Self::List,
            DataType::Struct(_) => Self::Struct,
            DataType::Map(..) => Self::Map,
            DataType::Union(..) => Self::Union,
            other => Self::Arrow(Box::new(other.clone())),
        }
    }

    /// Returns the only Arrow type, for a type that has one.
    pub(crate) fn simple(&self) -> Option<DataType> {
        let (_, data_type) = SIMPLE.iter().find(|(logical, _)| logical == self)?;
        Some(data_type.clone())
    }

    /// Returns `true` if a field of this type matches the pattern `self`.
    pub fn matches(&self, field: &Field) -> bool {
        match self {
            Self::Arrow(wanted) => **wanted == *decoded(field.data_type()),
            pattern => pattern.covers(&Self::of(field)),
        }
    }

    /// Returns `true` if every field that matches `other` matches `self` too.
    ///
    /// A type with a parameter is covered by the same type without one, and every type by `any`.
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any, _)
            | (Self::Decimal(None), Self::Decimal(_))
            | (Self::Binary(None), Self::Binary(_))
            | (Self::Time(None), Self::Time(_))
            | (Self::Timestamp(None), Self::Timestamp(_))
            | (Self::Instant(None), Self::Instant(_))
            | (Self::Duration(None), Self::Duration(_)) => true,
            (Self::Arrow(_), Self::Arrow(_)) => self == other,
            (pattern, Self::Arrow(data_type)) => pattern.covers_data_type(data_type),
            _ => self == other,
        }
    }

    fn covers_data_type(&self, data_type: &DataType) -> bool {
        match Self::of_data_type(data_type) {
            // A type without a logical name of its own.
            Self::Arrow(_) => false,
            named => self.covers(&named),
        }
    }

    /// Orders patterns: of the patterns that match, the one with the most parameters wins.
    pub(crate) fn specificity(&self) -> u8 {
        match self {
            Self::Any => 0,
            Self::Arrow(_) => 3,
            Self::Decimal(Some(_))
            | Self::Binary(Some(_))
            | Self::Time(Some(_))
            | Self::Timestamp(Some(_))
            | Self::Instant(Some(_))
            | Self::Duration(Some(_)) => 2,
            _ => 1,
        }
    }
}

/// Returns the type below dictionaries and run-end encodings.
#[cold]
pub fn decoded(data_type: &DataType) -> &DataType {
    let mut decoded = data_type;
    loop {
        decoded = match decoded {
            DataType::Dictionary(_, value) => value,
            DataType::RunEndEncoded(_, value) => value.data_type(),
            plain => return plain,
        };
    }
}

/// Returns the server's own name of a field's type: the Flight SQL metadata, or the `type_name` of `arrow.opaque`.
pub fn server_type_name(field: &Field) -> Option<String> {
    match field.metadata().get(TYPE_NAME_KEY) {
        Some(name) if !name.is_empty() => Some(name.clone()),
        _ => opaque_name(field),
    }
}

fn opaque_name(field: &Field) -> Option<String> {
    if field.extension_type_name() != Some(Opaque::NAME) {
        return None;
    }
    let opaque = field.try_extension_type::<Opaque>().ok()?;
    Some(opaque.type_name().to_owned())
}

/// Returns the unit of the instant inside `arrow.timestamp_with_offset`.
fn offset_unit(data_type: &DataType) -> Option<TimeUnit> {
    let DataType::Struct(fields) = decoded(data_type) else {
        return None;
    };
    match fields.first()?.data_type() {
        DataType::Timestamp(unit, _) => Some(*unit),
        _ => None,
    }
}

/// The layout of a number inside a binary column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Encoding {
    /// The values have the meaning of their Arrow type.
    #[default]
    Value,
    /// An unsigned integer, its least significant byte first: DuckDB's `uhugeint`.
    LittleEndian,
    /// An unsigned integer, its most significant byte first.
    BigEndian,
    /// An integer in two's complement, its least significant byte first: DuckDB's `hugeint`.
    SignedLittleEndian,
    /// An integer in two's complement, its most significant byte first.
    SignedBigEndian,
    /// DuckDB's `bignum`: a header of three bytes with sign and length, then the magnitude.
    DuckdbBignum,
}

#[cfg(test)]
mod tests;
