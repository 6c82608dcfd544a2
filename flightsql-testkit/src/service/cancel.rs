//! Cancelling, renewing and polling results.
//!
//! Layer: service. Messages: `CancelFlightInfoRequest`, `RenewFlightEndpointRequest`, `PollInfo`
//! (<https://arrow.apache.org/docs/format/Flight.html>), `ActionCancelQueryRequest` of Flight SQL.

use std::time::SystemTime;

use arrow_flight::sql::{
    ActionCancelQueryRequest, ActionCancelQueryResult, Any, TicketStatementQuery,
};
use arrow_flight::{
    CancelFlightInfoRequest, CancelFlightInfoResult, CancelStatus, FlightDescriptor,
    FlightEndpoint, FlightInfo, PollInfo, RenewFlightEndpointRequest, Ticket,
};
use bytes::Bytes;
use prost::Message;
use tonic::Status;

use super::Inner;
use super::caller::Caller;
use super::flight::command;
use super::results::{LIFETIME, expiring};
use super::status::{malformed, schema_bytes};

/// The type of the descriptor of a poll in progress.
const POLL: &str = "type.googleapis.com/flightsql.testkit.Poll";
/// Maximum number of polls that a comment can request.
const MAX_POLLS: u32 = 1_000;

/// A polled query, with the number of polls so far.
#[derive(Clone, PartialEq, Message)]
struct Poll {
    #[prost(bytes = "bytes", tag = "1")]
    cmd: Bytes,
    #[prost(uint32, tag = "2")]
    done: u32,
}

impl Inner {
    /// Handles `CancelFlightInfo`. A result that was read completely, or does not exist, is not cancellable.
    pub(crate) fn cancel_info(
        &self,
        request: CancelFlightInfoRequest,
    ) -> Result<CancelFlightInfoResult, Status> {
        let info = request
            .info
            .ok_or_else(|| malformed("CancelFlightInfo without a FlightInfo"))?;
        let status = if self.cancel(&info) {
            CancelStatus::Cancelled
        } else {
            CancelStatus::NotCancellable
        };
        Ok(CancelFlightInfoResult::new(status))
    }

    /// Handles `CancelQuery`, the older form of `CancelFlightInfo`.
    pub(crate) fn cancel_query(
        &self,
        request: &ActionCancelQueryRequest,
    ) -> Result<ActionCancelQueryResult, Status> {
        let info = FlightInfo::decode(request.info.clone()).map_err(malformed)?;
        // Both enums have the same values.
        let status = if self.cancel(&info) {
            CancelStatus::Cancelled
        } else {
            CancelStatus::NotCancellable
        };
        Ok(ActionCancelQueryResult {
            result: status.into(),
        })
    }

    /// Handles `RenewFlightEndpoint`: restarts the expiration of the result.
    pub(crate) fn renew(
        &self,
        request: RenewFlightEndpointRequest,
    ) -> Result<FlightEndpoint, Status> {
        let endpoint = request
            .endpoint
            .ok_or_else(|| malformed("RenewFlightEndpoint without an endpoint"))?;
        let ticket = endpoint
            .ticket
            .ok_or_else(|| malformed("an endpoint without a ticket"))?;
        match statement_handle(&ticket) {
            Some(handle) => self.results.renew(&handle),
            None => Err(Status::invalid_argument("this endpoint does not expire")),
        }
    }

    /// Handles `PollFlightInfo`. A statement with the comment `/* poll:N */` needs N polls; all others complete immediately.
    pub(crate) async fn poll(
        &self,
        caller: &Caller,
        descriptor: FlightDescriptor,
    ) -> Result<PollInfo, Status> {
        let state = poll_state(&descriptor)?;
        let asked = FlightDescriptor::new_cmd(state.cmd.clone());
        let command = command(&asked)?;
        let polls = self.polls(&command)?;
        if state.done >= polls {
            let info = self.info(caller, command, asked).await?;
            // The time until which a query can be polled; a finished one is polled no more.
            return Ok(PollInfo {
                info: Some(info),
                flight_descriptor: None,
                progress: Some(1.0),
                expiration_time: None,
            });
        }
        let schema = self.schema(caller, command).await?;
        let next = Poll {
            cmd: state.cmd,
            done: state.done + 1,
        };
        let any = Any {
            type_url: POLL.to_owned(),
            value: next.encode_to_vec().into(),
        };
        let partial = FlightInfo::new().with_descriptor(asked).with_ordered(true);
        Ok(PollInfo {
            info: Some(FlightInfo {
                schema: schema_bytes(&schema)?,
                ..partial
            }),
            flight_descriptor: Some(FlightDescriptor::new_cmd(any.encode_to_vec())),
            progress: Some(f64::from(state.done) / f64::from(polls)),
            expiration_time: expiring(SystemTime::now() + LIFETIME).expiration_time,
        })
    }

    fn polls(&self, command: &arrow_flight::sql::Command) -> Result<u32, Status> {
        use arrow_flight::sql::Command;
        Ok(match command {
            Command::CommandStatementQuery(command) => poll_comment(&command.query),
            Command::CommandPreparedStatementQuery(command) => {
                poll_comment(&self.prepared_text(&command.prepared_statement_handle)?)
            }
            _ => 0,
        })
    }

    /// Cancels every endpoint of a result. Returns `false` if none was left.
    fn cancel(&self, info: &FlightInfo) -> bool {
        let tickets = info
            .endpoint
            .iter()
            .filter_map(|endpoint| endpoint.ticket.as_ref());
        let handles: Vec<Bytes> = tickets.filter_map(statement_handle).collect();
        // Cancel all endpoints, without a short circuit.
        let cancelled = handles
            .iter()
            .filter(|handle| self.results.cancel(handle))
            .count();
        cancelled > 0
    }
}

/// Returns the state in a descriptor, or the initial state.
fn poll_state(descriptor: &FlightDescriptor) -> Result<Poll, Status> {
    let any = Any::decode(descriptor.cmd.clone()).map_err(malformed)?;
    if any.type_url == POLL {
        return Poll::decode(any.value).map_err(malformed);
    }
    Ok(Poll {
        cmd: descriptor.cmd.clone(),
        done: 0,
    })
}

/// Returns the N of `/* poll:N */`, or 0.
fn poll_comment(sql: &str) -> u32 {
    let number = sql.split("/*").skip(1).find_map(|rest| {
        let comment = rest.split("*/").next()?;
        comment
            .trim()
            .strip_prefix("poll:")?
            .trim()
            .parse::<u32>()
            .ok()
    });
    number.unwrap_or(0).min(MAX_POLLS)
}

fn statement_handle(ticket: &Ticket) -> Option<Bytes> {
    let any = Any::decode(ticket.ticket.clone()).ok()?;
    any.unpack::<TicketStatementQuery>()
        .ok()?
        .map(|ticket| ticket.statement_handle)
}
