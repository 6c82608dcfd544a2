//! Statements that change something (layer 3): `CommandStatementUpdate`, and what every update answers.
//!
//! <https://arrow.apache.org/docs/format/FlightSql.html#query-execution>

use arrow_flight::sql::{CommandStatementUpdate, DoPutUpdateResult};
use arrow_flight::{FlightData, PutResult};
use prost::Message;
use prost::bytes::Bytes;

use super::command;
use super::rpc::{Operation, Rpc, Under};
use crate::error::{Error, Result};

const UPDATE: Operation = Operation::new("DoPut(CommandStatementUpdate)", Under::Update);

/// Runs a statement and gives the server's row count as it sent it; -1 means unknown.
pub(crate) async fn run(rpc: &Rpc, sql: &str, transaction: Option<Bytes>) -> Result<i64> {
    let command = CommandStatementUpdate {
        query: sql.to_owned(),
        transaction_id: transaction,
    };
    let data = FlightData::new().with_descriptor(command::descriptor(&command));
    let results = rpc.put(UPDATE, futures_util::stream::iter([data])).await?;
    count(UPDATE, &results)
}

/// The row count in an update's answers. 0 is encoded as *empty* metadata; no answer at all means that
/// nothing says the statement ran.
pub(crate) fn count(operation: Operation, results: &[PutResult]) -> Result<i64> {
    let Some(result) = results.first() else {
        return Err(Error::peer(
            operation.name,
            "the server ended the call without a row count, so the statement may not have run",
        ));
    };
    // Servers built on different libraries send the message bare or wrapped in an `Any`.
    let count = DoPutUpdateResult::decode(result.app_metadata.clone())
        .or_else(|_| {
            command::unwrap::<DoPutUpdateResult>(
                operation.name,
                result.app_metadata.clone(),
                "type.googleapis.com/arrow.flight.protocol.sql.DoPutUpdateResult",
            )
        })?
        .record_count;
    checked(operation.name, count)
}

/// Checks a row count. The only valid negative count is -1, which means "unknown".
pub(crate) fn checked(operation: &'static str, count: i64) -> Result<i64> {
    match count {
        -1.. => Ok(count),
        _ => Err(Error::peer(
            operation,
            format!("the server sent the row count {count}; expected -1 or more"),
        )),
    }
}
