//! All SQL of the service. Each query is checked against the tables while this crate compiles, with the files of
//! `.sqlx`. README.md describes how to update these files.

use chrono::{DateTime, Utc};
use flightsql::{Error, FlightSqlConnection, query_as, query_scalar};
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

/// A flight, as JSON shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Flight {
    /// The number in the table, which determines the order of lists.
    pub id: i64,
    /// The airline's code.
    pub carrier: String,
    /// The airline's name.
    pub airline: String,
    /// The flight number of the airline.
    pub flight: i64,
    /// The departure airport.
    pub origin: String,
    /// The destination airport.
    pub dest: String,
    /// The scheduled hour.
    pub time_hour: DateTime<Utc>,
    /// The delay in minutes; `None` if the flight was cancelled.
    pub dep_delay: Option<i64>,
    /// The distance in miles.
    pub distance: i64,
}

/// The flights that were scheduled in one hour of the day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delay {
    /// The local hour.
    pub hour: i64,
    /// Number of flights.
    pub flights: i64,
    /// The mean delay in minutes; `None` if no flight departed.
    pub mean_delay: Option<f64>,
}

/// Returns at most `limit` flights with an `id` above `after`, in order of `id`.
pub(crate) async fn flights(
    connection: &mut FlightSqlConnection,
    origin: Option<&str>,
    after: i64,
    limit: i64,
) -> Result<Vec<Flight>, Error> {
    // Two statements, so that each one uses an index.
    match origin {
        Some(origin) => {
            query_as!(
                Flight,
                r#"SELECT f.id AS "id!", f.carrier AS "carrier!", a.name AS "airline!", f.flight AS "flight!",
                    f.origin AS "origin!", f.dest AS "dest!", f.time_hour AS "time_hour!", f.dep_delay, f.distance AS "distance!"
                FROM flights f JOIN airlines a ON a.carrier = f.carrier
                WHERE f.origin = ? AND f.id > ? ORDER BY f.id LIMIT ?"#,
                origin,
                after,
                limit
            )
            .fetch_all(connection)
            .await
        }
        None => {
            query_as!(
                Flight,
                r#"SELECT f.id AS "id!", f.carrier AS "carrier!", a.name AS "airline!", f.flight AS "flight!",
                    f.origin AS "origin!", f.dest AS "dest!", f.time_hour AS "time_hour!", f.dep_delay, f.distance AS "distance!"
                FROM flights f JOIN airlines a ON a.carrier = f.carrier
                WHERE f.id > ? ORDER BY f.id LIMIT ?"#,
                after,
                limit
            )
            .fetch_all(connection)
            .await
        }
    }
}

/// Returns the flight with this `id`.
pub(crate) async fn flight(
    connection: &mut FlightSqlConnection,
    id: i64,
) -> Result<Option<Flight>, Error> {
    query_as!(
        Flight,
        r#"SELECT f.id AS "id!", f.carrier AS "carrier!", a.name AS "airline!", f.flight AS "flight!",
            f.origin AS "origin!", f.dest AS "dest!", f.time_hour AS "time_hour!", f.dep_delay, f.distance AS "distance!"
        FROM flights f JOIN airlines a ON a.carrier = f.carrier
        WHERE f.id = ?"#,
        id
    )
    .fetch_optional(connection)
    .await
}

/// Returns flights and delays by hour of the day.
pub(crate) async fn delays(connection: &mut FlightSqlConnection) -> Result<Vec<Delay>, Error> {
    query_as!(
        Delay,
        r#"SELECT hour AS "hour!", COUNT(*) AS "flights!: i64", AVG(dep_delay) AS "mean_delay: f64"
        FROM flights GROUP BY hour ORDER BY hour"#
    )
    .fetch_all(connection)
    .await
}

/// Returns 1 if the database replies.
pub(crate) async fn one(connection: &mut FlightSqlConnection) -> Result<i64, ApiError> {
    Ok(query_scalar!(r#"SELECT 1 AS "one!: i64""#)
        .fetch_one(connection)
        .await?)
}

/// Streams all flights, for the exports. Type overrides would become column names of the file, so the query has none.
macro_rules! export {
    () => {
        flightsql::query!(
            "SELECT id, carrier, flight, origin, dest, hour, dep_delay, distance, time_hour FROM flights ORDER BY id"
        )
    };
}
pub(crate) use export;
