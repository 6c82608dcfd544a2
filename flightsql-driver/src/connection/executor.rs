//! SQLx's [`Executor`]. It overrides every provided method, because the adapters of the defaults cost several times as much as
//! a row.
//!
//! All methods are cancel safe: dropping a future or a stream stops the statement on the server and leaves the connection
//! usable. A dropped write may or may not have happened, as with any database.

use std::sync::Arc;

use either::Either;
use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;
use futures_util::{FutureExt, StreamExt};
use sqlx_core::describe::Describe;
use sqlx_core::executor::{Execute, Executor};
use sqlx_core::sql_str::SqlStr;

use super::FlightSqlConnection;
use super::request::StatementRequest;
use super::rows::{ExecuteStream, Reader, RowStream};
use crate::error::{Error, Result, SqlxResult};
use crate::marker::FlightSql;
use crate::query_result::FlightSqlQueryResult;
use crate::row::FlightSqlRow;
use crate::session::execute::Outcome;
#[cfg(feature = "migrate")]
use crate::sql::ParsedStatement;
use crate::statement::FlightSqlStatement;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::Batch;

impl<'c> Executor<'c> for &'c mut FlightSqlConnection {
    type Database = FlightSql;

    fn execute<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, SqlxResult<FlightSqlQueryResult>>
    where
        'c: 'e,
        E: 'q + Execute<'q, FlightSql>,
    {
        let requests = StatementRequest::all_of(self, query);
        Box::pin(async move {
            let mut total = FlightSqlQueryResult::default();
            for request in requests? {
                let done = self.each_batch(request, |_| Ok(())).await;
                total.extend([done.map_err(|error| self.shown(error))?]);
            }
            Ok(total)
        })
    }

    fn execute_many<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxStream<'e, SqlxResult<FlightSqlQueryResult>>
    where
        'c: 'e,
        E: 'q + Execute<'q, FlightSql>,
    {
        let steps = self.fetch_many(query);
        steps
            .filter_map(|step| async move { step.map(Either::left).transpose() })
            .boxed()
    }

    fn fetch<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, SqlxResult<FlightSqlRow>>
    where
        'c: 'e,
        E: 'q + Execute<'q, FlightSql>,
    {
        match StatementRequest::all_of(self, query) {
            Ok(queue) => Box::pin(RowStream(ExecuteStream::new(self, queue))),
            Err(error) => failed(error),
        }
    }

    fn fetch_many<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxStream<'e, SqlxResult<Either<FlightSqlQueryResult, FlightSqlRow>>>
    where
        'c: 'e,
        E: 'q + Execute<'q, FlightSql>,
    {
        match StatementRequest::all_of(self, query) {
            Ok(queue) => Box::pin(ExecuteStream::new(self, queue)),
            Err(error) => failed(error),
        }
    }

    fn fetch_all<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, SqlxResult<Vec<FlightSqlRow>>>
    where
        'c: 'e,
        E: 'q + Execute<'q, FlightSql>,
    {
        let requests = StatementRequest::all_of(self, query);
        Box::pin(async move {
            let mut rows = Vec::new();
            for request in requests? {
                let take = |batch: Arc<Batch>| {
                    let all = 0..batch.num_rows();
                    rows.extend(all.map(|row| FlightSqlRow::new(Arc::clone(&batch), row)));
                    Ok(())
                };
                let fetched = self.each_batch(request, take).await;
                fetched.map_err(|error| self.shown(error))?;
            }
            Ok(rows)
        })
    }

    fn fetch_optional<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxFuture<'e, SqlxResult<Option<FlightSqlRow>>>
    where
        'c: 'e,
        E: 'q + Execute<'q, FlightSql>,
    {
        let requests = StatementRequest::all_of(self, query);
        Box::pin(async move {
            let mut rows = RowStream(ExecuteStream::new(self, requests?));
            let row = rows.next().await.transpose()?;
            if rows.0.changes_rows() {
                // A change can still fail, even at its commit, so the row alone does not prove success.
                while let Some(Either::Right(_)) = rows.0.next().await.transpose()? {}
            } else if rows.0.is_at_end_of_batch() {
                // The stream of a single row mostly ends in the same packet, and this poll closes it in order. The driver
                // cancels a longer result.
                drop(rows.next().now_or_never());
            }
            Ok(row)
        })
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        _parameters: &'e [FlightSqlTypeInfo],
    ) -> BoxFuture<'e, SqlxResult<FlightSqlStatement>>
    where
        'c: 'e,
    {
        // Flight SQL has no field for the types: the server reports its own.
        Box::pin(async move {
            let prepared = self.prepare_statement(sql).await;
            prepared.map_err(|error| self.shown(error))
        })
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, SqlxResult<Describe<FlightSql>>>
    where
        'c: 'e,
    {
        Box::pin(async move {
            let described = self.describe_statement(sql).await;
            described.map_err(|error| self.shown(error))
        })
    }
}

impl FlightSqlConnection {
    /// Runs one statement unchanged, and reads its result.
    #[cfg(feature = "migrate")]
    pub(crate) async fn run_text(&mut self, sql: &str) -> SqlxResult<()> {
        let statement = self.dialect().parse(sql);
        let statement =
            statement.map_err(|error| Error::from(flightsql_client::Error::from(error)))?;
        let run = self.run_statement(statement).await;
        run.map_err(|error| self.shown(error))
    }

    /// Runs a parsed statement, and reads its result. The error is not masked yet.
    #[cfg(feature = "migrate")]
    pub(crate) async fn run_statement(&mut self, statement: ParsedStatement) -> Result<()> {
        let request = StatementRequest::raw(statement);
        Box::pin(self.each_batch(request, |_| Ok(())))
            .await
            .map(drop)
    }

    /// Runs one statement and reads its complete result, because some servers run a statement while it is read.
    pub(super) async fn each_batch(
        &mut self,
        request: StatementRequest,
        mut take: impl FnMut(Arc<Batch>) -> Result<()>,
    ) -> Result<FlightSqlQueryResult> {
        let mut reader = Reader::new(self, &request.sql);
        let result = match request.run(&mut self.session).await? {
            Outcome::Done(result) => result.into(),
            Outcome::Rows(mut rows) => {
                while let Some(batch) = rows.next().await? {
                    take(reader.batch(&rows, batch)?)?;
                }
                rows.outcome().into()
            }
        };
        reader.finish(&result);
        Ok(result)
    }
}

fn failed<'e, T: Send + 'e>(error: Error) -> BoxStream<'e, SqlxResult<T>> {
    Box::pin(futures_util::stream::iter([Err(error.into())]))
}
