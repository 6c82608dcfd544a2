//! Canned replies for the official client: the scenarios of Flight SQL.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Int32Array, Int64Array, RecordBatch, StringArray, UInt32Array,
    UnionArray, cast::AsArray as _, new_empty_array, types::Int64Type,
};
use arrow_flight::{
    FlightDescriptor,
    flight_service_client::FlightServiceClient,
    sql::{
        ActionBeginSavepointRequest, ActionBeginSavepointResult, ActionBeginTransactionResult,
        ActionCancelQueryResult, ActionCreatePreparedStatementRequest,
        ActionCreatePreparedSubstraitPlanRequest, ActionEndSavepointRequest,
        ActionEndTransactionRequest, CommandGetCatalogs, CommandGetCrossReference,
        CommandGetDbSchemas, CommandGetExportedKeys, CommandGetImportedKeys, CommandGetPrimaryKeys,
        CommandGetSqlInfo, CommandGetTableTypes, CommandGetTables, CommandGetXdbcTypeInfo,
        CommandPreparedStatementQuery, CommandPreparedStatementUpdate, CommandStatementIngest,
        CommandStatementQuery, CommandStatementSubstraitPlan, CommandStatementUpdate,
        ProstMessageExt, SubstraitPlan, TableDefinitionOptions, TableExistsOption,
        TableNotExistOption,
    },
    utils::flight_data_to_batches,
};
use arrow_schema::{DataType, Schema, SchemaRef};
use flightsql_testkit::{
    Reply, Rpc, Script, ScriptRequest, TestServer,
    tonic::transport::{Channel, Endpoint},
};
use prost::Message as _;
use prost::bytes::Bytes;

use crate::canned_session::session_options;
use crate::official::{columns_in_transaction, columns_of_query};

const TRANSACTION: Bytes = Bytes::from_static(b"transaction_id");
const SAVEPOINT: Bytes = Bytes::from_static(b"savepoint_id");
const HANDLE: Bytes = Bytes::from_static(b"handle");

/// Returns the scenarios in the order of the official list.
pub(crate) async fn scripts() -> Vec<(&'static str, Script)> {
    vec![
        ("flight_sql", flight_sql().await),
        ("flight_sql:extension", extension().await),
        ("session_options", session_options()),
        ("flight_sql:ingestion", ingestion()),
    ]
}

async fn flight_sql() -> Script {
    let query = |sql: &str| CommandStatementQuery {
        query: sql.to_owned(),
        transaction_id: None,
    };
    let columns = columns_of_query();
    let mut canned = Canned(metadata().await);
    canned.rows(query("SELECT STATEMENT"), &columns);
    canned.columns(query("SELECT STATEMENT"), &columns);
    canned.update(update(None), 10_000);
    canned.prepared_query(prepare("SELECT PREPARED STATEMENT", None), &columns);
    canned.prepared_update(prepare("UPDATE PREPARED STATEMENT", None), 20_000);
    canned.0
}

async fn extension() -> Script {
    let columns = columns_of_query();
    let mut canned = Canned(server_information().await);
    canned.rows(substrait(None), &columns);
    canned.columns(substrait(None), &columns);
    let info = Reply::ticket(&*columns, "to cancel");
    canned.on(Rpc::GetFlightInfo, substrait(None), info);
    let cancelled = ActionCancelQueryResult { result: 1 };
    canned.action("CancelQuery", Reply::action_result(&cancelled));
    canned.update(substrait(None), 10_000);
    canned.prepared_query(prepare_substrait(None), &columns);
    canned.prepared_update(prepare_substrait(None), 20_000);

    let transaction = Some(TRANSACTION);
    let columns = columns_in_transaction();
    let query = CommandStatementQuery {
        query: "SELECT STATEMENT".to_owned(),
        transaction_id: transaction.clone(),
    };
    canned.begin();
    canned.savepoint();
    canned.rows(query.clone(), &columns);
    canned.rows(substrait(transaction.clone()), &columns);
    canned.columns(query, &columns);
    canned.columns(substrait(transaction.clone()), &columns);
    canned.update(update(transaction.clone()), 15_000);
    canned.update(substrait(transaction.clone()), 15_000);
    let select = prepare("SELECT PREPARED STATEMENT", transaction.clone());
    canned.prepared_query(select, &columns);
    canned.prepared_query(prepare_substrait(transaction.clone()), &columns);
    let write = prepare("UPDATE PREPARED STATEMENT", transaction.clone());
    canned.prepared_update(write, 25_000);
    canned.prepared_update(prepare_substrait(transaction), 25_000);
    canned.end_savepoint(2);
    canned.savepoint();
    canned.end_savepoint(1);
    canned.end(1);
    canned.begin();
    canned.end(2);
    canned.0
}

fn ingestion() -> Script {
    let options = [("key1", "val1"), ("key2", "val2")];
    let command = CommandStatementIngest {
        table_definition_options: Some(TableDefinitionOptions {
            if_not_exist: TableNotExistOption::Create.into(),
            if_exists: TableExistsOption::Replace.into(),
        }),
        table: "test_table".to_owned(),
        schema: Some("test_schema".to_owned()),
        catalog: Some("test_catalog".to_owned()),
        temporary: true,
        transaction_id: Some(Bytes::from_static(b"123")),
        options: options
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
    };
    let count = |request: &ScriptRequest| {
        let batches = flight_data_to_batches(request.data()).unwrap();
        assert_eq!(batches[0].column(0).null_count(), 3);
        Reply::update_count(3)
    };
    let mut canned = Canned(Script::new());
    canned.on(Rpc::DoPut, command, Reply::with(count));
    canned.0
}

/// The queries of metadata. The official client compares their columns, which are those of our embedded server, with its own.
async fn metadata() -> Script {
    let text = |text: &str| Some(text.to_owned());
    let mut embedded = Embedded::start().await;
    let mut canned = Canned(Script::new());
    let tables = CommandGetTables {
        catalog: text("catalog"),
        db_schema_filter_pattern: text("db_schema_filter_pattern"),
        table_name_filter_pattern: text("table_filter_pattern"),
        table_types: vec!["table".to_owned(), "view".to_owned()],
        include_schema: true,
    };
    let schemas = CommandGetDbSchemas {
        catalog: text("catalog"),
        db_schema_filter_pattern: text("db_schema_filter_pattern"),
    };
    let primary = CommandGetPrimaryKeys {
        catalog: text("catalog"),
        db_schema: text("db_schema"),
        table: "table".to_owned(),
    };
    let exported = CommandGetExportedKeys {
        catalog: text("catalog"),
        db_schema: text("db_schema"),
        table: "table".to_owned(),
    };
    let imported = CommandGetImportedKeys {
        catalog: text("catalog"),
        db_schema: text("db_schema"),
        table: "table".to_owned(),
    };
    let cross = CommandGetCrossReference {
        pk_catalog: text("pk_catalog"),
        pk_db_schema: text("pk_db_schema"),
        pk_table: "pk_table".to_owned(),
        fk_catalog: text("fk_catalog"),
        fk_db_schema: text("fk_db_schema"),
        fk_table: "fk_table".to_owned(),
    };
    canned.listing(&mut embedded, CommandGetCatalogs {}).await;
    canned.listing(&mut embedded, schemas).await;
    canned.listing(&mut embedded, tables).await;
    let names = embedded.columns(&CommandGetTables::default()).await;
    canned.0 = (canned.0).on(Rpc::GetSchema, "CommandGetTables", Reply::schema(&*names));
    canned.listing(&mut embedded, CommandGetTableTypes {}).await;
    canned.listing(&mut embedded, primary).await;
    canned.listing(&mut embedded, exported).await;
    canned.listing(&mut embedded, imported).await;
    canned.listing(&mut embedded, cross).await;
    let types = CommandGetXdbcTypeInfo { data_type: None };
    canned.listing(&mut embedded, types).await;
    let name_and_read_only = CommandGetSqlInfo { info: vec![0, 3] };
    canned.listing(&mut embedded, name_and_read_only).await;
    canned.0
}

/// The server information that the scenario `flight_sql:extension` compares.
async fn server_information() -> Script {
    let ids = vec![4, 5, 6, 7, 8, 9, 100, 101];
    let command = CommandGetSqlInfo { info: ids.clone() };
    let schema = Embedded::start().await.columns(&command).await;
    let DataType::Union(variants, _) = schema.field(1).data_type() else {
        panic!("{schema}");
    };
    let values = variants.iter().map(|(id, field)| -> ArrayRef {
        match id {
            0 => Arc::new(StringArray::from(vec!["min_version", "max_version"])),
            1 => Arc::new(BooleanArray::from(vec![false, true, true])),
            3 => Arc::new(Int32Array::from(vec![2, 42, 7])),
            _ => new_empty_array(field.data_type()),
        }
    });
    let union = UnionArray::try_new(
        variants.clone(),
        vec![1, 1, 0, 0, 3, 1, 3, 3].into(),
        Some(vec![0, 1, 0, 1, 0, 2, 1, 2].into()),
        values.collect(),
    );
    let columns: Vec<ArrayRef> = vec![Arc::new(UInt32Array::from(ids)), Arc::new(union.unwrap())];
    let batch = RecordBatch::try_new(schema.clone(), columns).unwrap();
    let mut canned = Canned(Script::new());
    canned.on(Rpc::GetFlightInfo, command, Reply::ticket(&*schema, "info"));
    canned.0.do_get(Reply::batches(schema, [batch]))
}

fn substrait(transaction_id: Option<Bytes>) -> CommandStatementSubstraitPlan {
    CommandStatementSubstraitPlan {
        plan: Some(plan()),
        transaction_id,
    }
}

fn prepare_substrait(transaction_id: Option<Bytes>) -> ActionCreatePreparedSubstraitPlanRequest {
    ActionCreatePreparedSubstraitPlanRequest {
        plan: Some(plan()),
        transaction_id,
    }
}

fn plan() -> SubstraitPlan {
    SubstraitPlan {
        plan: Bytes::from_static(b"plan"),
        version: "version".to_owned(),
    }
}

fn update(transaction_id: Option<Bytes>) -> CommandStatementUpdate {
    CommandStatementUpdate {
        query: "UPDATE STATEMENT".to_owned(),
        transaction_id,
    }
}

fn prepare(sql: &str, transaction_id: Option<Bytes>) -> ActionCreatePreparedStatementRequest {
    ActionCreatePreparedStatementRequest {
        query: sql.to_owned(),
        transaction_id,
    }
}

/// A script in the making. Each reply checks the complete message of its request.
struct Canned(Script);

impl Canned {
    fn on<M: Expected>(&mut self, rpc: Rpc, message: M, reply: Reply) {
        let (script, name) = (self.0.clone(), name::<M>());
        self.0 = script.on(rpc, name, expecting(message, reply));
    }

    fn action(&mut self, name: &str, reply: Reply) {
        self.0 = self.0.clone().do_action(name, reply);
    }

    /// A query: its info, and a result without rows.
    fn rows<M: Expected>(&mut self, command: M, columns: &SchemaRef) {
        let info = Reply::ticket(&**columns, "ticket");
        self.on(Rpc::GetFlightInfo, command, info);
        self.0 = (self.0.clone()).do_get(Reply::batches(&**columns, []));
    }

    fn columns<M: Expected>(&mut self, command: M, columns: &SchemaRef) {
        self.on(Rpc::GetSchema, command, Reply::schema(&**columns));
    }

    fn update<M: Expected>(&mut self, command: M, count: i64) {
        self.on(Rpc::DoPut, command, Reply::update_count(count));
    }

    /// A listing: its info, its columns without rows, and its columns alone.
    async fn listing<M: Expected>(&mut self, embedded: &mut Embedded, command: M) {
        let columns = embedded.columns(&command).await;
        self.rows(command, &columns);
        let script = self.0.clone();
        self.0 = script.on(Rpc::GetSchema, name::<M>(), Reply::schema(&*columns));
    }

    /// Prepares a statement, binds one row, and runs it.
    fn prepared_query<M: Expected>(&mut self, request: M, columns: &SchemaRef) {
        let query = CommandPreparedStatementQuery {
            prepared_statement_handle: HANDLE,
        };
        let bound = |request: &ScriptRequest| {
            let rows = flight_data_to_batches(request.data()).unwrap().remove(0);
            assert_eq!(rows.schema(), columns_of_query());
            assert_eq!(
                rows.column(0).as_primitive::<Int64Type>(),
                &Int64Array::from(vec![1])
            );
            Reply::empty()
        };
        self.prepare(request);
        self.on(Rpc::DoPut, query.clone(), Reply::with(bound));
        self.rows(query.clone(), columns);
        self.columns(query, columns);
        self.action("ClosePreparedStatement", Reply::empty());
    }

    fn prepared_update<M: Expected>(&mut self, request: M, count: i64) {
        let update = CommandPreparedStatementUpdate {
            prepared_statement_handle: HANDLE,
        };
        self.prepare(request);
        self.update(update, count);
        self.action("ClosePreparedStatement", Reply::empty());
    }

    fn prepare<M: Expected>(&mut self, request: M) {
        let name = name::<M>();
        let action = name
            .trim_start_matches("Action")
            .trim_end_matches("Request");
        self.action(
            action,
            expecting(request, Reply::prepared(HANDLE, None, None)),
        );
    }

    fn begin(&mut self) {
        let begun = ActionBeginTransactionResult {
            transaction_id: TRANSACTION,
        };
        self.action("BeginTransaction", Reply::action_result(&begun));
    }

    fn end(&mut self, action: i32) {
        let request = ActionEndTransactionRequest {
            transaction_id: TRANSACTION,
            action,
        };
        self.action("EndTransaction", expecting(request, Reply::empty()));
    }

    fn savepoint(&mut self) {
        let request = ActionBeginSavepointRequest {
            transaction_id: TRANSACTION,
            name: "savepoint_name".to_owned(),
        };
        let begun = ActionBeginSavepointResult {
            savepoint_id: SAVEPOINT,
        };
        let reply = Reply::action_result(&begun);
        self.action("BeginSavepoint", expecting(request, reply));
    }

    fn end_savepoint(&mut self, action: i32) {
        let request = ActionEndSavepointRequest {
            savepoint_id: SAVEPOINT,
            action,
        };
        self.action("EndSavepoint", expecting(request, Reply::empty()));
    }
}

trait Expected: ProstMessageExt + Clone + PartialEq + std::fmt::Debug + Send + Sync + 'static {}

impl<M> Expected for M where
    M: ProstMessageExt + Clone + PartialEq + std::fmt::Debug + Send + Sync + 'static
{
}

fn expecting<M: Expected>(message: M, reply: Reply) -> Reply {
    Reply::with(move |request| {
        assert_eq!(request.message::<M>().as_ref(), Some(&message));
        reply.clone()
    })
}

fn name<M: ProstMessageExt>() -> String {
    let (_, name) = M::type_url().rsplit_once('.').unwrap();
    name.to_owned()
}

/// Our embedded server, which plans the columns of listings.
struct Embedded {
    client: FlightServiceClient<Channel>,
    _server: TestServer,
}

impl Embedded {
    async fn start() -> Self {
        let server = TestServer::sqlite().await.unwrap();
        let endpoint = Endpoint::from_shared(format!("http://{}", server.address())).unwrap();
        Self {
            client: FlightServiceClient::new(endpoint.connect().await.unwrap()),
            _server: server,
        }
    }

    async fn columns(&mut self, command: &impl ProstMessageExt) -> SchemaRef {
        let command = FlightDescriptor::new_cmd(command.as_any().encode_to_vec());
        let planned = self.client.get_schema(command).await.unwrap().into_inner();
        Arc::new(Schema::try_from(&planned).unwrap())
    }
}
