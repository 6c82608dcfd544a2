//! SQLx's [`Executor`] (layer 4). Every provided method is overridden: the defaults go through adapters that
//! cost several times the row itself.
//!
//! All methods are cancel-safe: dropping a future or a stream stops the server and leaves the connection
//! usable. A write that was dropped half-way may or may not have happened, as with any database.

use std::collections::VecDeque;
use std::sync::Arc;

use either::Either;
use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;
use futures_util::{FutureExt, StreamExt};
use sqlx_core::describe::Describe;
use sqlx_core::executor::{Execute, Executor};
use sqlx_core::sql_str::{AssertSqlSafe, SqlSafeStr, SqlStr};

use super::FlightSqlConnection;
use super::rows::{OnlyRows, Reader, Steps, Work};
use super::run::Outcome;
use crate::dialect::classify;
use crate::error::{Error, Result};
use crate::marker::FlightSql;
use crate::query_result::FlightSqlQueryResult;
use crate::row::FlightSqlRow;
use crate::statement::FlightSqlStatement;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::Batch;

type SqlxResult<T> = std::result::Result<T, sqlx_core::Error>;

impl<'c> Executor<'c> for &'c mut FlightSqlConnection {
    type Database = FlightSql;

    fn execute<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, SqlxResult<FlightSqlQueryResult>>
    where
        'c: 'e,
        E: 'q + Execute<'q, FlightSql>,
    {
        let works = works(self, query);
        Box::pin(async move {
            let mut total = FlightSqlQueryResult::default();
            for work in works? {
                let done = self.execute_one(work).await;
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
        match works(self, query) {
            Ok(queue) => Box::pin(OnlyRows(Steps::new(self, queue))),
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
        match works(self, query) {
            Ok(queue) => Box::pin(Steps::new(self, queue)),
            Err(error) => failed(error),
        }
    }

    fn fetch_all<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, SqlxResult<Vec<FlightSqlRow>>>
    where
        'c: 'e,
        E: 'q + Execute<'q, FlightSql>,
    {
        let works = works(self, query);
        Box::pin(async move {
            let mut rows = Vec::new();
            for work in works? {
                let fetched = self.fetch_all_of(work, &mut rows).await;
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
        let works = works(self, query);
        Box::pin(async move {
            let mut rows = OnlyRows(Steps::new(self, works?));
            let row = rows.next().await.transpose()?;
            if rows.0.changes_rows() {
                // A change may still fail, at its commit too, so the row alone is no success.
                while let Some(Either::Right(_)) = rows.0.next().await.transpose()? {}
            } else if rows.0.is_at_end_of_batch() {
                // The stream of a single row mostly ends in the same packet, and this closes it in order. The driver
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
        // Flight SQL has no place for the types: the server announces its own.
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
    async fn execute_one(&mut self, work: Work) -> Result<FlightSqlQueryResult> {
        self.each_batch(work, |_| Ok(())).await
    }

    async fn fetch_all_of(&mut self, work: Work, all: &mut Vec<FlightSqlRow>) -> Result<()> {
        let take = |batch: Arc<Batch>| {
            let count = batch.num_rows();
            all.extend((0..count).map(|row| FlightSqlRow::new(Arc::clone(&batch), row)));
            Ok(())
        };
        self.each_batch(work, take).await.map(|_| ())
    }

    /// Runs one statement and reads all of its result: on some servers reading is what runs it.
    pub(super) async fn each_batch(
        &mut self,
        work: Work,
        mut take: impl FnMut(Arc<Batch>) -> Result<()>,
    ) -> Result<FlightSqlQueryResult> {
        let mut reader = Reader::new(self, &work.sql);
        let result = match self.run(&work.sql, work.arguments, work.keep).await? {
            Outcome::Done(result) => result,
            Outcome::Rows(mut rows) => {
                while let Some(batch) = rows.stream.next().await? {
                    take(reader.batch(&rows, batch)?)?;
                }
                reader.result(&rows.counting)
            }
        };
        reader.finish(&result);
        Ok(result)
    }
}

impl Work {
    /// What one statement needs, out of SQLx's query.
    pub(super) fn of<'q>(mut query: impl Execute<'q, FlightSql>) -> Result<Self> {
        // In this order: taking the SQL consumes the query.
        let arguments = query
            .take_arguments()
            .map_err(|error| Error::from(sqlx_core::Error::Encode(error)))?;
        let keep = query.persistent();
        Ok(Self {
            sql: query.sql(),
            arguments,
            keep,
        })
    }
}

/// The statements of a query: one, or for raw SQL as many as the text holds.
fn works<'q>(
    connection: &FlightSqlConnection,
    query: impl Execute<'q, FlightSql>,
) -> Result<VecDeque<Work>> {
    let work = Work::of(query)?;
    if work.arguments.is_some() {
        return Ok(VecDeque::from([work]));
    }
    let texts = classify::split(work.sql.as_str(), &connection.dialect().profile().syntax);
    if texts.len() <= 1 {
        return Ok(VecDeque::from([work]));
    }
    let keep = work.keep;
    let works = texts.into_iter().map(|text| Work {
        // A part of a text that the caller vouched for.
        sql: AssertSqlSafe(text.to_owned()).into_sql_str(),
        arguments: None,
        keep,
    });
    Ok(works.collect())
}

fn failed<'e, T: Send + 'e>(error: Error) -> BoxStream<'e, SqlxResult<T>> {
    Box::pin(futures_util::stream::iter([Err(error.into())]))
}
