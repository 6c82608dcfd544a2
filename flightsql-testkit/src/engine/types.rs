//! Declared SQL types and their Arrow types.
//!
//! Layer: engine, pure. Field metadata: "Flight SQL", `ColumnMetadata`
//! (<https://arrow.apache.org/docs/format/FlightSql.html>), extension names:
//! <https://arrow.apache.org/docs/format/CanonicalExtensions.html>.
//!
//! | declared (in any case) | Arrow | stored in SQLite as |
//! |---|---|---|
//! | `TINYINT`, `SMALLINT` | Int8, Int16 | integer |
//! | `INT`, `INT4`, `MEDIUMINT` | Int32 | integer |
//! | `INTEGER`, `BIGINT`, `BIGSERIAL` | Int64 | integer |
//! | `UTINYINT`, `USMALLINT`, `UINT` | UInt8, UInt16, UInt32 | integer |
//! | `UBIGINT` | UInt64 | integer; above `i64::MAX` a blob of 20 ASCII digits |
//! | `REAL`, `DOUBLE` | Float64 | real; NaN as the text `NaN` |
//! | `FLOAT` | Float32 | real |
//! | `BOOLEAN` | Boolean | 0 or 1 |
//! | `TEXT`, `VARCHAR`, `CHAR`, `CLOB` | Utf8 | text |
//! | `BLOB`, `BYTEA`, `BINARY`, `VARBINARY` | Binary | blob |
//! | `DATE` | Date32 | `YYYY-MM-DD` |
//! | `TIME` | Time64(us) | `HH:MM:SS[.fraction]` |
//! | `TIMESTAMP`, `DATETIME` | Timestamp(us) | `YYYY-MM-DD HH:MM:SS[.fraction]` |
//! | `TIMESTAMPTZ` | Timestamp(us, UTC) | `YYYY-MM-DD HH:MM:SS[.fraction]`, in UTC |
//! | `DECIMAL(p,s)`, `NUMERIC(p,s)` | Decimal128, Decimal256 above 38 digits | integer or real up to 15 digits, else a blob of the text |
//! | `DECIMAL`, `NUMERIC` | Float64 | any number |
//! | `UUID` | FixedSizeBinary(16), `arrow.uuid` | blob of 16 bytes |
//! | `JSON`, `JSONB` | Utf8, `arrow.json` | text |
//! | any other | Int64, Utf8, Binary or Float64 by SQLite's affinity rules | what SQLite stores; `STRING` has numeric affinity |
//!
//! Large numbers are blobs, because a column of numeric affinity converts numeric text to a rounded real.
//!
//! A date or time has one form, that of `CURRENT_TIMESTAMP`: UTC, no zone, no trailing zeros in a fraction. SQLite
//! compares text, and these strings compare as times do. Years before 0 are negative integers of days or microseconds, which
//! sort before text. Years after 9999 are blobs of eight bytes, which sort after it. Any other number is not a date or time.

use std::collections::HashMap;

use arrow_schema::{DataType, Field, TimeUnit};

/// A type that this server reads from and writes to SQLite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ColType {
    Null,
    Bool,
    Int8,
    Int16,
    Int32,
    Int64,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    Float32,
    Float64,
    Text,
    Json,
    Blob,
    Uuid,
    Date,
    Time,
    Timestamp,
    TimestampTz,
    /// A decimal with precision and scale, up to 76 digits.
    Decimal(u8, i8),
}

/// Maximum digits of Decimal128 and Decimal256.
const DIGITS_128: u8 = 38;
const DIGITS_256: u8 = 76;

impl ColType {
    /// Returns the type of a declared type name, or `None` if it is not in the table above.
    pub(crate) fn from_decl(decl: &str) -> Option<Self> {
        let (name, args) = match decl.split_once('(') {
            Some((name, rest)) => (name, rest.split(')').next().unwrap_or_default()),
            None => (decl, ""),
        };
        let words: Vec<&str> = name.split_ascii_whitespace().collect();
        Some(match words.join(" ").to_ascii_uppercase().as_str() {
            "TINYINT" | "INT1" => Self::Int8,
            "SMALLINT" | "INT2" | "SMALLSERIAL" => Self::Int16,
            "INT" | "INT4" | "MEDIUMINT" | "SERIAL" => Self::Int32,
            "INTEGER" | "BIGINT" | "INT8" | "BIGSERIAL" => Self::Int64,
            "UTINYINT" => Self::UInt8,
            "USMALLINT" => Self::UInt16,
            "UINT" | "UINTEGER" => Self::UInt32,
            "UBIGINT" => Self::UInt64,
            "REAL" | "DOUBLE" | "DOUBLE PRECISION" => Self::Float64,
            "FLOAT" => Self::Float32,
            "BOOLEAN" | "BOOL" => Self::Bool,
            "TEXT" | "VARCHAR" | "CHAR" | "CLOB" => Self::Text,
            "BLOB" | "BYTEA" | "BINARY" | "VARBINARY" => Self::Blob,
            "DATE" => Self::Date,
            "TIME" => Self::Time,
            "TIMESTAMP" | "DATETIME" => Self::Timestamp,
            "TIMESTAMPTZ" => Self::TimestampTz,
            "UUID" => Self::Uuid,
            "JSON" | "JSONB" => Self::Json,
            "DECIMAL" | "NUMERIC" => return decimal(args),
            _ => return Self::of_affinity(decl),
        })
    }

    /// Returns the type of any other declaration by SQLite's rules
    /// (<https://www.sqlite.org/datatype3.html#determination_of_column_affinity>). Returns `None` if the rules do not
    /// determine the values.
    fn of_affinity(decl: &str) -> Option<Self> {
        let decl = decl.to_ascii_uppercase();
        let any = |words: &[&str]| words.iter().any(|word| decl.contains(word));
        if any(&["INT"]) {
            Some(Self::Int64)
        } else if any(&["CHAR", "CLOB", "TEXT"]) {
            Some(Self::Text)
        } else if any(&["BLOB"]) {
            Some(Self::Blob)
        } else if any(&["REAL", "FLOA", "DOUB"]) {
            Some(Self::Float64)
        } else {
            None
        }
    }

    /// Returns the declared type name of this type.
    pub(crate) fn decl(self) -> String {
        let name = match self {
            Self::Null | Self::Text => "TEXT",
            Self::Bool => "BOOLEAN",
            Self::Int8 => "TINYINT",
            Self::Int16 => "SMALLINT",
            Self::Int32 => "INT",
            Self::Int64 => "BIGINT",
            Self::UInt8 => "UTINYINT",
            Self::UInt16 => "USMALLINT",
            Self::UInt32 => "UINT",
            Self::UInt64 => "UBIGINT",
            Self::Float32 => "FLOAT",
            Self::Float64 => "DOUBLE",
            Self::Json => "JSON",
            Self::Blob => "BLOB",
            Self::Uuid => "UUID",
            Self::Date => "DATE",
            Self::Time => "TIME",
            Self::Timestamp => "TIMESTAMP",
            Self::TimestampTz => "TIMESTAMPTZ",
            Self::Decimal(precision, scale) => return format!("DECIMAL({precision},{scale})"),
        };
        name.to_owned()
    }

    /// Returns the stored type of an ingested Arrow column, or `None` if SQLite cannot store it.
    pub(crate) fn from_arrow(field: &Field) -> Option<Self> {
        Some(match field.data_type() {
            DataType::Null => Self::Null,
            DataType::Boolean => Self::Bool,
            DataType::Int8 => Self::Int8,
            DataType::Int16 => Self::Int16,
            DataType::Int32 => Self::Int32,
            DataType::Int64 | DataType::Duration(_) => Self::Int64,
            DataType::UInt8 => Self::UInt8,
            DataType::UInt16 => Self::UInt16,
            DataType::UInt32 => Self::UInt32,
            DataType::UInt64 => Self::UInt64,
            DataType::Float16 | DataType::Float32 => Self::Float32,
            DataType::Float64 => Self::Float64,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => match extension(field) {
                Some(JSON) => Self::Json,
                _ => Self::Text,
            },
            DataType::FixedSizeBinary(16) if extension(field) == Some(UUID) => Self::Uuid,
            DataType::Binary
            | DataType::LargeBinary
            | DataType::BinaryView
            | DataType::FixedSizeBinary(_) => Self::Blob,
            DataType::Date32 => Self::Date,
            DataType::Date64 => Self::Timestamp,
            DataType::Time32(_) | DataType::Time64(_) => Self::Time,
            DataType::Timestamp(_, None) => Self::Timestamp,
            DataType::Timestamp(_, Some(_)) => Self::TimestampTz,
            DataType::Decimal32(p, s)
            | DataType::Decimal64(p, s)
            | DataType::Decimal128(p, s)
            | DataType::Decimal256(p, s) => Self::Decimal(*p, *s),
            DataType::Dictionary(_, values) => {
                return Self::from_arrow(&Field::new("", values.as_ref().clone(), true));
            }
            DataType::RunEndEncoded(_, values) => return Self::from_arrow(values),
            _ => return None,
        })
    }

    pub(crate) fn data_type(self) -> DataType {
        match self {
            Self::Null => DataType::Null,
            Self::Bool => DataType::Boolean,
            Self::Int8 => DataType::Int8,
            Self::Int16 => DataType::Int16,
            Self::Int32 => DataType::Int32,
            Self::Int64 => DataType::Int64,
            Self::UInt8 => DataType::UInt8,
            Self::UInt16 => DataType::UInt16,
            Self::UInt32 => DataType::UInt32,
            Self::UInt64 => DataType::UInt64,
            Self::Float32 => DataType::Float32,
            Self::Float64 => DataType::Float64,
            Self::Text | Self::Json => DataType::Utf8,
            Self::Blob => DataType::Binary,
            Self::Uuid => DataType::FixedSizeBinary(16),
            Self::Date => DataType::Date32,
            Self::Time => DataType::Time64(TimeUnit::Microsecond),
            Self::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
            Self::TimestampTz => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::Decimal(p, s) if p <= DIGITS_128 => DataType::Decimal128(p, s),
            Self::Decimal(p, s) => DataType::Decimal256(p, s),
        }
    }

    /// Returns a field of this type, with its extension name.
    pub(crate) fn field(self, name: &str, nullable: bool) -> Field {
        let field = Field::new(name, self.data_type(), nullable);
        let extension = match self {
            Self::Uuid => UUID,
            Self::Json => JSON,
            _ => return field,
        };
        field.with_metadata(HashMap::from([
            (EXTENSION.to_owned(), extension.to_owned()),
            (EXTENSION_METADATA.to_owned(), String::new()),
        ]))
    }

    /// Returns `true` for types that SQLite's `CAST` does not support. Their casts preserve the stored value, and reading
    /// converts it.
    pub(crate) fn is_logical(self) -> bool {
        matches!(
            self,
            Self::Bool
                | Self::UInt64
                | Self::Json
                | Self::Uuid
                | Self::Date
                | Self::Time
                | Self::Timestamp
                | Self::TimestampTz
                | Self::Decimal(..)
        )
    }
}

pub(crate) const EXTENSION: &str = "ARROW:extension:name";
const EXTENSION_METADATA: &str = "ARROW:extension:metadata";
const UUID: &str = "arrow.uuid";
const JSON: &str = "arrow.json";

/// Returns the extension name of a field.
pub(crate) fn extension(field: &Field) -> Option<&str> {
    field.metadata().get(EXTENSION).map(String::as_str)
}

/// Parses `(p,s)`, `(p)` or nothing.
fn decimal(args: &str) -> Option<ColType> {
    let mut parts = args.split(',').map(str::trim);
    let precision = match parts.next() {
        None | Some("") => return Some(ColType::Float64),
        Some(digits) => digits.parse::<u8>().ok()?,
    };
    let scale = match parts.next() {
        None => 0,
        Some(digits) => digits.parse::<i8>().ok()?,
    };
    let fits =
        (1..=DIGITS_256).contains(&precision) && scale >= 0 && scale.unsigned_abs() <= precision;
    fits.then_some(ColType::Decimal(precision, scale))
}
