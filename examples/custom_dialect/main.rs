//! A dialect of one's own: an engine with identifiers in backticks, parameters named `:name`, and its own names of types.
//!
//! `cargo run --example custom_dialect`. The engine here is the embedded server, which takes this syntax too; yours is
//! where your URL leads. What is not said below is as in standard SQL.

use std::sync::Arc;

use flightsql::dialect::{DialectProfile, LogicalType, Quote, TransactionMode};
use flightsql::{
    Connection, Executor, FlightSqlConnection, QueryBuilder, query_scalar, register_dialect,
};
use flightsql_testkit::TestServer;

/// The made-up engine "Quarry": what differs from standard SQL, as data.
fn quarry() -> DialectProfile {
    let mut quarry = DialectProfile::new("quarry");
    quarry.identifiers.quote = Quote('`', '`');
    quarry.syntax.identifier_quotes = vec![Quote('`', '`')];
    quarry.parameters.placeholder = ":{n}".into();
    quarry.transactions.mode = TransactionMode::Action;
    quarry.types.names = [
        (LogicalType::Int64, "INT64".into()),
        (LogicalType::Text, "STRING".into()),
    ]
    .into();
    quarry.errors.retryable = vec!["quarry is busy".into()];
    quarry
}

// A program that uses it.

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dialect = quarry();
    let table = dialect.identifiers.quote("stone block");
    register_dialect(Arc::new(dialect))?;
    let server = TestServer::sqlite().await?;
    let url = format!("{}?dialect=quarry", server.url());
    let mut connection = FlightSqlConnection::connect(&url).await?;

    let create = format!("CREATE TABLE {table} (id BIGINT, kind VARCHAR)");
    connection.execute(flightsql::AssertSqlSafe(create)).await?;

    // The builder writes this dialect's placeholders.
    let mut insert = QueryBuilder::new(format!("INSERT INTO {table} "));
    insert.push_values(
        [(1_i64, "granite"), (2, "marble")],
        |mut row, (id, kind)| {
            row.push_bind(id).push_bind(kind);
        },
    );
    let done = insert.build().execute(&mut connection).await?;
    println!("inserted {} rows", done.rows_affected());

    let kind: String = query_scalar("SELECT kind FROM `stone block` WHERE id = :id")
        .bind(2_i64)
        .fetch_one(&mut connection)
        .await?;
    println!("stone 2 is {kind}");

    for column in connection.catalog().columns_of("stone block").await? {
        println!("column {} is {}", column.name(), column.type_info());
    }
    assert_eq!(kind, "marble");
    Ok(())
}
