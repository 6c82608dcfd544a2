//! A scripted reply.
//!
//! Job: build replies for every method, conforming or not. Layer: scripted service.
//! Spec: <https://arrow.apache.org/docs/format/FlightSql.html>.

mod steps;

use std::{borrow::Borrow, fmt, sync::Arc};

use arrow_array::RecordBatch;
use arrow_flight::{
    ActionType, FlightData, FlightEndpoint, FlightInfo, HandshakeResponse, IpcMessage, PollInfo,
    PutResult, SchemaAsIpc, SchemaResult, Ticket,
    sql::{ActionCreatePreparedStatementResult, DoPutUpdateResult, ProstMessageExt},
    utils::batches_to_flight_data,
};
use arrow_ipc::writer::IpcWriteOptions;
use arrow_schema::{ArrowError, Schema};
use bytes::Bytes;
use prost::Message as _;
use tonic::{Code, Status, metadata::MetadataMap};

use super::{Item, ScriptRequest};

pub(super) use steps::Step;

/// Reply of a scripted server to one RPC.
///
/// The functions without `self` create a reply, and the methods with `self` modify it. A message of a type that the method
/// cannot send is replaced by an INTERNAL error that states the mistake.
#[derive(Clone)]
pub struct Reply {
    pub(super) kind: Kind,
    pub(super) headers: MetadataMap,
    pub(super) trailers: MetadataMap,
    pub(super) early: bool,
    uses: Option<usize>,
}

#[derive(Clone)]
pub(super) enum Kind {
    /// An error instead of a reply, sent as a trailers-only response.
    Refuse(Vec<Step>, Status),
    Play(Vec<Step>),
    Ask(
        Vec<Step>,
        Arc<dyn Fn(&ScriptRequest) -> Reply + Send + Sync>,
    ),
}

impl Reply {
    /// Creates a reply without messages that ends with "OK".
    pub fn empty() -> Self {
        Self::of(Kind::Play(Vec::new()))
    }

    /// Creates an error before headers and messages. For a later error, see [`then_error`](Self::then_error).
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self::status(Status::new(code, message))
    }

    /// Creates an error like [`error`](Self::error), from a complete `Status`.
    pub fn status(status: Status) -> Self {
        Self::of(Kind::Refuse(Vec::new(), status))
    }

    /// Creates a reply that never arrives.
    pub fn hang() -> Self {
        Self::empty().then_hang()
    }

    /// Creates the reply from the request with this function.
    pub fn with(make: impl Fn(&ScriptRequest) -> Reply + Send + Sync + 'static) -> Self {
        Self::of(Kind::Ask(Vec::new(), Arc::new(make)))
    }

    /// Creates a `FlightInfo` with this schema and these endpoints. Row and byte counts are unknown (-1).
    pub fn info(
        schema: impl Borrow<Schema>,
        endpoints: impl IntoIterator<Item = FlightEndpoint>,
    ) -> Self {
        let info = FlightInfo::new()
            .with_endpoints(endpoints.into_iter().collect())
            .with_total_records(-1)
            .with_total_bytes(-1)
            .try_with_schema(schema.borrow());
        Self::encoded(info.map(|info| vec![info.into()]))
    }

    /// Creates an [`info`](Self::info) with one endpoint, which has this ticket and no location.
    pub fn ticket(schema: impl Borrow<Schema>, ticket: impl Into<Bytes>) -> Self {
        Self::info(
            schema,
            [FlightEndpoint::new().with_ticket(Ticket::new(ticket))],
        )
    }

    /// Creates a reply with this `FlightInfo`.
    pub fn flight_info(info: FlightInfo) -> Self {
        Self::items([info])
    }

    /// Creates a reply with this `PollInfo`.
    pub fn poll_info(info: PollInfo) -> Self {
        Self::items([info])
    }

    /// Creates a `SchemaResult`, for `GetSchema`.
    pub fn schema(schema: impl Borrow<Schema>) -> Self {
        let schema = ipc(schema.borrow());
        Self::encoded(schema.map(|schema| vec![SchemaResult { schema }.into()]))
    }

    /// Creates a reply with this `SchemaResult`, unchanged.
    pub fn schema_result(result: SchemaResult) -> Self {
        Self::items([result])
    }

    /// Creates a stream of the schema and these batches, for `DoGet`.
    pub fn batches(
        schema: impl Borrow<Schema>,
        batches: impl IntoIterator<Item = RecordBatch>,
    ) -> Self {
        let data = batches_to_flight_data(schema.borrow(), batches.into_iter().collect());
        Self::encoded(data.map(|data| data.into_iter().map(Item::from).collect()))
    }

    /// Creates a stream of the schema and this batch, which repeats until the client disconnects.
    pub fn endless(batch: &RecordBatch) -> Self {
        let data = batches_to_flight_data(batch.schema_ref(), vec![batch.clone()]);
        match data {
            Err(error) => Self::unencodable(&error),
            Ok(mut data) => {
                let batches = data.split_off(1);
                Self::raw(data).then(Step::Repeat(batches.into_iter().map(Item::from).collect()))
            }
        }
    }

    /// Creates a stream of these unchanged `FlightData` messages, for `DoGet`; see [`raw`](super::raw).
    pub fn raw(data: impl IntoIterator<Item = FlightData>) -> Self {
        Self::items(data)
    }

    /// Creates a `PutResult` with this `app_metadata`, for `DoPut`.
    pub fn put_result(app_metadata: impl Into<Bytes>) -> Self {
        Self::items([PutResult {
            app_metadata: app_metadata.into(),
        }])
    }

    /// Creates a stream of these unchanged `PutResult`s, for `DoPut`.
    pub fn put_results(results: impl IntoIterator<Item = PutResult>) -> Self {
        Self::items(results)
    }

    /// Creates a `DoPutUpdateResult` with this row count, for updates; -1 means unknown.
    pub fn update_count(record_count: i64) -> Self {
        Self::put_result(DoPutUpdateResult { record_count }.encode_to_vec())
    }

    /// Creates the result of an action: this Flight SQL message, packed as `Any`.
    pub fn action_result(message: &impl ProstMessageExt) -> Self {
        Self::action_bytes(message.as_any().encode_to_vec())
    }

    /// Creates the result of an action with these bytes.
    pub fn action_bytes(body: impl Into<Bytes>) -> Self {
        Self::items([arrow_flight::Result::new(body)])
    }

    /// These `ActionType`s, for `ListActions`.
    pub fn action_types<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self::items(names.into_iter().map(|name| ActionType {
            r#type: name.to_owned(),
            description: String::new(),
        }))
    }

    /// Creates the result of `CreatePreparedStatement`. A missing schema is sent as empty bytes, which means "unknown".
    pub fn prepared(
        handle: impl Into<Bytes>,
        dataset: Option<&Schema>,
        parameters: Option<&Schema>,
    ) -> Self {
        let encode = |schema: Option<&Schema>| schema.map_or(Ok(Bytes::new()), ipc);
        let result = encode(dataset).and_then(|dataset_schema| {
            Ok(ActionCreatePreparedStatementResult {
                prepared_statement_handle: handle.into(),
                dataset_schema,
                parameter_schema: encode(parameters)?,
            })
        });
        match result {
            Ok(result) => Self::action_result(&result),
            Err(error) => Self::unencodable(&error),
        }
    }

    /// Creates a `HandshakeResponse` with this payload.
    pub fn handshake(payload: impl Into<Bytes>) -> Self {
        Self::items([HandshakeResponse {
            payload: payload.into(),
            ..HandshakeResponse::default()
        }])
    }

    /// Sets the number of uses of this reply. Defaults to 1; see also [`always`](Self::always).
    pub fn times(mut self, times: usize) -> Self {
        self.uses = Some(times);
        self
    }

    /// Uses this reply for every further RPC.
    pub fn always(mut self) -> Self {
        self.uses = None;
        self
    }

    pub(super) fn uses(&self) -> Option<usize> {
        self.uses
    }

    fn of(kind: Kind) -> Self {
        Self {
            kind,
            headers: MetadataMap::new(),
            trailers: MetadataMap::new(),
            early: false,
            uses: Some(1),
        }
    }

    fn items<T: Into<Item>>(messages: impl IntoIterator<Item = T>) -> Self {
        let steps = messages
            .into_iter()
            .map(|message| Step::Send(message.into()));
        Self::of(Kind::Play(steps.collect()))
    }

    fn encoded(items: Result<Vec<Item>, ArrowError>) -> Self {
        match items {
            Ok(items) => Self::items(items),
            Err(error) => Self::unencodable(&error),
        }
    }

    fn unencodable(error: &ArrowError) -> Self {
        Self::error(
            Code::Internal,
            format!("the script's reply cannot be encoded: {error}"),
        )
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.kind {
            Kind::Refuse(_, status) => format!("error {:?}", status.code()),
            Kind::Play(steps) => format!("{} steps", steps.len()),
            Kind::Ask(..) => "made from the request".to_owned(),
        };
        f.debug_struct("Reply")
            .field("kind", &kind)
            .field("uses", &self.uses)
            .finish_non_exhaustive()
    }
}

/// Encodes a schema as an encapsulated IPC message, as in `FlightInfo.schema`.
fn ipc(schema: &Schema) -> Result<Bytes, ArrowError> {
    let options = IpcWriteOptions::default();
    let IpcMessage(bytes) = SchemaAsIpc::new(schema, &options).try_into()?;
    Ok(bytes)
}
