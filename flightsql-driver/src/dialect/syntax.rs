//! [`Syntax`]: the few facts of an SQL dialect that the lexer needs.
//!
//! Layer 0. The base is standard SQL as PostgreSQL reads it:
//! <https://www.postgresql.org/docs/current/sql-syntax-lexical.html>.

/// What the lexer must know to find strings, identifiers, comments and placeholders.
///
/// Start from [`Syntax::ANSI`] and change what differs:
///
/// ```
/// use flightsql_driver::Syntax;
/// const MYSQL_LIKE: Syntax = Syntax::ANSI
///     .with_identifier_quotes(&[('`', '`')])
///     .with_string_quotes(&['\'', '"'])
///     .with_backslash_escapes(true)
///     .with_hash_comments(true);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Syntax {
    pub(crate) identifier_quotes: &'static [(char, char)],
    pub(crate) string_quotes: &'static [char],
    pub(crate) backslash_escapes: bool,
    pub(crate) escape_strings: bool,
    pub(crate) dollar_quotes: bool,
    pub(crate) hash_comments: bool,
    pub(crate) nested_comments: bool,
    pub(crate) colon_names: bool,
    pub(crate) at_names: bool,
}

impl Syntax {
    /// Standard SQL, and what most engines add without changing its meaning: `E'…'` strings, dollar
    /// quotes, nested comments, the placeholders `?`, `?1`, `$1`, `$name`, `:name`, `@name`.
    pub const ANSI: Syntax = Syntax {
        identifier_quotes: &[('"', '"')],
        string_quotes: &['\''],
        backslash_escapes: false,
        escape_strings: true,
        dollar_quotes: true,
        hash_comments: false,
        nested_comments: true,
        colon_names: true,
        at_names: true,
    };

    /// The quotes around identifiers; the closing one is escaped by doubling it.
    #[must_use]
    pub const fn with_identifier_quotes(mut self, quotes: &'static [(char, char)]) -> Self {
        self.identifier_quotes = quotes;
        self
    }

    /// The quotes around strings; escaped by doubling.
    #[must_use]
    pub const fn with_string_quotes(mut self, quotes: &'static [char]) -> Self {
        self.string_quotes = quotes;
        self
    }

    /// Whether `\` escapes the next character in every string (MySQL, Spark).
    #[must_use]
    pub const fn with_backslash_escapes(mut self, on: bool) -> Self {
        self.backslash_escapes = on;
        self
    }

    /// Whether `\` escapes in strings written `E'…'` (PostgreSQL, DuckDB).
    #[must_use]
    pub const fn with_escape_strings(mut self, on: bool) -> Self {
        self.escape_strings = on;
        self
    }

    /// Whether `$$…$$` and `$tag$…$tag$` are strings (PostgreSQL, DuckDB, DataFusion).
    #[must_use]
    pub const fn with_dollar_quotes(mut self, on: bool) -> Self {
        self.dollar_quotes = on;
        self
    }

    /// Whether `#` starts a comment that ends with the line (MySQL).
    #[must_use]
    pub const fn with_hash_comments(mut self, on: bool) -> Self {
        self.hash_comments = on;
        self
    }

    /// Whether `/* /* */ */` is one comment (standard SQL) or ends at the first `*/` (SQLite, MySQL).
    #[must_use]
    pub const fn with_nested_comments(mut self, on: bool) -> Self {
        self.nested_comments = on;
        self
    }

    /// Whether `:name` is a placeholder. DuckDB writes slices and structs with `:`.
    #[must_use]
    pub const fn with_colon_names(mut self, on: bool) -> Self {
        self.colon_names = on;
        self
    }

    /// Whether `@name` is a placeholder. It is the absolute value on DuckDB, a variable on MySQL.
    #[must_use]
    pub const fn with_at_names(mut self, on: bool) -> Self {
        self.at_names = on;
        self
    }
}

impl Default for Syntax {
    fn default() -> Self {
        Self::ANSI
    }
}
