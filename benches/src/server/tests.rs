//! Tests of the bench server's responses.

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_flight::flight_service_client::FlightServiceClient;
use arrow_flight::sql::client::FlightSqlServiceClient;
use arrow_flight::utils::flight_data_to_batches;
use arrow_flight::{Action, FlightData};
use futures_util::{StreamExt, TryStreamExt, stream};
use tonic::Code;
use tonic::transport::Channel;

use super::statement::Statement;
use super::tables::Tables;
use super::{POINT_SQL, PREPARED_POINT_SQL, PREPARED_UPDATE_SQL, RESET_COUNTS, RPC_COUNTS};
use crate::baseline;
use crate::borrowed::{add_batch, expected};
use crate::client::PointClient;
use crate::data::{Case, Checksum};

#[test]
fn parses_statements() {
    let scan = |case, rows| Some(Statement::Scan { case, rows });
    assert_eq!(Statement::parse(&Case::Mixed.sql(9)), scan(Case::Mixed, 9));
    assert_eq!(Statement::parse(POINT_SQL), Some(Statement::Point(Some(7))));
    assert_eq!(
        Statement::parse(PREPARED_POINT_SQL),
        Some(Statement::Point(None))
    );
    assert_eq!(
        Statement::parse(PREPARED_UPDATE_SQL),
        Some(Statement::Update(None))
    );
    for wrong in [
        "",
        "SELECT 1",
        "SELECT * FROM other LIMIT 1",
        "SELECT * FROM ints LIMIT -1",
    ] {
        assert_eq!(Statement::parse(wrong), None, "{wrong}");
    }
    assert_eq!(
        Statement::parse("SELECT * FROM ints LIMIT 1000000001"),
        None
    );
}

#[test]
fn returns_requested_rows() {
    let tables = Tables::new().unwrap();
    for case in Case::ALL {
        for rows in [0, 1, 8192, 50_000] {
            let messages: Vec<FlightData> = tables.read(case, rows).unwrap().collect();
            let mut sum = Checksum::default();
            for batch in flight_data_to_batches(&messages).unwrap() {
                add_batch(case, &batch, &mut sum).unwrap();
            }
            assert_eq!(
                sum.finish(),
                expected(case, rows).unwrap(),
                "{case:?} {rows}"
            );
        }
    }
}

#[test]
fn returns_requested_point() {
    let tables = Tables::new().unwrap();
    for id in [0, 7, -1, i64::MAX] {
        let batches = flight_data_to_batches(&tables.read_point(id)).unwrap();
        let column = batches[0].column(0).as_primitive::<Int64Type>();
        assert_eq!(column.values().as_ref(), [id]);
    }
}

#[tokio::test]
async fn returns_points_and_counts_rpcs() {
    let channel = start().await;
    let mut client = baseline::Point::new(channel.clone());
    assert_eq!(client.prepared(41).await.unwrap(), 41);
    assert_eq!(client.prepared_update(41).await.unwrap(), 1);

    action(&channel, RESET_COUNTS).await;
    assert_eq!(client.simple().await.unwrap(), 7);
    assert_eq!(client.prepared(42).await.unwrap(), 42);
    let counts = action(&channel, RPC_COUNTS).await;
    assert_eq!(counts, br#"{"DoGet":2,"DoPut":1,"GetFlightInfo":2}"#);
}

#[tokio::test]
async fn rejects_unknown_statements() {
    let channel = start().await;
    let mut client = FlightSqlServiceClient::new(channel.clone());
    for sql in ["SELECT 1", PREPARED_POINT_SQL, PREPARED_UPDATE_SQL] {
        let error = client.execute(sql.to_owned(), None).await.unwrap_err();
        assert!(error.to_string().contains("statement"), "{error}");
    }
    let mut unbound = client
        .prepare(PREPARED_POINT_SQL.to_owned(), None)
        .await
        .unwrap();
    let error = unbound.execute().await.unwrap_err();
    assert!(error.to_string().contains("not bound"), "{error}");

    let mut raw = FlightServiceClient::new(channel);
    let nothing = raw.do_put(stream::empty()).await.unwrap_err();
    assert_eq!(nothing.code(), Code::InvalidArgument);
    let endless = raw
        .do_put(stream::repeat(FlightData::default()).take(100))
        .await
        .unwrap_err();
    assert_eq!(endless.code(), Code::InvalidArgument);
}

/// Starts a server in this process, and returns a channel to it. Both end with the test's runtime.
async fn start() -> Channel {
    let (incoming, address) = super::bind().unwrap();
    tokio::spawn(super::run(incoming));
    baseline::channel(&address.to_string()).await.unwrap()
}

async fn action(channel: &Channel, name: &str) -> Vec<u8> {
    let mut client = FlightServiceClient::new(channel.clone());
    let reply = client.do_action(Action::new(name, "")).await.unwrap();
    let results: Vec<_> = reply.into_inner().try_collect().await.unwrap();
    results.into_iter().flat_map(|result| result.body).collect()
}
