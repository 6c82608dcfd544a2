//! Bulk ingest.
//!
//! Layer: service. Message: `CommandStatementIngest` (<https://arrow.apache.org/docs/format/FlightSql.html>). Batches are
//! inserted as they arrive. If a batch fails, all rows are removed.

use arrow_array::RecordBatch;
use arrow_flight::sql::{CommandStatementIngest, TableExistsOption, TableNotExistOption};
use arrow_schema::SchemaRef;
use tokio::sync::mpsc;
use tonic::Status;

use super::Inner;
use super::caller::Caller;
use super::put::Batches;
use super::status::blocking;
use crate::engine::{
    Cancel, Exists, Job, Missing, Need, SqliteError, Table, Target, cancelled, find, ingest,
};

/// Maximum number of batches between the network and SQLite.
const DEPTH: usize = 4;

impl Inner {
    /// Handles `CommandStatementIngest`. Returns the number of rows.
    pub(crate) async fn ingest(
        &self,
        caller: &Caller,
        command: CommandStatementIngest,
        mut batches: Batches,
    ) -> Result<i64, Status> {
        let target = target(&command)?;
        let need = match target.temporary {
            true => Need::Session,
            false => Need::Changes,
        };
        let site = self.place(caller, command.transaction_id.as_ref(), need, || {
            "a temporary table needs a session, and the call has no session cookie: send BeginTransaction first, or let \
             the client return cookies"
                .to_owned()
        })?;
        let first = batches.next().await?;
        let schema = batches
            .schema()
            .ok_or_else(|| Status::invalid_argument("the ingested data has no schema"))?;
        let (sender, receiver) = mpsc::channel(DEPTH);
        let cancel = Cancel::default();
        let watch = cancel.clone();
        let insert = blocking(&cancel, move || {
            let table = site.plan(None, &watch, |conn, catalog| find(conn, catalog, &target))?;
            site.run(Job::ingest(), &watch, |conn| {
                insert(conn, &target, table.as_ref(), &schema, receiver)
            })
        });
        let (rows, ()) = tokio::join!(insert, feed(first, batches, sender));
        rows
    }
}

/// A message to the thread: a batch, or the end with its reason. Without an end, the ingest was interrupted.
enum Part {
    Batch(RecordBatch),
    End(Result<(), Status>),
}

fn insert(
    conn: &rusqlite::Connection,
    target: &Target,
    existing: Option<&Table>,
    schema: &SchemaRef,
    mut receiver: mpsc::Receiver<Part>,
) -> Result<i64, SqliteError> {
    ingest(
        conn,
        target,
        existing,
        schema,
        &mut || match receiver.blocking_recv() {
            Some(Part::Batch(batch)) => Ok(Some(batch)),
            Some(Part::End(Ok(()))) => Ok(None),
            Some(Part::End(Err(status))) => Err(SqliteError::invalid(status.message())),
            None => Err(cancelled()),
        },
    )
}

async fn feed(first: Option<RecordBatch>, mut batches: Batches, sender: mpsc::Sender<Part>) {
    let mut next = Ok(first);
    loop {
        let (part, last) = match next {
            Ok(Some(batch)) => (Part::Batch(batch), false),
            Ok(None) => (Part::End(Ok(())), true),
            Err(status) => (Part::End(Err(status)), true),
        };
        // If the channel is closed, the thread has stopped with an error.
        if sender.send(part).await.is_err() || last {
            return;
        }
        next = batches.next().await;
    }
}

fn target(command: &CommandStatementIngest) -> Result<Target, Status> {
    if command.table.is_empty() || command.table.contains('\0') {
        return Err(Status::invalid_argument("the ingest names no table"));
    }
    if let Some(option) = command.options.keys().min() {
        return Err(Status::invalid_argument(format!(
            "unknown ingest option {option:?}"
        )));
    }
    if let Some(catalog) = command
        .catalog
        .as_deref()
        .filter(|name| !matches!(*name, "" | "main"))
    {
        return Err(Status::not_found(format!(
            "no such catalog: {catalog}, the only one is main"
        )));
    }
    let temp = match command.schema.as_deref() {
        None | Some("" | "main") => false,
        Some("temp") => true,
        Some(other) => return Err(Status::not_found(format!("no such schema: {other}"))),
    };
    let options = command.table_definition_options.unwrap_or_default();
    let unspecified = |what: &str| {
        Status::invalid_argument(format!(
            "table_definition_options must say what to do if the table {what}"
        ))
    };
    let if_missing = match TableNotExistOption::try_from(options.if_not_exist) {
        Ok(TableNotExistOption::Create) => Missing::Create,
        Ok(TableNotExistOption::Fail) => Missing::Fail,
        _ => return Err(unspecified("does not exist")),
    };
    let if_exists = match TableExistsOption::try_from(options.if_exists) {
        Ok(TableExistsOption::Append) => Exists::Append,
        Ok(TableExistsOption::Replace) => Exists::Replace,
        Ok(TableExistsOption::Fail) => Exists::Fail,
        _ => return Err(unspecified("exists")),
    };
    Ok(Target {
        table: command.table.clone(),
        temporary: command.temporary || temp,
        if_missing,
        if_exists,
    })
}
