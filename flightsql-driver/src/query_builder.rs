//! Names and lists for SQLx's `QueryBuilder`.
//!
//! [`QueryBuilder`] writes SQL and binds values; names are neither, and a list of values has no form of its own there.
//! Quoting of identifiers: <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS>.

use sqlx_core::encode::Encode;
use sqlx_core::error::Error;
use sqlx_core::query_builder::QueryBuilder;
use sqlx_core::types::Type;

use crate::dialect::Dialect;
use crate::marker::FlightSql;

/// What SQLx's [`QueryBuilder`] lacks: names that come from outside the program, and lists for `IN`.
///
/// A name is quoted as the engine does it, so it is always one name and never SQL. The dialect is the connection's:
/// `options.get_dialect()`, or one of the presets.
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
    /// Pushes one name, such as that of a column, in the quotes of the dialect.
    ///
    /// In quotes its letter case counts on most engines.
    ///
    /// # Errors
    /// `InvalidArgument` when the name is empty or holds a NUL; then nothing was pushed.
    fn push_ident(&mut self, dialect: &dyn Dialect, name: &str) -> Result<&mut Self, Error>;

    /// Pushes the name of a table: `&["flights"]`, or with what it is in, `&["catalog", "schema", "flights"]`. Each part
    /// is quoted on its own.
    ///
    /// # Errors
    /// `InvalidArgument` when there is no part, or one is empty or holds a NUL; then nothing was pushed.
    fn push_table(&mut self, dialect: &dyn Dialect, parts: &[&str]) -> Result<&mut Self, Error>;

    /// Pushes a list of values for `IN` or `NOT IN`, with its brackets: `(?, ?, ?)`, each of them bound.
    ///
    /// Without values it is `(SELECT NULL WHERE 1 = 0)`, a query without rows, so that `x IN` nothing is false and
    /// `x NOT IN` nothing is true for every `x`, NULL included. `()` is no SQL on most engines, and with `(NULL)` neither
    /// would be true.
    ///
    /// # Panics
    /// When a value cannot be encoded, as [`QueryBuilder::push_bind`].
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
            return Err(refused("the name of a table has no part"));
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
        return Err(refused("an identifier is empty"));
    }
    if name.contains('\0') {
        return Err(refused("an identifier holds a NUL character"));
    }
    Ok(dialect.quote_identifier(name))
}

fn refused(why: &str) -> Error {
    Error::InvalidArgument(why.to_owned())
}
