//! Unusual but valid streams, and similar invalid ones.

use std::sync::Arc;

use flightsql::Row;
use flightsql::arrow::schema::Schema;
use flightsql_testkit::arrow_flight::FlightInfo;
use flightsql_testkit::{Reply, raw};
use futures_util::TryStreamExt;

use super::{
    Hostile, int_batch, ints, ints_data, plans::endpoint, protocol_error, text_batch, texts,
};

#[tokio::test]
async fn messages_with_metadata_only_may_stand_anywhere() {
    let mut hostile = Hostile::new().await;
    let mut data = vec![raw::app_metadata("before"), raw::schema(&ints())];
    data.push(raw::app_metadata(""));
    data.extend(ints_data([1, 2]));
    data.push(raw::app_metadata("progress 50 %"));
    data.extend(ints_data([3]));
    data.push(raw::app_metadata("after"));
    assert_eq!(hostile.stream(data).await.unwrap(), [1, 2, 3]);
    let only = [raw::app_metadata("a"), raw::app_metadata("b")];
    assert_eq!(hostile.stream(only).await.unwrap(), [0_i64; 0]);
    hostile.works().await;
}

#[tokio::test]
async fn batches_without_rows_may_stand_anywhere() {
    let mut hostile = Hostile::new().await;
    let mut data = vec![raw::schema(&ints())];
    for values in [vec![], vec![1], vec![], vec![], vec![2, 3], vec![]] {
        data.extend(ints_data(values));
    }
    assert_eq!(hostile.stream(data.clone()).await.unwrap(), [1, 2, 3]);

    hostile
        .script
        .clone()
        .get_flight_info(Reply::ticket(ints(), "t"))
        .do_get(Reply::raw(data));
    let batches = hostile.connection.fetch_arrow("SELECT n").await.unwrap();
    let batches: Vec<_> = batches
        .map_ok(|batch| batch.num_rows())
        .try_collect()
        .await
        .unwrap();
    assert_eq!(batches, [1, 2]);
    hostile.works().await;
}

#[tokio::test]
async fn a_second_schema_must_be_the_first_one() {
    let mut hostile = Hostile::new().await;
    let mut same = vec![raw::schema(&ints())];
    same.extend(ints_data([1]));
    same.push(raw::schema(&ints()));
    same.extend(ints_data([2]));
    assert_eq!(hostile.stream(same).await.unwrap(), [1, 2]);
    hostile.works().await;

    let mut other = vec![raw::schema(&ints())];
    other.extend(ints_data([1]));
    other.push(raw::schema(&texts()));
    other.extend(raw::batch(&text_batch(&["x"])).unwrap());
    let error = hostile.refused(other).await;
    assert!(
        error.starts_with("DoGet: the result is not readable: "),
        "{error}"
    );
    assert!(
        error.contains("columns changed") || error.contains("second schema"),
        "{error}"
    );
    hostile.works().await;
}

#[tokio::test]
async fn streams_without_batches_have_no_rows() {
    let mut hostile = Hostile::new().await;
    assert_eq!(hostile.stream([]).await.unwrap(), [0_i64; 0]);
    assert_eq!(
        hostile.stream([raw::schema(&ints())]).await.unwrap(),
        [0_i64; 0]
    );

    hostile
        .script
        .clone()
        .get_flight_info(Reply::ticket(ints(), "t"))
        .do_get(Reply::raw([raw::schema(&texts())]));
    let mut batches = hostile.connection.fetch_arrow("SELECT n").await.unwrap();
    assert_eq!(batches.schema(), Some(&texts()));
    assert!(batches.try_next().await.unwrap().is_none());
    drop(batches);
    hostile.works().await;
}

#[tokio::test]
async fn the_schema_of_the_stream_wins_over_the_announced_one() {
    let mut hostile = Hostile::new().await;
    hostile
        .script
        .clone()
        .get_flight_info(Reply::ticket(ints(), "t"))
        .do_get(Reply::batches(texts(), [text_batch(&["a", "b"])]));
    let rows = flightsql::query("SELECT n")
        .fetch_all(&mut hostile.connection)
        .await
        .unwrap();
    let found: Vec<&str> = rows.iter().map(|row| row.get("n")).collect();
    assert_eq!(found, ["a", "b"]);
    assert_eq!(
        flightsql::TypeInfo::name(flightsql::Column::type_info(&rows[0].columns()[0])),
        "VARCHAR"
    );

    // An invalid hint must not discard a valid result.
    let info = flightsql_testkit::arrow_flight::FlightInfo {
        schema: vec![1, 2, 3].into(),
        endpoint: vec![super::plans::endpoint("t")],
        ..Default::default()
    };
    let found = hostile
        .ints(
            Reply::flight_info(info),
            [Reply::batches(ints(), [int_batch([7])])],
        )
        .await;
    assert_eq!(found.unwrap(), [7]);
    hostile.works().await;
}

#[tokio::test]
async fn rejects_batch_beyond_its_schema() {
    let mut hostile = Hostile::new().await;
    let mut data = vec![raw::schema(&ints())];
    data.extend(raw::batch(&text_batch(&["x"])).unwrap());
    let error = hostile.refused(data).await;
    assert!(
        error.starts_with("DoGet: the result is not readable: "),
        "{error}"
    );
    hostile.works().await;
}

#[tokio::test]
async fn endpoints_of_one_result_must_have_the_same_columns() {
    let mut hostile = Hostile::new().await;
    let two = || {
        Reply::info(
            ints(),
            [super::plans::endpoint("a"), super::plans::endpoint("b")],
        )
    };
    let same = [
        Reply::batches(ints(), [int_batch([1])]),
        Reply::batches(ints(), [int_batch([2])]),
    ];
    assert_eq!(hostile.ints(two(), same).await.unwrap(), [1, 2]);
    let different = [
        Reply::batches(ints(), [int_batch([1])]),
        Reply::batches(texts(), [text_batch(&["2"])]),
    ];
    let error = protocol_error(hostile.ints(two(), different).await);
    assert_eq!(
        error,
        "DoGet: the endpoints of one result have different columns"
    );
    hostile.works().await;
}

#[tokio::test]
async fn an_endless_stream_of_nothing_can_be_left() {
    let mut hostile = Hostile::new().await;
    hostile
        .script
        .clone()
        .get_flight_info(Reply::ticket(ints(), "t"))
        .do_get(Reply::endless(&int_batch([])));
    let fetch = flightsql::query("SELECT n").fetch_all(&mut hostile.connection);
    let limit = std::time::Duration::from_millis(100);
    assert!(tokio::time::timeout(limit, fetch).await.is_err());
    hostile
        .server
        .wait_until(|server| server.open_streams() == 0)
        .await;
    hostile.works().await;
}

#[tokio::test]
async fn i17_rows_without_a_schema_have_the_planned_columns() {
    let mut hostile = Hostile::new().await;
    let stream = |values: [i64; 2]| {
        let metadata = raw::app_metadata("before");
        Reply::raw([metadata].into_iter().chain(ints_data(values)))
    };
    let two = Reply::info(ints(), [endpoint("a"), endpoint("b")]);
    let streams = [stream([1, 2]), stream([3, 4])];
    assert_eq!(
        hostile.ints(two.clone(), streams).await.unwrap(),
        [1, 2, 3, 4]
    );
    // One of two streams has a schema, and it is the same.
    let mut with_schema = vec![raw::schema(&ints())];
    with_schema.extend(ints_data([5]));
    let streams = [stream([3, 4]), Reply::raw(with_schema)];
    assert_eq!(hostile.ints(two, streams).await.unwrap(), [3, 4, 5]);
    hostile.works().await;
    // The plan has other columns, or none.
    for planned in [texts(), Arc::new(Schema::empty())] {
        let plan = Reply::info(planned, [endpoint("a")]);
        let error = hostile.ints(plan, [stream([1, 2])]).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains("the result is not readable"), "{text}");
    }
    let info = FlightInfo::new().with_endpoint(endpoint("a"));
    let plan = Reply::flight_info(info);
    let error = hostile.ints(plan, [stream([1, 2])]).await.unwrap_err();
    assert!(
        error.to_string().contains("it came before the schema"),
        "{error}"
    );
    hostile.works().await;
}
