//! Statements that return rows: `CommandStatementQuery`.
//!
//! <https://arrow.apache.org/docs/format/FlightSql.html#query-execution>

use arrow_flight::FlightInfo;
use arrow_flight::sql::CommandStatementQuery;
use arrow_schema::SchemaRef;
use prost::bytes::Bytes;

use super::rpc::{Operation, Rpc, TimeoutClass};
use super::{command, schema};
use crate::error::Result;

const INFO: Operation = Operation::new("GetFlightInfo(CommandStatementQuery)", TimeoutClass::Query);

/// Plans (on some servers: runs) a statement and says where its result lies.
pub(crate) async fn info(rpc: &Rpc, sql: &str, transaction: Option<Bytes>) -> Result<FlightInfo> {
    let command = CommandStatementQuery {
        query: sql.to_owned(),
        transaction_id: transaction,
    };
    rpc.info(INFO, command::descriptor(&command)).await
}

const PING: Operation = Operation::new("GetFlightInfo(CommandStatementQuery)", TimeoutClass::Close);

/// Asks for the plan of a query as a sign of life. Only the server's own error says that it has none.
pub(crate) async fn ping(rpc: &Rpc, sql: &str) -> Result<()> {
    let command = CommandStatementQuery {
        query: sql.to_owned(),
        transaction_id: None,
    };
    rpc.info(PING, command::descriptor(&command))
        .await
        .map(drop)
}

const SCHEMA: Operation = Operation::new("GetSchema(CommandStatementQuery)", TimeoutClass::Query);

/// The columns of a statement's result, without running it; `None` where the server announces none.
pub(crate) async fn columns(
    rpc: &Rpc,
    sql: &str,
    transaction: Option<Bytes>,
) -> Result<Option<SchemaRef>> {
    let command = CommandStatementQuery {
        query: sql.to_owned(),
        transaction_id: transaction,
    };
    let answer = rpc.schema(SCHEMA, command::descriptor(&command)).await?;
    schema::read(SCHEMA.name, &answer.schema, &rpc.options().limits)
}
