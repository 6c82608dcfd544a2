//! A column for every kind of rule, in the order of `tests/it/type_map/cases.rs`. The program compiles, and never runs.

use std::collections::HashMap;

use flightsql::types::chrono::{DateTime, NaiveDate, Utc};
use flightsql::types::{Decimal, JsonValue, Uuid};

#[tokio::main]
async fn main() -> flightsql::Result<()> {
    let mut connection = <flightsql::FlightSqlConnection as flightsql::Connection>::connect("").await?;
    let row = flightsql::query!("SELECT * FROM every_kind_of_rule")
        .fetch_one(&mut connection)
        .await?;
    let _: [Option<Uuid>; 4] = [row.c0, row.c1, row.c2, row.c8];
    let _: Option<JsonValue> = row.c3;
    let _: [Option<Decimal>; 4] = [row.c4, row.c5, row.c13, row.c14];
    let _: [Option<bool>; 2] = [row.c6, row.c7];
    let _: [Option<DateTime<Utc>>; 2] = [row.c9, row.c10];
    let _: Option<NaiveDate> = row.c11;
    let _: Option<i64> = row.c12;
    let _: Option<Vec<Uuid>> = row.c15;
    let _: Option<Block> = row.c16;
    let _: Option<HashMap<String, i64>> = row.c17;
    Ok(())
}

#[derive(Debug, flightsql::Type)]
#[expect(dead_code, reason = "compiled only")]
struct Block {
    id: Uuid,
    ok: Option<bool>,
}
