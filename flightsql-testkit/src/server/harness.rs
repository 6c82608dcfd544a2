//! The outer service, which delegates to the service under test.
//!
//! Job: wrap any `FlightService`; each method goes through [`Entered`]. Layer: harness, top.
//! Spec: <https://arrow.apache.org/docs/format/Flight.html#rpc-methods>.

use std::sync::Arc;

use arrow_flight::{
    Action, ActionType, Criteria, Empty, FlightData, FlightDescriptor, FlightInfo,
    HandshakeRequest, HandshakeResponse, PollInfo, PutResult, SchemaResult, Ticket,
    flight_service_server::{FlightService, FlightServiceServer},
};
use tonic::{Request, Response, Status, Streaming, service::Routes};

use super::{call::Entered, headers_first::HeadersFirst, replay, state::State};
use crate::{
    record::{Describe as _, Description, Rpc},
    stream::BoxStream,
};

/// Exceeds the limit of any driver, so that tests reach the driver's limit first.
const MAX_REQUEST_MESSAGE: usize = 256 * 1024 * 1024;

/// Returns the routes of a server for `service`.
pub(crate) fn routes<S: FlightService>(service: Arc<S>, state: Arc<State>) -> Routes {
    let server = FlightServiceServer::new(Harness {
        inner: service,
        state,
    });
    let server = server.max_decoding_message_size(MAX_REQUEST_MESSAGE);
    Routes::new(HeadersFirst(server)).prepare()
}

struct Harness<S> {
    inner: Arc<S>,
    state: Arc<State>,
}

#[tonic::async_trait]
impl<S: FlightService> FlightService for Harness<S> {
    type HandshakeStream = BoxStream<HandshakeResponse>;
    type ListFlightsStream = BoxStream<FlightInfo>;
    type DoGetStream = BoxStream<FlightData>;
    type DoPutStream = BoxStream<PutResult>;
    type DoExchangeStream = BoxStream<FlightData>;
    type DoActionStream = BoxStream<arrow_flight::Result>;
    type ListActionsStream = BoxStream<ActionType>;

    async fn handshake(
        &self,
        request: Request<Streaming<HandshakeRequest>>,
    ) -> Result<Response<Self::HandshakeStream>, Status> {
        let none = Description::default();
        let call = Entered::enter(&self.state, Rpc::Handshake, &request, none).await?;
        if self.state.auth.logs_in() {
            return call.stream(self.state.auth.handshake(request)).await;
        }
        call.stream(self.inner.handshake(request)).await
    }

    async fn list_flights(
        &self,
        request: Request<Criteria>,
    ) -> Result<Response<Self::ListFlightsStream>, Status> {
        let about = request.get_ref().describe();
        let call = Entered::enter(&self.state, Rpc::ListFlights, &request, about).await?;
        call.stream(self.inner.list_flights(request)).await
    }

    async fn get_flight_info(
        &self,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        let about = request.get_ref().describe();
        let call = Entered::enter(&self.state, Rpc::GetFlightInfo, &request, about).await?;
        call.one(self.inner.get_flight_info(request)).await
    }

    async fn poll_flight_info(
        &self,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<PollInfo>, Status> {
        let about = request.get_ref().describe();
        let call = Entered::enter(&self.state, Rpc::PollFlightInfo, &request, about).await?;
        call.one(self.inner.poll_flight_info(request)).await
    }

    async fn get_schema(
        &self,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<SchemaResult>, Status> {
        let about = request.get_ref().describe();
        let call = Entered::enter(&self.state, Rpc::GetSchema, &request, about).await?;
        call.one(self.inner.get_schema(request)).await
    }

    async fn do_get(
        &self,
        request: Request<Ticket>,
    ) -> Result<Response<Self::DoGetStream>, Status> {
        let about = request.get_ref().describe();
        let call = Entered::enter(&self.state, Rpc::DoGet, &request, about).await?;
        call.stream(self.inner.do_get(request)).await
    }

    async fn do_put(
        &self,
        request: Request<Streaming<FlightData>>,
    ) -> Result<Response<Self::DoPutStream>, Status> {
        let (first, request) = replay::peek(request).await?;
        let call = Entered::enter(&self.state, Rpc::DoPut, &request, first.describe()).await?;
        call.stream(self.inner.do_put(request)).await
    }

    async fn do_exchange(
        &self,
        request: Request<Streaming<FlightData>>,
    ) -> Result<Response<Self::DoExchangeStream>, Status> {
        let (first, request) = replay::peek(request).await?;
        let call = Entered::enter(&self.state, Rpc::DoExchange, &request, first.describe()).await?;
        call.stream(self.inner.do_exchange(request)).await
    }

    async fn do_action(
        &self,
        request: Request<Action>,
    ) -> Result<Response<Self::DoActionStream>, Status> {
        let about = request.get_ref().describe();
        let call = Entered::enter(&self.state, Rpc::DoAction, &request, about).await?;
        call.stream(self.inner.do_action(request)).await
    }

    async fn list_actions(
        &self,
        request: Request<Empty>,
    ) -> Result<Response<Self::ListActionsStream>, Status> {
        let about = request.get_ref().describe();
        let call = Entered::enter(&self.state, Rpc::ListActions, &request, about).await?;
        call.stream(self.inner.list_actions(request)).await
    }
}
