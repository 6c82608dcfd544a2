//! Statements that return rows: `CommandStatementQuery`. <https://arrow.apache.org/docs/format/FlightSql.html#query-execution>

use arrow_flight::sql::CommandStatementQuery;
use arrow_flight::{FlightDescriptor, FlightInfo};
use arrow_schema::SchemaRef;
use prost::bytes::Bytes;

use super::command::descriptor;
use super::rpc::{Operation, Rpc, TimeoutClass};
use super::schema;
use crate::error::Result;

const INFO: Operation = Operation::new("GetFlightInfo(CommandStatementQuery)", TimeoutClass::Query);

/// Plans a statement and returns the `FlightInfo` of its result. Some servers run the statement here.
pub(crate) async fn info(rpc: &Rpc, sql: &str, transaction: Option<Bytes>) -> Result<FlightInfo> {
    rpc.info(INFO, command(sql, transaction)).await
}

const PING: Operation = Operation::new("GetFlightInfo(CommandStatementQuery)", TimeoutClass::Close);

/// Plans a query to check that the server is alive.
pub(crate) async fn ping(rpc: &Rpc, sql: &str) -> Result<()> {
    rpc.info(PING, command(sql, None)).await.map(drop)
}

const SCHEMA: Operation = Operation::new("GetSchema(CommandStatementQuery)", TimeoutClass::Query);

/// Returns the columns of a statement's result, without running it; `None` if the server reports none.
pub(crate) async fn columns(
    rpc: &Rpc,
    sql: &str,
    transaction: Option<Bytes>,
) -> Result<Option<SchemaRef>> {
    let answer = rpc.schema(SCHEMA, command(sql, transaction)).await?;
    schema::read(SCHEMA.name, &answer.schema, &rpc.options().limits)
}

fn command(sql: &str, transaction: Option<Bytes>) -> FlightDescriptor {
    descriptor(&CommandStatementQuery {
        query: sql.to_owned(),
        transaction_id: transaction,
    })
}
