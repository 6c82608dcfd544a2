//! Statements that change something: `CommandStatementUpdate`, and the row count of updates.
//!
//! <https://arrow.apache.org/docs/format/FlightSql.html#query-execution>

use arrow_flight::sql::{CommandStatementUpdate, DoPutUpdateResult};
use arrow_flight::{FlightData, PutResult};
use prost::bytes::Bytes;

use super::command;
use super::rpc::{Operation, Rpc, TimeoutClass};
use crate::error::{Error, Result};

const UPDATE: Operation = Operation::new("DoPut(CommandStatementUpdate)", TimeoutClass::Update);

/// Runs a statement and returns the row count of the server; -1 means unknown.
pub(crate) async fn run(rpc: &Rpc, sql: &str, transaction: Option<Bytes>) -> Result<i64> {
    let command = CommandStatementUpdate {
        query: sql.to_owned(),
        transaction_id: transaction,
    };
    let data = FlightData::new().with_descriptor(command::descriptor(&command));
    let results = rpc.put(UPDATE, vec![data]).await?;
    count(UPDATE, &results)
}

/// The row count that means "unknown".
pub(crate) const UNKNOWN: i64 = -1;

/// Returns the row count in the replies to an update. 0 is encoded as *empty* metadata. Without a reply, the statement may not
/// have run. The protocol has one reply: several may be parts of the count or running totals.
pub(crate) fn count(operation: Operation, results: &[PutResult]) -> Result<i64> {
    let counts = results.iter().map(|result| {
        let body = result.app_metadata.clone();
        let result = command::unwrap_or_bare::<DoPutUpdateResult>(operation.name, body)?;
        checked(operation.name, result.record_count)
    });
    match counts.collect::<Result<Vec<_>>>()?.as_slice() {
        [] => Err(Error::protocol(
            operation.name,
            "the server ended the RPC without a row count, so the statement may not have run",
        )),
        [count] => Ok(*count),
        _ => Ok(UNKNOWN),
    }
}

/// Checks a row count. The only valid negative count is -1, which means "unknown".
pub(crate) fn checked(operation: &'static str, count: i64) -> Result<i64> {
    match count {
        UNKNOWN.. => Ok(count),
        _ => Err(Error::protocol(
            operation,
            format!("the server sent the row count {count}; expected -1 or more"),
        )),
    }
}
