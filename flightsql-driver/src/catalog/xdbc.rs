//! The types a server has, in the words of ODBC and JDBC. Layer D.
//!
//! `CommandGetXdbcTypeInfo` in [FlightSql.proto](https://github.com/apache/arrow/blob/main/format/FlightSql.proto).

use crate::dialect::LogicalType;

/// A type of the server: a row of `CommandGetXdbcTypeInfo`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct XdbcType {
    /// The server's name of the type.
    pub name: String,
    /// Type that the name means, by the rules of the dialect's type map; `None` without such a rule.
    pub logical_type: Option<LogicalType>,
    /// The number of the type in ODBC and JDBC, such as 4 for an integer of 32 bits.
    pub data_type: i32,
    /// Digits of a number, length of a text.
    pub column_size: Option<i32>,
    /// What a literal begins with.
    pub literal_prefix: Option<String>,
    /// What a literal ends with.
    pub literal_suffix: Option<String>,
    /// The names of what stands in parentheses after the name, such as `length`.
    pub create_params: Vec<String>,
    /// Whether a column of the type may hold NULL.
    pub nullable: Nullable,
    /// Whether text of the type is compared with case.
    pub case_sensitive: bool,
    /// How the type may stand in a WHERE clause.
    pub searchable: Searchable,
    /// Whether a number has no sign; `None` for what is no number.
    pub unsigned: Option<bool>,
    /// Whether a number has always the same digits behind its point, as money has.
    pub fixed_precision_scale: bool,
    /// Whether columns of the type fill themselves.
    pub auto_increment: Option<bool>,
    /// The name in the server's own language.
    pub local_name: Option<String>,
    /// The fewest digits behind the point.
    pub minimum_scale: Option<i32>,
    /// The most digits behind the point.
    pub maximum_scale: Option<i32>,
    /// 2 when the column size counts bits, 10 when it counts digits.
    pub num_prec_radix: Option<i32>,
}

/// `Nullable` of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Nullable {
    /// No NULL.
    No,
    /// NULL is allowed.
    Yes,
    /// The server does not say.
    #[default]
    Unknown,
}

/// `Searchable` of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Searchable {
    /// Not in a WHERE clause.
    #[default]
    None,
    /// With LIKE only.
    Char,
    /// With everything but LIKE.
    Basic,
    /// With everything.
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
