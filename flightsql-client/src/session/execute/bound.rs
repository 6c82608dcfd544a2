//! Prepared statements: bound, run, and prepared again if the server has forgotten them.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{Schema, SchemaRef};
use prost::bytes::Bytes;

use super::Outcome;
use super::endpoints::EndpointStream;
use super::route;
use crate::bind::{BindTarget, Parameters, wrong_number};
use crate::dialect::{Route, StatementClass};
use crate::error::{Error, Result};
use crate::protocol::prepared::{self, Prepared};
use crate::session::changes::settled;
use crate::session::prepared::{CloseOnDrop, ReadyStatement};
use crate::session::retry::Attempts;
use crate::session::stale::{Failure, Stage};
use crate::session::{PreparedStatement, Session};
use crate::sql::ParsedStatement;

#[derive(Clone, Copy)]
struct BoundStatement<'a> {
    /// The statement with the placeholders of the dialect.
    statement: &'a ParsedStatement,
    /// `None` for a statement without parameters, whose kind the server reports.
    parameters: Option<&'a Parameters>,
    persistent: bool,
}

impl Session {
    /// Prepares and runs a statement without parameters whose text does not determine its kind; the server reports the kind.
    pub(super) async fn run_unbound(&mut self, statement: &ParsedStatement) -> Result<Outcome> {
        let bound = BoundStatement {
            statement,
            parameters: None,
            persistent: false,
        };
        let prepared = match self.prepared(statement, false).await {
            Err(error) if error.is_unsupported() => {
                self.capabilities.prepare = false;
                return self.plain_query(statement).await;
            }
            prepared => prepared?,
        };
        // Boxed, as below: every caller on the way up would carry and move it.
        Box::pin(self.run_prepared(bound, prepared)).await
    }

    /// Runs a statement with parameters: prepared once, then one RPC for an update, three for a query.
    pub(super) async fn run_bound(
        &mut self,
        statement: &ParsedStatement,
        parameters: &Parameters,
        persistent: bool,
    ) -> Result<Outcome> {
        if let Some(why) = self.dialect().profile().refuses_binds() {
            return Err(Error::unsupported(format!(
                "{why}; the option binds=literal writes the values into the statement"
            )));
        }
        let bound = BoundStatement {
            statement,
            parameters: Some(parameters),
            persistent,
        };
        let prepared = self.prepared(statement, persistent).await?;
        Box::pin(self.run_prepared(bound, prepared)).await
    }

    /// Runs a statement with the caller's own handle. If the handle belongs to another session or transaction, if other
    /// text has to be sent, or if the server has forgotten the handle, the statement runs by its text.
    pub(in crate::session) async fn run_own(
        &mut self,
        own: &PreparedStatement,
        parameters: Option<Parameters>,
        persistent: bool,
    ) -> Result<Outcome> {
        // First, because a session that is opened again has other handles.
        self.ready().await?;
        if !own.is_of(self) {
            // The dialect of another session may read the text differently.
            let statement = self.dialect().parse(own.sql())?;
            return self.run_unwatched(&statement, parameters, persistent).await;
        }
        let parameters = parameters.filter(|parameters| !parameters.is_empty());
        if own.is_in_transaction_of(self) && self.sends(own, parameters.as_ref())? {
            let is_read = !own.written().may_change();
            let bound = BoundStatement {
                statement: own.sent(),
                parameters: parameters.as_ref(),
                persistent,
            };
            let running = self.starting(own.written());
            let failure = match Box::pin(self.run_once(bound, own.ready(), is_read)).await {
                Ok(outcome) => {
                    self.succeeded();
                    return settled(running, Ok(self.with_response_headers(outcome)));
                }
                Err(failure) => failure,
            };
            if let Some(running) = running {
                running.failed(&failure.error);
            }
            let is_forgotten = self.names_the_handle(&failure.error);
            let mut attempts = Attempts::new(is_read);
            if !is_forgotten || !self.may_run_again(own.written(), &failure) {
                Box::pin(self.recover(&mut attempts, failure.error)).await?;
            }
            log::debug!("running a prepared statement by its text");
            let again = self.run_attempts(own.written(), parameters, persistent, attempts);
            // Boxed: rare, and every caller on the way up would carry it.
            return Box::pin(again).await;
        }
        self.run_unwatched(own.written(), parameters, persistent)
            .await
    }

    /// Returns `true` if the values are bound to the text that the server prepared.
    fn sends(&self, own: &PreparedStatement, parameters: Option<&Parameters>) -> Result<bool> {
        let Some(parameters) = parameters else {
            return Ok(true);
        };
        if self.writes(parameters) || self.dialect().profile().refuses_binds().is_some() {
            return Ok(false);
        }
        let sent = self.with_placeholders(own.written(), parameters)?;
        Ok(sent.text() == own.sent().text())
    }

    /// Runs the statement, and once more with a new handle if the failure may be due to the cached one.
    async fn run_prepared(
        &mut self,
        bound: BoundStatement<'_>,
        prepared: ReadyStatement,
    ) -> Result<Outcome> {
        let sql = bound.statement.text();
        let (is_cached, failures) = (prepared.is_cached, prepared.failures);
        let failure = match self
            .run_once(bound, prepared, is_cached || failures > 0)
            .await
        {
            Ok(outcome) => {
                if failures > 0 {
                    self.statements.succeeded(self.scope(), sql);
                }
                return Ok(outcome);
            }
            Err(failure) => failure,
        };
        let may_run_again =
            is_cached && self.evict(sql, &failure) && self.may_run_again(bound.statement, &failure);
        if !may_run_again {
            return Err(failure.error);
        }
        log::debug!(
            "preparing a cached statement again after {:?} failed",
            failure.stage
        );
        // Boxed: rare, and every caller on the way up would carry it.
        Box::pin(async {
            let prepared = self.prepared(bound.statement, bound.persistent).await?;
            let outcome = self.run_once(bound, prepared, true).await?;
            self.statements.succeeded(self.scope(), sql);
            Ok(outcome)
        })
        .await
    }

    /// Runs the statement. If `doubtful`, the handle may be stale, so a query counts as run only after its first rows.
    async fn run_once(
        &mut self,
        bound: BoundStatement<'_>,
        prepared: ReadyStatement,
        doubtful: bool,
    ) -> Result<Outcome, Failure> {
        let ReadyStatement {
            mut prepared,
            close,
            ..
        } = prepared;
        let statement = bound.statement;
        let row = self.row(bound, &prepared);
        let row = row.map_err(Failure::at(Stage::Values))?;
        let class = statement.class();
        let rows = row.as_ref().map_or(1, RecordBatch::num_rows);
        match route::by_server(&prepared, class, self.dialect()) {
            Route::Update => {
                let row = row.unwrap_or_else(no_parameters);
                self.prepared_update(&prepared, row, close).await
            }
            _ if rows != 1 && class == StatementClass::Dml => {
                let row = row.unwrap_or_else(no_parameters);
                // Boxed: rare, and every caller on the way up would carry it.
                Box::pin(self.each_row_as_query(statement, prepared, row, close)).await
            }
            _ if rows != 1 => Err(Failure::at(Stage::Final)(Error::argument(format!(
                "a query accepts one parameter set, but {rows} were bound; run the query once per set"
            )))),
            _ => {
                let is_read = class == StatementClass::Query;
                let stage = match is_read {
                    true => Stage::Query,
                    false => Stage::Update,
                };
                if let Some(row) = row {
                    let bound = row.clone();
                    let bound = self.bind(statement, &mut prepared, bound, close.as_deref());
                    match bound.await {
                        Err(error)
                            if class == StatementClass::Dml && self.binds_updates_only(&error) =>
                        {
                            return self.update_instead(&prepared, row, close).await;
                        }
                        bound => bound.map_err(Failure::at(stage))?,
                    }
                }
                // A query that may run again does so only before its first rows are returned.
                let begins = is_read && doubtful && !self.is_in_transaction();
                let query = self.prepared_query(statement, prepared, close, begins);
                query.await.map_err(Failure::at(stage))
            }
        }
    }

    /// The values as one row of parameters, in the types that the server reports; `None` for a statement without parameters.
    fn row(&self, bound: BoundStatement<'_>, prepared: &Prepared) -> Result<Option<RecordBatch>> {
        let Some(parameters) = bound.parameters else {
            return no_parameters_wanted(prepared).map(|()| None);
        };
        self.check_arity(bound.statement, prepared, parameters.len())?;
        let row = parameters.to_batch(&BindTarget {
            reported: prepared.parameters.as_deref(),
            statement: bound.statement,
            dialect: self.dialect(),
            truncate: self.truncates(),
        })?;
        Ok(Some(row))
    }

    /// Sends one row of parameters, and uses the handle that the server returns for them, if any.
    pub(super) async fn bind(
        &mut self,
        statement: &ParsedStatement,
        prepared: &mut Prepared,
        row: RecordBatch,
        close: Option<&CloseOnDrop>,
    ) -> Result<()> {
        let replaced = prepared::bind(self.rpc(), prepared.handle.clone(), row).await?;
        if let Some(handle) =
            replaced.filter(|_| self.dialect().profile().parameters.replaces_handle)
        {
            self.replace_handle(statement.text(), &handle, close);
            prepared.handle = handle;
        }
        Ok(())
    }

    /// Replaces the handle, also for closing.
    fn replace_handle(&mut self, sql: &str, handle: &Bytes, close: Option<&CloseOnDrop>) {
        match close {
            Some(close) => close.replace(handle.clone()),
            None => {
                let scope = self.scope();
                if let Some((cached, _)) = self.statements.get(scope, sql) {
                    cached.handle = handle.clone();
                }
            }
        }
    }

    async fn prepared_query(
        &mut self,
        statement: &ParsedStatement,
        prepared: Prepared,
        close: Option<Arc<CloseOnDrop>>,
        begins: bool,
    ) -> Result<Outcome> {
        let info = prepared::info(self.rpc(), prepared.handle).await?;
        // The server may have run the statement.
        self.has_effects |= statement.may_change();
        let rows = EndpointStream::of_statement(&self.context, info, statement)?;
        let mut rows = rows.closing(close);
        if begins {
            rows.begin().await?;
        }
        Ok(Outcome::Rows(Box::new(rows)))
    }
}

/// Refuses to run a statement with parameters without values.
fn no_parameters_wanted(prepared: &Prepared) -> Result<()> {
    let reported = prepared.parameters.as_ref();
    match reported.map_or(0, |schema| schema.fields().len()) {
        0 => Ok(()),
        wanted => Err(Error::argument(wrong_number(wanted, 0))),
    }
}

/// A batch without columns and rows: some servers run an update only when one comes.
fn no_parameters() -> RecordBatch {
    RecordBatch::new_empty(SchemaRef::new(Schema::empty()))
}
