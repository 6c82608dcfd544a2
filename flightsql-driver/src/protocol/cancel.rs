//! Telling a server that a result is not wanted any more (layer 3): the action `CancelFlightInfo`.
//!
//! <https://arrow.apache.org/docs/format/Flight.html#downloading-data-by-running-a-heavy-query>

use arrow_flight::{Action, CancelFlightInfoRequest, FlightInfo};
use prost::Message as _;

use super::rpc::{Operation, Rpc, Under};
use crate::error::Result;

const CANCEL: Operation = Operation::new("DoAction(CancelFlightInfo)", Under::Close);

/// Cancels the statement behind `info`. Whatever the server answers, there is nothing more to do.
pub(crate) async fn result(rpc: &Rpc, info: FlightInfo) -> Result<()> {
    let request = CancelFlightInfoRequest::new(info).encode_to_vec();
    let action = Action::new("CancelFlightInfo", request);
    rpc.action(CANCEL, action).await.map(drop)
}
