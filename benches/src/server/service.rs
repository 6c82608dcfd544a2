//! The RPCs. The server counts each RPC and replies from [`Tables`].

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::flight_service_server::FlightService;
use arrow_flight::sql::{
    ActionClosePreparedStatementRequest, ActionCreatePreparedStatementRequest,
    ActionCreatePreparedStatementResult, Any, Command, DoPutPreparedStatementResult,
    DoPutUpdateResult, ProstMessageExt,
};
use arrow_flight::{
    Action, ActionType, Criteria, Empty, FlightData, FlightDescriptor, FlightEndpoint, FlightInfo,
    HandshakeRequest, HandshakeResponse, PollInfo, PutResult, Result as ActionResult, SchemaResult,
    Ticket,
};
use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use prost::Message;
use tonic::{Request, Response, Status, Streaming};

use super::counts::{Counts, RESET_COUNTS, RPC_COUNTS};
use super::statement::Statement;
use super::tables::Tables;

/// Maximum number of open prepared statements of all clients. The bench needs one per connection.
const MAX_PREPARED: usize = 4096;

/// Maximum number of messages of one bind: schema and rows.
const MAX_BIND_MESSAGES: usize = 16;

type Reply<T> = Result<Response<T>, Status>;
type Messages<T> = BoxStream<'static, Result<T, Status>>;

/// The service. Prepared statements live until closed or until the process ends.
#[derive(Debug)]
pub(crate) struct BenchService {
    tables: Arc<Tables>,
    counts: Counts,
    prepared: Mutex<HashMap<Bytes, Prepared>>,
    next_handle: AtomicU64,
}

#[derive(Clone, Copy, Debug)]
struct Prepared {
    statement: Statement,
    bound: Option<i64>,
}

impl BenchService {
    /// Encodes the tables.
    pub(crate) fn new() -> crate::Result<Self> {
        Ok(Self {
            tables: Arc::new(Tables::new()?),
            counts: Counts::default(),
            prepared: Mutex::default(),
            next_handle: AtomicU64::new(1),
        })
    }

    fn prepare(&self, request: &ActionCreatePreparedStatementRequest) -> Result<Bytes, Status> {
        let statement = parse(&request.query)?;
        let handle = self.next_handle.fetch_add(1, Ordering::Relaxed).to_string();
        let handle = Bytes::from(handle);
        let mut prepared = self.prepared();
        if prepared.len() >= MAX_PREPARED {
            return Err(Status::resource_exhausted("too many prepared statements"));
        }
        prepared.insert(
            handle.clone(),
            Prepared {
                statement,
                bound: None,
            },
        );
        let parameter_schema = if statement.has_parameter() {
            self.tables.parameter_schema.clone()
        } else {
            Bytes::new()
        };
        let result = ActionCreatePreparedStatementResult {
            prepared_statement_handle: handle,
            dataset_schema: self.tables.schema(statement),
            parameter_schema,
        };
        Ok(result.as_any().encode_to_vec().into())
    }

    /// Returns the statement of a handle with its bound value.
    fn bound(&self, handle: &Bytes) -> Result<Statement, Status> {
        let prepared = *self.prepared().get(handle).ok_or_else(unknown_handle)?;
        match (prepared.statement, prepared.bound) {
            (Statement::Point(None), Some(id)) => Ok(Statement::Point(Some(id))),
            (Statement::Update(None), Some(id)) => Ok(Statement::Update(Some(id))),
            (statement, _) if statement.has_parameter() => {
                Err(Status::failed_precondition("the parameter is not bound"))
            }
            (statement, _) => Ok(statement),
        }
    }

    fn bind(&self, handle: &Bytes, values: &[i64]) -> Result<(), Status> {
        let [id] = values[..] else {
            return Err(Status::invalid_argument("bind exactly one row"));
        };
        let mut prepared = self.prepared();
        prepared.get_mut(handle).ok_or_else(unknown_handle)?.bound = Some(id);
        Ok(())
    }

    fn prepared(&self) -> MutexGuard<'_, HashMap<Bytes, Prepared>> {
        // Every change is one insert, remove or assignment, so the entries of a poisoned lock are valid.
        self.prepared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[tonic::async_trait]
impl FlightService for BenchService {
    type HandshakeStream = Messages<HandshakeResponse>;
    type ListFlightsStream = Messages<FlightInfo>;
    type DoGetStream = Messages<FlightData>;
    type DoPutStream = Messages<PutResult>;
    type DoActionStream = Messages<ActionResult>;
    type ListActionsStream = Messages<ActionType>;
    type DoExchangeStream = Messages<FlightData>;

    async fn get_flight_info(&self, request: Request<FlightDescriptor>) -> Reply<FlightInfo> {
        self.counts.add("GetFlightInfo");
        let statement = match command(&request.get_ref().cmd)? {
            Command::CommandStatementQuery(query) => parse(&query.query)?,
            Command::CommandPreparedStatementQuery(query) => {
                self.bound(&query.prepared_statement_handle)?
            }
            other => return Err(unsupported(&other)),
        };
        let ticket = match statement {
            Statement::Scan { case, rows } => case.sql(rows),
            Statement::Point(Some(id)) => format!("SELECT id FROM point WHERE id = {id}"),
            _ => return Err(Status::invalid_argument("this statement returns no rows")),
        };
        let endpoint = FlightEndpoint::new().with_ticket(Ticket::new(ticket));
        let mut info = FlightInfo::new().with_endpoint(endpoint);
        info.schema = self.tables.schema(statement);
        info.flight_descriptor = Some(request.into_inner());
        Ok(Response::new(info))
    }

    async fn do_get(&self, request: Request<Ticket>) -> Reply<Self::DoGetStream> {
        self.counts.add("DoGet");
        let ticket = String::from_utf8_lossy(&request.get_ref().ticket);
        match parse(&ticket)? {
            Statement::Scan { case, rows } => {
                let messages = self.tables.read(case, rows).map_err(internal)?;
                Ok(Response::new(stream::iter(messages.map(Ok)).boxed()))
            }
            Statement::Point(Some(id)) => {
                let messages = self.tables.read_point(id).into_iter();
                Ok(Response::new(stream::iter(messages.map(Ok)).boxed()))
            }
            _ => Err(Status::invalid_argument("this ticket has no rows")),
        }
    }

    async fn do_put(&self, request: Request<Streaming<FlightData>>) -> Reply<Self::DoPutStream> {
        self.counts.add("DoPut");
        let mut messages = request.into_inner();
        let first = messages.message().await?;
        let first = first.ok_or_else(|| Status::invalid_argument("no message"))?;
        if let Some(table) = ingested(&first)? {
            let count = super::ingest::ingest(&table, first, messages).await?;
            let app_metadata = updated(count).into();
            return Ok(Response::new(one(PutResult { app_metadata })));
        }
        let (descriptor, values) = read_put(first, messages).await?;
        let result = match command(&descriptor.cmd)? {
            Command::CommandStatementUpdate(update) => match parse(&update.query)? {
                Statement::Update(Some(_)) => updated(1),
                _ => return Err(Status::invalid_argument("this is not an update")),
            },
            Command::CommandPreparedStatementQuery(query) => {
                let handle = query.prepared_statement_handle;
                self.bind(&handle, &values)?;
                let prepared_statement_handle = Some(handle);
                DoPutPreparedStatementResult {
                    prepared_statement_handle,
                }
                .encode_to_vec()
            }
            Command::CommandPreparedStatementUpdate(update) => {
                let handle = update.prepared_statement_handle;
                if !values.is_empty() {
                    self.bind(&handle, &values)?;
                }
                match self.bound(&handle)? {
                    statement if statement.is_query() => {
                        return Err(Status::invalid_argument("this is not an update"));
                    }
                    _ => updated(1),
                }
            }
            other => return Err(unsupported(&other)),
        };
        let app_metadata = result.into();
        Ok(Response::new(one(PutResult { app_metadata })))
    }

    async fn do_action(&self, request: Request<Action>) -> Reply<Self::DoActionStream> {
        let action = request.into_inner();
        let body = match action.r#type.as_str() {
            RESET_COUNTS => {
                self.counts.reset();
                Bytes::new()
            }
            RPC_COUNTS => {
                let counts = serde_json::to_vec(&self.counts.snapshot());
                counts.map_err(internal)?.into()
            }
            "CreatePreparedStatement" => {
                self.counts.add("DoAction:CreatePreparedStatement");
                self.prepare(&unpack(&action.body)?)?
            }
            "ClosePreparedStatement" => {
                self.counts.add("DoAction:ClosePreparedStatement");
                let request: ActionClosePreparedStatementRequest = unpack(&action.body)?;
                self.prepared().remove(&request.prepared_statement_handle);
                return Ok(Response::new(stream::empty().boxed()));
            }
            other => {
                self.counts.add("DoAction:other");
                return Err(Status::unimplemented(format!("action {other}")));
            }
        };
        Ok(Response::new(one(ActionResult { body })))
    }

    async fn handshake(
        &self,
        _: Request<Streaming<HandshakeRequest>>,
    ) -> Reply<Self::HandshakeStream> {
        self.counts.add("Handshake");
        Err(Status::unimplemented(
            "the bench server has no authentication",
        ))
    }

    async fn list_flights(&self, _: Request<Criteria>) -> Reply<Self::ListFlightsStream> {
        self.counts.add("ListFlights");
        Err(Status::unimplemented("ListFlights"))
    }

    async fn poll_flight_info(&self, _: Request<FlightDescriptor>) -> Reply<PollInfo> {
        self.counts.add("PollFlightInfo");
        Err(Status::unimplemented("PollFlightInfo"))
    }

    async fn get_schema(&self, _: Request<FlightDescriptor>) -> Reply<SchemaResult> {
        self.counts.add("GetSchema");
        Err(Status::unimplemented("GetSchema"))
    }

    async fn list_actions(&self, _: Request<Empty>) -> Reply<Self::ListActionsStream> {
        self.counts.add("ListActions");
        Err(Status::unimplemented("ListActions"))
    }

    async fn do_exchange(
        &self,
        _: Request<Streaming<FlightData>>,
    ) -> Reply<Self::DoExchangeStream> {
        self.counts.add("DoExchange");
        Err(Status::unimplemented("DoExchange"))
    }
}

/// Reads the descriptor of a DoPut and the Int64 values of its rows.
async fn read_put(
    first: FlightData,
    messages: Streaming<FlightData>,
) -> Result<(FlightDescriptor, Vec<i64>), Status> {
    let messages = stream::iter([Ok(first)]).chain(messages);
    let messages: Vec<FlightData> = messages.take(MAX_BIND_MESSAGES + 1).try_collect().await?;
    if messages.len() > MAX_BIND_MESSAGES {
        return Err(Status::invalid_argument("too many messages in one DoPut"));
    }
    let descriptor = messages
        .first()
        .and_then(|first| first.flight_descriptor.clone());
    let descriptor = descriptor.ok_or_else(|| Status::invalid_argument("no descriptor"))?;
    // The first message may contain only the descriptor.
    let data = messages
        .into_iter()
        .filter(|message| !message.data_header.is_empty());
    let mut batches = FlightRecordBatchStream::new_from_flight_data(stream::iter(data.map(Ok)));
    let mut values = Vec::new();
    while let Some(batch) = batches.try_next().await? {
        let column = batch.columns().first();
        let column = column.and_then(|column| column.as_primitive_opt::<Int64Type>());
        let column = column.ok_or_else(|| Status::invalid_argument("the parameter is an Int64"))?;
        values.extend_from_slice(column.values());
    }
    Ok((descriptor, values))
}

/// Returns the table if a DoPut is an ingest.
fn ingested(first: &FlightData) -> Result<Option<String>, Status> {
    let Some(descriptor) = &first.flight_descriptor else {
        return Ok(None);
    };
    match command(&descriptor.cmd)? {
        Command::CommandStatementIngest(ingest) => Ok(Some(ingest.table)),
        _ => Ok(None),
    }
}

fn parse(sql: &str) -> Result<Statement, Status> {
    Statement::parse(sql).ok_or_else(|| Status::invalid_argument(format!("not a statement: {sql}")))
}

fn command(cmd: &Bytes) -> Result<Command, Status> {
    let any = Any::decode(cmd.as_ref()).map_err(internal)?;
    Command::try_from(any).map_err(internal)
}

fn unpack<M: ProstMessageExt>(body: &Bytes) -> Result<M, Status> {
    let any = Any::decode(body.as_ref()).map_err(internal)?;
    let message = any.unpack().map_err(internal)?;
    message.ok_or_else(|| Status::invalid_argument("expected the message of the action"))
}

fn updated(record_count: i64) -> Vec<u8> {
    DoPutUpdateResult { record_count }.encode_to_vec()
}

fn one<T: Send + 'static>(message: T) -> Messages<T> {
    stream::iter([Ok(message)]).boxed()
}

fn unsupported(command: &Command) -> Status {
    Status::unimplemented(format!(
        "the bench server does not support {}",
        command.type_url()
    ))
}

fn unknown_handle() -> Status {
    Status::not_found("no such prepared statement")
}

fn internal(error: impl std::fmt::Display) -> Status {
    Status::internal(error.to_string())
}
