//! The SQL types in the terms of ODBC and JDBC.
//!
//! Layer: service. Message: `CommandGetXdbcTypeInfo` (<https://arrow.apache.org/docs/format/FlightSql.html>).

use arrow_flight::sql::metadata::{XdbcTypeInfo, XdbcTypeInfoData, XdbcTypeInfoDataBuilder};
use arrow_flight::sql::{Nullable, Searchable, XdbcDataType, XdbcDatetimeSubcode};

use super::failed;
use crate::engine::Result;

/// The literal form of a type and the unit of its size.
#[derive(Clone, Copy, PartialEq)]
enum Style {
    Signed,
    Unsigned,
    Float,
    Decimal,
    Quoted,
    Bytes,
    Moment(XdbcDatetimeSubcode),
    Plain,
}

/// The ODBC code 1, which means a date or a year. The message has a name only for the year.
const DATE: XdbcDatetimeSubcode = XdbcDatetimeSubcode::XdbcSubcodeYear;

/// Name, XDBC type, column size in digits, bits or characters, and style; sorted by type, as the message requires.
const TYPES: [(&str, XdbcDataType, Option<i32>, Style); 21] = [
    ("BOOLEAN", XdbcDataType::XdbcBit, Some(1), Style::Plain),
    ("TINYINT", XdbcDataType::XdbcTinyint, Some(3), Style::Signed),
    (
        "UTINYINT",
        XdbcDataType::XdbcTinyint,
        Some(3),
        Style::Unsigned,
    ),
    ("BIGINT", XdbcDataType::XdbcBigint, Some(19), Style::Signed),
    (
        "UBIGINT",
        XdbcDataType::XdbcBigint,
        Some(20),
        Style::Unsigned,
    ),
    (
        "BLOB",
        XdbcDataType::XdbcLongvarbinary,
        Some(1_000_000_000),
        Style::Bytes,
    ),
    (
        "VARBINARY",
        XdbcDataType::XdbcVarbinary,
        Some(1_000_000_000),
        Style::Bytes,
    ),
    ("UUID", XdbcDataType::XdbcBinary, Some(16), Style::Quoted),
    (
        "TEXT",
        XdbcDataType::XdbcLongvarchar,
        Some(1_000_000_000),
        Style::Quoted,
    ),
    (
        "NUMERIC",
        XdbcDataType::XdbcNumeric,
        Some(76),
        Style::Decimal,
    ),
    (
        "DECIMAL",
        XdbcDataType::XdbcDecimal,
        Some(76),
        Style::Decimal,
    ),
    ("INT", XdbcDataType::XdbcInteger, Some(10), Style::Signed),
    ("UINT", XdbcDataType::XdbcInteger, Some(10), Style::Unsigned),
    (
        "SMALLINT",
        XdbcDataType::XdbcSmallint,
        Some(5),
        Style::Signed,
    ),
    (
        "USMALLINT",
        XdbcDataType::XdbcSmallint,
        Some(5),
        Style::Unsigned,
    ),
    ("FLOAT", XdbcDataType::XdbcFloat, Some(24), Style::Float),
    ("DOUBLE", XdbcDataType::XdbcDouble, Some(53), Style::Float),
    (
        "VARCHAR",
        XdbcDataType::XdbcVarchar,
        Some(1_000_000_000),
        Style::Quoted,
    ),
    (
        "DATE",
        XdbcDataType::XdbcDate,
        Some(10),
        Style::Moment(DATE),
    ),
    (
        "TIME",
        XdbcDataType::XdbcTime,
        Some(15),
        Style::Moment(XdbcDatetimeSubcode::XdbcSubcodeTime),
    ),
    (
        "TIMESTAMP",
        XdbcDataType::XdbcTimestamp,
        Some(26),
        Style::Moment(XdbcDatetimeSubcode::XdbcSubcodeTimestamp),
    ),
];

pub(crate) fn data() -> Result<XdbcTypeInfoData> {
    let mut builder = XdbcTypeInfoDataBuilder::new();
    for (name, data_type, size, style) in TYPES {
        builder.append(info(name, data_type, size, style));
    }
    builder.build().map_err(failed)
}

fn info(name: &str, data_type: XdbcDataType, size: Option<i32>, style: Style) -> XdbcTypeInfo {
    let (prefix, suffix) = match style {
        Style::Quoted | Style::Moment(_) => (Some("'"), Some("'")),
        Style::Bytes => (Some("x'"), Some("'")),
        _ => (None, None),
    };
    let numeric = matches!(
        style,
        Style::Signed | Style::Unsigned | Style::Float | Style::Decimal
    );
    let (scale, create_params) = match style {
        Style::Decimal => (
            Some(76),
            Some(vec!["precision".to_owned(), "scale".to_owned()]),
        ),
        Style::Moment(_) if name != "DATE" => (Some(6), None),
        Style::Signed | Style::Unsigned => (Some(0), None),
        _ => (None, None),
    };
    let radix = match style {
        Style::Float => Some(2),
        _ => numeric.then_some(10),
    };
    let (sql_data_type, datetime_subcode) = match style {
        Style::Moment(subcode) => (XdbcDataType::XdbcDatetime, Some(subcode)),
        _ => (data_type, None),
    };
    XdbcTypeInfo {
        type_name: name.to_owned(),
        data_type,
        column_size: size,
        literal_prefix: prefix.map(str::to_owned),
        literal_suffix: suffix.map(str::to_owned),
        create_params,
        nullable: Nullable::NullabilityNullable,
        case_sensitive: style == Style::Quoted,
        searchable: Searchable::Full,
        unsigned_attribute: numeric.then_some(style == Style::Unsigned),
        fixed_prec_scale: false,
        auto_increment: numeric.then_some(false),
        local_type_name: Some(name.to_owned()),
        minimum_scale: scale.map(|_| 0),
        maximum_scale: scale,
        sql_data_type,
        datetime_subcode,
        num_prec_radix: radix,
        interval_precision: None,
    }
}
