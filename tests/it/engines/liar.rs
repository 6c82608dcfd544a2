//! An engine that lies: it confirms everything, counts one row for each statement, and ignores bound values and transactions.
//! The driver returns what such a server reports; `flightsql doctor` and `flightsql-conformance` find the lies.

use std::sync::Arc;

use flightsql::arrow::RecordBatch;
use flightsql::arrow::array::{ArrayRef, BooleanArray, Int64Array, StringArray};
use flightsql::arrow::schema::{DataType, Field, Schema};
use flightsql::{
    Acquire, ConnectOptions, Error, Executor, FlightSqlArguments, FlightSqlConnectOptions,
    FlightSqlConnection, query, query_scalar, query_with,
};
use flightsql_testkit::arrow_flight::sql::ActionBeginTransactionResult;
use flightsql_testkit::tonic::Status;
use flightsql_testkit::{Reply, Rpc, Script, TestServer};

use super::engine::player::{Engine, Player};

struct Liar;

fn number() -> Schema {
    Schema::new(vec![Field::new("n", DataType::Int64, true)])
}

impl Engine for Liar {
    fn version(&self) -> (&'static str, &'static str) {
        ("liar", "1")
    }

    fn table(&self) -> (&'static str, Schema) {
        ("t", number())
    }

    fn prepare(&self, sql: &str) -> Result<(Option<Schema>, Option<Schema>), Status> {
        Ok((sql.starts_with("SELECT").then(number), Some(number())))
    }

    fn query(&self, _: &str, _: Option<&RecordBatch>) -> Result<RecordBatch, Status> {
        Ok(column("n", Int64Array::from(vec![7])))
    }

    fn update(&self, _: &str, _: Option<&RecordBatch>) -> Result<i64, Status> {
        Ok(1)
    }
}

fn column(name: &str, array: impl flightsql::arrow::array::Array + 'static) -> RecordBatch {
    RecordBatch::try_from_iter([(name, Arc::new(array) as ArrayRef)]).unwrap()
}

async fn connect(script: Script) -> (TestServer, FlightSqlConnection) {
    let server = TestServer::scripted(script).await.unwrap();
    let options: FlightSqlConnectOptions = server.url().parse().unwrap();
    let connection = options.connect().await.unwrap();
    (server, connection)
}

async fn liar() -> (TestServer, FlightSqlConnection) {
    let begun = ActionBeginTransactionResult {
        transaction_id: "tx".into(),
    };
    let script = Player::new(Liar).script();
    let script = script
        .do_action("BeginTransaction", Reply::action_result(&begun).always())
        .do_action("EndTransaction", Reply::empty().always());
    connect(script).await
}

#[tokio::test]
async fn counts_and_values_are_those_of_the_server() {
    let (_server, mut connection) = liar().await;
    let rows = FlightSqlArguments::from_batch(column("n", Int64Array::from(vec![1, 2, 3])));
    let done = query_with("INSERT INTO t VALUES (?)", rows);
    let done = done.execute(&mut connection).await.unwrap();
    assert_eq!(done.rows_affected(), 1);
    let done = connection.execute("DELETE FROM t WHERE 1 = 0").await;
    assert_eq!(done.unwrap().rows_affected(), 1);
    let n: i64 = query_scalar("SELECT ?")
        .bind(42_i64)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(n, 7);
}

#[tokio::test]
async fn constant_transaction_id_is_visible() {
    let (_server, mut connection) = liar().await;
    assert_eq!(connection.transaction_id(), None);
    let mut transaction = connection.begin().await.unwrap();
    assert_eq!(transaction.transaction_id(), Some(b"tx".to_vec()));
    query("INSERT INTO t VALUES (1)")
        .execute(&mut *transaction)
        .await
        .unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!(connection.transaction_id(), None);
}

/// One word in place of every id, handle and count.
#[tokio::test]
async fn one_word_for_every_action_is_an_error() {
    let script = Script::new()
        .do_action("BeginTransaction", Reply::action_bytes("yes").always())
        .do_action(
            "CreatePreparedStatement",
            Reply::action_bytes("yes").always(),
        )
        .do_put(Reply::put_result("yes").always());
    let (_server, mut connection) = connect(script).await;
    let begun = connection.begin().await.map(drop).unwrap_err();
    assert!(matches!(begun, Error::Protocol(_)), "{begun:?}");
    let updated = connection.execute("DELETE FROM t").await.unwrap_err();
    assert!(matches!(updated, Error::Protocol(_)), "{updated:?}");
    let bound = query("SELECT ?").bind(1_i64).fetch_one(&mut connection);
    let bound = bound.await.unwrap_err();
    assert!(matches!(bound, Error::Protocol(_)), "{bound:?}");
    assert!(!connection.is_broken());
}

async fn listing(command: &str, batch: RecordBatch) -> (TestServer, FlightSqlConnection) {
    let info = Reply::ticket(batch.schema(), "t").always();
    let rows = Reply::batches(batch.schema(), [batch]).always();
    connect(
        Script::new()
            .on(Rpc::GetFlightInfo, command, info)
            .do_get(rows),
    )
    .await
}

fn batch<const N: usize>(columns: [(&str, ArrayRef); N]) -> RecordBatch {
    RecordBatch::try_from_iter(columns).unwrap()
}

/// The names of the protocol with other types: a number as a name, text as a number.
#[tokio::test]
async fn listings_with_other_types_are_read() {
    let tables = batch([
        ("catalog_name", Arc::new(Int64Array::from(vec![3]))),
        ("db_schema_name", Arc::new(BooleanArray::from(vec![true]))),
        ("table_name", Arc::new(Int64Array::from(vec![5]))),
        ("table_type", Arc::new(BooleanArray::from(vec![false]))),
    ]);
    let (_server, mut connection) = listing("CommandGetTables", tables).await;
    let tables = connection.catalog().tables().fetch_all().await.unwrap();
    assert_eq!(tables.len(), 1);
    assert_eq!(tables[0].name.to_string(), "3.true.5");
    assert_eq!(tables[0].table_type, "false");

    // The sequence orders the columns of a key, also as text.
    let names = |names: [&str; 2]| Arc::new(StringArray::from(names.to_vec())) as ArrayRef;
    let keys = batch([
        ("table_name", names(["t", "t"])),
        ("column_name", names(["b", "a"])),
        ("key_sequence", names(["2", "1"])),
    ]);
    let (_server, mut connection) = listing("CommandGetPrimaryKeys", keys).await;
    let key = connection.catalog().primary_key("t").await.unwrap();
    assert_eq!(key.unwrap().columns, ["a", "b"]);

    let info = batch([
        ("info_name", names(["0", "x"])),
        ("value", names(["Liar", "y"])),
    ]);
    let (_server, mut connection) = listing("CommandGetSqlInfo", info).await;
    let info = connection.catalog().server_info().await.unwrap();
    assert_eq!(info.name(), Some("Liar"));
}
