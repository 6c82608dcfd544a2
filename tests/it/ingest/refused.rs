//! Rows that an ingest rejects before it sends anything.

use std::sync::Arc;

use arrow_array::{Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use flightsql::types::chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use flightsql::{
    Connection, Error, FlightSqlArguments, FlightSqlConnection, IngestMode, ToArrow, Type, query,
};
use flightsql_testkit::Rpc;
use futures_util::stream;

use crate::common::{connect, count, options, pool, server};

/// A batch whose two columns have these names.
fn pair(first: &str, second: &str) -> RecordBatch {
    let fields = [first, second].map(|name| Field::new(name, DataType::Int64, true));
    let columns = [1, 2].map(|value| Arc::new(Int64Array::from(vec![value])) as _);
    RecordBatch::try_new(Arc::new(Schema::new(fields.to_vec())), columns.to_vec()).unwrap()
}

#[tokio::test]
async fn i18_two_columns_of_one_name_are_not_sent() {
    // The default dialect compares names with case, and SQLite without.
    let server = server().await;
    let mut connection = connect(&server).await;
    let sqlite = options(&server.url()).dialect(Arc::new(flightsql::dialect::presets::sqlite()));
    let mut lower = FlightSqlConnection::connect_with(&sqlite).await.unwrap();
    let refused = |error: Error| {
        assert!(matches!(error, Error::InvalidArgument(_)), "{error:?}");
        let text = error.to_string();
        assert!(text.contains("two columns with the name"), "{text}");
    };
    for connection in [&mut connection, &mut lower] {
        for mode in [IngestMode::Append, IngestMode::Create] {
            let ingest = connection.ingest("t").mode(mode);
            refused(ingest.batches(vec![pair("a", "a")]).await.unwrap_err());
        }
        let ingest = connection.ingest("t").mode(IngestMode::Create);
        refused(ingest.batches(vec![pair("", "")]).await.unwrap_err());
        let twice = pair("a", "a");
        let stream = stream::iter([Ok(twice.clone())]);
        let ingest = connection.ingest("t");
        refused(ingest.stream(twice.schema(), stream).await.unwrap_err());
    }
    let ingest = lower.ingest("t").mode(IngestMode::Create);
    refused(ingest.batches(vec![pair("A", "a")]).await.unwrap_err());

    // Through a pool and in a transaction.
    let pool = pool(&server, 2).await;
    let mut begun = pool.begin().await.unwrap();
    let ingest = begun.ingest("t").mode(IngestMode::Create);
    refused(ingest.batches(vec![pair("a", "a")]).await.unwrap_err());
    begun.rollback().await.unwrap();
    assert_eq!(server.count(Rpc::DoPut), 0);

    let ingest = lower.ingest("t").mode(IngestMode::Create);
    ingest.batches(vec![pair("a", "b")]).await.unwrap();
    assert_eq!(count(&mut lower, "t").await, 1);
}

#[derive(ToArrow)]
struct Twice {
    a: i64,
    #[sqlx(rename = "A")]
    b: i64,
}

#[tokio::test]
async fn i18_rejects_struct_with_repeated_column_name() {
    let server = server().await;
    let sqlite = options(&server.url()).dialect(Arc::new(flightsql::dialect::presets::sqlite()));
    let mut connection = FlightSqlConnection::connect_with(&sqlite).await.unwrap();
    let ingest = connection.ingest("t").mode(IngestMode::Create);
    let error = ingest.rows(&[Twice { a: 1, b: 2 }]).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("two columns with the name \"A\""),
        "{error}"
    );
    assert_eq!(server.count(Rpc::DoPut), 0);
}

#[derive(Clone, Type, ToArrow)]
struct Stamp {
    at: Option<NaiveDateTime>,
}

#[derive(ToArrow)]
struct Leap<T> {
    value: T,
}

/// 2016-12-31 23:59:60.5
fn leap() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2016, 12, 31)
        .unwrap()
        .and_time(leap_time())
}

fn leap_time() -> NaiveTime {
    NaiveTime::from_num_seconds_from_midnight_opt(86_399, 1_500_000_000).unwrap()
}

/// Checks that no way to send rows sends this value.
async fn refuses<T: ToArrow + Sync>(connection: &mut FlightSqlConnection, row: T) {
    let leap = |error: Error| {
        assert!(matches!(error, Error::Encode(_)), "{error:?}");
        assert!(error.to_string().contains("a leap second"), "{error}");
    };
    let rows = std::slice::from_ref(&row);
    leap(T::to_arrow(rows).unwrap_err());
    leap(FlightSqlArguments::from_rows(rows).map(drop).unwrap_err());
    let ingest = connection.ingest("t").mode(IngestMode::Create);
    leap(ingest.rows(rows).await.unwrap_err());
}

#[tokio::test]
async fn i6_a_leap_second_is_not_ingested() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let instant: DateTime<Utc> = leap().and_utc();
    refuses(&mut connection, Leap { value: leap() }).await;
    refuses(&mut connection, Leap { value: instant }).await;
    refuses(&mut connection, Leap { value: leap_time() }).await;
    refuses(
        &mut connection,
        Leap {
            value: Some(leap()),
        },
    )
    .await;
    refuses(
        &mut connection,
        Leap {
            value: vec![Some(instant)],
        },
    )
    .await;
    refuses(
        &mut connection,
        Leap {
            value: vec![vec![leap_time()]],
        },
    )
    .await;
    let nested = Stamp { at: Some(leap()) };
    refuses(
        &mut connection,
        Leap {
            value: nested.clone(),
        },
    )
    .await;
    refuses(
        &mut connection,
        Leap {
            value: vec![nested.clone()],
        },
    )
    .await;
    refuses(&mut connection, nested.clone()).await;

    // As a bound value, alone and nested, on the server and in the text.
    let literal = options(&server.url()).binds(flightsql::options::Binds::Literal);
    let mut literal = FlightSqlConnection::connect_with(&literal).await.unwrap();
    for connection in [&mut connection, &mut literal] {
        for error in [
            query("SELECT ?")
                .bind(leap())
                .fetch_all(&mut *connection)
                .await
                .unwrap_err(),
            query("SELECT ?")
                .bind(vec![instant])
                .fetch_all(&mut *connection)
                .await
                .unwrap_err(),
            query("SELECT ?")
                .bind(nested.clone())
                .fetch_all(&mut *connection)
                .await
                .unwrap_err(),
        ] {
            assert!(error.to_string().contains("a leap second"), "{error}");
        }
    }
    assert_eq!(server.count(Rpc::DoPut), 0);
}
