//! `FlightInfo` and its endpoints: the driver trusts neither, and connects to no other host.

use flightsql::Error;
use flightsql_testkit::Reply;
use flightsql_testkit::arrow_flight::{FlightEndpoint, FlightInfo, Ticket};

use super::{Hostile, argument_error, int_batch, ints, protocol_error};

pub(super) fn endpoint(ticket: &str) -> FlightEndpoint {
    FlightEndpoint::new().with_ticket(Ticket::new(ticket.to_owned()))
}

/// A plan with one endpoint at these locations.
fn at(locations: &[&str]) -> Reply {
    let endpoint = locations.iter().fold(endpoint("t"), |endpoint, location| {
        endpoint.with_location(*location)
    });
    Reply::info(ints(), [endpoint])
}

fn seven() -> [Reply; 1] {
    [Reply::batches(ints(), [int_batch([7])])]
}

#[tokio::test]
async fn no_endpoints_are_no_rows_if_there_are_columns() {
    let mut hostile = Hostile::new().await;
    let found = hostile.ints(Reply::info(ints(), []), []).await;
    assert_eq!(found.unwrap(), [0_i64; 0]);
    let error = hostile
        .ints(Reply::flight_info(FlightInfo::new()), [])
        .await;
    assert_eq!(
        protocol_error(error),
        "GetFlightInfo: the response has neither endpoints nor columns, so the statement may not have run"
    );
    hostile.works().await;
}

#[tokio::test]
async fn h7_an_absent_ticket_is_an_empty_ticket() {
    let mut hostile = Hostile::new().await;
    let plan = Reply::info(ints(), [endpoint("t"), FlightEndpoint::new()]);
    let streams = [1, 2].map(|value| Reply::batches(ints(), [int_batch([value])]));
    assert_eq!(hostile.ints(plan, streams).await.unwrap(), [1, 2]);
    hostile.works().await;
}

#[tokio::test]
async fn rejects_foreign_location_with_hint_on_option() {
    let mut hostile = Hostile::new().await;
    let port = hostile.server.port().unwrap();
    for location in [
        "grpc+tcp://203.0.113.7:55555",
        "grpc+tls://elsewhere.example:443",
        "grpc+unix:///tmp/elsewhere.sock",
        "https://bucket.example",
        "not a location at all",
        "",
        &format!("grpc+tls://127.0.0.1:{port}"),
        &format!("grpc+tcp://127.0.0.1:{}", port ^ 1),
        &format!("grpc+tcp://127.0.0.1.example:{port}"),
    ] {
        let error = argument_error(hostile.ints(at(&[location]), []).await);
        assert!(error.contains("`locations=ignore`"), "{location}: {error}");
        assert!(
            error.contains(&format!("the result is at `{location}`")),
            "{error}"
        );
    }
    hostile.works().await;
}

#[tokio::test]
async fn this_connection_is_a_good_location() {
    let mut hostile = Hostile::new().await;
    let port = hostile.server.port().unwrap();
    let here = format!("grpc+tcp://127.0.0.1:{port}");
    for locations in [
        &["arrow-flight-reuse-connection://?"][..],
        &["arrow-flight-reuse-connection://"],
        &[&here],
        &["grpc+tcp://203.0.113.7:55555", &here],
        &[],
    ] {
        let found = hostile.ints(at(locations), seven()).await;
        assert_eq!(found.unwrap(), [7], "{locations:?}");
    }
    hostile.works().await;
}

#[tokio::test]
async fn locations_may_be_ignored() {
    let mut hostile = Hostile::with_options("locations=ignore").await;
    let found = hostile
        .ints(at(&["grpc+tcp://203.0.113.7:55555"]), seven())
        .await;
    assert_eq!(found.unwrap(), [7]);
    hostile.works().await;
}

#[tokio::test]
async fn claimed_counts_are_not_believed() {
    let mut hostile = Hostile::new().await;
    for claim in [i64::MAX, i64::MIN, -1, 0] {
        let info = FlightInfo::new()
            .with_endpoint(endpoint("t"))
            .with_total_records(claim)
            .with_total_bytes(claim)
            .try_with_schema(&ints())
            .unwrap();
        let found = hostile.ints(Reply::flight_info(info), seven()).await;
        assert_eq!(found.unwrap(), [7], "{claim}");
    }
    hostile.works().await;
}

#[tokio::test]
async fn too_many_endpoints() {
    let mut hostile = Hostile::with_options("max_endpoints=3").await;
    let plan = |count: usize| Reply::info(ints(), vec![endpoint("t"); count]);
    let error = protocol_error(hostile.ints(plan(4), []).await);
    assert!(
        error.contains("4 endpoints, more than `max_endpoints` = 3"),
        "{error}"
    );
    let streams = (1..=3).map(|value| Reply::batches(ints(), [int_batch([value])]));
    assert_eq!(hostile.ints(plan(3), streams).await.unwrap(), [1, 2, 3]);
    hostile.works().await;
}

#[tokio::test]
async fn a_plan_of_another_type_is_the_servers_error() {
    let mut hostile = Hostile::new().await;
    let error = hostile.ints(Reply::update_count(1), []).await.unwrap_err();
    assert!(matches!(error, Error::Database(_)), "{error:?}");
    hostile.works().await;
}
