//! Round trips of any value of every Rust type: bound, echoed by the server, and decoded to itself; alone, as `Some`, next to a
//! NULL, as an item of a list with NULLs, and through `FromArrow`.

pub(crate) mod values;

use flightsql::types::FlightSqlHasArrayType;
use flightsql::{Encode, FlightSql, FlightSqlConnection, Type, query};
use flightsql_testkit::TestServer;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::Runtime;
use tokio::sync::Mutex;

use self::values::Value;
use super::echo;
use crate::common::connect;

/// Values of each type. A list of them is bound too, so that is some thousand values for all.
const CASES: u32 = 40;

fn any_value_comes_back<T>(values: impl Strategy<Value = T>)
where
    T: Value + FlightSqlHasArrayType,
    for<'q> Vec<Option<T>>: Encode<'q, FlightSql> + Type<FlightSql>,
{
    let runtime = Runtime::new().unwrap();
    let server = runtime.block_on(TestServer::sqlite()).unwrap();
    let connection = Mutex::new(runtime.block_on(connect(&server)));
    let mut runner = TestRunner::new(Config {
        cases: CASES,
        failure_persistence: None,
        ..Config::default()
    });
    let lists = vec(proptest::option::weighted(0.8, values), 1..6);
    runner
        .run(&lists, |list| {
            let mut connection = connection.blocking_lock();
            runtime.block_on(async {
                let values: Vec<T> = list.iter().flatten().take(1).cloned().collect();
                echo(&mut connection, &values).await;
                list_comes_back(&mut connection, list).await;
            });
            Ok(())
        })
        .unwrap();
}

async fn list_comes_back<T>(connection: &mut FlightSqlConnection, list: Vec<Option<T>>)
where
    T: Value + FlightSqlHasArrayType,
{
    let all: Vec<(Vec<Option<T>>,)> = connection
        .fetch_all_as(query("SELECT ?").bind(list.clone()))
        .await
        .unwrap_or_else(|error| panic!("{error}: {list:?}"));
    let [(back,)] = &*all else {
        panic!("{all:?}");
    };
    assert_eq!(back.len(), list.len());
    for (back, value) in back.iter().zip(&list) {
        let same = match (back, value) {
            (Some(back), Some(value)) => back.same(value),
            (back, value) => back.is_none() && value.is_none(),
        };
        assert!(same, "{value:?} came back as {back:?}");
    }
}

#[cfg(feature = "chrono")]
#[test]
fn timestamps_far_away() {
    let runtime = Runtime::new().unwrap();
    let server = runtime.block_on(TestServer::sqlite()).unwrap();
    let connection = Mutex::new(runtime.block_on(connect(&server)));
    let mut runner = TestRunner::new(Config {
        cases: CASES,
        failure_persistence: None,
        ..Config::default()
    });
    runner
        .run(&values::instant(), |(s, ns)| {
            let instant = chrono::DateTime::from_timestamp(s, ns).unwrap();
            let mut connection = connection.blocking_lock();
            runtime.block_on(echo(&mut connection, &[instant]));
            runtime.block_on(echo(&mut connection, &[instant.naive_utc()]));
            Ok(())
        })
        .unwrap();
}
