//! Helpers of this crate's tests: arrow-flight's client and small requests.
//!
//! Job: connect and call. Layer: tests only.

use std::sync::Arc;

use arrow_array::{Int64Array, RecordBatch};
use arrow_flight::{
    Action, FlightData, FlightDescriptor, Ticket,
    flight_service_client::FlightServiceClient,
    sql::{CommandStatementQuery, ProstMessageExt as _},
};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use prost::Message as _;
use tonic::{
    Code, Status, Streaming,
    transport::{Channel, Endpoint},
};

use crate::ServerHandle;

pub(crate) type Client = FlightServiceClient<Channel>;

/// Connects a client.
pub(crate) async fn client(server: &ServerHandle) -> Client {
    let endpoint = Endpoint::from_shared(format!("http://{}", server.address())).unwrap();
    FlightServiceClient::new(endpoint.connect().await.unwrap())
}

pub(crate) fn query(sql: &str) -> FlightDescriptor {
    let command = CommandStatementQuery {
        query: sql.to_owned(),
        transaction_id: None,
    };
    FlightDescriptor::new_cmd(command.as_any().encode_to_vec())
}

pub(crate) fn ticket() -> Ticket {
    Ticket::new("t")
}

pub(crate) fn action(name: &str) -> Action {
    Action::new(name, Vec::new())
}

pub(crate) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, false)]))
}

pub(crate) fn batch(values: impl IntoIterator<Item = i64>) -> RecordBatch {
    let values: Int64Array = values.into_iter().map(Some).collect();
    RecordBatch::try_new(schema(), vec![Arc::new(values)]).unwrap()
}

/// Reads the messages of a stream to its end, and returns its last status.
pub(crate) async fn drain<T>(mut stream: Streaming<T>) -> (Vec<T>, Result<(), Status>) {
    let mut messages = Vec::new();
    loop {
        match stream.message().await {
            Ok(Some(message)) => messages.push(message),
            Ok(None) => return (messages, Ok(())),
            Err(status) => return (messages, Err(status)),
        }
    }
}

/// Returns the code of an RPC that must fail.
pub(crate) fn code<T>(result: Result<T, Status>) -> Code {
    match result {
        Ok(_) => Code::Ok,
        Err(status) => status.code(),
    }
}

/// Sends a `DoPut` with the query's descriptor and `messages` empty messages.
pub(crate) fn put(sql: &str, messages: usize) -> Vec<FlightData> {
    let mut data = vec![FlightData::new().with_descriptor(query(sql))];
    for number in 0..messages {
        data.push(FlightData::new().with_app_metadata(number.to_string()));
    }
    data
}
