//! [`TableName`]: the name of a table.

use std::fmt;

use super::IdentifierCase;
use crate::dialect::Dialect;
use crate::sql::lexer::{TokenKind, tokens};

/// The name of a table with its schema and catalog, if the server has any.
///
/// The parts are unquoted and never split: a dot in a part belongs to the name.
///
/// ```
/// use flightsql_client::catalog::TableName;
/// let name = TableName::new("flights").in_schema("sales");
/// assert_eq!(name.to_string(), "sales.flights");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TableName {
    catalog: Option<String>,
    schema: Option<String>,
    name: String,
}

impl TableName {
    /// Creates a name without schema and catalog: the server searches for the table.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            catalog: None,
            schema: None,
            name: name.into(),
        }
    }

    /// Sets the schema.
    #[must_use]
    pub fn in_schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = Some(schema.into());
        self
    }

    /// Sets the catalog.
    #[must_use]
    pub fn in_catalog(mut self, catalog: impl Into<String>) -> Self {
        self.catalog = Some(catalog.into());
        self
    }

    /// Parses a name as written in SQL: up to three parts with dots between them, each with or without the dialect's
    /// quotes. Unquoted letters are folded as the engine folds them
    /// ([`Identifiers::case`](crate::dialect::Identifiers::case)).
    ///
    /// ```
    /// use flightsql_client::{catalog::TableName, dialect::presets::datafusion};
    /// let name = TableName::parse(r#"Sales."Odd.Name""#, &datafusion())?;
    /// assert_eq!((name.schema(), name.name()), (Some("sales"), "Odd.Name"));
    /// # Ok::<(), flightsql_client::catalog::TableNameError>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the text has another form.
    pub fn parse(text: &str, dialect: &dyn Dialect) -> Result<Self, TableNameError> {
        let refused = || {
            TableNameError(format!(
                "invalid table name {text:?}; write `table`, `schema.table` or `catalog.schema.table`, and put parts with \
                 characters other than letters, digits and `_` in {}",
                dialect.quote_identifier("…")
            ))
        };
        let mut parts = Vec::new();
        let mut wants_part = true;
        for token in tokens(text.trim(), &dialect.profile().syntax) {
            match token.kind {
                TokenKind::Word if wants_part => parts.push(fold(token.text, dialect)),
                TokenKind::Identifier if wants_part && token.terminated => {
                    parts.push(unquoted(token.text));
                }
                TokenKind::Symbol if !wants_part && token.text == "." => {
                    wants_part = true;
                    continue;
                }
                _ => return Err(refused()),
            }
            wants_part = false;
        }
        let name = parts.pop().filter(|_| !wants_part).ok_or_else(refused)?;
        let (schema, catalog) = (parts.pop(), parts.pop());
        match parts.is_empty() {
            true => Ok(Self::with(catalog, schema, name)),
            false => Err(refused()),
        }
    }

    pub(crate) fn with(catalog: Option<String>, schema: Option<String>, name: String) -> Self {
        Self {
            catalog,
            schema,
            name,
        }
    }

    pub(crate) fn into_parts(self) -> (Option<String>, Option<String>, String) {
        (self.catalog, self.schema, self.name)
    }

    /// Removes the catalog, and an empty schema.
    pub(crate) fn drop_catalog(&mut self) {
        self.catalog = None;
        self.schema = self.schema.take().filter(|schema| !schema.is_empty());
    }

    /// Returns the catalog, if it is known.
    #[must_use]
    pub fn catalog(&self) -> Option<&str> {
        self.catalog.as_deref()
    }

    /// Returns the schema, if it is known.
    #[must_use]
    pub fn schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    /// Returns the name of the table itself.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the name for use in SQL, each part in the dialect's quotes: `"sales"."flights"`. Empty parts, which servers
    /// without schemas report, are omitted.
    ///
    /// ```
    /// use flightsql_client::{catalog::TableName, dialect::presets::ansi};
    /// let name = TableName::new("odd \"name\"").in_schema("main");
    /// assert_eq!(name.quoted(&ansi()), r#""main"."odd ""name""""#);
    /// ```
    #[must_use]
    pub fn quoted(&self, dialect: &dyn Dialect) -> String {
        let parts: Vec<_> = self
            .parts()
            .map(|part| dialect.quote_identifier(part))
            .collect();
        parts.join(".")
    }

    fn parts(&self) -> impl Iterator<Item = &str> {
        [self.catalog(), self.schema()]
            .into_iter()
            .flatten()
            .filter(|part| !part.is_empty())
            .chain([self.name()])
    }
}

/// The error of [`TableName::parse`]. It contains the text and the expected form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableNameError(String);

impl fmt::Display for TableNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TableNameError {}

fn fold(word: &str, dialect: &dyn Dialect) -> String {
    match dialect.profile().identifiers.case {
        IdentifierCase::Lower => word.to_lowercase(),
        IdentifierCase::Upper => word.to_uppercase(),
        _ => word.to_owned(),
    }
}

/// Returns the text between the quotes, in which a doubled closing quote means one.
fn unquoted(token: &str) -> String {
    let mut inside = token.chars();
    let (_, close) = (inside.next(), inside.next_back());
    let inside = inside.as_str();
    match close {
        Some(close) => inside.replace(&format!("{close}{close}"), &close.to_string()),
        None => inside.to_owned(),
    }
}

/// Writes the parts with dots between them, for messages; see [`quoted`](TableName::quoted) for SQL.
impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<_> = self.parts().collect();
        f.pad(&parts.join("."))
    }
}

impl From<&str> for TableName {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

impl From<String> for TableName {
    fn from(name: String) -> Self {
        Self::new(name)
    }
}

impl From<&TableName> for TableName {
    fn from(name: &TableName) -> Self {
        name.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::presets::{ansi, datafusion, doris};

    #[test]
    fn parts_are_never_split() {
        let name = TableName::from("a.b");
        assert_eq!((name.schema(), name.name()), (None, "a.b"));
        assert_eq!(name.quoted(&ansi()), "\"a.b\"");
    }

    #[test]
    fn empty_parts_do_not_show() {
        let name = TableName::with(Some("main".into()), Some(String::new()), "t".into());
        assert_eq!(name.to_string(), "main.t");
        assert_eq!(name.quoted(&ansi()), "\"main\".\"t\"");
        assert_eq!(name.schema(), Some(""));
    }

    #[test]
    fn names_are_read_as_they_stand_in_sql() {
        let parts = |text: &str, dialect: &dyn Dialect| {
            let name = TableName::parse(text, dialect).ok()?;
            let part = |part: Option<&str>| part.unwrap_or("-").to_owned();
            Some(format!(
                "{}/{}/{}",
                part(name.catalog()),
                part(name.schema()),
                name.name()
            ))
        };
        for (text, expected) in [
            ("T", "-/-/T"),
            (" s.T ", "-/s/T"),
            ("c.s.t", "c/s/t"),
            ("\"a.b\".\"c\"\"d\"", "-/a.b/c\"d"),
            ("größe", "-/-/größe"),
        ] {
            assert_eq!(parts(text, &ansi()).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(parts("S.\"T\"", &datafusion()).as_deref(), Some("-/s/T"));
        assert_eq!(parts("`a``b`.C", &doris()).as_deref(), Some("-/a`b/C"));
        for bad in [
            "", " ", ".", "a.", ".a", "a..b", "a b", "a.b.c.d", "a;", "'a'", "\"a", "a--", "1",
        ] {
            assert_eq!(parts(bad, &ansi()), None, "{bad}");
        }
        let error = TableName::parse("a b", &ansi()).map_err(|error| error.to_string());
        assert!(error.is_err_and(|text| text.contains("invalid table name \"a b\"")));
    }
}
