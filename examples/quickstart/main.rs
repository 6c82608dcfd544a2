//! Quickstart: starts an embedded Flight SQL server, loads a real data set through the driver and queries it through a
//! pool with typed rows. Run it with `cargo run --example quickstart`.
//!
//! For another server, change only the URL. `tables.rs` reads the CSV files, `load.rs` fills the tables.

mod load;
mod tables;

use std::error::Error as StdError;
use std::process::ExitCode;
use std::time::Instant;

use flightsql::arrow::pretty;
use flightsql::{Error, FlightSqlPool, FromRow, ToArrow, pool_options, query_as, query_scalar};
use flightsql_testkit::{Rpc, TestServer};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("quickstart: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn StdError>> {
    let started = Instant::now();
    let server = TestServer::sqlite().await?;
    let url = server.url();
    let pool = pool_options().max_connections(4).connect(&url).await?;

    let loaded = load::all(&pool).await?;
    print("Loaded", &loaded)?;

    // Three queries at the same time, each on its own connection of the pool.
    let origin = "JFK";
    let (airlines, destinations, planes) = tokio::try_join!(
        busiest_airlines(&pool),
        top_destinations(&pool, origin),
        oldest_planes(&pool, 1970)
    )?;
    print("Busiest airlines out of New York, January 2013", &airlines)?;
    print(&format!("Top destinations from {origin}"), &destinations)?;
    print("Planes built before 1970 that still flew", &planes)?;

    let engine: String = query_scalar("SELECT sqlite_version()")
        .fetch_one(&pool)
        .await?;
    pool.close().await;
    println!("What ran");
    println!(
        "  {:<14} embedded Flight SQL server over SQLite {engine} at {url}",
        "server"
    );
    for rpc in Rpc::ALL.into_iter().filter(|rpc| server.count(*rpc) > 0) {
        println!("  {:<14} {} calls", format!("{rpc:?}"), server.count(rpc));
    }
    println!(
        "  {:<14} {:.1} s",
        "elapsed",
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

/// Prints structs: `to_arrow` converts them to a record batch, and `pretty` formats the batch.
fn print<T: ToArrow>(title: &str, rows: &[T]) -> Result<(), Error> {
    println!("{title}\n{}\n", pretty(&[T::to_arrow(rows)?]));
    Ok(())
}

#[derive(FromRow, ToArrow)]
struct Airline {
    name: String,
    flights: i64,
    cancelled: i64,
    mean_delay: f64,
}

async fn busiest_airlines(pool: &FlightSqlPool) -> Result<Vec<Airline>, Error> {
    query_as(
        "SELECT a.name, COUNT(*) AS flights, SUM(f.dep_time IS NULL) AS cancelled,
             ROUND(AVG(f.dep_delay), 1) AS mean_delay
         FROM flights f JOIN airlines a ON a.carrier = f.carrier
         GROUP BY a.name ORDER BY flights DESC LIMIT 5",
    )
    .fetch_all(pool)
    .await
}

#[derive(FromRow, ToArrow)]
struct Destination {
    #[sqlx(rename = "dest")]
    code: String,
    /// `None` if the `airports` table lacks the airport, such as San Juan.
    airport: Option<String>,
    flights: i64,
    mean_air_time: f64,
}

async fn top_destinations(pool: &FlightSqlPool, origin: &str) -> Result<Vec<Destination>, Error> {
    query_as(
        "SELECT f.dest, p.name AS airport, COUNT(*) AS flights, ROUND(AVG(f.air_time), 1) AS mean_air_time
         FROM flights f LEFT JOIN airports p ON p.faa = f.dest
         WHERE f.origin = ?
         GROUP BY f.dest, p.name ORDER BY flights DESC LIMIT 6",
    )
    .bind(origin)
    .fetch_all(pool)
    .await
}

#[derive(FromRow, ToArrow)]
struct Plane {
    tailnum: String,
    #[sqlx(rename = "year")]
    built: i32,
    manufacturer: String,
    model: String,
    flights: i64,
    miles: i64,
}

async fn oldest_planes(pool: &FlightSqlPool, before: i32) -> Result<Vec<Plane>, Error> {
    query_as(
        "SELECT p.tailnum, p.year, p.manufacturer, p.model, COUNT(*) AS flights, SUM(f.distance) AS miles
         FROM flights f JOIN planes p ON p.tailnum = f.tailnum
         WHERE p.year < ?
         GROUP BY p.tailnum, p.year, p.manufacturer, p.model ORDER BY p.year, p.tailnum",
    )
    .bind(before)
    .fetch_all(pool)
    .await
}
