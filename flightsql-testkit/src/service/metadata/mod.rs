//! The metadata commands: catalogs, schemas, tables, keys, server and type info.
//!
//! Layer: service. Messages: `CommandGet…` (<https://arrow.apache.org/docs/format/FlightSql.html>). There is one catalog,
//! `main`, with one schema without a name. The ticket is the command itself, so clients can read it repeatedly.

mod keys;
mod sql_info;
mod xdbc;

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_flight::error::FlightError;
use arrow_flight::sql::metadata::GetCatalogsBuilder;
use arrow_flight::sql::{Command, CommandGetDbSchemas, CommandGetTableTypes, CommandGetTables};
use arrow_flight::{FlightDescriptor, FlightEndpoint, FlightInfo, Ticket};
use arrow_schema::{Schema, SchemaRef};
use bytes::Bytes;
use prost::Message;
use rusqlite::Connection;
use tonic::Status;

use super::Inner;
use super::status::{blocking, schema_bytes};
use crate::engine::{CATALOG, Cancel, Result as EngineResult, SCHEMA, SqliteError, Table, tables};

impl Inner {
    /// Returns the result schema of a metadata command, or `None` for any other command.
    pub(crate) fn metadata_schema(&self, command: &Command) -> Result<Option<SchemaRef>, Status> {
        Ok(Some(match command {
            Command::CommandGetCatalogs(_) => GetCatalogsBuilder::new().schema(),
            Command::CommandGetDbSchemas(command) => command.clone().into_builder().schema(),
            Command::CommandGetTables(command) => command.clone().into_builder().schema(),
            Command::CommandGetTableTypes(command) => (*command).into_builder().schema(),
            Command::CommandGetPrimaryKeys(_) => keys::primary_schema(),
            Command::CommandGetExportedKeys(_)
            | Command::CommandGetImportedKeys(_)
            | Command::CommandGetCrossReference(_) => keys::foreign_schema(),
            Command::CommandGetSqlInfo(_) if !self.config.sql_info => {
                return Err(Status::unimplemented("this server has no GetSqlInfo"));
            }
            Command::CommandGetSqlInfo(_) => sql_info::schema(),
            Command::CommandGetXdbcTypeInfo(_) => xdbc::data().map_err(Status::from)?.schema(),
            _ => return Ok(None),
        }))
    }

    /// Handles GetFlightInfo of a metadata command.
    pub(crate) fn info_metadata(
        &self,
        command: Command,
        schema: &Schema,
        descriptor: FlightDescriptor,
    ) -> Result<FlightInfo, Status> {
        let ticket = Ticket::new(command.into_any().encode_to_vec());
        Ok(FlightInfo {
            schema: schema_bytes(schema)?,
            flight_descriptor: Some(descriptor),
            endpoint: vec![FlightEndpoint::new().with_ticket(ticket)],
            total_records: -1,
            total_bytes: -1,
            ordered: true,
            app_metadata: Bytes::new(),
        })
    }

    /// Returns the rows of a metadata command, or `None` for any other command.
    pub(crate) async fn metadata(&self, command: Command) -> Result<Option<RecordBatch>, Status> {
        if self.metadata_schema(&command)?.is_none() {
            return Ok(None);
        }
        let database = Arc::clone(&self.database);
        let transactions = self.config.transactions;
        let cancel = Cancel::default();
        let watch = cancel.clone();
        blocking(&cancel, move || {
            let lease = database.lease()?;
            let conn = lease.conn()?;
            watch.watch(conn, || batch(conn, command, transactions))
        })
        .await
        .map(Some)
    }
}

fn batch(conn: &Connection, command: Command, transactions: bool) -> EngineResult<RecordBatch> {
    match command {
        Command::CommandGetCatalogs(command) => {
            let mut builder = command.into_builder();
            builder.append(CATALOG);
            builder.build().map_err(failed)
        }
        Command::CommandGetDbSchemas(command) => db_schemas(command),
        Command::CommandGetTables(command) => all_tables(conn, command),
        Command::CommandGetTableTypes(command) => table_types(command),
        Command::CommandGetPrimaryKeys(command) => keys::primary(conn, &command),
        Command::CommandGetExportedKeys(command) => keys::exported(conn, &command),
        Command::CommandGetImportedKeys(command) => keys::imported(conn, &command),
        Command::CommandGetCrossReference(command) => keys::crossed(conn, &command),
        Command::CommandGetSqlInfo(command) => sql_info::batch(&command, transactions),
        Command::CommandGetXdbcTypeInfo(command) => xdbc::data()?
            .record_batch(command.data_type)
            .map_err(failed),
        other => Err(SqliteError::internal(format!(
            "{} is not a metadata command",
            other.type_url()
        ))),
    }
}

fn db_schemas(command: CommandGetDbSchemas) -> EngineResult<RecordBatch> {
    let mut builder = command.into_builder();
    builder.append(CATALOG, SCHEMA);
    builder.build().map_err(failed)
}

fn table_types(command: CommandGetTableTypes) -> EngineResult<RecordBatch> {
    let mut builder = command.into_builder();
    builder.append("TABLE");
    builder.append("VIEW");
    builder.build().map_err(failed)
}

fn all_tables(conn: &Connection, command: CommandGetTables) -> EngineResult<RecordBatch> {
    // A view whose table is gone is listed, and has no columns to show.
    let schema = |name: &str| {
        let table = Table::load_in(conn, "main", name).ok().flatten();
        table.map_or_else(Schema::empty, |table| table.schema())
    };
    listing(conn, command, schema)
}

/// The listed tables; `schema` is called for these and for no other tables.
fn listing(
    conn: &Connection,
    mut command: CommandGetTables,
    schema: impl Fn(&str) -> Schema,
) -> EngineResult<RecordBatch> {
    let include_schema = command.include_schema;
    // SQLite compares names without case, and the builder with it.
    let pattern = command.table_name_filter_pattern.take();
    let mut builder = command.into_builder();
    for (name, kind) in tables(conn, pattern.as_deref())? {
        let schema = match include_schema {
            true => schema(&name),
            false => Schema::empty(),
        };
        builder
            .append(CATALOG, SCHEMA, name, kind, &schema)
            .map_err(failed)?;
    }
    builder.build().map_err(failed)
}

fn failed(error: FlightError) -> SqliteError {
    match error {
        // An invalid LIKE pattern is an error of the client.
        FlightError::Arrow(error) => SqliteError::invalid(error.to_string()),
        other => SqliteError::internal(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn i16_schemas_are_read_for_the_listed_tables_only() {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("CREATE TABLE a_1 (x); CREATE TABLE ab1 (x); CREATE TABLE b (x)")
            .unwrap();
        let read = RefCell::new(Vec::new());
        let list = |pattern: Option<&str>, include_schema| {
            let command = CommandGetTables {
                catalog: None,
                db_schema_filter_pattern: None,
                table_name_filter_pattern: pattern.map(str::to_owned),
                table_types: Vec::new(),
                include_schema,
            };
            let batch = listing(&conn, command, |name| {
                read.borrow_mut().push(name.to_owned());
                Schema::empty()
            });
            (batch.unwrap().num_rows(), read.take())
        };
        let one = (1, vec!["a_1".to_owned()]);
        assert_eq!(list(Some("A\\_1"), true), one);
        assert_eq!(list(Some("a_1"), true).0, 2);
        assert_eq!(list(None, true).1.len(), 3);
        assert_eq!(list(None, false), (3, Vec::new()));
    }
}
