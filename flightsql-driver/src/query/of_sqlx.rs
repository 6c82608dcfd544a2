//! Options for the queries that SQLx creates: those of a `QueryBuilder`, of a prepared statement, and of `sqlx` itself.

use std::sync::Arc;
use std::time::Duration;

use flightsql_client::StatementOptions;
use sqlx_core::arguments::IntoArguments;
use sqlx_core::database::Database;
use sqlx_core::from_row::FromRow;
use sqlx_core::{query, query_as, query_scalar};

use super::{Map, Query, QueryAs, QueryScalar};
use crate::arguments::FlightSqlArguments;
use crate::marker::FlightSql;
use crate::row::FlightSqlRow;

/// Options of one statement for the queries that SQLx creates: those of
/// [`QueryBuilder`](sqlx_core::query_builder::QueryBuilder), of a prepared statement, and of the functions of the crate `sqlx`.
///
/// The queries of `flightsql::query` have these methods without the trait. A method returns a query of that type.
///
/// ```no_run
/// # async fn example(connection: &mut flightsql_driver::FlightSqlConnection) -> Result<(), sqlx_core::Error> {
/// use flightsql_driver::{FlightSql, query::FlightSqlQueryExt as _};
/// use sqlx_core::query_builder::QueryBuilder;
///
/// let mut builder = QueryBuilder::<FlightSql>::new("SELECT id FROM flights WHERE carrier = ");
/// let query = builder.push_bind("AA").build_query_scalar::<i64>();
/// let ids = query.header("x-request-id", "7f3a").fetch_all(connection).await?;
/// # Ok(())
/// # }
/// ```
pub trait FlightSqlQueryExt: Sized {
    /// The query with options.
    type WithOptions;

    /// Sets the headers, timeouts and limits of the statement.
    fn options(self, options: impl Into<Arc<StatementOptions>>) -> Self::WithOptions;

    /// Adds a header to every RPC of the statement, as [`StatementOptions::header`].
    fn header(self, name: impl Into<String>, value: impl Into<String>) -> Self::WithOptions {
        self.options(StatementOptions::new().header(name, value))
    }

    /// Sets the limit of the complete statement, as [`StatementOptions::timeout`].
    fn timeout(self, limit: impl Into<Option<Duration>>) -> Self::WithOptions {
        self.options(StatementOptions::new().timeout(limit))
    }

    /// Sets the maximum number of rows, as [`StatementOptions::max_rows`].
    fn max_rows(self, rows: impl Into<Option<u64>>) -> Self::WithOptions {
        self.options(StatementOptions::new().max_rows(rows))
    }

    /// Sets the maximum size of the result, as [`StatementOptions::max_bytes`].
    fn max_bytes(self, bytes: impl Into<Option<u64>>) -> Self::WithOptions {
        self.options(StatementOptions::new().max_bytes(bytes))
    }
}

impl<'q, A> FlightSqlQueryExt for query::Query<'q, FlightSql, A>
where
    A: 'q + Send + IntoArguments<FlightSql>,
{
    type WithOptions = Query<'q, FlightSql, FlightSqlArguments>;

    fn options(self, options: impl Into<Arc<StatementOptions>>) -> Self::WithOptions {
        Query(self).options(options)
    }
}

impl<'q, O, A> FlightSqlQueryExt for query_as::QueryAs<'q, FlightSql, O, A>
where
    A: 'q + Send + IntoArguments<FlightSql>,
    O: Send + for<'r> FromRow<'r, FlightSqlRow>,
{
    type WithOptions = QueryAs<'q, FlightSql, O, FlightSqlArguments>;

    fn options(self, options: impl Into<Arc<StatementOptions>>) -> Self::WithOptions {
        QueryAs(self).options(options)
    }
}

impl<'q, O, A> FlightSqlQueryExt for query_scalar::QueryScalar<'q, FlightSql, O, A>
where
    A: 'q + Send + IntoArguments<FlightSql>,
    O: Send,
    (O,): for<'r> FromRow<'r, FlightSqlRow>,
{
    type WithOptions = QueryScalar<'q, FlightSql, O, FlightSqlArguments>;

    fn options(self, options: impl Into<Arc<StatementOptions>>) -> Self::WithOptions {
        QueryScalar(self).options(options)
    }
}

impl<'q, DB: Database, A> From<query::Query<'q, DB, A>> for Query<'q, DB, A> {
    fn from(query: query::Query<'q, DB, A>) -> Self {
        Self(query)
    }
}

impl<'q, DB: Database, O, A> From<query_as::QueryAs<'q, DB, O, A>> for QueryAs<'q, DB, O, A> {
    fn from(query: query_as::QueryAs<'q, DB, O, A>) -> Self {
        Self(query)
    }
}

impl<'q, DB: Database, O, A> From<query_scalar::QueryScalar<'q, DB, O, A>>
    for QueryScalar<'q, DB, O, A>
{
    fn from(query: query_scalar::QueryScalar<'q, DB, O, A>) -> Self {
        Self(query)
    }
}

/// Implements `Debug` without the SQL and the values, which may be secret.
macro_rules! opaque {
    ($($type:ident<DB $(, $parameter:ident)*>),*) => {$(
        impl<DB: Database $(, $parameter)*> std::fmt::Debug for $type<'_, DB $(, $parameter)*> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($type)).finish_non_exhaustive()
            }
        }
    )*};
}

opaque!(Query<DB, A>, QueryAs<DB, O, A>, QueryScalar<DB, O, A>, Map<DB, F, A>);
