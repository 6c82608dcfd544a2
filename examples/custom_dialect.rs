//! A dialect of one's own: an engine with identifiers in backticks, parameters named `:name`, and its own names of types.
//!
//! `cargo run --example custom_dialect`. The engine here is the embedded server, which takes this syntax too; yours is
//! where your URL leads. What is not said below is as in standard SQL.

use std::sync::Arc;

use flightsql::arrow::schema::{DataType, Field};
use flightsql::{
    Connection, Dialect, ErrorFacts, Executor, FlightSqlConnection, PlaceholderStyle, QueryBuilder,
    Syntax, TransactionMode, query_scalar, register_dialect,
};
use flightsql_testkit::TestServer;

// The dialect: 35 lines.

/// The made-up engine "Quarry".
#[derive(Debug)]
struct Quarry;

impl Dialect for Quarry {
    fn name(&self) -> &str {
        "quarry"
    }

    fn syntax(&self) -> &Syntax {
        const SYNTAX: Syntax = Syntax::ANSI.with_identifier_quotes(&[('`', '`')]);
        &SYNTAX
    }

    fn quote(&self) -> (char, char) {
        ('`', '`')
    }

    fn placeholder(&self) -> PlaceholderStyle {
        PlaceholderStyle::Colon
    }

    fn transactions(&self) -> TransactionMode {
        TransactionMode::Action
    }

    fn type_name(&self, field: &Field) -> Option<String> {
        Some(match field.data_type() {
            DataType::Int64 => "int64".to_owned(),
            DataType::Utf8 => "string".to_owned(),
            other => format!("{other}").to_lowercase(),
        })
    }

    fn parse_error(&self, code: &str, message: &str) -> ErrorFacts {
        let mut facts = ErrorFacts::from_text(code, message);
        facts.retryable |= message.contains("quarry is busy");
        facts
    }
}

// A program that uses it.

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    register_dialect(Arc::new(Quarry))?;
    let server = TestServer::sqlite().await?;
    let url = format!("{}?dialect=quarry", server.url());
    let mut connection = FlightSqlConnection::connect(&url).await?;

    let table = Quarry.quote_identifier("stone block");
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
