//! Cancellation of a statement on the server: the action `CancelFlightInfo`, and `CancelQuery` of older servers.
//!
//! <https://arrow.apache.org/docs/format/Flight.html#downloading-data-by-running-a-heavy-query>

use std::sync::atomic::{AtomicBool, Ordering};

use arrow_flight::sql::ActionCancelQueryRequest;
use arrow_flight::{Action, CancelFlightInfoRequest, FlightInfo};
use prost::Message as _;

use super::command;
use super::rpc::{Operation, Rpc, TimeoutClass};
use crate::error::Result;

const CANCEL_INFO: Operation = Operation::new("DoAction(CancelFlightInfo)", TimeoutClass::Close);
const CANCEL_QUERY: Operation = Operation::new("DoAction(CancelQuery)", TimeoutClass::Close);

/// The cancel actions that the server does not support, as observed.
#[derive(Debug, Default)]
pub(crate) struct CancelActions {
    no_info: AtomicBool,
    no_query: AtomicBool,
}

impl CancelActions {
    /// Returns `false` if the server supports no cancel action.
    pub(crate) fn any(&self) -> bool {
        !self.no_info.load(Ordering::Relaxed) || !self.no_query.load(Ordering::Relaxed)
    }
}

/// Cancels the statement of `info`, by the first action that the server supports.
pub(crate) async fn result(rpc: &Rpc, actions: &CancelActions, info: FlightInfo) -> Result<()> {
    let encoded = info.encode_to_vec();
    if !actions.no_info.load(Ordering::Relaxed) {
        let request = CancelFlightInfoRequest::new(info).encode_to_vec();
        let action = Action::new("CancelFlightInfo", request);
        match rpc.action(CANCEL_INFO, action).await {
            Err(error) if error.is_unsupported() => {
                actions.no_info.store(true, Ordering::Relaxed);
            }
            cancelled => return cancelled.map(drop),
        }
    }
    if !actions.no_query.load(Ordering::Relaxed) {
        let request = ActionCancelQueryRequest {
            info: encoded.into(),
        };
        let action = command::action("CancelQuery", &request);
        match rpc.action(CANCEL_QUERY, action).await {
            Err(error) if error.is_unsupported() => {
                actions.no_query.store(true, Ordering::Relaxed);
            }
            cancelled => return cancelled.map(drop),
        }
    }
    Ok(())
}
