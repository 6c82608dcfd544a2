//! The queries of this driver: SQLx's, with headers, timeouts and limits for one statement.
//!
//! Each type contains SQLx's type of the same name and has its methods, for every database. A query for [`FlightSql`] also has
//! the methods of [`StatementOptions`], which travel in its [`FlightSqlArguments`]. They therefore reach the connection through
//! every [`Executor`]: a pool, a connection, a transaction, and generic code.

mod map;
mod of_sqlx;
mod query_as;
mod scalar;

use std::sync::Arc;

use either::Either;
use flightsql_client::StatementOptions;
use futures_core::stream::BoxStream;
use sqlx_core::arguments::IntoArguments;
use sqlx_core::database::{Database, HasStatementCache};
use sqlx_core::encode::Encode;
use sqlx_core::error::{BoxDynError, Error};
use sqlx_core::executor::{Execute, Executor};
use sqlx_core::query as sqlx;
use sqlx_core::sql_str::{SqlSafeStr, SqlStr};
use sqlx_core::types::Type;

pub use self::map::Map;
pub use self::of_sqlx::FlightSqlQueryExt;
pub use self::query_as::{QueryAs, query_as, query_as_with, query_as_with_result};
pub use self::scalar::{QueryScalar, query_scalar, query_scalar_with, query_scalar_with_result};
use crate::arguments::FlightSqlArguments;
use crate::marker::FlightSql;

/// The reason that SQLx states for its methods with several results.
macro_rules! deprecated_many {
    ($(#[$doc:meta])* $visibility:vis fn $($method:tt)*) => {
        $(#[$doc])*
        #[deprecated = "a query is one statement; use `raw_sql` for several statements"]
        $visibility fn $($method)*
    };
}

/// Declares the methods of a query that set the options of its statement.
macro_rules! statement_options {
    ($type:ident<'q, FlightSql $(, $parameter:ident)*> $(where $($bounds:tt)+)?) => {
        impl<'q, $($parameter,)* A> $type<'q, FlightSql $(, $parameter)*, A>
        where
            A: 'q + Send + IntoArguments<FlightSql>,
            $($($bounds)+)?
        {
            /// Sets the headers, timeouts and limits of the statement, in place of all that were set before.
            pub fn options(
                self,
                options: impl Into<Arc<StatementOptions>>,
            ) -> $type<'q, FlightSql $(, $parameter)*, FlightSqlArguments> {
                let options = options.into();
                self.change(|_| options)
            }

            /// Adds a header to every RPC of the statement, or replaces the connection's header of this name, as
            /// [`StatementOptions::header`].
            ///
            /// An invalid header is an error of the query, before anything is sent.
            pub fn header(
                self,
                name: impl Into<String>,
                value: impl Into<String>,
            ) -> $type<'q, FlightSql $(, $parameter)*, FlightSqlArguments> {
                self.change(|options| options.header(name, value).into())
            }

            /// Sets the limit of the statement from its start on a connection to its last row, as
            /// [`StatementOptions::timeout`].
            pub fn timeout(
                self,
                limit: impl Into<Option<std::time::Duration>>,
            ) -> $type<'q, FlightSql $(, $parameter)*, FlightSqlArguments> {
                self.change(|options| options.timeout(limit).into())
            }

            /// Sets the maximum number of rows in the result, as [`StatementOptions::max_rows`]. A larger result is an error,
            /// and never a shorter result.
            pub fn max_rows(
                self,
                rows: impl Into<Option<u64>>,
            ) -> $type<'q, FlightSql $(, $parameter)*, FlightSqlArguments> {
                self.change(|options| options.max_rows(rows).into())
            }

            /// Sets the maximum size of the result in bytes of Arrow data, as [`StatementOptions::max_bytes`]. A larger result
            /// is an error, and never a shorter result.
            pub fn max_bytes(
                self,
                bytes: impl Into<Option<u64>>,
            ) -> $type<'q, FlightSql $(, $parameter)*, FlightSqlArguments> {
                self.change(|options| options.max_bytes(bytes).into())
            }
        }
    };
}

use {deprecated_many, statement_options};

/// A query without a type for its rows; created by [`query`](query()). Corresponds to [`sqlx_core::query::Query`].
#[must_use = "query must be executed to affect database"]
pub struct Query<'q, DB: Database, A>(pub(super) sqlx::Query<'q, DB, A>);

/// Creates a query from SQL. It stays prepared on its connection if values are bound.
pub fn query<'q, DB>(sql: impl SqlSafeStr) -> Query<'q, DB, DB::Arguments>
where
    DB: Database,
{
    Query(sqlx::query(sql))
}

/// Creates a query from SQL and its values.
pub fn query_with<'q, DB, A>(sql: impl SqlSafeStr, arguments: A) -> Query<'q, DB, A>
where
    DB: Database,
    A: IntoArguments<DB>,
{
    Query(sqlx::query_with(sql, arguments))
}

/// Creates a query from SQL and its values, or from the error of a value.
pub fn query_with_result<'q, DB, A>(
    sql: impl SqlSafeStr,
    arguments: Result<A, BoxDynError>,
) -> Query<'q, DB, A>
where
    DB: Database,
    A: IntoArguments<DB>,
{
    Query(sqlx::query_with_result(sql, arguments))
}

impl<DB: Database> Query<'_, DB, DB::Arguments> {
    /// Binds a value to the next placeholder. A value that cannot be encoded is an error of the query.
    pub fn bind<'t, T: Encode<'t, DB> + Type<DB>>(self, value: T) -> Self {
        Self(self.0.bind(value))
    }

    /// Binds a value to the next placeholder.
    ///
    /// # Errors
    /// Returns an error if this value or an earlier one cannot be encoded.
    pub fn try_bind<'t, T: Encode<'t, DB> + Type<DB>>(
        &mut self,
        value: T,
    ) -> Result<(), BoxDynError> {
        self.0.try_bind(value)
    }
}

impl<DB: Database + HasStatementCache, A> Query<'_, DB, A> {
    /// Sets whether the statement stays prepared on its connection. Defaults to `true`.
    pub fn persistent(self, value: bool) -> Self {
        Self(self.0.persistent(value))
    }
}

impl<'q, DB, A> Query<'q, DB, A>
where
    DB: Database,
    A: 'q + Send + IntoArguments<DB>,
{
    /// Converts each row with a function.
    pub fn map<F, O>(
        self,
        mut f: F,
    ) -> Map<'q, DB, impl FnMut(DB::Row) -> Result<O, Error> + Send, A>
    where
        F: FnMut(DB::Row) -> O + Send,
        O: Unpin,
    {
        self.try_map(move |row| Ok(f(row)))
    }

    /// Converts each row with a function that may fail.
    pub fn try_map<F, O>(self, f: F) -> Map<'q, DB, F, A>
    where
        F: FnMut(DB::Row) -> Result<O, Error> + Send,
        O: Unpin,
    {
        Map::new(self, f)
    }

    /// Runs the query, and returns the number of changed rows.
    pub fn execute<'e, 'c: 'e, E>(
        self,
        executor: E,
    ) -> impl Future<Output = Result<DB::QueryResult, Error>>
    where
        'q: 'e,
        A: 'e,
        E: Executor<'c, Database = DB>,
    {
        self.0.execute(executor)
    }

    deprecated_many! {
        /// Runs the query, and returns the number of changed rows of each statement.
        pub fn execute_many<'e, 'c: 'e, E>(
            self,
            executor: E,
        ) -> impl Future<Output = BoxStream<'e, Result<DB::QueryResult, Error>>>
        where
            'q: 'e,
            A: 'e,
            E: Executor<'c, Database = DB>,
        {
            #[expect(deprecated, reason = "SQLx's method of the same name")]
            self.0.execute_many(executor)
        }
    }

    /// Runs the query, and returns its rows as a stream.
    pub fn fetch<'e, 'c: 'e, E>(self, executor: E) -> BoxStream<'e, Result<DB::Row, Error>>
    where
        'q: 'e,
        A: 'e,
        E: Executor<'c, Database = DB>,
    {
        self.0.fetch(executor)
    }

    deprecated_many! {
        /// Runs the query, and returns its rows and the number of changed rows as a stream.
        pub fn fetch_many<'e, 'c: 'e, E>(
            self,
            executor: E,
        ) -> BoxStream<'e, sqlx_core::Result<Either<DB::QueryResult, DB::Row>>>
        where
            'q: 'e,
            A: 'e,
            E: Executor<'c, Database = DB>,
        {
            #[expect(deprecated, reason = "SQLx's method of the same name")]
            self.0.fetch_many(executor)
        }
    }

    /// Runs the query, and returns all rows.
    pub fn fetch_all<'e, 'c: 'e, E>(
        self,
        executor: E,
    ) -> impl Future<Output = Result<Vec<DB::Row>, Error>>
    where
        'q: 'e,
        A: 'e,
        E: Executor<'c, Database = DB>,
    {
        self.0.fetch_all(executor)
    }

    /// Runs the query, and returns its first row. No row is [`Error::RowNotFound`].
    pub fn fetch_one<'e, 'c: 'e, E>(
        self,
        executor: E,
    ) -> impl Future<Output = Result<DB::Row, Error>>
    where
        'q: 'e,
        A: 'e,
        E: Executor<'c, Database = DB>,
    {
        self.0.fetch_one(executor)
    }

    /// Runs the query, and returns its first row, if there is one.
    pub fn fetch_optional<'e, 'c: 'e, E>(
        self,
        executor: E,
    ) -> impl Future<Output = Result<Option<DB::Row>, Error>>
    where
        'q: 'e,
        A: 'e,
        E: Executor<'c, Database = DB>,
    {
        self.0.fetch_optional(executor)
    }
}

impl<'q, DB, A> Execute<'q, DB> for Query<'q, DB, A>
where
    DB: Database,
    A: Send + IntoArguments<DB>,
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

impl<'q, A> Query<'q, FlightSql, A>
where
    A: 'q + Send + IntoArguments<FlightSql>,
{
    fn change(
        self,
        change: impl FnOnce(StatementOptions) -> Arc<StatementOptions>,
    ) -> Query<'q, FlightSql, FlightSqlArguments> {
        let (sql, arguments, persistent) = changed(self.0, change);
        query_with_result(sql, arguments).persistent(persistent)
    }
}

statement_options!(Query<'q, FlightSql>);

/// Returns the parts of a query after a change of its options. The SQL of a prepared statement is its text, by which the
/// connection finds the statement again.
fn changed<'q>(
    mut query: impl Execute<'q, FlightSql>,
    change: impl FnOnce(StatementOptions) -> Arc<StatementOptions>,
) -> (SqlStr, Result<FlightSqlArguments, BoxDynError>, bool) {
    let persistent = query.persistent();
    let arguments = query.take_arguments().map(|arguments| {
        let mut arguments = arguments.unwrap_or_default();
        arguments.change_options(change);
        arguments
    });
    (query.sql(), arguments, persistent)
}
