//! A program whose dialect is a file: the macros read it from `sqlx.toml`, the program from its URL.

use flightsql::types::chrono::{DateTime, NaiveTime, Utc};
use flightsql::types::{Decimal, JsonValue, Uuid};
use flightsql::Connection;

#[tokio::main]
async fn main() -> flightsql::Result<()> {
    let url = std::env::args().nth(1).expect("a URL");
    let mut connection = flightsql::FlightSqlConnection::connect(&url).await?;
    let id = Uuid::from_u128(7);
    flightsql::query("INSERT INTO `stone block` (`id`, `weight`, `polished`) VALUES (:id, :weight, :polished)")
        .bind(id)
        .bind(Decimal::new(12_500, 3))
        .bind(true)
        .execute(&mut connection)
        .await?;
    let block = flightsql::query!("SELECT * FROM `stone block` WHERE `id` = :id", id)
        .fetch_one(&mut connection)
        .await?;
    // The types as the dialect means them.
    let id: Option<Uuid> = block.id;
    let weight: Option<Decimal> = block.weight;
    let polished: Option<bool> = block.polished;
    let dug: Option<DateTime<Utc>> = block.dug;
    let shift: Option<NaiveTime> = block.shift;
    let note: Option<JsonValue> = block.note;
    println!("{id:?} {weight:?} {polished:?} {dug:?} {shift:?} {note:?}");
    Ok(())
}
