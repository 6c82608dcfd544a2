//! [`Map`]: a query whose rows a function converts.

use std::sync::Arc;

use either::Either;
use flightsql_client::StatementOptions;
use futures_core::stream::BoxStream;
use sqlx_core::arguments::IntoArguments;
use sqlx_core::database::Database;
use sqlx_core::error::{BoxDynError, Error};
use sqlx_core::executor::{Execute, Executor};
use sqlx_core::query as sqlx;
use sqlx_core::sql_str::SqlStr;

use super::{Query, deprecated_many, statement_options};
use crate::arguments::FlightSqlArguments;
use crate::marker::FlightSql;

/// A query whose rows a function converts; created by [`Query::map`], [`Query::try_map`] and the macro `query!`. Corresponds
/// to [`sqlx_core::query::Map`].
#[must_use = "query must be executed to affect database"]
pub struct Map<'q, DB: Database, F, A> {
    inner: Query<'q, DB, A>,
    mapper: F,
}

impl<'q, DB: Database, F, A> Map<'q, DB, F, A> {
    pub(super) fn new(inner: Query<'q, DB, A>, mapper: F) -> Self {
        Self { inner, mapper }
    }
}

impl<'q, DB, F, O, A> Map<'q, DB, F, A>
where
    DB: Database,
    F: FnMut(DB::Row) -> Result<O, Error> + Send,
    O: Send + Unpin,
    A: 'q + Send + IntoArguments<DB>,
{
    /// Converts each converted row with a further function.
    pub fn map<G, P>(
        self,
        mut g: G,
    ) -> Map<'q, DB, impl FnMut(DB::Row) -> Result<P, Error> + Send, A>
    where
        G: FnMut(O) -> P + Send,
        P: Unpin,
    {
        self.try_map(move |data| Ok(g(data)))
    }

    /// Converts each converted row with a further function that may fail.
    pub fn try_map<G, P>(
        self,
        mut g: G,
    ) -> Map<'q, DB, impl FnMut(DB::Row) -> Result<P, Error> + Send, A>
    where
        G: FnMut(O) -> Result<P, Error> + Send,
        P: Unpin,
    {
        let mut f = self.mapper;
        Map::new(self.inner, move |row| f(row).and_then(&mut g))
    }

    fn into_sqlx(self) -> sqlx::Map<'q, DB, F, A> {
        self.inner.0.try_map(self.mapper)
    }

    /// Runs the query, and returns its converted rows as a stream.
    pub fn fetch<'e, 'c: 'e, E>(self, executor: E) -> BoxStream<'e, Result<O, Error>>
    where
        'q: 'e,
        E: 'e + Executor<'c, Database = DB>,
        DB: 'e,
        F: 'e,
        O: 'e,
    {
        self.into_sqlx().fetch(executor)
    }

    deprecated_many! {
        /// Runs the query, and returns its converted rows and the number of changed rows as a stream.
        pub fn fetch_many<'e, 'c: 'e, E>(
            self,
            executor: E,
        ) -> BoxStream<'e, sqlx_core::Result<Either<DB::QueryResult, O>>>
        where
            'q: 'e,
            E: 'e + Executor<'c, Database = DB>,
            DB: 'e,
            F: 'e,
            O: 'e,
        {
            #[expect(deprecated, reason = "SQLx's method of the same name")]
            self.into_sqlx().fetch_many(executor)
        }
    }

    /// Runs the query, and returns all converted rows.
    pub fn fetch_all<'e, 'c: 'e, E>(
        self,
        executor: E,
    ) -> impl Future<Output = Result<Vec<O>, Error>>
    where
        'q: 'e,
        E: 'e + Executor<'c, Database = DB>,
        DB: 'e,
        F: 'e,
        O: 'e,
    {
        self.into_sqlx().fetch_all(executor)
    }

    /// Runs the query, and returns its first converted row. No row is [`Error::RowNotFound`].
    pub fn fetch_one<'e, 'c: 'e, E>(self, executor: E) -> impl Future<Output = Result<O, Error>>
    where
        'q: 'e,
        E: 'e + Executor<'c, Database = DB>,
        DB: 'e,
        F: 'e,
        O: 'e,
    {
        self.into_sqlx().fetch_one(executor)
    }

    /// Runs the query, and returns its first converted row, if there is one.
    pub fn fetch_optional<'e, 'c: 'e, E>(
        self,
        executor: E,
    ) -> impl Future<Output = Result<Option<O>, Error>>
    where
        'q: 'e,
        E: 'e + Executor<'c, Database = DB>,
        DB: 'e,
        F: 'e,
        O: 'e,
    {
        self.into_sqlx().fetch_optional(executor)
    }
}

impl<'q, DB, F: Send, A: Send> Execute<'q, DB> for Map<'q, DB, F, A>
where
    DB: Database,
    A: IntoArguments<DB>,
{
    fn sql(self) -> SqlStr {
        self.inner.sql()
    }

    fn statement(&self) -> Option<&DB::Statement> {
        self.inner.statement()
    }

    fn take_arguments(&mut self) -> Result<Option<DB::Arguments>, BoxDynError> {
        self.inner.take_arguments()
    }

    fn persistent(&self) -> bool {
        Execute::persistent(&self.inner)
    }
}

impl<'q, F, A> Map<'q, FlightSql, F, A>
where
    A: 'q + Send + IntoArguments<FlightSql>,
{
    fn change(
        self,
        change: impl FnOnce(StatementOptions) -> Arc<StatementOptions>,
    ) -> Map<'q, FlightSql, F, FlightSqlArguments> {
        Map::new(self.inner.change(change), self.mapper)
    }
}

statement_options!(Map<'q, FlightSql, F>);
