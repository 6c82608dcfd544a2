//! Tests of values that the meant type cannot hold: the rest of their batch and result stays readable.

use flightsql::arrow::array::RecordBatch;
use flightsql::types::{Decimal, Uuid};
use flightsql::{Error, FromArrow, Row, Value, ValueRef, query};
use flightsql_testkit::{Reply, raw};
use futures_util::{StreamExt, TryStreamExt};

use super::cases::{Case, all, rule, texts};
use super::{Engine, profile};

fn case(name: &str) -> Case {
    all().into_iter().find(|case| case.name == name).unwrap()
}

async fn rows_of(case: &Case) -> Vec<flightsql::FlightSqlRow> {
    let mut engine = Engine::new(profile(case.rules.clone())).await;
    engine.serve(&case.batch());
    query("SELECT c")
        .fetch_all(&mut engine.connection)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_refused_value_reads_as_it_was_sent() {
    let rows = rows_of(&case("text to uuid")).await;
    assert!(rows[0].try_get::<Uuid, _>("c").is_ok());
    assert_eq!(rows[1].get::<Option<Uuid>, _>("c"), None);
    assert_eq!(rows[2].get::<String, _>("c"), "not one");
    assert_eq!(rows[2].get::<Option<&str>, _>("c"), Some("not one"));
    for error in [
        rows[2].try_get::<Uuid, _>("c").unwrap_err(),
        rows[2].try_get::<Option<Uuid>, _>("c").unwrap_err(),
    ] {
        let text = error.to_string();
        assert!(
            text.ends_with(
                "; the server sent a value of Utf8 that is not a valid uuid, to which types.map[0] of dialect `mapped` maps it; \
                 read the type that was sent, or change the rule"
            ),
            "{text}"
        );
        assert!(!text.contains("not one"), "{text}");
    }
    // A converted value is no longer text.
    assert!(rows[0].try_get::<String, _>("c").is_err());
}

#[tokio::test]
async fn a_refused_value_in_every_row() {
    for row in 0..3 {
        let mut values = [Some("1.50"), Some("2.25"), Some("3.00")];
        values[row] = Some("3.001");
        let array = texts(&values);
        let sent = super::cases::named(&array, "DECIMAL(5,2)");
        let schema = flightsql::arrow::schema::Schema::new(vec![sent]);
        let batch = RecordBatch::try_new(schema.into(), vec![array]).unwrap();
        let mut engine = Engine::new(profile(vec![rule("text", "DECIMAL", "decimal")])).await;
        engine.serve(&batch);
        let rows = query("SELECT c")
            .fetch_all(&mut engine.connection)
            .await
            .unwrap();
        for (index, found) in rows.iter().enumerate() {
            let decimal = found.try_get::<Decimal, _>("c");
            match index == row {
                true => {
                    assert!(
                        matches!(decimal, Err(Error::ColumnDecode { .. })),
                        "{decimal:?}"
                    );
                    assert_eq!(found.get::<&str, _>("c"), "3.001");
                }
                false => assert_eq!(decimal.unwrap().to_string(), values[index].unwrap()),
            }
        }
    }
}

#[tokio::test]
async fn structs_by_column_name_the_rule() {
    let case = case("int8 to bool");
    let mut engine = Engine::new(profile(case.rules.clone())).await;
    engine.serve(&case.valid());
    let good: Vec<(Option<bool>,)> = engine.connection.fetch_all_as("SELECT c").await.unwrap();
    assert_eq!(good, [(Some(true),), (Some(false),), (None,)]);
    engine.serve(&case.batch());
    let error = engine
        .connection
        .fetch_all_as::<(Option<bool>,)>("SELECT c")
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("types.map[0] of dialect `mapped`"),
        "{error}"
    );

    // `Vec<u8>` would read any text, but this is a column of UUIDs.
    let uuids = self::case("text to uuid");
    let mut engine = Engine::new(profile(uuids.rules.clone())).await;
    engine.serve(&uuids.batch());
    let stream = engine.connection.fetch_arrow("SELECT c").await.unwrap();
    let batches: Vec<_> = stream.batches().try_collect().await.unwrap();
    let column = batches[0].column::<Uuid>("c").unwrap();
    assert!(column.get(0).is_ok());
    assert!(column.get(2).is_err());
    assert!(batches[0].column::<String>("c").is_err());
    assert!(<(Option<Uuid>,)>::columns(&batches[0]).is_ok());
}

#[tokio::test]
async fn owned_values_keep_the_type_of_the_value() {
    let rows = rows_of(&case("text to uuid")).await;
    let owned: Vec<_> = rows
        .iter()
        .map(|row| ValueRef::to_owned(&row.try_get_raw("c").unwrap()))
        .collect();
    drop(rows);
    assert_eq!(owned[0].type_info().to_string(), "uuid");
    assert_eq!(
        owned[0].decode::<Uuid>().to_string(),
        "67e55044-10b1-426f-9247-bb680e5fe0c8"
    );
    assert!(owned[1].is_null());
    assert_eq!(owned[2].decode::<String>(), "not one");
    assert!(owned[2].try_decode::<Uuid>().is_err());

    let list = rows_of(&case("items of a list")).await;
    let items = list[0].try_get_raw("c").unwrap().items().unwrap();
    let items: Vec<_> = items.map(|item| ValueRef::to_owned(&item)).collect();
    assert_eq!(
        items[0].decode::<Uuid>().to_string(),
        "67e55044-10b1-426f-9247-bb680e5fe0c8"
    );
    assert!(items[1].is_null());
}

#[tokio::test]
async fn a_refused_item_refuses_its_list_and_no_other() {
    let rows = rows_of(&case("items of a list")).await;
    let first: Vec<Option<Uuid>> = rows[0].get("c");
    assert_eq!(first.len(), 2);
    assert_eq!(rows[1].get::<Option<Vec<Option<Uuid>>>, _>("c"), None);
    assert!(rows[2].try_get::<Vec<Option<Uuid>>, _>("c").is_err());
    let sent: Vec<Option<String>> = rows[2].get("c");
    assert_eq!(sent[1].as_deref(), Some("no"));
}

#[tokio::test]
async fn mapped_batch_error_names_column_and_row() {
    let case = case("text to uuid");
    let mut engine = Engine::new(profile(case.rules.clone())).await;
    // The last row of the third batch.
    let valid = case.valid();
    let batches = [valid.clone(), valid.clone(), case.batch()];
    let script = engine.script.clone();
    script
        .get_flight_info(Reply::ticket(case.schema(), "t"))
        .do_get(Reply::batches(case.schema(), batches));
    let mut stream = engine
        .connection
        .fetch_arrow("SELECT c")
        .await
        .unwrap()
        .mapped();
    assert_eq!(stream.next().await.unwrap().unwrap().num_rows(), 2);
    assert_eq!(stream.next().await.unwrap().unwrap().num_rows(), 2);
    let error = stream.next().await.unwrap().unwrap_err();
    assert_eq!(
        error.to_string(),
        "error occurred while decoding column \"c\": the value in row 6, counted from 0, was sent as Arrow type Utf8 and is not a valid \
         uuid, which types.map[0] of dialect `mapped` reads it as; read the result as it was sent, or change the rule"
    );
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn text_that_is_not_utf8_is_refused_alone() {
    let case = case("text to int64");
    let array = texts(&[Some("42"), Some("damage"), None]);
    let batch = RecordBatch::try_new(case.schema(), vec![array]).unwrap();
    let mut data = raw::batch(&batch).unwrap();
    for message in &mut data {
        let mut body = message.data_body.to_vec();
        if let Some(at) = body.windows(6).position(|window| window == b"damage") {
            body[at] = 0xff;
        }
        message.data_body = body.into();
    }
    let mut engine = Engine::new(profile(case.rules.clone())).await;
    let mut messages = vec![raw::schema(&case.schema())];
    messages.extend(data);
    let script = engine.script.clone();
    script
        .get_flight_info(Reply::ticket(case.schema(), "t"))
        .do_get(Reply::raw(messages));
    let rows = query("SELECT c")
        .fetch_all(&mut engine.connection)
        .await
        .unwrap();
    assert_eq!(rows[0].get::<i64, _>("c"), 42);
    assert_eq!(rows[1].get::<Vec<u8>, _>("c"), b"\xffamage");
    assert!(rows[1].try_get::<i64, _>("c").is_err());
    assert_eq!(rows[2].get::<Option<i64>, _>("c"), None);
}

#[tokio::test]
async fn nested_invalid_utf8_is_not_read_as_uuid() {
    let case = case("items of a list");
    let mut items = flightsql::arrow::array::builder::ListBuilder::new(
        flightsql::arrow::array::builder::StringBuilder::new(),
    );
    items.append_value([Some("0123456789abcdef")]);
    items.append_value([Some("damage")]);
    items.append_value([None::<&str>]);
    let (_, offsets, values, nulls) = items.finish().into_parts();
    let flightsql::arrow::schema::DataType::List(item) = case.sent.data_type() else {
        panic!("the case is a list");
    };
    let list =
        flightsql::arrow::array::ListArray::try_new(item.clone(), offsets, values, nulls).unwrap();
    let batch = RecordBatch::try_new(case.schema(), vec![std::sync::Arc::new(list)]).unwrap();
    let mut messages = vec![raw::schema(&case.schema())];
    messages.extend(raw::batch(&batch).unwrap());
    for message in &mut messages {
        let mut body = message.data_body.to_vec();
        if let Some(at) = body.windows(6).position(|window| window == b"damage") {
            body[at] = 0xff;
        }
        message.data_body = body.into();
    }
    let mut engine = Engine::new(profile(case.rules.clone())).await;
    let script = engine.script.clone();
    script
        .get_flight_info(Reply::ticket(case.schema(), "t"))
        .do_get(Reply::raw(messages));
    let rows = query("SELECT c")
        .fetch_all(&mut engine.connection)
        .await
        .unwrap();
    assert!(rows[0].try_get::<Vec<Uuid>, _>("c").is_err());
    assert_eq!(rows[0].get::<Vec<String>, _>("c"), ["0123456789abcdef"]);
    assert_eq!(rows[1].get::<Vec<Vec<u8>>, _>("c"), [b"\xffamage".to_vec()]);
}
