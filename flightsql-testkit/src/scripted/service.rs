//! Plays a script.
//!
//! Job: reply to every method with the script's next reply. Layer: scripted service, top.

mod play;

use arrow_flight::{
    Action, ActionType, Criteria, Empty, FlightData, FlightDescriptor, FlightInfo,
    HandshakeRequest, HandshakeResponse, PollInfo, PutResult, SchemaResult, Ticket,
    flight_service_server::FlightService,
};
use tonic::{Request, Response, Status, Streaming};

use self::play::Play;
use super::Script;
use crate::{
    record::{Describe as _, Description, Rpc},
    stream::BoxStream,
};

/// The service of [`TestServer::scripted`](crate::TestServer::scripted).
#[derive(Debug)]
pub(crate) struct ScriptedService {
    script: Script,
}

impl ScriptedService {
    pub(crate) fn new(script: Script) -> Self {
        Self { script }
    }

    fn begin<T>(&self, rpc: Rpc, request: &Request<T>, about: Description) -> Result<Play, Status> {
        Play::begin(&self.script, rpc, request, about)
    }
}

#[tonic::async_trait]
impl FlightService for ScriptedService {
    type HandshakeStream = BoxStream<HandshakeResponse>;
    type ListFlightsStream = BoxStream<FlightInfo>;
    type DoGetStream = BoxStream<FlightData>;
    type DoPutStream = BoxStream<PutResult>;
    type DoExchangeStream = BoxStream<FlightData>;
    type DoActionStream = BoxStream<arrow_flight::Result>;
    type ListActionsStream = BoxStream<ActionType>;

    async fn handshake(
        &self,
        mut request: Request<Streaming<HandshakeRequest>>,
    ) -> Result<Response<Self::HandshakeStream>, Status> {
        let first = request.get_mut().message().await?.unwrap_or_default();
        let about = Description {
            name: None,
            payload: first.payload,
        };
        let play = self.begin(Rpc::Handshake, &request, about)?;
        play.stream(Some(request.into_inner())).await
    }

    async fn list_flights(
        &self,
        request: Request<Criteria>,
    ) -> Result<Response<Self::ListFlightsStream>, Status> {
        let about = request.get_ref().describe();
        let play = self.begin(Rpc::ListFlights, &request, about)?;
        play.stream(()).await
    }

    async fn get_flight_info(
        &self,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<FlightInfo>, Status> {
        let about = request.get_ref().describe();
        let play = self.begin(Rpc::GetFlightInfo, &request, about)?;
        play.one().await
    }

    async fn poll_flight_info(
        &self,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<PollInfo>, Status> {
        let about = request.get_ref().describe();
        let play = self.begin(Rpc::PollFlightInfo, &request, about)?;
        play.one().await
    }

    async fn get_schema(
        &self,
        request: Request<FlightDescriptor>,
    ) -> Result<Response<SchemaResult>, Status> {
        let about = request.get_ref().describe();
        let play = self.begin(Rpc::GetSchema, &request, about)?;
        play.one().await
    }

    async fn do_get(
        &self,
        request: Request<Ticket>,
    ) -> Result<Response<Self::DoGetStream>, Status> {
        let about = request.get_ref().describe();
        let play = self.begin(Rpc::DoGet, &request, about)?;
        play.stream(()).await
    }

    async fn do_put(
        &self,
        mut request: Request<Streaming<FlightData>>,
    ) -> Result<Response<Self::DoPutStream>, Status> {
        let first = request.get_mut().message().await?;
        let mut play = self.begin(Rpc::DoPut, &request, first.describe())?;
        let mut incoming = request.into_inner();
        play.read(first, &mut incoming).await?;
        play.stream(incoming).await
    }

    async fn do_exchange(
        &self,
        mut request: Request<Streaming<FlightData>>,
    ) -> Result<Response<Self::DoExchangeStream>, Status> {
        let first = request.get_mut().message().await?;
        let mut play = self.begin(Rpc::DoExchange, &request, first.describe())?;
        let mut incoming = request.into_inner();
        play.read(first, &mut incoming).await?;
        play.stream(incoming).await
    }

    async fn do_action(
        &self,
        request: Request<Action>,
    ) -> Result<Response<Self::DoActionStream>, Status> {
        let about = request.get_ref().describe();
        let play = self.begin(Rpc::DoAction, &request, about)?;
        play.stream(()).await
    }

    async fn list_actions(
        &self,
        request: Request<Empty>,
    ) -> Result<Response<Self::ListActionsStream>, Status> {
        let about = request.get_ref().describe();
        let play = self.begin(Rpc::ListActions, &request, about)?;
        play.stream(()).await
    }
}
