//! Prints the catalog of a server as a tree of schemas, tables, columns and keys.
//!
//! `cargo run --example catalog` shows an embedded server, and `cargo run --example catalog -- URL` any other server.

use flightsql::catalog::{Table, TableColumn};
use flightsql::{Connection, Executor, FlightSqlConnection, is_unsupported};
use flightsql_testkit::TestServer;

const TABLES: &[&str] = &[
    "CREATE TABLE airline (code VARCHAR NOT NULL PRIMARY KEY, name VARCHAR NOT NULL)",
    "CREATE TABLE plane (tail VARCHAR NOT NULL PRIMARY KEY, seats INTEGER DEFAULT 180, model VARCHAR)",
    "CREATE TABLE flight (id INTEGER PRIMARY KEY, airline VARCHAR NOT NULL REFERENCES airline (code), \
     plane VARCHAR REFERENCES plane (tail) ON DELETE SET NULL, departs TIMESTAMP, price DECIMAL(10,2))",
    "CREATE VIEW cheap AS SELECT id, price FROM flight WHERE price < 100",
];

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1);
    let embedded = match url {
        Some(_) => None,
        None => Some(embedded().await?),
    };
    let url = url
        .or(embedded.as_ref().map(|server| server.url()))
        .unwrap_or_default();
    let mut connection = FlightSqlConnection::connect(&url).await?;
    print_tree(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

async fn embedded() -> Result<TestServer, Box<dyn std::error::Error>> {
    let server = TestServer::sqlite().await?;
    let mut connection = FlightSqlConnection::connect(&server.url()).await?;
    for sql in TABLES {
        connection.execute(*sql).await?;
    }
    connection.close().await?;
    Ok(server)
}

async fn print_tree(connection: &mut FlightSqlConnection) -> Result<(), flightsql::Error> {
    let mut catalog = connection.catalog();
    match catalog.server_info().await {
        Ok(info) => println!(
            "{} {}",
            info.name().unwrap_or("unnamed server"),
            info.version().unwrap_or_default()
        ),
        Err(error) if is_unsupported(&error) => println!("no server information"),
        Err(error) => return Err(error),
    }
    let tables = catalog.tables().fetch_all().await?;
    let mut place = None;
    for table in &tables {
        let here = (table.name.catalog(), table.name.schema());
        if place != Some(here) {
            println!("└─ {}", name_of(here));
            place = Some(here);
        }
        println!(
            "   └─ {} ({})",
            table.name.name(),
            table.table_type.to_lowercase()
        );
        print_columns(connection, table).await?;
        print_keys(connection, table).await?;
    }
    println!("{} tables", tables.len());
    Ok(())
}

fn name_of(place: (Option<&str>, Option<&str>)) -> String {
    let parts = [place.0, place.1].into_iter().flatten();
    let named: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
    match named.is_empty() {
        true => "(no schema)".to_owned(),
        false => named.join("."),
    }
}

async fn print_columns(
    connection: &mut FlightSqlConnection,
    table: &Table,
) -> Result<(), flightsql::Error> {
    for column in connection.catalog().columns_of(&table.name).await? {
        println!("      ├─ {}", line(&column));
    }
    Ok(())
}

fn line(column: &TableColumn) -> String {
    let mut line = format!("{} {}", column.name(), column.type_name());
    if !column.is_nullable() {
        line.push_str(" not null");
    }
    if let Some(default) = column.default_value() {
        line.push_str(&format!(" default {default}"));
    }
    if let Some(comment) = column.comment() {
        line.push_str(&format!(" -- {comment}"));
    }
    line
}

async fn print_keys(
    connection: &mut FlightSqlConnection,
    table: &Table,
) -> Result<(), flightsql::Error> {
    let mut catalog = connection.catalog();
    match catalog.primary_key(&table.name).await {
        Ok(Some(key)) => println!("      ├─ primary key ({})", key.columns.join(", ")),
        Ok(None) => {}
        Err(error) if is_unsupported(&error) => {}
        Err(error) => return Err(error),
    }
    let keys = match catalog.foreign_keys(&table.name).await {
        Ok(keys) => keys,
        Err(error) if is_unsupported(&error) => Vec::new(),
        Err(error) => return Err(error),
    };
    for key in keys {
        let on_delete = key.on_delete.map(|action| action.as_sql()).unwrap_or("?");
        println!(
            "      ├─ ({}) references {} ({}), on delete {on_delete}",
            key.columns.join(", "),
            key.referenced_table,
            key.referenced_columns.join(", ")
        );
    }
    Ok(())
}
