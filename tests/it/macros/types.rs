//! Types beyond numbers and text: bytes, UUID, JSON, dates, decimals.

use flightsql::query;
use flightsql::types::chrono::{NaiveDate, NaiveDateTime};
use flightsql::types::{Decimal, JsonValue, Uuid};

use super::with_rows;
use crate::common::connect;

#[tokio::test]
async fn each_kind_is_bound_and_read() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let (bytes, key) = (vec![0_u8, 255], Uuid::from_u128(7));
    let note: JsonValue = "{\"a\":[1]}".parse().unwrap();
    let day: NaiveDate = "2026-02-28".parse().unwrap();
    let at: NaiveDateTime = "2026-02-28T12:30:00".parse().unwrap();
    let price = Decimal::new(1250, 2);
    let done = query!(
        "INSERT INTO kinds (id, bytes, key, note, day, at, price, ratio, short, code) VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        bytes,
        key,
        note,
        day,
        at,
        price,
        0.5,
        "short",
        String::from("abc"),
    )
    .execute(&mut connection)
    .await
    .unwrap();
    assert_eq!(done.rows_affected(), 1);
    let row = query!("SELECT * FROM kinds WHERE key = ?", key)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let read: (Vec<u8>, Uuid, Option<JsonValue>) = (row.bytes, row.key, row.note);
    assert_eq!(read, (bytes, key, Some(note)));
    let read: (NaiveDate, NaiveDateTime, Decimal, f64) = (row.day, row.at, row.price, row.ratio);
    assert_eq!(read, (day, at, price, 0.5));
    assert_eq!((row.short.as_str(), row.code.as_str()), ("short", "abc"));
}

#[tokio::test]
async fn bytes_are_bound_from_slices_arrays_and_vectors() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let vector = vec![1_u8, 2];
    for (place, bytes) in [&vector[..], b"\x01\x02"].into_iter().enumerate() {
        let row = query!(r#"SELECT ? AS "bytes!: Vec<u8>""#, bytes as _)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(row.bytes, [1, 2], "{place}");
    }
    let none = query!(
        "SELECT id FROM kinds WHERE bytes = ? OR bytes = ? OR bytes = ?",
        vector,
        &vector[..],
        b"\x01"
    )
    .fetch_optional(&mut connection)
    .await
    .unwrap();
    assert!(none.is_none());
}
