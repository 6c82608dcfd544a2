//! [`TableName`]: what a table is called. Layer D.

use std::fmt;

use crate::dialect::Dialect;

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
    /// use flightsql_driver::{Ansi, catalog::TableName};
    /// let name = TableName::new("odd \"name\"").in_schema("main");
    /// assert_eq!(name.quoted(&Ansi), r#""main"."odd ""name""""#);
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
