//! Transactions and savepoints.
//!
//! Every response is read to its trailers, because a server may reject a commit after its headers.
//! <https://arrow.apache.org/docs/format/FlightSql.html#transactions>

use arrow_flight::sql::{
    ActionBeginSavepointRequest, ActionBeginSavepointResult, ActionBeginTransactionRequest,
    ActionBeginTransactionResult, ActionEndSavepointRequest, ActionEndTransactionRequest,
};
use prost::bytes::Bytes;

use super::command;
use super::rpc::{Operation, Rpc, TimeoutClass};
use crate::error::{Error, Result};

const BEGIN: Operation = Operation::new("DoAction(BeginTransaction)", TimeoutClass::Update);
const COMMIT: Operation = Operation::new("DoAction(EndTransaction)", TimeoutClass::Update);
const ROLLBACK: Operation = Operation::new("DoAction(EndTransaction)", TimeoutClass::Close);
const BEGIN_SAVEPOINT: Operation = Operation::new("DoAction(BeginSavepoint)", TimeoutClass::Update);
const END_SAVEPOINT: Operation = Operation::new("DoAction(EndSavepoint)", TimeoutClass::Update);

/// The end of a transaction or a savepoint, with the numbers of `EndTransaction` and `EndSavepoint` in FlightSql.proto.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Commits a transaction, or releases a savepoint.
    Commit = 1,
    Rollback = 2,
}

/// Begins a transaction and returns its id.
pub(crate) async fn begin(rpc: &Rpc) -> Result<Bytes> {
    let request = ActionBeginTransactionRequest {};
    let body = rpc
        .action_reply(BEGIN, command::action("BeginTransaction", &request))
        .await?;
    let result: ActionBeginTransactionResult = command::unwrap(BEGIN.name, body)?;
    some_id(BEGIN, result.transaction_id)
}

pub(crate) async fn end(rpc: &Rpc, id: Bytes, how: End) -> Result<()> {
    let request = ActionEndTransactionRequest {
        transaction_id: id,
        action: how as i32,
    };
    let operation = match how {
        End::Commit => COMMIT,
        End::Rollback => ROLLBACK,
    };
    let action = command::action("EndTransaction", &request);
    command::no_message(operation.name, &rpc.action(operation, action).await?)
}

/// Sets a savepoint inside a transaction and returns its id.
pub(crate) async fn begin_savepoint(rpc: &Rpc, transaction: Bytes, name: String) -> Result<Bytes> {
    let request = ActionBeginSavepointRequest {
        transaction_id: transaction,
        name,
    };
    let body = rpc
        .action_reply(BEGIN_SAVEPOINT, command::action("BeginSavepoint", &request))
        .await?;
    let result: ActionBeginSavepointResult = command::unwrap(BEGIN_SAVEPOINT.name, body)?;
    some_id(BEGIN_SAVEPOINT, result.savepoint_id)
}

/// Releases a savepoint, or rolls back to it.
pub(crate) async fn end_savepoint(rpc: &Rpc, id: Bytes, how: End) -> Result<()> {
    let request = ActionEndSavepointRequest {
        savepoint_id: id,
        action: how as i32,
    };
    let action = command::action("EndSavepoint", &request);
    let replies = rpc.action(END_SAVEPOINT, action).await?;
    command::no_message(END_SAVEPOINT.name, &replies)
}

fn some_id(operation: Operation, id: Bytes) -> Result<Bytes> {
    if id.is_empty() {
        return Err(Error::protocol(
            operation.name,
            "the server answered an empty id",
        ));
    }
    Ok(id)
}
