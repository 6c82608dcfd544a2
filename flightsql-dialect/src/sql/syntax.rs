//! [`Syntax`]: the facts of an SQL dialect that the lexer needs. The base is standard SQL as PostgreSQL reads it:
//! <https://www.postgresql.org/docs/current/sql-syntax-lexical.html>.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The facts that the lexer needs to find strings, identifiers, comments and placeholders.
///
/// The default is standard SQL with the extensions that do not change its meaning in most engines: `E'…'` strings,
/// dollar quotes, nested comments, and the placeholders `?`, `?1`, `$1`, `$name`, `:name`, `@name`.
///
/// ```
/// use flightsql_dialect::dialect::{Quote, Syntax};
/// let mut mysql_like = Syntax::default();
/// mysql_like.identifier_quotes = vec![Quote('`', '`')];
/// mysql_like.string_quotes = vec!['\'', '"'];
/// mysql_like.backslash_escapes = true;
/// mysql_like.hash_comments = true;
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Syntax {
    /// The quotes around identifiers; a closing one inside is doubled.
    pub identifier_quotes: Vec<Quote>,
    /// The quotes around strings; a quote inside is doubled.
    pub string_quotes: Vec<char>,
    /// Whether `\` escapes the next character in every string (MySQL, Spark).
    pub backslash_escapes: bool,
    /// Whether `\` escapes in strings written `E'…'` (PostgreSQL, DuckDB).
    pub escape_strings: bool,
    /// Whether `$$…$$` and `$tag$…$tag$` are strings (PostgreSQL, DuckDB, DataFusion).
    pub dollar_quotes: bool,
    /// Whether `#` starts a comment that ends with the line (MySQL).
    pub hash_comments: bool,
    /// Whether `/* /* */ */` is one comment (standard SQL) or ends at the first `*/` (SQLite, MySQL).
    pub nested_comments: bool,
    /// Whether `:name` is a placeholder. DuckDB writes slices and structs with `:`.
    pub colon_names: bool,
    /// Whether `@name` is a placeholder. It is the absolute value on DuckDB, a variable on MySQL.
    pub at_names: bool,
}

impl Default for Syntax {
    fn default() -> Self {
        Self {
            identifier_quotes: vec![Quote('"', '"')],
            string_quotes: vec!['\''],
            backslash_escapes: false,
            escape_strings: true,
            dollar_quotes: true,
            hash_comments: false,
            nested_comments: true,
            colon_names: true,
            at_names: true,
        }
    }
}

/// The opening and the closing quote of an identifier.
///
/// Written in a dialect file as a string: one character if both are the same, such as `` "`" ``, otherwise both, such as
/// `"[]"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote(pub char, pub char);

impl Quote {
    /// Quotes one identifier, doubling each closing quote inside it.
    pub(crate) fn around(self, identifier: &str) -> String {
        let Self(open, close) = self;
        let mut quoted = String::with_capacity(identifier.len() + 2);
        quoted.push(open);
        for c in identifier.chars() {
            quoted.push(c);
            if c == close {
                quoted.push(c);
            }
        }
        quoted.push(close);
        quoted
    }
}

impl fmt::Display for Quote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(open, close) = self;
        match open == close {
            true => write!(f, "{open}"),
            false => write!(f, "{open}{close}"),
        }
    }
}

impl FromStr for Quote {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut chars = text.chars();
        match (chars.next(), chars.next(), chars.next()) {
            (Some(both), None, None) => Ok(Self(both, both)),
            (Some(open), Some(close), None) => Ok(Self(open, close)),
            _ => Err("expected the opening and the closing quote, or one character for both"),
        }
    }
}

impl Serialize for Quote {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Quote {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
