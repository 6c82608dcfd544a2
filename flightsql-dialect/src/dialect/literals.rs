//! [`LiteralSyntax`]: the literals that an engine has for values in SQL text, for `binds=literal`.
//!
//! The base is standard SQL, as in <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-CONSTANTS>. The
//! text between the two parts of a form is fixed: see each field.

use serde::{Deserialize, Serialize};

use super::form::or_false;

/// The literals of an engine for values of each type.
///
/// The driver uses it to write values into the text of a statement, such as with the option `binds=literal`. A value
/// without an exact literal is an error: nothing is rounded or truncated.
///
/// The default is standard SQL: `TRUE`, `X'00ff'`, `DATE '2026-01-31'`, `TIMESTAMP WITH TIME ZONE '…+00:00'`, `1.5e0`.
/// Decimals and integers above `i64::MAX` are casts from text, times have at most six digits after the point, UUIDs are
/// text. There are no intervals, no NaN and no infinities: a cast that one engine reads as NaN is 0 on another.
///
/// ```
/// use flightsql_dialect::dialect::{DecimalLiteral, LiteralForm, LiteralSyntax};
/// let mut postgres_like = LiteralSyntax::default();
/// postgres_like.plain_backslashes = true;
/// postgres_like.binary = LiteralForm::delimited("'\\x", "'::bytea");
/// postgres_like.decimal = DecimalLiteral::Digits { max: 76 };
/// postgres_like.uuid = LiteralForm::delimited("CAST('", "' AS UUID)");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct LiteralSyntax {
    /// The words for true and false.
    pub booleans: (String, String),
    /// Whether `\` in `'…'` is an ordinary character, as the standard defines. Set it only if this is certain: on an
    /// engine where `\` escapes, a value could end its own string. It has no effect if
    /// [`Syntax::backslash_escapes`](super::Syntax::backslash_escapes) is set; the driver then doubles each `\`. Text
    /// with a backslash is an error if neither is set.
    pub plain_backslashes: bool,
    /// Whether a quote in a string is written `\'` and not `''`. Spark reads `'it''s'` as two adjacent strings and
    /// loses the quote. Without effect unless [`Syntax::backslash_escapes`](super::Syntax::backslash_escapes) is set.
    pub escaped_quotes: bool,
    /// Whether integers up to `u64::MAX` may be written as digits. Otherwise those above `i64::MAX` are written as decimals.
    pub unsigned_integers: bool,
    /// Whether the engine stores NULL as the minimum value of a type, as Deephaven does. Then `i32::MIN` is written as
    /// an integer of 64 bits, and `i64::MIN` and the minimum 64-bit float are refused: they would be NULL.
    pub least_is_null: bool,
    /// The text around a quoted string (`'it''s'`), for an engine that does not read every string as text. Deephaven
    /// reads a string of one character as a number and needs `CAST({} AS VARCHAR)`.
    pub text: LiteralForm,
    /// The form of exact decimals.
    pub decimal: DecimalLiteral,
    /// The form of floating point numbers.
    pub float: FloatLiteral,
    /// The expression for a floating point NaN; `None` if the engine has none.
    #[serde(with = "or_false")]
    pub nan: Option<String>,
    /// The expressions for the positive and the negative infinity; `None` if the engine has none.
    #[serde(with = "or_false")]
    pub infinities: Option<(String, String)>,
    /// The text around the lower-case hexadecimal digits of bytes, two for each byte.
    pub binary: LiteralForm,
    /// The text around a UUID, lower case with hyphens.
    pub uuid: LiteralForm,
    /// Whether a UUID is written as its 16 bytes, in the form of [`binary`](Self::binary).
    pub uuid_as_binary: bool,
    /// The text around `2026-01-31`; years are 1 to 9999.
    pub date: LiteralForm,
    /// The text around `23:59:59` or `23:59:59.25`.
    pub time: LiteralForm,
    /// The text around `2026-01-31 23:59:59` or `2026-01-31 23:59:59.25`, of a timestamp without a zone.
    pub timestamp: LiteralForm,
    /// The text around `2026-01-31 23:59:59.25+00:00`, of an instant; always in UTC.
    pub timestamptz: LiteralForm,
    /// The text around `1 months -2 days 3.5 seconds`.
    pub interval: LiteralForm,
    /// The number of digits after the point of a second that the engine keeps, 9 at most. A value with more digits is an error.
    pub fraction_digits: u8,
}

impl Default for LiteralSyntax {
    fn default() -> Self {
        let around = LiteralForm::delimited;
        Self {
            booleans: ("TRUE".to_owned(), "FALSE".to_owned()),
            plain_backslashes: false,
            escaped_quotes: false,
            unsigned_integers: false,
            least_is_null: false,
            text: around("", ""),
            decimal: DecimalLiteral::default(),
            float: FloatLiteral::Shortest,
            nan: None,
            infinities: None,
            binary: around("X'", "'"),
            uuid: around("'", "'"),
            uuid_as_binary: false,
            date: around("DATE '", "'"),
            time: around("TIME '", "'"),
            timestamp: around("TIMESTAMP '", "'"),
            timestamptz: around("TIMESTAMP WITH TIME ZONE '", "'"),
            interval: LiteralForm::Unsupported,
            fraction_digits: 6,
        }
    }
}

/// The text around a value's own text.
///
/// Written in a dialect file as a template with one `{}`, such as `"X'{}'"`, or `false`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LiteralForm {
    /// A prefix and a suffix, such as `DATE '` and `'`. Together with the value, they must form complete tokens.
    Delimited {
        /// The text before the value.
        prefix: String,
        /// The text after the value.
        suffix: String,
    },
    /// The engine has no such literal; a value of this type is an error.
    Unsupported,
}

impl LiteralForm {
    /// Creates the form with this text before and after a value.
    #[must_use]
    pub fn delimited(prefix: &str, suffix: &str) -> Self {
        Self::Delimited {
            prefix: prefix.to_owned(),
            suffix: suffix.to_owned(),
        }
    }
}

impl Serialize for LiteralForm {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Delimited { prefix, suffix } => {
                serializer.collect_str(&format_args!("{prefix}{{}}{suffix}"))
            }
            Self::Unsupported => serializer.serialize_bool(false),
        }
    }
}

impl<'de> Deserialize<'de> for LiteralForm {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let template: Option<String> = or_false::deserialize(deserializer)?;
        let Some(template) = template else {
            return Ok(Self::Unsupported);
        };
        match template.split_once("{}") {
            Some((prefix, suffix)) if !suffix.contains("{}") => Ok(Self::delimited(prefix, suffix)),
            _ => Err(serde::de::Error::custom(
                "expected a template that contains `{}` once, or false",
            )),
        }
    }
}

/// The form of exact decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DecimalLiteral {
    /// `12.50`, for an engine that reads `max` significant digits exactly.
    Digits {
        /// The maximum number of digits; a value with more is an error.
        max: u8,
    },
    /// `CAST('12.50' AS DECIMAL(4, 2))`: exact also where the engine reads `12.50` as a floating point number.
    Cast {
        /// The maximum precision of the engine's `DECIMAL`.
        max: u8,
    },
}

impl Default for DecimalLiteral {
    /// Creates a cast of at most 38 digits.
    fn default() -> Self {
        Self::Cast { max: 38 }
    }
}

/// The form of floating point numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FloatLiteral {
    /// `1.25e0`: the shortest digits that parse to the same number, for an engine that rounds to the nearest. The default.
    #[default]
    Shortest,
    /// `(2814749767106560.0 / 2251799813685248.0)`: whole numbers and powers of two, for an engine that computes with
    /// 64-bit floats but does not read long fractions to the last bit.
    PowersOfTwo,
}
