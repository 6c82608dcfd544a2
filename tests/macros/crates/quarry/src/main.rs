//! A program for a custom engine, which it supports through a dialect file only.

use flightsql::types::chrono::{DateTime, Utc};
use flightsql::types::{Decimal, JsonValue, Uuid};

#[tokio::main]
async fn main() -> flightsql::Result<()> {
    let url = std::env::args().nth(1).expect("a URL");
    let pool = flightsql::FlightSqlPool::connect(&url).await?;
    let (id, dug) = (Uuid::from_u128(7), DateTime::<Utc>::UNIX_EPOCH);
    flightsql::query!(
        "INSERT INTO `stone block` (`id`, `weight`, `polished`, `dug`, `note`) VALUES (:id, :weight, :polished, :dug, :note)",
        id,
        Decimal::new(12_500, 3),
        true,
        dug,
        JsonValue::from(vec![1]),
    )
    .execute(&pool)
    .await?;
    // The engine reports the parameter as text, and sends columns as text, Int8 and a timestamp without a zone.
    let block = flightsql::query!(
        "SELECT `id` AS `id!`, `weight`, `polished`, `dug`, `note` FROM `stone block` WHERE `id` = :id",
        id
    )
    .fetch_one(&pool)
    .await?;
    let (id, weight): (Uuid, Option<Decimal>) = (block.id, block.weight);
    let (polished, dug): (Option<bool>, Option<DateTime<Utc>>) = (block.polished, block.dug);
    let note: Option<JsonValue> = block.note;
    println!("{id} {weight:?} {polished:?} {dug:?} {note:?}");
    Ok(())
}
