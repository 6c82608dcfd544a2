//! [`QueryScalar`]: a query whose rows are single values.

use std::sync::Arc;

use either::Either;
use flightsql_client::StatementOptions;
use futures_core::stream::BoxStream;
use sqlx_core::arguments::IntoArguments;
use sqlx_core::database::{Database, HasStatementCache};
use sqlx_core::encode::Encode;
use sqlx_core::error::{BoxDynError, Error};
use sqlx_core::executor::{Execute, Executor};
use sqlx_core::from_row::FromRow;
use sqlx_core::query_scalar as sqlx;
use sqlx_core::sql_str::{SqlSafeStr, SqlStr};
use sqlx_core::types::Type;

use super::{changed, deprecated_many, statement_options};
use crate::arguments::FlightSqlArguments;
use crate::marker::FlightSql;
use crate::row::FlightSqlRow;

/// A query whose rows are `O`, the value of their first column; created by [`query_scalar`](query_scalar()). Corresponds to [`sqlx_core::query_scalar::QueryScalar`].
#[must_use = "query must be executed to affect database"]
pub struct QueryScalar<'q, DB: Database, O, A>(pub(super) sqlx::QueryScalar<'q, DB, O, A>);

/// Creates a query from SQL whose rows are `O`, the value of their first column.
pub fn query_scalar<'q, DB, O>(sql: impl SqlSafeStr) -> QueryScalar<'q, DB, O, DB::Arguments>
where
    DB: Database,
    (O,): for<'r> FromRow<'r, DB::Row>,
{
    QueryScalar(sqlx::query_scalar(sql))
}

/// Creates a query from SQL and its values, whose rows are `O`.
pub fn query_scalar_with<'q, DB, O, A>(
    sql: impl SqlSafeStr,
    arguments: A,
) -> QueryScalar<'q, DB, O, A>
where
    DB: Database,
    A: IntoArguments<DB>,
    (O,): for<'r> FromRow<'r, DB::Row>,
{
    QueryScalar(sqlx::query_scalar_with(sql, arguments))
}

/// Creates a query from SQL and its values, or from the error of a value.
pub fn query_scalar_with_result<'q, DB, O, A>(
    sql: impl SqlSafeStr,
    arguments: Result<A, BoxDynError>,
) -> QueryScalar<'q, DB, O, A>
where
    DB: Database,
    A: IntoArguments<DB>,
    (O,): for<'r> FromRow<'r, DB::Row>,
{
    QueryScalar(sqlx::query_scalar_with_result(sql, arguments))
}

impl<'q, DB: Database, O> QueryScalar<'q, DB, O, DB::Arguments> {
    /// Binds a value to the next placeholder. A value that cannot be encoded is an error of the query.
    pub fn bind<T: 'q + Encode<'q, DB> + Type<DB>>(self, value: T) -> Self {
        Self(self.0.bind(value))
    }
}

impl<DB: Database + HasStatementCache, O, A> QueryScalar<'_, DB, O, A> {
    /// Sets whether the statement stays prepared on its connection. Defaults to `true`.
    pub fn persistent(self, value: bool) -> Self {
        Self(self.0.persistent(value))
    }
}

impl<'q, DB, O, A> QueryScalar<'q, DB, O, A>
where
    DB: Database,
    A: 'q + IntoArguments<DB>,
    O: Send + Unpin,
    (O,): Send + Unpin + for<'r> FromRow<'r, DB::Row>,
{
    /// Runs the query, and returns its values as a stream.
    pub fn fetch<'e, 'c: 'e, E>(self, executor: E) -> BoxStream<'e, Result<O, Error>>
    where
        'q: 'e,
        E: 'e + Executor<'c, Database = DB>,
        DB: 'e,
        O: 'e,
        A: 'e,
    {
        self.0.fetch(executor)
    }

    deprecated_many! {
        /// Runs the query, and returns its values and the number of changed rows as a stream.
        pub fn fetch_many<'e, 'c: 'e, E>(
            self,
            executor: E,
        ) -> BoxStream<'e, sqlx_core::Result<Either<DB::QueryResult, O>>>
        where
            'q: 'e,
            E: 'e + Executor<'c, Database = DB>,
            DB: 'e,
            O: 'e,
            A: 'e,
        {
            #[expect(deprecated, reason = "SQLx's method of the same name")]
            self.0.fetch_many(executor)
        }
    }

    /// Runs the query, and returns the values of all rows.
    pub fn fetch_all<'e, 'c: 'e, E>(
        self,
        executor: E,
    ) -> impl Future<Output = Result<Vec<O>, Error>>
    where
        'q: 'e,
        E: 'e + Executor<'c, Database = DB>,
        DB: 'e,
        O: 'e,
        A: 'e,
    {
        self.0.fetch_all(executor)
    }

    /// Runs the query, and returns the value of its first row. No row is [`Error::RowNotFound`].
    pub fn fetch_one<'e, 'c: 'e, E>(self, executor: E) -> impl Future<Output = Result<O, Error>>
    where
        'q: 'e,
        E: 'e + Executor<'c, Database = DB>,
        DB: 'e,
        O: 'e,
        A: 'e,
    {
        self.0.fetch_one(executor)
    }

    /// Runs the query, and returns the value of its first row, if there is one.
    pub fn fetch_optional<'e, 'c: 'e, E>(
        self,
        executor: E,
    ) -> impl Future<Output = Result<Option<O>, Error>>
    where
        'q: 'e,
        E: 'e + Executor<'c, Database = DB>,
        DB: 'e,
        O: 'e,
        A: 'e,
    {
        self.0.fetch_optional(executor)
    }
}

impl<'q, DB, O: Send, A: Send> Execute<'q, DB> for QueryScalar<'q, DB, O, A>
where
    DB: Database,
    A: 'q + IntoArguments<DB>,
{
    fn sql(self) -> SqlStr {
        self.0.sql()
    }

    fn statement(&self) -> Option<&DB::Statement> {
        self.0.statement()
    }

    fn take_arguments(&mut self) -> Result<Option<DB::Arguments>, BoxDynError> {
        self.0.take_arguments()
    }

    fn persistent(&self) -> bool {
        Execute::persistent(&self.0)
    }
}

impl<'q, O, A> QueryScalar<'q, FlightSql, O, A>
where
    A: 'q + Send + IntoArguments<FlightSql>,
    O: Send,
    (O,): for<'r> FromRow<'r, FlightSqlRow>,
{
    pub(super) fn change(
        self,
        change: impl FnOnce(StatementOptions) -> Arc<StatementOptions>,
    ) -> QueryScalar<'q, FlightSql, O, FlightSqlArguments> {
        let (sql, arguments, persistent) = changed(self.0, change);
        query_scalar_with_result(sql, arguments).persistent(persistent)
    }
}

statement_options!(QueryScalar<'q, FlightSql, O> where O: Send, (O,): for<'r> FromRow<'r, FlightSqlRow>);
