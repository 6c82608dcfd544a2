//! Text with invalid UTF-8, as some servers send it: its bytes are readable, and all other values stay intact.

use std::sync::Arc;

use flightsql::arrow::array::builder::{ListBuilder, StringBuilder};
use flightsql::arrow::array::types::Int32Type;
use flightsql::arrow::array::{ArrayRef, Int64Array, ListArray, RecordBatch, StringArray};
use flightsql::{Error, FromArrow, Row, ValueRef, query, query_as};
use flightsql_testkit::arrow_flight::FlightData;
use flightsql_testkit::{Reply, raw};
use futures_util::{StreamExt, TryStreamExt};

use super::Hostile;

/// Stands for text that is not UTF-8.
const MARK: &str = "damage-here";
const DAMAGED: &[u8] = b"damage-h\xe9re";

fn batch(id: i64, names: [&str; 2]) -> RecordBatch {
    let ids: ArrayRef = Arc::new(Int64Array::from(vec![id, id + 1]));
    let plain: ArrayRef = Arc::new(StringArray::from(vec!["ä", "b"]));
    let names: ArrayRef = Arc::new(StringArray::from(names.to_vec()));
    RecordBatch::try_from_iter([("id", ids), ("plain", plain), ("name", names)]).unwrap()
}

fn damaged(batch: &RecordBatch) -> FlightData {
    let mut data = raw::batch(batch).unwrap().remove(0);
    let mut body = data.data_body.to_vec();
    let at = body
        .windows(MARK.len())
        .position(|w| w == MARK.as_bytes())
        .unwrap();
    body[at..at + DAMAGED.len()].copy_from_slice(DAMAGED);
    data.data_body = body.into();
    data
}

/// Three batches, of which the second has a text that is none.
fn serve(hostile: &Hostile) {
    let good = batch(1, ["a", "b"]);
    let mut messages = vec![raw::schema(&good.schema())];
    messages.extend(raw::batch(&good).unwrap());
    messages.push(damaged(&batch(3, ["c", MARK])));
    messages.extend(raw::batch(&batch(5, ["e", "f"])).unwrap());
    let script = hostile.script.clone();
    script
        .get_flight_info(Reply::ticket(good.schema(), "t"))
        .do_get(Reply::raw(messages));
}

#[track_caller]
fn check(error: &Error) {
    let text = error.to_string();
    let Error::ColumnDecode { index, .. } = error else {
        panic!("{error:?}");
    };
    assert!(index.contains("name"), "{index}");
    for part in ["Utf8", "not UTF-8", "`Vec<u8>`"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[tokio::test]
async fn rows_read_invalid_utf8_as_bytes_only() {
    let mut hostile = Hostile::new().await;
    serve(&hostile);
    let rows = query("SELECT n")
        .fetch_all(&mut hostile.connection)
        .await
        .unwrap();
    assert_eq!(rows.len(), 6);
    let ids: Vec<i64> = rows.iter().map(|row| row.get("id")).collect();
    assert_eq!(ids, [1, 2, 3, 4, 5, 6]);
    let names: Vec<Vec<u8>> = rows.iter().map(|row| row.get("name")).collect();
    assert_eq!(names, [b"a", b"b", b"c", DAMAGED, b"e", b"f"]);
    for row in &rows {
        assert!(["ä", "b"].contains(&row.get::<&str, _>("plain")));
    }
    for at in [0, 1, 2, 4, 5] {
        assert_eq!(rows[at].get::<&str, _>("name").as_bytes(), names[at]);
    }
    let error = rows[3].try_get::<String, _>("name").unwrap_err();
    check(&error);
    assert!(
        error.to_string().contains("is not UTF-8 at byte 8"),
        "{error}"
    );
    assert!(error.to_string().contains("`String`"), "{error}");
    let shown = rows[3].try_get_raw("name").unwrap();
    assert_eq!(shown.to_string(), "damage-h\u{fffd}re");
    assert!(!shown.is_null());
    hostile.works().await;
}

#[tokio::test]
async fn structs_are_read_where_the_field_is_bytes() {
    #[derive(FromArrow, Debug, PartialEq)]
    struct Bytes {
        id: i64,
        name: Vec<u8>,
    }
    #[derive(FromArrow, Debug)]
    struct Text {
        #[allow(dead_code, reason = "it is never read whole")]
        name: String,
    }

    let mut hostile = Hostile::new().await;
    serve(&hostile);
    let all: Vec<Bytes> = hostile.connection.fetch_all_as("SELECT n").await.unwrap();
    assert_eq!(all.len(), 6);
    assert_eq!(
        all[3],
        Bytes {
            id: 4,
            name: DAMAGED.to_vec()
        }
    );
    serve(&hostile);
    check(
        &hostile
            .connection
            .fetch_all_as::<Text>("SELECT n")
            .await
            .unwrap_err(),
    );
    serve(&hostile);
    let all = query_as::<_, (i64, String, String)>("SELECT n");
    let error = all.fetch_all(&mut hostile.connection).await.unwrap_err();
    assert!(error.to_string().contains("not UTF-8"), "{error}");
    hostile.works().await;
}

#[tokio::test]
async fn arrow_batches_end_with_an_error_that_names_the_column() {
    let mut hostile = Hostile::new().await;
    serve(&hostile);
    let mut batches = hostile.connection.fetch_arrow("SELECT n").await.unwrap();
    let first = batches.next().await.unwrap().unwrap();
    assert_eq!(first.columns(), batch(1, ["a", "b"]).columns());
    check(&batches.next().await.unwrap().unwrap_err());
    assert!(batches.next().await.is_none());
    drop(batches);

    serve(&hostile);
    let rows = hostile
        .connection
        .fetch_arrow("SELECT n")
        .await
        .unwrap()
        .rows();
    let names = rows.map_ok(|row| row.get::<Vec<u8>, _>("name"));
    let names: Vec<_> = names.try_collect().await.unwrap();
    assert_eq!(names, [b"a", b"b", b"c", DAMAGED, b"e", b"f"]);
    hostile.works().await;
}

#[tokio::test]
async fn text_inside_a_list_is_read_as_bytes_too() {
    let mut hostile = Hostile::new().await;
    let mut list = ListBuilder::new(StringBuilder::new());
    list.append_value([Some("a"), None, Some(MARK)]);
    let list: ListArray = list.finish();
    let numbers = ListArray::from_iter_primitive::<Int32Type, _, _>([Some([Some(7)])]);
    let sent = RecordBatch::try_from_iter([
        ("names", Arc::new(list) as ArrayRef),
        ("numbers", Arc::new(numbers) as ArrayRef),
    ])
    .unwrap();
    let messages = [raw::schema(&sent.schema()), damaged(&sent)];
    let script = hostile.script.clone();
    script
        .get_flight_info(Reply::ticket(sent.schema(), "t"))
        .do_get(Reply::raw(messages));
    let row = query("SELECT n")
        .fetch_one(&mut hostile.connection)
        .await
        .unwrap();
    let bytes: Vec<Option<Vec<u8>>> = row.get("names");
    assert_eq!(bytes, [Some(b"a".to_vec()), None, Some(DAMAGED.to_vec())]);
    assert_eq!(row.get::<Vec<i32>, _>("numbers"), [7]);
    let error = row.try_get::<Vec<Option<String>>, _>("names").unwrap_err();
    assert!(error.to_string().contains("not UTF-8"), "{error}");
    assert!(error.to_string().contains("names"), "{error}");
    hostile.works().await;
}
