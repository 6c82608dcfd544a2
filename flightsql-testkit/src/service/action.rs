//! DoAction and ListActions.
//!
//! Layer: service. Flight SQL actions wrap their messages in `Any`, but those of Flight do not
//! (<https://arrow.apache.org/docs/format/Flight.html>).

use arrow_flight::sql::{
    ActionBeginSavepointRequest, ActionBeginSavepointResult, ActionBeginTransactionRequest,
    ActionBeginTransactionResult, ActionCancelQueryRequest, ActionClosePreparedStatementRequest,
    ActionCreatePreparedStatementRequest, ActionEndSavepointRequest, ActionEndTransactionRequest,
    Any, ProstMessageExt,
};
use arrow_flight::{Action, ActionType, CancelFlightInfoRequest, RenewFlightEndpointRequest};
use bytes::Bytes;
use prost::Message;
use tonic::Status;

use super::Inner;
use super::caller::Caller;
use super::status::malformed;

/// The name, the description, and whether the action belongs to transactions.
const ACTIONS: [(&str, &str, bool); 12] = [
    (
        "CreatePreparedStatement",
        "Prepare a statement: ActionCreatePreparedStatementRequest",
        false,
    ),
    (
        "ClosePreparedStatement",
        "Close a prepared statement: ActionClosePreparedStatementRequest",
        false,
    ),
    (
        "BeginTransaction",
        "Begin a transaction: ActionBeginTransactionRequest",
        true,
    ),
    (
        "EndTransaction",
        "Commit or roll back: ActionEndTransactionRequest",
        true,
    ),
    (
        "BeginSavepoint",
        "Begin a savepoint: ActionBeginSavepointRequest",
        true,
    ),
    (
        "EndSavepoint",
        "Release or roll back to a savepoint: ActionEndSavepointRequest",
        true,
    ),
    (
        "CancelQuery",
        "Cancel a query, the older form: ActionCancelQueryRequest",
        false,
    ),
    (
        "CancelFlightInfo",
        "Cancel a result: CancelFlightInfoRequest",
        false,
    ),
    (
        "RenewFlightEndpoint",
        "Extend the expiration of an endpoint: RenewFlightEndpointRequest",
        false,
    ),
    (
        "SetSessionOptions",
        "Set options of the session: SetSessionOptionsRequest",
        false,
    ),
    (
        "GetSessionOptions",
        "Read the options of the session: GetSessionOptionsRequest",
        false,
    ),
    (
        "CloseSession",
        "Close the session: CloseSessionRequest",
        false,
    ),
];

impl Inner {
    /// Runs an action, which returns one body or none.
    pub(crate) async fn action(
        &self,
        caller: &Caller,
        action: Action,
    ) -> Result<Option<Bytes>, Status> {
        if let Some(body) = self
            .session_action(caller, &action.r#type, &action.body)
            .await?
        {
            return Ok(Some(body));
        }
        match action.r#type.as_str() {
            "CreatePreparedStatement" => {
                let request: ActionCreatePreparedStatementRequest = unpack(&action.body)?;
                Ok(Some(pack(&self.create_prepared(caller, request).await?)))
            }
            "ClosePreparedStatement" => {
                let request: ActionClosePreparedStatementRequest = unpack(&action.body)?;
                self.close_prepared(&request.prepared_statement_handle)
                    .map(|()| None)
            }
            "BeginTransaction" => {
                let _: ActionBeginTransactionRequest = unpack(&action.body)?;
                let transaction_id = self.begin_transaction(caller).await?;
                Ok(Some(pack(&ActionBeginTransactionResult { transaction_id })))
            }
            "EndTransaction" => {
                let request: ActionEndTransactionRequest = unpack(&action.body)?;
                self.end_transaction(request).await.map(|()| None)
            }
            "BeginSavepoint" => {
                let request: ActionBeginSavepointRequest = unpack(&action.body)?;
                let savepoint_id = self.begin_savepoint(request).await?;
                Ok(Some(pack(&ActionBeginSavepointResult { savepoint_id })))
            }
            "EndSavepoint" => {
                let request: ActionEndSavepointRequest = unpack(&action.body)?;
                self.end_savepoint(request).await.map(|()| None)
            }
            "CancelQuery" => {
                let request: ActionCancelQueryRequest = unpack(&action.body)?;
                Ok(Some(pack(&self.cancel_query(&request)?)))
            }
            "CancelFlightInfo" => {
                let request = CancelFlightInfoRequest::decode(action.body).map_err(malformed)?;
                Ok(Some(self.cancel_info(request)?.encode_to_vec().into()))
            }
            "RenewFlightEndpoint" => {
                let request = RenewFlightEndpointRequest::decode(action.body).map_err(malformed)?;
                Ok(Some(self.renew(request)?.encode_to_vec().into()))
            }
            other => Err(Status::unimplemented(format!("no such action: {other}"))),
        }
    }

    /// Handles `ListActions`: returns the actions of this configuration.
    pub(crate) fn actions(&self) -> Vec<ActionType> {
        let offered = ACTIONS
            .iter()
            .filter(|(_, _, transactional)| self.config.transactions || !transactional);
        let action = |(name, description, _): &(&str, &str, bool)| ActionType {
            r#type: (*name).to_owned(),
            description: (*description).to_owned(),
        };
        offered.map(action).collect()
    }
}

fn unpack<M: ProstMessageExt>(body: &Bytes) -> Result<M, Status> {
    let any = Any::decode(body.clone()).map_err(malformed)?;
    let message = any.unpack().map_err(malformed)?;
    message.ok_or_else(|| {
        malformed(format!(
            "expected {}, got {:?}",
            M::type_url(),
            any.type_url
        ))
    })
}

fn pack(message: &impl ProstMessageExt) -> Bytes {
    message.as_any().encode_to_vec().into()
}
