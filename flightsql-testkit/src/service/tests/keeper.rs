//! A client that returns cookies, unlike that of arrow-flight.

use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::flight_service_client::FlightServiceClient;
use arrow_flight::sql::{
    ActionBeginTransactionRequest, ActionBeginTransactionResult, ActionEndTransactionRequest, Any,
    CommandStatementQuery, CommandStatementUpdate, DoPutUpdateResult, ProstMessageExt,
};
use arrow_flight::{Action, FlightData, FlightDescriptor, FlightInfo};
use bytes::Bytes;
use futures_util::{TryStreamExt, stream};
use prost::Message;
use tonic::metadata::MetadataMap;
use tonic::transport::Channel;
use tonic::{Request, Status};

use super::support::{Served, text};

/// A client that returns its cookie.
pub(super) struct Client {
    pub(super) flight: FlightServiceClient<Channel>,
    pub(super) cookie: Option<String>,
    id: Option<String>,
}

impl Client {
    /// Creates a client that is known to return cookies.
    pub(super) async fn keeper(served: &Served) -> Self {
        let channel = Channel::from_shared(format!("http://{}", served.address))
            .unwrap()
            .user_agent("app flightsql/0.1.0")
            .unwrap();
        Self::over(channel.connect().await.unwrap())
    }

    pub(super) fn over(channel: Channel) -> Self {
        Self {
            flight: FlightServiceClient::new(channel),
            cookie: None,
            id: None,
        }
    }

    /// Creates a client that names its session in a header.
    pub(super) fn named(served: &Served, id: &str) -> Self {
        Self {
            id: Some(id.to_owned()),
            ..Self::over(served.channel.clone())
        }
    }

    /// Creates a second client connection over the same channel.
    pub(super) fn sibling(&self) -> Self {
        Self {
            flight: self.flight.clone(),
            cookie: None,
            id: None,
        }
    }

    pub(super) fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        let headers = request.metadata_mut();
        if let Some(cookie) = &self.cookie {
            headers.insert("cookie", cookie.parse().unwrap());
        }
        if let Some(id) = &self.id {
            headers.insert("x-session-id", id.parse().unwrap());
        }
        request
    }

    fn keep(&mut self, headers: &MetadataMap) {
        if let Some(cookie) = headers.get("set-cookie") {
            let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
            let (_, value) = cookie.split_once('=').unwrap();
            self.cookie = (!value.is_empty()).then(|| cookie.to_owned());
        }
    }

    fn kept<T>(&mut self, reply: Result<tonic::Response<T>, Status>) -> Result<T, Status> {
        match &reply {
            Ok(response) => self.keep(&response.metadata().clone()),
            Err(status) => self.keep(&status.metadata().clone()),
        }
        reply.map(tonic::Response::into_inner)
    }

    pub(super) async fn update_in(&mut self, sql: &str, id: Option<&Bytes>) -> Result<i64, Status> {
        let command = CommandStatementUpdate {
            query: sql.to_owned(),
            transaction_id: id.cloned(),
        };
        let descriptor = FlightDescriptor::new_cmd(command.as_any().encode_to_vec());
        let data = FlightData::new().with_descriptor(descriptor);
        let request = self.request(stream::iter([data]));
        let reply = self.flight.do_put(request).await;
        let mut results = self.kept(reply)?;
        let result = results.message().await?.unwrap();
        Ok(DoPutUpdateResult::decode(result.app_metadata)
            .unwrap()
            .record_count)
    }

    pub(super) async fn update(&mut self, sql: &str) -> Result<i64, Status> {
        self.update_in(sql, None).await
    }

    pub(super) async fn info(
        &mut self,
        sql: &str,
        id: Option<&Bytes>,
    ) -> Result<FlightInfo, Status> {
        let command = CommandStatementQuery {
            query: sql.to_owned(),
            transaction_id: id.cloned(),
        };
        let descriptor = FlightDescriptor::new_cmd(command.as_any().encode_to_vec());
        let reply = self.flight.get_flight_info(self.request(descriptor)).await;
        self.kept(reply)
    }

    pub(super) async fn stream(
        &mut self,
        info: FlightInfo,
    ) -> Result<FlightRecordBatchStream, Status> {
        let ticket = info.endpoint[0].ticket.clone().unwrap();
        let reply = self.flight.do_get(self.request(ticket)).await;
        let data = self.kept(reply)?;
        Ok(FlightRecordBatchStream::new_from_flight_data(
            data.map_err(Into::into),
        ))
    }

    pub(super) async fn rows_in(
        &mut self,
        sql: &str,
        id: Option<&Bytes>,
    ) -> Result<Vec<Vec<String>>, Status> {
        let info = self.info(sql, id).await?;
        let batches: Vec<_> = self.stream(info).await?.try_collect().await?;
        Ok(batches.iter().flat_map(text).collect())
    }

    pub(super) async fn rows(&mut self, sql: &str) -> Result<Vec<Vec<String>>, Status> {
        self.rows_in(sql, None).await
    }

    async fn action(&mut self, name: &str, body: Vec<u8>) -> Result<Option<Bytes>, Status> {
        let request = self.request(Action::new(name, body));
        let reply = self.flight.do_action(request).await;
        let mut results = self.kept(reply)?;
        Ok(results.message().await?.map(|result| result.body))
    }

    pub(super) async fn begin(&mut self) -> Result<Bytes, Status> {
        let request = ActionBeginTransactionRequest {}.as_any().encode_to_vec();
        let body = self.action("BeginTransaction", request).await?.unwrap();
        let result: ActionBeginTransactionResult =
            Any::decode(body).unwrap().unpack().unwrap().unwrap();
        Ok(result.transaction_id)
    }

    pub(super) async fn end(&mut self, id: &Bytes, action: i32) -> Result<(), Status> {
        let request = ActionEndTransactionRequest {
            transaction_id: id.clone(),
            action,
        };
        let body = request.as_any().encode_to_vec();
        self.action("EndTransaction", body).await.map(drop)
    }

    pub(super) async fn close(&mut self) -> Result<(), Status> {
        self.action("CloseSession", Vec::new()).await.map(drop)
    }
}
