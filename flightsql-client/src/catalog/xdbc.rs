//! Types of a server, in the terms of ODBC and JDBC.
//!
//! `CommandGetXdbcTypeInfo` in [FlightSql.proto](https://github.com/apache/arrow/blob/main/format/FlightSql.proto).

use crate::dialect::LogicalType;

/// A type of the server: a row of `CommandGetXdbcTypeInfo`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct XdbcType {
    /// Name of the type on the server.
    pub name: String,
    /// Type that the name means, by the rules of the dialect's type map; `None` without such a rule.
    pub logical_type: Option<LogicalType>,
    /// Number of the type in ODBC and JDBC, such as 4 for an integer of 32 bits.
    pub data_type: i32,
    /// Number of digits of a number, or length of a string.
    pub column_size: Option<i32>,
    /// Prefix of a literal.
    pub literal_prefix: Option<String>,
    /// Suffix of a literal.
    pub literal_suffix: Option<String>,
    /// Names of the parameters in parentheses after the type name, such as `length`.
    pub create_params: Vec<String>,
    /// Whether a column of the type may contain NULL.
    pub nullable: Nullable,
    /// Whether strings of the type are case-sensitive.
    pub case_sensitive: bool,
    /// Use of the type in a WHERE clause.
    pub searchable: Searchable,
    /// Whether a number has no sign; `None` for other types.
    pub unsigned: Option<bool>,
    /// Whether precision and scale are fixed, as in a money type.
    pub fixed_precision_scale: bool,
    /// Whether columns of the type can be auto-increment columns.
    pub auto_increment: Option<bool>,
    /// Localized name of the type.
    pub local_name: Option<String>,
    /// Minimum scale.
    pub minimum_scale: Option<i32>,
    /// Maximum scale.
    pub maximum_scale: Option<i32>,
    /// Numeric precision radix: 2 if the column size counts bits, 10 if it counts digits.
    pub num_prec_radix: Option<i32>,
}

/// `Nullable` of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Nullable {
    /// NULL is not allowed.
    No,
    /// NULL is allowed.
    Yes,
    /// The server does not report it.
    #[default]
    Unknown,
}

/// `Searchable` of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Searchable {
    /// Unusable in a WHERE clause.
    #[default]
    None,
    /// Usable with LIKE only.
    Char,
    /// Usable with every operator except LIKE.
    Basic,
    /// Usable with every operator.
    Full,
}

impl Nullable {
    pub(crate) fn from_wire(number: Option<i64>) -> Self {
        match number {
            Some(0) => Self::No,
            Some(1) => Self::Yes,
            _ => Self::Unknown,
        }
    }
}

impl Searchable {
    pub(crate) fn from_wire(number: Option<i64>) -> Self {
        match number {
            Some(1) => Self::Char,
            Some(2) => Self::Basic,
            Some(3) => Self::Full,
            _ => Self::None,
        }
    }
}
