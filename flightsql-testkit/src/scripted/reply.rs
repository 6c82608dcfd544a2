//! One scripted reply.
//!
//! Job: build replies of every method, conforming or not. Layer: scripted service.
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

/// Reply of a scripted server to one call.
///
/// Made by one of the functions without `self`, then changed by the methods with `self`. A message of a type
/// the method cannot send is replaced by an INTERNAL error that states it.
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
    /// An error instead of a reply: on the wire a trailers-only response.
    Refuse(Vec<Step>, Status),
    Play(Vec<Step>),
    Ask(
        Vec<Step>,
        Arc<dyn Fn(&ScriptRequest) -> Reply + Send + Sync>,
    ),
}

impl Reply {
    /// No message, and "OK" at the end.
    pub fn empty() -> Self {
        Self::of(Kind::Play(Vec::new()))
    }

    /// An error before anything else. See [`then_error`](Self::then_error) for one after headers or messages.
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self::status(Status::new(code, message))
    }

    /// As [`error`](Self::error), with all a `Status` can hold.
    pub fn status(status: Status) -> Self {
        Self::of(Kind::Refuse(Vec::new(), status))
    }

    /// No answer, ever.
    pub fn hang() -> Self {
        Self::empty().then_hang()
    }

    /// The reply this function makes from the request.
    pub fn with(make: impl Fn(&ScriptRequest) -> Reply + Send + Sync + 'static) -> Self {
        Self::of(Kind::Ask(Vec::new(), Arc::new(make)))
    }

    /// A `FlightInfo` with this schema and these endpoints; row and byte counts are unknown (-1).
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

    /// [`info`](Self::info) with one endpoint of this ticket and no location.
    pub fn ticket(schema: impl Borrow<Schema>, ticket: impl Into<Bytes>) -> Self {
        Self::info(
            schema,
            [FlightEndpoint::new().with_ticket(Ticket::new(ticket))],
        )
    }

    /// This `FlightInfo`.
    pub fn flight_info(info: FlightInfo) -> Self {
        Self::items([info])
    }

    /// This `PollInfo`.
    pub fn poll_info(info: PollInfo) -> Self {
        Self::items([info])
    }

    /// A `SchemaResult`, for `GetSchema`.
    pub fn schema(schema: impl Borrow<Schema>) -> Self {
        let schema = ipc(schema.borrow());
        Self::encoded(schema.map(|schema| vec![SchemaResult { schema }.into()]))
    }

    /// This `SchemaResult`, unchanged.
    pub fn schema_result(result: SchemaResult) -> Self {
        Self::items([result])
    }

    /// The stream of these batches, schema first, for `DoGet`.
    pub fn batches(
        schema: impl Borrow<Schema>,
        batches: impl IntoIterator<Item = RecordBatch>,
    ) -> Self {
        let data = batches_to_flight_data(schema.borrow(), batches.into_iter().collect());
        Self::encoded(data.map(|data| data.into_iter().map(Item::from).collect()))
    }

    /// The schema, then this batch again and again until the client goes away.
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

    /// These `FlightData` messages, unchanged, for `DoGet`; see [`raw`](super::raw).
    pub fn raw(data: impl IntoIterator<Item = FlightData>) -> Self {
        Self::items(data)
    }

    /// A `PutResult` with this `app_metadata`, for `DoPut`.
    pub fn put_result(app_metadata: impl Into<Bytes>) -> Self {
        Self::items([PutResult {
            app_metadata: app_metadata.into(),
        }])
    }

    /// These `PutResult`s, unchanged, for `DoPut`.
    pub fn put_results(results: impl IntoIterator<Item = PutResult>) -> Self {
        Self::items(results)
    }

    /// A `DoPutUpdateResult` with this row count, for updates; -1 means unknown.
    pub fn update_count(record_count: i64) -> Self {
        Self::put_result(DoPutUpdateResult { record_count }.encode_to_vec())
    }

    /// An action's result: this Flight SQL message, packed as `Any`.
    pub fn action_result(message: &impl ProstMessageExt) -> Self {
        Self::action_bytes(message.as_any().encode_to_vec())
    }

    /// An action's result with these bytes.
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

    /// The result of `CreatePreparedStatement`. A schema not given is sent as empty bytes, "unknown".
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

    /// A `HandshakeResponse` with this payload.
    pub fn handshake(payload: impl Into<Bytes>) -> Self {
        Self::items([HandshakeResponse {
            payload: payload.into(),
            ..HandshakeResponse::default()
        }])
    }

    /// Sets how often this reply is used. Defaults to once; see also [`always`](Self::always).
    pub fn times(mut self, times: usize) -> Self {
        self.uses = Some(times);
        self
    }

    /// Gives this reply to every such call from here on.
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

/// A schema as an encapsulated IPC message, which is what `FlightInfo.schema` and its like hold.
fn ipc(schema: &Schema) -> Result<Bytes, ArrowError> {
    let options = IpcWriteOptions::default();
    let IpcMessage(bytes) = SchemaAsIpc::new(schema, &options).try_into()?;
    Ok(bytes)
}
