//! [`TableName`]: what a table is called. Layer D.

use std::fmt;

use sqlx_core::error::Error;

use crate::dialect::{Dialect, IdentifierCase};
use crate::sql::lexer::{TokenKind, tokens};

#[cfg(test)]
mod tests;

/// The name of a table with the schema and catalog it is in, where the server has any.
///
/// The parts are the names themselves: without quotes and never split, so a dot in them is a part of the name.
///
/// ```
/// use flightsql_driver::catalog::TableName;
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
    /// A table, wherever the server looks for it.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            catalog: None,
            schema: None,
            name: name.into(),
        }
    }

    /// The same table in this schema.
    #[must_use]
    pub fn in_schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = Some(schema.into());
        self
    }

    /// The same table in this catalog.
    #[must_use]
    pub fn in_catalog(mut self, catalog: impl Into<String>) -> Self {
        self.catalog = Some(catalog.into());
        self
    }

    /// Reads a name as it stands in SQL: up to three parts with dots between them, each with or without the dialect's
    /// quotes. Letters without quotes become what the engine makes of them
    /// ([`Identifiers::case`](crate::dialect::Identifiers::case)).
    ///
    /// ```
    /// use flightsql_driver::{catalog::TableName, dialect::presets::datafusion};
    /// let name = TableName::parse(r#"Sales."Odd.Name""#, &datafusion())?;
    /// assert_eq!((name.schema(), name.name()), (Some("sales"), "Odd.Name"));
    /// # Ok::<(), sqlx_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument` for a text of another form.
    pub fn parse(text: &str, dialect: &dyn Dialect) -> Result<Self, Error> {
        let refused = || {
            Error::InvalidArgument(format!(
                "{text:?} is no name of a table: write `table`, `schema.table` or `catalog.schema.table`, and put parts \
                 with other characters than letters, digits and `_` in {}",
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

    /// The catalog, if the table is known to be in one.
    #[must_use]
    pub fn catalog(&self) -> Option<&str> {
        self.catalog.as_deref()
    }

    /// The schema, if the table is known to be in one.
    #[must_use]
    pub fn schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    /// The name of the table itself.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name for use in SQL, each part in the dialect's quotes: `"sales"."flights"`. Empty parts, as servers without
    /// schemas answer them, are left out.
    ///
    /// ```
    /// use flightsql_driver::{catalog::TableName, dialect::presets::ansi};
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

fn fold(word: &str, dialect: &dyn Dialect) -> String {
    match dialect.profile().identifiers.case {
        IdentifierCase::Lower => word.to_lowercase(),
        IdentifierCase::Upper => word.to_uppercase(),
        IdentifierCase::Unknown | IdentifierCase::Insensitive => word.to_owned(),
    }
}

/// What is between the quotes, where the closing one stands twice for itself.
fn unquoted(token: &str) -> String {
    let mut inside = token.chars();
    let (_, close) = (inside.next(), inside.next_back());
    let inside = inside.as_str();
    match close {
        Some(close) => inside.replace(&format!("{close}{close}"), &close.to_string()),
        None => inside.to_owned(),
    }
}

/// The parts with dots between them, for people; see [`quoted`](TableName::quoted) for SQL.
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
