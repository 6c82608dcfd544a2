//! The Flight SQL protocol around a small engine: prepared statements, bound values, execution and the catalog.
//!
//! A scripted server replies to every RPC from one [`Engine`], and records the requests.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow_array::RecordBatch;
use arrow_flight::sql::metadata::{GetTablesBuilder, SqlInfoDataBuilder};
use arrow_flight::sql::{
    CommandGetSqlInfo, CommandGetTables, CommandPreparedStatementQuery,
    CommandPreparedStatementUpdate, SqlInfo,
};
use arrow_flight::utils::flight_data_to_batches;
use arrow_schema::Schema;
use flightsql_testkit::tonic::Status;
use flightsql_testkit::{Reply, Rpc, Script, ScriptRequest};

/// An engine with one table.
pub(crate) trait Engine: Send + Sync + 'static {
    /// The name and the version that `GetSqlInfo` reports.
    fn version(&self) -> (&'static str, &'static str);

    /// The table's name and its columns, for the catalog.
    fn table(&self) -> (&'static str, Schema);

    /// Returns the columns and the parameters of a statement, or `None` for those that the engine does not report.
    fn prepare(&self, sql: &str) -> Result<(Option<Schema>, Option<Schema>), Status>;

    /// Runs a statement that returns rows, once per row of bound values.
    fn query(&self, sql: &str, bound: Option<&RecordBatch>) -> Result<RecordBatch, Status>;

    /// Runs a statement that changes rows, and returns their number.
    fn update(&self, sql: &str, bound: Option<&RecordBatch>) -> Result<i64, Status>;
}

/// The server side of a session with an [`Engine`].
pub(crate) struct Player<E> {
    pub(crate) engine: E,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Prepared statements. A handle is an index.
    prepared: Vec<Prepared>,
    /// Results. A ticket is an index.
    results: Vec<RecordBatch>,
    received: Vec<(String, RecordBatch)>,
}

struct Prepared {
    sql: String,
    bound: Option<RecordBatch>,
}

type Played = Result<Reply, Status>;

impl<E: Engine> Player<E> {
    pub(crate) fn new(engine: E) -> Arc<Self> {
        Arc::new(Self {
            engine,
            state: Mutex::default(),
        })
    }

    /// Returns the statements that ran with bound values, and the values as sent.
    pub(crate) fn received(&self) -> Vec<(String, RecordBatch)> {
        self.state().received.clone()
    }

    /// Returns the script of a server that always replies.
    pub(crate) fn script(self: &Arc<Self>) -> Script {
        let on = |play: fn(&Self, &ScriptRequest) -> Played| {
            let player = Arc::clone(self);
            Reply::with(move |request| play(&player, request).unwrap_or_else(Reply::status))
                .always()
        };
        let info = Rpc::GetFlightInfo;
        Script::new()
            .on(info, "CommandStatementQuery", on(Self::run_text))
            .on(
                info,
                "CommandPreparedStatementQuery",
                on(Self::run_prepared),
            )
            .on(info, "CommandGetTables", on(Self::tables))
            .on(info, "CommandGetSqlInfo", on(Self::sql_info))
            .on(Rpc::DoPut, "CommandStatementUpdate", on(Self::update_text))
            .on(Rpc::DoPut, "CommandPreparedStatementQuery", on(Self::bind))
            .on(
                Rpc::DoPut,
                "CommandPreparedStatementUpdate",
                on(Self::update_prepared),
            )
            .do_action("CreatePreparedStatement", on(Self::prepare))
            .do_action("ClosePreparedStatement", Reply::empty().always())
            .do_get(on(Self::result))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run_text(&self, request: &ScriptRequest) -> Played {
        self.run(&request.sql().unwrap_or_default(), None)
    }

    fn run_prepared(&self, request: &ScriptRequest) -> Played {
        let command: CommandPreparedStatementQuery =
            request.message().ok_or_else(|| invalid("the command"))?;
        let handle = number(&command.prepared_statement_handle)?;
        let (sql, bound) = {
            let state = self.state();
            let prepared = state
                .prepared
                .get(handle)
                .ok_or_else(|| invalid("the handle"))?;
            (prepared.sql.clone(), prepared.bound.clone())
        };
        self.run(&sql, bound.as_ref())
    }

    fn run(&self, sql: &str, bound: Option<&RecordBatch>) -> Played {
        let batch = self.engine.query(sql, bound)?;
        self.keep(sql, bound);
        Ok(self.reply(batch))
    }

    /// Stores a result, and returns its ticket.
    fn reply(&self, batch: RecordBatch) -> Reply {
        let mut state = self.state();
        let (schema, ticket) = (batch.schema(), state.results.len().to_string());
        state.results.push(batch);
        Reply::ticket(schema, ticket)
    }

    fn result(&self, request: &ScriptRequest) -> Played {
        let ticket = number(request.payload())?;
        let state = self.state();
        let batch = state
            .results
            .get(ticket)
            .ok_or_else(|| invalid("the ticket"))?;
        Ok(Reply::batches(batch.schema(), [batch.clone()]))
    }

    fn prepare(&self, request: &ScriptRequest) -> Played {
        let sql = request.sql().unwrap_or_default();
        let (columns, parameters) = self.engine.prepare(&sql)?;
        let mut state = self.state();
        let handle = state.prepared.len().to_string();
        state.prepared.push(Prepared { sql, bound: None });
        Ok(Reply::prepared(
            handle,
            columns.as_ref(),
            parameters.as_ref(),
        ))
    }

    fn bind(&self, request: &ScriptRequest) -> Played {
        let command: CommandPreparedStatementQuery =
            request.message().ok_or_else(|| invalid("the command"))?;
        let bound = values(request)?;
        let mut state = self.state();
        let handle = number(&command.prepared_statement_handle)?;
        let prepared = state
            .prepared
            .get_mut(handle)
            .ok_or_else(|| invalid("the handle"))?;
        prepared.bound = bound;
        // The handle stays the same.
        Ok(Reply::empty())
    }

    fn update_text(&self, request: &ScriptRequest) -> Played {
        let count = self
            .engine
            .update(&request.sql().unwrap_or_default(), None)?;
        Ok(Reply::update_count(count))
    }

    fn update_prepared(&self, request: &ScriptRequest) -> Played {
        let command: CommandPreparedStatementUpdate =
            request.message().ok_or_else(|| invalid("the command"))?;
        let handle = number(&command.prepared_statement_handle)?;
        let state = self.state();
        let prepared = state
            .prepared
            .get(handle)
            .ok_or_else(|| invalid("the handle"))?;
        let sql = prepared.sql.clone();
        drop(state);
        let bound = values(request)?;
        let count = self.engine.update(&sql, bound.as_ref())?;
        self.keep(&sql, bound.as_ref());
        Ok(Reply::update_count(count))
    }

    fn keep(&self, sql: &str, bound: Option<&RecordBatch>) {
        if let Some(bound) = bound {
            self.state().received.push((sql.to_owned(), bound.clone()));
        }
    }

    fn tables(&self, request: &ScriptRequest) -> Played {
        let command: CommandGetTables = request.message().ok_or_else(|| invalid("the command"))?;
        let (name, columns) = self.engine.table();
        let mut tables: GetTablesBuilder = command.into_builder();
        let appended = tables.append("", "", name, "TABLE", &columns);
        let batch = appended.and_then(|()| tables.build());
        Ok(self.reply(batch.map_err(|error| Status::internal(error.to_string()))?))
    }

    fn sql_info(&self, request: &ScriptRequest) -> Played {
        let command: CommandGetSqlInfo = request.message().ok_or_else(|| invalid("the command"))?;
        let (name, version) = self.engine.version();
        let mut info = SqlInfoDataBuilder::new();
        info.append(SqlInfo::FlightSqlServerName, name);
        info.append(SqlInfo::FlightSqlServerVersion, version);
        let batch = info
            .build()
            .and_then(|info| info.record_batch(command.info));
        Ok(self.reply(batch.map_err(|error| Status::internal(error.to_string()))?))
    }
}

/// Returns the rows of a client stream, or `None` for a batch without columns, which binds nothing.
fn values(request: &ScriptRequest) -> Result<Option<RecordBatch>, Status> {
    let batches = flight_data_to_batches(request.data());
    let batches = batches.map_err(|error| Status::invalid_argument(error.to_string()))?;
    Ok(batches.into_iter().find(|batch| batch.num_columns() > 0))
}

fn number(bytes: &[u8]) -> Result<usize, Status> {
    let text = std::str::from_utf8(bytes).ok();
    let number = text.and_then(|text| text.parse().ok());
    number.ok_or_else(|| invalid("the handle or ticket"))
}

fn invalid(what: &str) -> Status {
    Status::invalid_argument(format!("{what} is not valid"))
}
