//! A custom dialect, in code and as a file: `cargo run --example custom_dialect`.
//!
//! `dialect.rs` (the dialect in code) · `quarry.toml` (the same dialect as a file) · `engine/` (a test server that
//! simulates the engine "Quarry") · `README.md` (the steps to write a dialect).

mod dialect;
#[path = "engine/mod.rs"]
mod engine;

use std::sync::Arc;

use flightsql::arrow::pretty;
use flightsql::types::chrono::{DateTime, NaiveTime, Utc};
use flightsql::types::{Decimal, JsonValue, Uuid};
use flightsql::{
    Connection, Executor, FlightSqlConnection, FlightSqlDatabaseError, QueryBuilder, query,
};
use flightsql_testkit::TestServer;

use self::engine::player::Player;
use self::engine::{Quarry, TABLE};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let player = Player::new(Quarry::default());
    let server = TestServer::scripted(player.script()).await?;

    // Register a dialect in code once; URLs then select it by name.
    flightsql::dialect::register(Arc::new(dialect::quarry()))?;
    let url = format!("{}?dialect=quarry", server.url());
    let mut connection = FlightSqlConnection::connect(&url).await?;

    // A dialect file needs only the URL. The macros and the command line read it too.
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/examples/custom_dialect/quarry.toml"
    );
    let url = format!("{}?dialect_file={file}", server.url());
    let by_file = FlightSqlConnection::connect(&url).await?;
    assert_eq!(by_file.dialect().profile(), connection.dialect().profile());

    connection
        .execute("CREATE TABLE `stone block` (`id` UUID, `kind` STRING, `weight` DECIMAL(10,3), `polished` BOOL)")
        .await?;
    let id = Uuid::from_u128(7);
    insert(&mut connection, id).await?;

    // The driver sent the values in the forms that the engine reads.
    for (sql, sent) in player.received() {
        println!("{sql}\n{}", pretty(&[sent]));
    }

    // The columns arrive as text, Int8 and a timestamp without a zone. Rows read them as the meant types.
    let row = query("SELECT * FROM `stone block` WHERE `id` = :id")
        .bind(id)
        .fetch_one(&mut connection)
        .await?;
    let block: Block = flightsql::FromRow::from_row(&row)?;
    println!("{block:?}");
    assert!(block.polished && block.weight == Decimal::new(12_500, 3));

    for column in connection.catalog().columns_of(TABLE).await? {
        println!("column {} is {}", column.name(), column.type_name());
    }

    let error = insert(&mut connection, id)
        .await
        .expect_err("the id exists");
    let facts = error.as_database_error().ok_or("an error of the engine")?;
    println!(
        "a second block: {error} (unique violation: {})",
        facts.is_unique_violation()
    );
    assert!(
        !facts
            .downcast_ref::<FlightSqlDatabaseError>()
            .is_retryable()
    );
    Ok(())
}

#[derive(Debug, flightsql::FromRow)]
#[expect(dead_code, reason = "printed only")]
struct Block {
    id: Uuid,
    kind: String,
    weight: Decimal,
    polished: bool,
    dug: DateTime<Utc>,
    shift: NaiveTime,
    note: JsonValue,
}

async fn insert(connection: &mut FlightSqlConnection, id: Uuid) -> flightsql::Result<()> {
    // The builder writes this dialect's placeholders.
    let mut insert = QueryBuilder::new(
        "INSERT INTO `stone block` (`id`, `kind`, `weight`, `polished`, `dug`, `shift`, `note`) ",
    );
    let block = (id, "granite", Decimal::new(12_500, 3), true);
    insert.push_values([block], |mut row, (id, kind, weight, polished)| {
        row.push_bind(id)
            .push_bind(kind)
            .push_bind(weight)
            .push_bind(polished)
            .push_bind(DateTime::<Utc>::UNIX_EPOCH)
            .push_bind(NaiveTime::MIN)
            .push_bind(JsonValue::from(vec![1, 2]));
    });
    let done = insert.build().execute(connection).await?;
    println!("inserted {} row", done.rows_affected());
    Ok(())
}
