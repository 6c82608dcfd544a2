//! Prepared statements: create, bind, run, close. <https://arrow.apache.org/docs/format/FlightSql.html#query-execution>

use arrow_array::RecordBatch;
use arrow_flight::sql::{
    ActionClosePreparedStatementRequest, ActionCreatePreparedStatementRequest,
    ActionCreatePreparedStatementResult, CommandPreparedStatementQuery,
    CommandPreparedStatementUpdate, DoPutPreparedStatementResult, ProstMessageExt,
};
use arrow_flight::{FlightData, FlightDescriptor, FlightInfo};
use arrow_schema::SchemaRef;
use prost::Message;
use prost::bytes::Bytes;

use super::encode::Encoder;
use super::rpc::{Operation, Rpc, TimeoutClass};
use super::{command, schema, update};
use crate::error::{Error, Result};

const CREATE: Operation = Operation::new("DoAction(CreatePreparedStatement)", TimeoutClass::Query);
const CLOSE: Operation = Operation::new("DoAction(ClosePreparedStatement)", TimeoutClass::Close);
const BIND: Operation = Operation::new("DoPut(CommandPreparedStatementQuery)", TimeoutClass::Query);
const INFO: Operation = Operation::new(
    "GetFlightInfo(CommandPreparedStatementQuery)",
    TimeoutClass::Query,
);
const SCHEMA: Operation = Operation::new(
    "GetSchema(CommandPreparedStatementQuery)",
    TimeoutClass::Query,
);
const UPDATE: Operation = Operation::new(
    "DoPut(CommandPreparedStatementUpdate)",
    TimeoutClass::Update,
);

#[derive(Clone)]
pub(crate) struct Prepared {
    pub(crate) handle: Bytes,
    /// The reported columns of the result; an empty list for a statement without a result.
    pub(crate) dataset: Option<SchemaRef>,
    pub(crate) parameters: Option<SchemaRef>,
    /// Reported by newer servers.
    pub(crate) is_update: Option<bool>,
}

// Omits the handle, which may contain values.
flightsql_dialect::debug_fields!(Prepared, |it| {
    dataset: it.dataset,
    parameters: it.parameters,
    is_update: it.is_update,
});

/// A field that was added to the protocol in 2026
/// ([apache/arrow#49498](https://github.com/apache/arrow/pull/49498)) and is missing in arrow-flight 59.
#[derive(Clone, PartialEq, Message)]
pub(super) struct IsUpdate {
    #[prost(bool, optional, tag = "4")]
    pub(super) is_update: Option<bool>,
}

/// The maximum number of fields per parameter: some servers report a union of the types that they accept.
const FIELDS_PER_PARAMETER: usize = 8;

/// Prepares a statement with this number of placeholders. The caller must [`close`] the handle.
pub(crate) async fn create(
    rpc: &Rpc,
    sql: &str,
    placeholders: usize,
    transaction: Option<Bytes>,
) -> Result<Prepared> {
    let request = ActionCreatePreparedStatementRequest {
        query: sql.to_owned(),
        transaction_id: transaction,
    };
    let body = rpc
        .action_reply(CREATE, command::action("CreatePreparedStatement", &request))
        .await?;
    type Created = ActionCreatePreparedStatementResult;
    let result: Created = command::unwrap(CREATE.name, body.clone())?;
    let extra = command::unwrap_as::<IsUpdate>(CREATE.name, body, Created::type_url());
    if result.prepared_statement_handle.is_empty() {
        return Err(Error::protocol(
            CREATE.name,
            "the server replied with an empty handle",
        ));
    }
    let limits = &rpc.options().limits;
    // The caller decides on the number of parameters, so the limit for servers does not bound it.
    let fields = placeholders.saturating_mul(FIELDS_PER_PARAMETER);
    let of_parameters = limits.with_schema_fields(fields);
    Ok(Prepared {
        handle: result.prepared_statement_handle,
        dataset: schema::read(CREATE.name, &result.dataset_schema, limits)?,
        parameters: schema::read(CREATE.name, &result.parameter_schema, &of_parameters)?,
        is_update: extra.ok().and_then(|extra| extra.is_update),
    })
}

/// Binds one row of parameters for a query. A handle in the response replaces the old one: servers without state encode the
/// parameters in it.
pub(crate) async fn bind(rpc: &Rpc, handle: Bytes, row: RecordBatch) -> Result<Option<Bytes>> {
    let results = rpc.put(BIND, encode(query(handle), &row)?).await?;
    let Some(result) = results
        .first()
        .filter(|result| !result.app_metadata.is_empty())
    else {
        return Ok(None);
    };
    let body = result.app_metadata.clone();
    let result: DoPutPreparedStatementResult = command::unwrap_or_bare(BIND.name, body)?;
    Ok(result
        .prepared_statement_handle
        .filter(|handle| !handle.is_empty()))
}

pub(crate) async fn info(rpc: &Rpc, handle: Bytes) -> Result<FlightInfo> {
    rpc.info(INFO, query(handle)).await
}

/// Returns the columns of a prepared statement's result, without running it; `None` if the server reports none.
pub(crate) async fn columns(rpc: &Rpc, handle: Bytes) -> Result<Option<SchemaRef>> {
    let answer = rpc.schema(SCHEMA, query(handle)).await?;
    schema::read(SCHEMA.name, &answer.schema, &rpc.options().limits)
}

/// Runs a prepared update in one RPC, once per row of `rows`, and returns the row count of the server. A statement without
/// parameters needs a batch without columns, because some servers run the statement only after a batch.
pub(crate) async fn run_update(rpc: &Rpc, handle: Bytes, rows: RecordBatch) -> Result<i64> {
    let command = CommandPreparedStatementUpdate {
        prepared_statement_handle: handle,
    };
    let data = encode(command::descriptor(&command), &rows)?;
    let results = rpc.put(UPDATE, data).await?;
    update::count(UPDATE, &results)
}

/// Closes the handle. A server without this action has nothing to close.
pub(crate) async fn close(rpc: &Rpc, handle: Bytes) -> Result<()> {
    let request = ActionClosePreparedStatementRequest {
        prepared_statement_handle: handle,
    };
    match rpc
        .action(CLOSE, command::action("ClosePreparedStatement", &request))
        .await
    {
        Err(error) if !error.is_unsupported() => Err(error),
        _ => Ok(()),
    }
}

fn query(handle: Bytes) -> FlightDescriptor {
    command::descriptor(&CommandPreparedStatementQuery {
        prepared_statement_handle: handle,
    })
}

/// Encodes a batch as the messages of a `DoPut`: the schema with the descriptor, then the rows, even if there are none.
fn encode(descriptor: FlightDescriptor, batch: &RecordBatch) -> Result<Vec<FlightData>> {
    let (mut encoder, first) = Encoder::new(batch.schema_ref(), descriptor);
    let rows = encoder
        .batch(batch)
        .map_err(|error| Error::argument(format!("the parameters cannot be encoded: {error}")))?;
    Ok(std::iter::once(first).chain(rows).collect())
}
