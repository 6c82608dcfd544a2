//! Prepared statements at work (layer 4): bound, run, and prepared anew if the server has forgotten them.

use arrow_array::RecordBatch;
use arrow_schema::{Schema, SchemaRef};
use prost::bytes::Bytes;

use super::FlightSqlConnection;
use super::cache::CachedStatement;
use super::endpoints::ResultStream;
use super::prepare::{CloseOnDrop, PreparedStatement};
use super::route;
use super::run::{Outcome, RowsToRead};
use super::stale::{Failure, Stage};
use crate::arguments::{FlightSqlArguments, Target, wrong_number};
use crate::dialect::{Route, StatementClass};
use crate::error::{Error, Result};
use crate::protocol::prepared;

/// A statement that is prepared to run.
#[derive(Clone, Copy)]
struct BoundStatement<'a> {
    /// The text with the placeholders of the dialect.
    sql: &'a str,
    class: StatementClass,
    /// `None` for a statement without arguments, whose kind the server reports.
    arguments: Option<&'a FlightSqlArguments>,
    keep: bool,
}

impl FlightSqlConnection {
    /// Runs a statement without arguments whose text does not tell its kind: the driver prepares it, and the server tells.
    pub(super) async fn run_unbound(
        &mut self,
        sql: &str,
        class: StatementClass,
    ) -> Result<Outcome> {
        let statement = BoundStatement {
            sql,
            class,
            arguments: None,
            keep: false,
        };
        let prepared = match self.prepared(sql, false).await {
            Err(error) if error.is_unimplemented() => {
                self.inner.learned.no_prepare = true;
                return self.plain_query(sql, class).await;
            }
            prepared => prepared?,
        };
        // Boxed: every caller on the way up would carry and move it.
        Box::pin(self.run_prepared(statement, prepared)).await
    }

    /// Runs a statement with parameters: prepared once, then one RPC for an update, three for a query.
    pub(super) async fn run_bound(
        &mut self,
        sql: &str,
        class: StatementClass,
        arguments: &FlightSqlArguments,
        keep: bool,
    ) -> Result<Outcome> {
        if let Some(why) = self.dialect().profile().refuses_binds() {
            return Err(Error::unsupported(format!(
                "{why}; the option binds=literal writes the values into the statement"
            )));
        }
        let statement = BoundStatement {
            sql,
            class,
            arguments: Some(arguments),
            keep,
        };
        let prepared = self.prepared(sql, keep).await?;
        // Boxed: every caller on the way up would carry and move it.
        Box::pin(self.run_prepared(statement, prepared)).await
    }

    /// Runs the statement, and once more with a new handle if the failure may be due to the cached one.
    async fn run_prepared(
        &mut self,
        statement: BoundStatement<'_>,
        prepared: PreparedStatement,
    ) -> Result<Outcome> {
        let (is_cached, failures) = (prepared.is_cached, prepared.failures);
        let failure = match self
            .run_once(statement, prepared, is_cached || failures > 0)
            .await
        {
            Ok(outcome) => {
                if failures > 0 {
                    self.inner.statements.succeeded(self.scope(), statement.sql);
                }
                return Ok(outcome);
            }
            Err(failure) => failure,
        };
        let may_run_again = is_cached
            && self.evict(statement.sql, &failure)
            && self.may_run_again(statement.sql, statement.class, &failure);
        if !may_run_again {
            return Err(failure.error);
        }
        log::debug!(
            "preparing a cached statement anew after {:?} failed",
            failure.stage
        );
        // Boxed: rare, and every caller on the way up would carry it.
        Box::pin(async {
            let prepared = self.prepared(statement.sql, statement.keep).await?;
            let outcome = self.run_once(statement, prepared, true).await?;
            self.inner.statements.succeeded(self.scope(), statement.sql);
            Ok(outcome)
        })
        .await
    }

    /// `doubtful` says that the statement may not be what the server expects, so that a query has run only once its first
    /// rows are here.
    async fn run_once(
        &mut self,
        statement: BoundStatement<'_>,
        prepared: PreparedStatement,
        doubtful: bool,
    ) -> Result<Outcome, Failure> {
        let PreparedStatement {
            statement: cached,
            close,
            ..
        } = prepared;
        let class = statement.class;
        let row = match statement.arguments {
            Some(arguments) => Some(
                self.row(statement.sql, &cached, arguments)
                    .map_err(Failure::at(Stage::Values))?,
            ),
            None => {
                no_parameters_wanted(&cached).map_err(Failure::at(Stage::Values))?;
                None
            }
        };
        let is_read = class == StatementClass::Query;
        let rows = row.as_ref().map_or(1, RecordBatch::num_rows);
        match route::by_server(&cached.prepared, class, self.dialect()) {
            Route::Update => {
                let row = row.unwrap_or_else(no_parameters);
                self.prepared_update(&cached, row, close).await
            }
            Route::Query if rows != 1 && class == StatementClass::Dml => {
                let row = row.unwrap_or_else(no_parameters);
                // Boxed: rare, and every caller on the way up would carry it.
                Box::pin(self.each_row_as_query(statement.sql, cached, row, class, close)).await
            }
            Route::Query if rows != 1 => Err(Failure::at(Stage::Final)(Error::argument(format!(
                "a query takes one row of parameters and {rows} were bound; run it once for each"
            )))),
            Route::Query => {
                let stage = match is_read {
                    true => Stage::Query,
                    false => Stage::Update,
                };
                // A query that may run again does so only before its first rows are returned.
                let begins = is_read && doubtful && self.inner.levels.depth() == 0;
                let query = self.prepared_query(statement, cached, row, close, begins);
                query.await.map_err(Failure::at(stage))
            }
        }
    }

    /// The values as one row of parameters, in the types that the server reports.
    fn row(
        &self,
        sql: &str,
        statement: &CachedStatement,
        arguments: &FlightSqlArguments,
    ) -> Result<RecordBatch> {
        let bound = sqlx_core::arguments::Arguments::len(arguments);
        self.check_arity(sql, &statement.prepared, bound)?;
        Ok(arguments.to_batch(&Target {
            reported: statement.prepared.parameters.as_deref(),
            sql,
            dialect: self.dialect(),
            truncate: self.truncates(),
        })?)
    }

    /// Sends one row of parameters, and adopts the handle that carries them where the server made one.
    pub(super) async fn bind(
        &mut self,
        sql: &str,
        statement: &CachedStatement,
        row: RecordBatch,
        mut close: Option<CloseOnDrop>,
    ) -> Result<(CachedStatement, Option<CloseOnDrop>)> {
        let mut statement = statement.clone();
        let replaced =
            prepared::bind(&self.inner.rpc, statement.prepared.handle.clone(), row).await?;
        if let Some(handle) =
            replaced.filter(|_| self.dialect().profile().parameters.replaces_handle)
        {
            self.adopt_handle(sql, &handle, close.as_mut());
            statement.prepared.handle = handle;
        }
        Ok((statement, close))
    }

    /// The new handle stands in the place of the old one, for closing too.
    fn adopt_handle(&mut self, sql: &str, handle: &Bytes, close: Option<&mut CloseOnDrop>) {
        match close {
            Some(close) => close.replace(handle.clone()),
            None => {
                let scope = self.scope();
                if let Some((cached, _)) = self.inner.statements.get(scope, sql) {
                    cached.prepared.handle = handle.clone();
                }
            }
        }
    }

    async fn prepared_query(
        &mut self,
        statement: BoundStatement<'_>,
        mut prepared: CachedStatement,
        row: Option<RecordBatch>,
        mut close: Option<CloseOnDrop>,
        begins: bool,
    ) -> Result<Outcome> {
        if let Some(row) = row {
            (prepared, close) = self.bind(statement.sql, &prepared, row, close).await?;
        }
        let info = prepared::info(&self.inner.rpc, prepared.prepared.handle).await?;
        let mut stream = ResultStream::of_statement(&self.inner.rpc, &self.inner.debts, info)?;
        if begins {
            stream.begin().await?;
        }
        Ok(Outcome::Rows(Box::new(RowsToRead {
            stream,
            counting: self.counting(statement.class),
            _close: close,
        })))
    }
}

/// Refuses to run a statement with parameters without values.
fn no_parameters_wanted(statement: &CachedStatement) -> Result<()> {
    let reported = statement.prepared.parameters.as_ref();
    match reported.map_or(0, |schema| schema.fields().len()) {
        0 => Ok(()),
        wanted => Err(Error::argument(wrong_number(wanted, 0))),
    }
}

/// A batch without columns and rows: some servers run an update only when one comes.
fn no_parameters() -> RecordBatch {
    RecordBatch::new_empty(SchemaRef::new(Schema::empty()))
}
