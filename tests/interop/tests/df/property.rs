//! Property test for every Rust type: DataFusion stores any bound value in a column of the value's Arrow type and returns an
//! equal value. The test includes NULL and lists of values.

#[path = "../../../it/types/property/values.rs"]
pub(crate) mod values;

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::datasource::MemTable;
use datafusion::prelude::SessionContext;
use flightsql::types::FlightSqlHasArrayType;
use flightsql::{
    AssertSqlSafe, Column, Encode, Error, FlightSql, FlightSqlConnection, Row, Type, query,
    query_scalar,
};
use flightsql_testkit::TestServer;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::Runtime;
use tokio::sync::Mutex;

use self::values::{Same as _, Value};
use super::{connect, server_of, urls};

/// Lists of values of each type.
const CASES: u32 = 25;

struct Backend {
    context: SessionContext,
    connection: FlightSqlConnection,
    /// A connection with `binds=literal`.
    literal: FlightSqlConnection,
    /// A connection that reports the type of a bound value.
    echo: FlightSqlConnection,
    /// The number of created tables. Each table needs its own statement, because statements are cached.
    tables: usize,
    _servers: [TestServer; 2],
}

impl Backend {
    async fn new() -> Self {
        let (context, server) = server_of().await;
        let sqlite = TestServer::sqlite().await.unwrap();
        Self {
            context,
            connection: connect(&urls(&server)[0]).await,
            literal: connect(&format!("{}?binds=literal", urls(&server)[0])).await,
            echo: connect(&sqlite.url()).await,
            tables: 0,
            _servers: [server, sqlite],
        }
    }

    /// Returns the Arrow type of a bound value if the server reports no type.
    async fn bound<T: Value>(&mut self, value: T) -> DataType {
        let row = query("SELECT ?").bind(value).fetch_one(&mut self.echo);
        row.await.unwrap().column(0).type_info().data_type().clone()
    }

    /// Creates an empty table of row numbers and values. Returns its name.
    fn table(&mut self, values: DataType) -> String {
        self.tables += 1;
        let name = format!("t{}", self.tables);
        let schema = Arc::new(Schema::new(vec![
            Field::new("n", DataType::Int64, false),
            Field::new("v", values, true),
        ]));
        let empty = RecordBatch::new_empty(Arc::clone(&schema));
        let table = MemTable::try_new(schema, vec![vec![empty]]).unwrap();
        self.context.register_table(&name, Arc::new(table)).unwrap();
        name
    }

    /// Stores the values in a column of this type, and reads them back.
    async fn store<T: Value>(&mut self, of: &DataType, values: &[Option<T>]) -> Vec<Option<T>> {
        let table = self.table(of.clone());
        for (n, value) in (0_i64..).zip(values) {
            query(AssertSqlSafe(format!(
                "INSERT INTO {table} VALUES ($1, $2)"
            )))
            .bind(n)
            .bind(value.clone())
            .execute(&mut self.connection)
            .await
            .unwrap_or_else(|error| panic!("{of}: {error}: {value:?}"));
        }
        query_scalar(AssertSqlSafe(format!("SELECT v FROM {table} ORDER BY n")))
            .fetch_all(&mut self.connection)
            .await
            .unwrap_or_else(|error| panic!("{of}: {error}: {values:?}"))
    }

    /// Stores values as literals, if they have one, and reads them back.
    async fn store_literals<T: Value>(&mut self, of: &DataType, values: &[Option<T>]) {
        let table = self.table(of.clone());
        let mut written = Vec::new();
        for (n, value) in (0_i64..).zip(values) {
            let insert = AssertSqlSafe(format!("INSERT INTO {table} VALUES ($1, $2)"));
            let insert = query(insert).bind(n).bind(value.clone());
            match insert.execute(&mut self.literal).await {
                Ok(_) => written.push(value.clone()),
                Err(Error::Encode(_)) => {}
                // Its timestamps have nanoseconds, and 64 bits of nanoseconds end before the year 2263.
                Err(error) if matches!(of, DataType::Timestamp(..)) => {
                    assert!(error.as_database_error().is_some(), "{error}");
                }
                Err(error) => panic!("{of}: {error}: {value:?}"),
            }
        }
        let back: Vec<Option<T>> =
            query_scalar(AssertSqlSafe(format!("SELECT v FROM {table} ORDER BY n")))
                .fetch_all(&mut self.literal)
                .await
                .unwrap_or_else(|error| panic!("{of}: {error}: {values:?}"));
        assert!(
            written.same(&back),
            "{of}: {written:?} was read as {back:?}"
        );
    }
}

fn any_value_comes_back<T>(values: impl Strategy<Value = T>)
where
    T: Value + FlightSqlHasArrayType,
    for<'q> Vec<Option<T>>: Encode<'q, FlightSql> + Type<FlightSql>,
{
    let runtime = Runtime::new().unwrap();
    let backend = Mutex::new(runtime.block_on(Backend::new()));
    let mut runner = TestRunner::new(Config {
        cases: CASES,
        failure_persistence: None,
        ..Config::default()
    });
    let lists = vec(proptest::option::weighted(0.8, values), 1..6);
    runner
        .run(&lists, |list| {
            let mut backend = backend.blocking_lock();
            runtime.block_on(async {
                let lists = backend.bound(list.clone()).await;
                let DataType::List(item) = &lists else {
                    panic!("{lists}");
                };
                let back = backend.store(item.data_type(), &list).await;
                assert!(list.same(&back), "{list:?} was read as {back:?}");
                backend.store_literals(item.data_type(), &list).await;
                let list = [Some(list), None];
                let back = backend.store(&lists, &list).await;
                assert!(list.to_vec().same(&back), "{list:?} was read as {back:?}");
            });
            Ok(())
        })
        .unwrap();
}
