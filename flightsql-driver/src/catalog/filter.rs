//! What is asked for, in words the server may misread, and checked again on our side. Layer D.
//!
//! Servers differ in what a filter means: some ignore one, some compare without case, and the protocol names no escape
//! character for its patterns (`%` for any text, `_` for any character). So an exact name is sent as a pattern that
//! matches at least that name, and what comes back is compared here.

use super::{DbSchema, Table, TableName};

#[cfg(test)]
mod tests;

/// A name to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pattern {
    /// This name and no other.
    Exact(String),
    /// With `%` and `_`. Engines differ in whether case counts, so here it does not.
    Like(String),
}

impl Pattern {
    /// What the server is sent: it matches all that is wanted on servers with and without an escape character. A `\`
    /// would be one on some, and a `'` ends the SQL text that some splice it into, so any character may stand there.
    pub(crate) fn to_wire(&self) -> String {
        match self {
            Self::Exact(name) => name.replace(['\\', '\''], "_"),
            Self::Like(pattern) => pattern.clone(),
        }
    }

    pub(crate) fn matches(&self, name: &str) -> bool {
        match self {
            Self::Exact(exact) => exact == name,
            Self::Like(pattern) => like(
                &pattern.to_lowercase().chars().collect::<Vec<_>>(),
                &name.to_lowercase().chars().collect::<Vec<_>>(),
            ),
        }
    }
}

/// SQL's LIKE without an escape character. Linear in space and at worst quadratic in time: only the last `%` is ever
/// retried.
fn like(pattern: &[char], text: &[char]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut retry = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('%') => {
                retry = Some((p + 1, t));
                p += 1;
            }
            Some('_') => (p, t) = (p + 1, t + 1),
            Some(c) if *c == text[t] => (p, t) = (p + 1, t + 1),
            _ => match retry {
                Some((after, from)) => {
                    (p, t) = (after, from + 1);
                    retry = Some((after, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '%')
}

/// Which catalogs, schemas and tables are wanted. What is `None` is not compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) catalog: Option<String>,
    pub(crate) schema: Option<Pattern>,
    pub(crate) table: Option<Pattern>,
    pub(crate) types: Vec<String>,
    /// Whether only what names its schema is wanted, once a schema is.
    pub(crate) only_named: bool,
}

impl Filter {
    /// Everything that the name says.
    pub(crate) fn of(name: &TableName) -> Self {
        Self {
            catalog: name.catalog().map(str::to_owned),
            schema: name
                .schema()
                .map(|schema| Pattern::Exact(schema.to_owned())),
            table: Some(Pattern::Exact(name.name().to_owned())),
            ..Self::default()
        }
    }

    /// The same for the answer to a wider question, which may be about another schema wherever it names none.
    pub(crate) fn only_named(&self) -> Self {
        Self {
            only_named: true,
            ..self.clone()
        }
    }

    pub(crate) fn wants_schema(&self, schema: &DbSchema) -> bool {
        self.wants(schema.catalog.as_deref(), Some(&schema.name))
    }

    pub(crate) fn wants_table(&self, table: &Table) -> bool {
        self.wants_name(&table.name)
            && (self.types.is_empty() || self.types.contains(&table.table_type))
    }

    pub(crate) fn wants_name(&self, name: &TableName) -> bool {
        self.wants(name.catalog(), name.schema())
            && self
                .table
                .as_ref()
                .is_none_or(|pattern| pattern.matches(name.name()))
    }

    /// A server that names no catalog or schema has none that could be another, unless it was asked a wider question.
    fn wants(&self, catalog: Option<&str>, schema: Option<&str>) -> bool {
        let is_catalog = match (&self.catalog, catalog) {
            (Some(wanted), Some(found)) => wanted == found,
            _ => true,
        };
        let is_schema = match (&self.schema, schema) {
            (Some(wanted), Some(found)) => wanted.matches(found),
            (Some(wanted), None) => !self.only_named || wanted.matches(""),
            (None, _) => true,
        };
        is_catalog && is_schema
    }
}
