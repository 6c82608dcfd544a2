//! Names and lists for SQLx's `QueryBuilder`.
//!
//! [`QueryBuilder`] writes SQL and binds values. It has no methods for names and lists.
//! Quoting of identifiers: <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS>.

use sqlx_core::encode::Encode;
use sqlx_core::error::Error;
use sqlx_core::query_builder::QueryBuilder;
use sqlx_core::types::Type;

use crate::dialect::Dialect;
use crate::marker::FlightSql;

/// Additions to SQLx's [`QueryBuilder`]: names that come from outside the program, and lists for `IN`.
///
/// The dialect quotes a name, so it is always one name and never SQL. Use the dialect of the connection,
/// `options.get_dialect()`, or a preset.
///
/// ```
/// use flightsql_driver::{FlightSql, FlightSqlQueryBuilderExt as _, dialect::presets::datafusion};
/// use sqlx_core::query_builder::QueryBuilder;
///
/// # fn main() -> Result<(), sqlx_core::Error> {
/// let (column, ids) = ("flight\"s id", [1_i64, 2, 3]);
/// let mut builder = QueryBuilder::<FlightSql>::new("SELECT * FROM ");
/// builder
///     .push_table(&datafusion(), &["public", "flights"])?
///     .push(" WHERE ")
///     .push_ident(&datafusion(), column)?
///     .push(" IN ")
///     .push_list(ids);
/// assert_eq!(
///     builder.sql().as_str(),
///     r#"SELECT * FROM "public"."flights" WHERE "flight""s id" IN (?, ?, ?)"#
/// );
/// # Ok(())
/// # }
/// ```
pub trait FlightSqlQueryBuilderExt {
    /// Pushes one name, such as the name of a column, in the quotes of the dialect. Most engines distinguish the case of quoted
    /// names.
    ///
    /// # Errors
    /// Returns `InvalidArgument` and pushes nothing if the name is empty or contains NUL.
    fn push_ident(&mut self, dialect: &dyn Dialect, name: &str) -> Result<&mut Self, Error>;

    /// Pushes the name of a table: `&["flights"]` or, with catalog and schema, `&["catalog", "schema", "flights"]`. The dialect
    /// quotes each part.
    ///
    /// # Errors
    /// Returns `InvalidArgument` and pushes nothing if there is no part, or if a part is empty or contains NUL.
    fn push_table(&mut self, dialect: &dyn Dialect, parts: &[&str]) -> Result<&mut Self, Error>;

    /// Pushes a list of bound values for `IN` or `NOT IN`, with its parentheses: `(?, ?, ?)`.
    ///
    /// For an empty list, pushes `(SELECT NULL WHERE 1 = 0)`, a query without rows: `IN` is then false and `NOT IN` true for
    /// every `x`, including NULL. Most engines reject `()`, and with `(NULL)` neither would be true.
    ///
    /// # Panics
    /// Panics if a value cannot be encoded, as [`QueryBuilder::push_bind`] does.
    fn push_list<'t, I>(&mut self, values: I) -> &mut Self
    where
        I: IntoIterator,
        I::Item: Encode<'t, FlightSql> + Type<FlightSql>;
}

impl FlightSqlQueryBuilderExt for QueryBuilder<FlightSql> {
    fn push_ident(&mut self, dialect: &dyn Dialect, name: &str) -> Result<&mut Self, Error> {
        Ok(self.push(quoted(dialect, name)?))
    }

    fn push_table(&mut self, dialect: &dyn Dialect, parts: &[&str]) -> Result<&mut Self, Error> {
        if parts.is_empty() {
            return Err(refused("the name of a table must have at least one part"));
        }
        let parts = parts.iter().map(|part| quoted(dialect, part));
        let parts: Vec<_> = parts.collect::<Result<_, _>>()?;
        Ok(self.push(parts.join(".")))
    }

    fn push_list<'t, I>(&mut self, values: I) -> &mut Self
    where
        I: IntoIterator,
        I::Item: Encode<'t, FlightSql> + Type<FlightSql>,
    {
        let mut values = values.into_iter().peekable();
        if values.peek().is_none() {
            return self.push("(SELECT NULL WHERE 1 = 0)");
        }
        self.push("(");
        let mut list = self.separated(", ");
        for value in values {
            list.push_bind(value);
        }
        self.push(")")
    }
}

fn quoted(dialect: &dyn Dialect, name: &str) -> Result<String, Error> {
    if name.is_empty() {
        return Err(refused("an identifier must not be empty"));
    }
    if name.contains('\0') {
        return Err(refused("an identifier must not contain a NUL character"));
    }
    Ok(dialect.quote_identifier(name))
}

fn refused(why: &str) -> Error {
    Error::InvalidArgument(why.to_owned())
}
