//! [`QueryAs`]: a query whose rows are structs or tuples.

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
use sqlx_core::query_as as sqlx;
use sqlx_core::sql_str::{SqlSafeStr, SqlStr};
use sqlx_core::types::Type;

use super::{changed, deprecated_many, statement_options};
use crate::arguments::FlightSqlArguments;
use crate::marker::FlightSql;
use crate::row::FlightSqlRow;

/// A query whose rows are `O`; created by [`query_as`](query_as()). Corresponds to [`sqlx_core::query_as::QueryAs`].
#[must_use = "query must be executed to affect database"]
pub struct QueryAs<'q, DB: Database, O, A>(pub(super) sqlx::QueryAs<'q, DB, O, A>);

/// Creates a query from SQL whose rows are `O`, a tuple or a struct with [`FromRow`].
pub fn query_as<'q, DB, O>(sql: impl SqlSafeStr) -> QueryAs<'q, DB, O, DB::Arguments>
where
    DB: Database,
    O: for<'r> FromRow<'r, DB::Row>,
{
    QueryAs(sqlx::query_as(sql))
}

/// Creates a query from SQL and its values, whose rows are `O`.
pub fn query_as_with<'q, DB, O, A>(sql: impl SqlSafeStr, arguments: A) -> QueryAs<'q, DB, O, A>
where
    DB: Database,
    A: IntoArguments<DB>,
    O: for<'r> FromRow<'r, DB::Row>,
{
    QueryAs(sqlx::query_as_with(sql, arguments))
}

/// Creates a query from SQL and its values, or from the error of a value.
pub fn query_as_with_result<'q, DB, O, A>(
    sql: impl SqlSafeStr,
    arguments: Result<A, BoxDynError>,
) -> QueryAs<'q, DB, O, A>
where
    DB: Database,
    A: IntoArguments<DB>,
    O: for<'r> FromRow<'r, DB::Row>,
{
    QueryAs(sqlx::query_as_with_result(sql, arguments))
}

impl<'q, DB: Database, O> QueryAs<'q, DB, O, DB::Arguments> {
    /// Binds a value to the next placeholder. A value that cannot be encoded is an error of the query.
    pub fn bind<T: 'q + Encode<'q, DB> + Type<DB>>(self, value: T) -> Self {
        Self(self.0.bind(value))
    }
}

impl<DB: Database + HasStatementCache, O, A> QueryAs<'_, DB, O, A> {
    /// Sets whether the statement stays prepared on its connection. Defaults to `true`.
    pub fn persistent(self, value: bool) -> Self {
        Self(self.0.persistent(value))
    }
}

impl<'q, DB, O, A> QueryAs<'q, DB, O, A>
where
    DB: Database,
    A: 'q + IntoArguments<DB>,
    O: Send + Unpin + for<'r> FromRow<'r, DB::Row>,
{
    /// Runs the query, and returns its rows as a stream.
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
        /// Runs the query, and returns its rows and the number of changed rows as a stream.
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

    /// Runs the query, and returns all rows.
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

    /// Runs the query, and returns its first row. No row is [`Error::RowNotFound`].
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

    /// Runs the query, and returns its first row, if there is one.
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

impl<'q, DB, O: Send, A: Send> Execute<'q, DB> for QueryAs<'q, DB, O, A>
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

impl<'q, O, A> QueryAs<'q, FlightSql, O, A>
where
    A: 'q + Send + IntoArguments<FlightSql>,
    O: Send + for<'r> FromRow<'r, FlightSqlRow>,
{
    pub(super) fn change(
        self,
        change: impl FnOnce(StatementOptions) -> Arc<StatementOptions>,
    ) -> QueryAs<'q, FlightSql, O, FlightSqlArguments> {
        let (sql, arguments, persistent) = changed(self.0, change);
        query_as_with_result(sql, arguments).persistent(persistent)
    }
}

statement_options!(QueryAs<'q, FlightSql, O> where O: Send + for<'r> FromRow<'r, FlightSqlRow>);
