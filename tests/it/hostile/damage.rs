//! Corrupt and oversized Arrow messages.

use std::sync::Arc;

use flightsql::arrow::array::{ArrayRef, NullArray, RecordBatch};
use flightsql::arrow::schema::{DataType, Field, Schema};
use flightsql::{Error, Row, query};
use flightsql_testkit::arrow_flight::FlightData;
use flightsql_testkit::{Reply, raw};

use super::{Hostile, int_batch, ints, ints_data, text_batch, texts};

/// A schema message without fields whose endianness is big, written by hand: arrow writes little-endian only.
///
/// <https://github.com/apache/arrow/blob/main/format/Message.fbs>, `Schema.fbs`
const BIG_ENDIAN_SCHEMA: [u8; 52] = [
    16, 0, 0, 0, // the root table is at 16
    10, 0, 12, 0, 8, 0, 10, 0, 4, 0, 0,
    0, // its vtable: version at 8, header_type at 10, header at 4
    12, 0, 0, 0, // Message: the vtable is 12 bytes before
    16, 0, 0, 0, // header: the table at 36
    4, 0, 1, 0, // version V5, header_type Schema
    8, 0, 12, 0, 8, 0, 4, 0, // the vtable of Schema: endianness at 8, fields at 4
    8, 0, 0, 0, // Schema: the vtable is 8 bytes before
    8, 0, 0, 0, // fields: the vector at 48
    1, 0, 0, 0, // endianness Big
    0, 0, 0, 0, // no fields
];

#[tokio::test]
async fn a_big_endian_schema_is_refused() {
    let mut hostile = Hostile::new().await;
    let error = hostile
        .refused([raw::message(BIG_ENDIAN_SCHEMA.to_vec(), vec![])])
        .await;
    assert!(error.contains("not little-endian"), "{error}");
    // The same bytes with the other endianness are a schema, so it is this that was refused.
    let mut little = BIG_ENDIAN_SCHEMA.to_vec();
    little[44] = 0;
    assert_eq!(
        hostile
            .stream([raw::message(little, vec![])])
            .await
            .unwrap(),
        [0_i64; 0]
    );
    hostile.works().await;
}

#[tokio::test]
async fn no_damage_to_a_header_panics_or_breaks_the_connection() {
    let mut hostile = Hostile::new().await;
    let good = ints_data([1, 2, 3]).remove(0);
    let schema = raw::schema(&ints());
    for len in 0..good.data_header.len() {
        let cut = raw::truncate_header(good.clone(), len);
        let result = hostile.stream([schema.clone(), cut]).await;
        assert!(
            matches!(result, Err(Error::Protocol(_))),
            "cut to {len}: {result:?}"
        );
    }
    hostile.works().await;
    for at in 0..good.data_header.len() {
        for byte in [0x00, 0x7f, 0xff] {
            let patched = raw::patch_header(good.clone(), at, byte);
            read_or_refused(&mut hostile, [schema.clone(), patched]).await;
        }
    }
    hostile.works().await;
}

#[tokio::test]
async fn no_damage_to_a_schema_panics_or_breaks_the_connection() {
    let mut hostile = Hostile::new().await;
    let batch = raw::batch(&text_batch(&["one", "two"])).unwrap().remove(0);
    let good = raw::schema(&texts());
    for at in 0..good.data_header.len() {
        for byte in [0x01, 0xff] {
            let patched = raw::patch_header(good.clone(), at, byte);
            read_or_refused(&mut hostile, [patched, batch.clone()]).await;
        }
    }
    hostile.works().await;
}

#[tokio::test]
async fn no_damage_to_a_body_panics_or_breaks_the_connection() {
    let mut hostile = Hostile::new().await;
    let good = raw::batch(&text_batch(&["one", "two"])).unwrap().remove(0);
    let schema = raw::schema(&texts());
    for len in 0..good.data_body.len() {
        let cut = raw::truncate_body(good.clone(), len);
        read_or_refused(&mut hostile, [schema.clone(), cut]).await;
    }
    for at in 0..good.data_body.len() {
        let patched = raw::patch_body(good.clone(), at, 0xff);
        read_or_refused(&mut hostile, [schema.clone(), patched]).await;
    }
    hostile.works().await;
}

/// Every value can be read, or there is a typed error; which of the two is the damage's affair.
async fn read_or_refused(hostile: &mut Hostile, data: impl IntoIterator<Item = FlightData>) {
    hostile
        .script
        .clone()
        .get_flight_info(Reply::ticket(ints(), "t"))
        .do_get(Reply::raw(data));
    match query("SELECT n").fetch_all(&mut hostile.connection).await {
        Ok(rows) => {
            for row in &rows {
                for column in 0..row.len() {
                    // Either outcome; `Debug` reads the value whatever its type is.
                    let _ = row.try_get::<Option<String>, _>(column);
                    let _ = row.try_get::<Option<i64>, _>(column);
                }
                assert!(format!("{row:?}").starts_with("FlightSqlRow"));
            }
        }
        Err(Error::Protocol(text)) => {
            assert!(
                text.starts_with("DoGet: the result is not readable: "),
                "{text}"
            );
        }
        Err(other) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn rejects_oversized_batch_before_allocation() {
    let mut hostile = Hostile::with_options("max_batch_rows=1000").await;
    // A column of nulls costs no bytes, so any number of rows fits into a small message.
    let nulls = Arc::new(Schema::new(vec![Field::new("n", DataType::Null, true)]));
    let batch = |rows: usize| {
        let column: ArrayRef = Arc::new(NullArray::new(rows));
        RecordBatch::try_new(Arc::clone(&nulls), vec![column]).unwrap()
    };
    let data = |rows: usize| {
        let mut data = vec![raw::schema(&nulls)];
        data.extend(raw::batch(&batch(rows)).unwrap());
        data
    };
    let error = hostile.refused(data(1_000_000_000)).await;
    assert!(error.contains("1000000000 rows in a batch"), "{error}");
    assert!(error.contains("max_batch_rows=1000"), "{error}");
    hostile
        .script
        .clone()
        .get_flight_info(Reply::ticket(ints(), "t"))
        .do_get(Reply::raw(data(1000)));
    let rows = query("SELECT n")
        .fetch_all(&mut hostile.connection)
        .await
        .unwrap();
    assert_eq!(rows.len(), 1000);
    hostile.works().await;
}

#[tokio::test]
async fn a_compressed_buffer_that_claims_to_be_huge() {
    let mut hostile = Hostile::new().await;
    let batch = int_batch((0..1000).map(|number| number % 3));
    for claim in [1 << 40, i64::MAX] {
        let bomb = raw::claim_uncompressed(&batch, Default::default(), claim)
            .unwrap()
            .unwrap();
        let mut data = vec![raw::schema(&ints())];
        data.extend(bomb);
        let error = hostile.refused(data).await;
        assert!(error.contains("max_decompressed_size"), "{claim}: {error}");
    }
    for claim in [i64::MIN, -2, 0, 1, 7999, 8001] {
        let bomb = raw::claim_uncompressed(&batch, Default::default(), claim)
            .unwrap()
            .unwrap();
        let mut data = vec![raw::schema(&ints())];
        data.extend(bomb);
        let error = hostile.refused(data).await;
        assert!(
            error.starts_with("DoGet: the result is not readable: "),
            "{claim}: {error}"
        );
    }
    let mut valid = vec![raw::schema(&ints())];
    valid.extend(raw::compressed_batch(&batch, Default::default()).unwrap());
    assert_eq!(hostile.stream(valid).await.unwrap().len(), 1000);
    hostile.works().await;
}

#[tokio::test]
async fn a_message_that_is_too_large_names_the_option() {
    let mut hostile =
        Hostile::with_options("max_message_size=64KiB&max_decompressed_size=1MiB").await;
    let large = [raw::schema(&ints())]
        .into_iter()
        .chain(ints_data(0..10_000));
    let error = hostile.refused(large).await;
    assert!(error.contains("raise `max_message_size`"), "{error}");
    hostile.works().await;
    let small = [raw::schema(&ints())].into_iter().chain(ints_data(0..1000));
    assert_eq!(hostile.stream(small).await.unwrap().len(), 1000);
    hostile.works().await;
}

#[tokio::test]
async fn a_schema_that_is_too_wide_or_too_deep() {
    let mut hostile = Hostile::with_options("max_schema_fields=100&max_nesting=8").await;
    let wide = (0..101).map(|number| Field::new(format!("c{number}"), DataType::Int64, true));
    let wide = Schema::new(wide.collect::<Vec<_>>());
    let error = hostile.refused([raw::schema(&wide)]).await;
    assert!(error.contains("max_schema_fields=100"), "{error}");
    let mut deep = DataType::Int64;
    for _ in 0..20 {
        deep = DataType::List(Arc::new(Field::new("item", deep, true)));
    }
    let deep = Schema::new(vec![Field::new("n", deep, true)]);
    let error = hostile.refused([raw::schema(&deep)]).await;
    assert!(error.contains("max_nesting=8"), "{error}");
    hostile.works().await;
}
