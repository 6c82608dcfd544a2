//! The Flight service: dispatches each RPC to its handler.
//!
//! Layer: service, top. RPCs: <https://arrow.apache.org/docs/format/Flight.html#rpc-methods-and-request-patterns>.

use arrow_flight::flight_descriptor::DescriptorType;
use arrow_flight::flight_service_server::FlightService;
use arrow_flight::sql::{Any, Command, DoPutPreparedStatementResult, DoPutUpdateResult};
use arrow_flight::{
    Action, ActionType, Criteria, Empty, FlightData, FlightDescriptor, FlightInfo,
    HandshakeRequest, HandshakeResponse, PollInfo, PutResult, Result as ActionResult, SchemaResult,
    Ticket,
};
use futures_util::stream::{self, StreamExt};
use prost::Message;
use tonic::{Request, Response, Status, Streaming};

use super::SqliteService;
use super::caller::Caller;
use super::put::{Batches, put_result};
use super::status::{malformed, schema_bytes};
use crate::stream::BoxStream;

type Reply<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl FlightService for SqliteService {
    type HandshakeStream = BoxStream<HandshakeResponse>;
    type ListFlightsStream = BoxStream<FlightInfo>;
    type DoGetStream = BoxStream<FlightData>;
    type DoPutStream = BoxStream<PutResult>;
    type DoActionStream = BoxStream<ActionResult>;
    type ListActionsStream = BoxStream<ActionType>;
    type DoExchangeStream = BoxStream<FlightData>;

    async fn handshake(
        &self,
        _: Request<Streaming<HandshakeRequest>>,
    ) -> Reply<Self::HandshakeStream> {
        Err(Status::unimplemented("this server has no log-in"))
    }

    async fn list_flights(&self, _: Request<Criteria>) -> Reply<Self::ListFlightsStream> {
        Err(Status::unimplemented(
            "Flight SQL does not list flights: use GetTables",
        ))
    }

    async fn get_flight_info(&self, request: Request<FlightDescriptor>) -> Reply<FlightInfo> {
        let caller = Caller::of(request.metadata())?;
        let descriptor = request.into_inner();
        let command = command(&descriptor)?;
        caller.reply(self.inner.info(&caller, command, descriptor).await)
    }

    async fn poll_flight_info(&self, request: Request<FlightDescriptor>) -> Reply<PollInfo> {
        let caller = Caller::of(request.metadata())?;
        caller.reply(self.inner.poll(&caller, request.into_inner()).await)
    }

    async fn get_schema(&self, request: Request<FlightDescriptor>) -> Reply<SchemaResult> {
        let caller = Caller::of(request.metadata())?;
        let command = command(&request.into_inner())?;
        let schema = self.inner.schema(&caller, command).await;
        let result = |schema| Ok(SchemaResult { schema });
        caller.reply(
            schema
                .and_then(|schema| schema_bytes(&schema))
                .and_then(result),
        )
    }

    async fn do_get(&self, request: Request<Ticket>) -> Reply<Self::DoGetStream> {
        let caller = Caller::of(request.metadata())?;
        let any = Any::decode(request.into_inner().ticket).map_err(malformed)?;
        let command = Command::try_from(any).map_err(malformed)?;
        caller.reply(self.inner.read(&caller, command).await)
    }

    async fn do_put(&self, request: Request<Streaming<FlightData>>) -> Reply<Self::DoPutStream> {
        let caller = Caller::of(request.metadata())?;
        let mut messages = request.into_inner();
        let first = messages
            .message()
            .await?
            .ok_or_else(|| malformed("a DoPut without messages"))?;
        let descriptor = first
            .flight_descriptor
            .as_ref()
            .ok_or_else(|| malformed("a DoPut without a descriptor"))?;
        let command = command(descriptor)?;
        let batches = Batches::new(first, messages);
        let reply = self.put(&caller, command, batches).await;
        caller.reply(reply.map(|reply| stream::iter(reply.map(Ok)).boxed()))
    }

    async fn do_action(&self, request: Request<Action>) -> Reply<Self::DoActionStream> {
        let caller = Caller::of(request.metadata())?;
        let body = self.inner.action(&caller, request.into_inner()).await;
        let result = |body| Ok(ActionResult { body });
        caller.reply(body.map(|body| stream::iter(body.map(result)).boxed()))
    }

    async fn list_actions(&self, _: Request<Empty>) -> Reply<Self::ListActionsStream> {
        Ok(Response::new(
            stream::iter(self.inner.actions().into_iter().map(Ok)).boxed(),
        ))
    }

    async fn do_exchange(
        &self,
        _: Request<Streaming<FlightData>>,
    ) -> Reply<Self::DoExchangeStream> {
        Err(Status::unimplemented("Flight SQL has no DoExchange"))
    }
}

impl SqliteService {
    async fn put(
        &self,
        caller: &Caller,
        command: Command,
        batches: Batches,
    ) -> Result<Option<PutResult>, Status> {
        let record_count = match command {
            Command::CommandStatementUpdate(command) => self.inner.update(caller, command).await?,
            Command::CommandStatementIngest(command) => {
                self.inner.ingest(caller, command, batches).await?
            }
            Command::CommandPreparedStatementUpdate(command) => {
                let batches = batches.collect().await?;
                self.inner
                    .update_prepared(caller, &command.prepared_statement_handle, batches)
                    .await?
            }
            Command::CommandPreparedStatementQuery(command) => {
                let batches = batches.collect().await?;
                let handle = self
                    .inner
                    .bind(caller, &command.prepared_statement_handle, batches)
                    .await?;
                let result = |handle| DoPutPreparedStatementResult {
                    prepared_statement_handle: Some(handle),
                };
                return Ok(handle.map(|handle| put_result(&result(handle))));
            }
            other => return Err(unsupported("DoPut", &other)),
        };
        Ok(Some(put_result(&DoPutUpdateResult { record_count })))
    }
}

/// Returns the command in a descriptor.
pub(crate) fn command(descriptor: &FlightDescriptor) -> Result<Command, Status> {
    if descriptor.r#type() != DescriptorType::Cmd {
        return Err(Status::invalid_argument(
            "Flight SQL descriptors are commands, not paths",
        ));
    }
    let any = Any::decode(descriptor.cmd.clone()).map_err(malformed)?;
    Command::try_from(any).map_err(malformed)
}

pub(crate) fn unsupported(rpc: &str, command: &Command) -> Status {
    Status::unimplemented(format!("{rpc} of {} is not supported", command.type_url()))
}
