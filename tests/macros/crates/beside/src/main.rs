//! Two databases and two `query!` families in one crate: `DATABASE_URL` is SQLite's, `FLIGHTSQL_DATABASE_URL` this driver's.

use sqlx::Connection as _;

#[tokio::main]
async fn main() -> sqlx::Result<()> {
    let mut urls = std::env::args().skip(1);
    let mut sqlite = sqlx::SqliteConnection::connect(&urls.next().expect("SQLite's URL")).await?;
    let mut flight = flightsql::FlightSqlConnection::connect(&urls.next().expect("a URL")).await?;
    let name = sqlx::query!("SELECT name FROM airports WHERE code = ?", "ZRH")
        .fetch_one(&mut sqlite)
        .await?
        .name;
    let flights = flightsql::query!("SELECT id, origin FROM flights WHERE origin = ?", "ZRH")
        .fetch_all(&mut flight)
        .await?;
    println!("{name} {}", flights.len());
    Ok(())
}
