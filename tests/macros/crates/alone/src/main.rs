//! A program with `flightsql` and tokio, and nothing else.

#[derive(Debug, flightsql::FromRow)]
struct Flight {
    id: i64,
    origin: String,
    delay: Option<i64>,
}

#[tokio::main]
async fn main() -> flightsql::Result<()> {
    let url = std::env::args().nth(1).expect("a URL");
    let pool = flightsql::FlightSqlPool::connect(&url).await?;
    let total = flightsql::query_scalar!(r#"SELECT count(*) AS "total!" FROM flights"#)
        .fetch_one(&pool)
        .await?;
    println!("total {total}");
    let late = flightsql::query!("SELECT id, origin, type FROM flights WHERE delay > ?", 5)
        .fetch_one(&pool)
        .await?;
    println!("late {} {} {:?}", late.id, late.origin, late.r#type);
    let checked = flightsql::query_as!(
        Flight,
        "SELECT id, origin, delay FROM flights WHERE origin = ?",
        "GVA"
    )
    .fetch_one(&pool)
    .await?;
    let unchecked: Flight = flightsql::query_as("SELECT id, origin, delay FROM flights WHERE id = 2")
        .fetch_one(&pool)
        .await?;
    println!("{checked:?} {}", format!("{checked:?}") == format!("{unchecked:?}"));
    Ok(())
}
