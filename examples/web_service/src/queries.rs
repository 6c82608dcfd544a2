//! All SQL of the service. Each statement is checked against the tables while this crate compiles, by the files of
//! `.sqlx` (README.md says how they are made again).

use chrono::{DateTime, Utc};
use flightsql::{Error, FlightSqlConnection, query_as, query_scalar};
use serde::{Deserialize, Serialize};

use crate::error::ApiError;

/// A flight, as JSON shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Flight {
    /// Its number in the table, by which lists are ordered.
    pub id: i64,
    /// The airline's code.
    pub carrier: String,
    /// The airline's name.
    pub airline: String,
    /// The airline's number for it.
    pub flight: i64,
    /// The airport that it left.
    pub origin: String,
    /// The airport that it went to.
    pub dest: String,
    /// The scheduled hour.
    pub time_hour: DateTime<Utc>,
    /// Minutes late; `None` when it did not leave.
    pub dep_delay: Option<i64>,
    /// Miles.
    pub distance: i64,
}

/// The flights that were to leave in one hour of the day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delay {
    /// The local hour.
    pub hour: i64,
    /// Number of flights.
    pub flights: i64,
    /// The mean of their delays in minutes; `None` when no flight left.
    pub mean_delay: Option<f64>,
}

/// At most `limit` flights with an `id` above `after`, in order of `id`.
pub(crate) async fn flights(
    connection: &mut FlightSqlConnection,
    origin: Option<&str>,
    after: i64,
    limit: i64,
) -> Result<Vec<Flight>, Error> {
    // Two statements, so that each has its index.
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

/// The flight with this `id`.
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

/// Flights and delays by hour of the day.
pub(crate) async fn delays(connection: &mut FlightSqlConnection) -> Result<Vec<Delay>, Error> {
    query_as!(
        Delay,
        r#"SELECT hour AS "hour!", COUNT(*) AS "flights!: i64", AVG(dep_delay) AS "mean_delay: f64"
        FROM flights GROUP BY hour ORDER BY hour"#
    )
    .fetch_all(connection)
    .await
}

/// 1, if the database answers.
pub(crate) async fn one(connection: &mut FlightSqlConnection) -> Result<i64, ApiError> {
    Ok(query_scalar!(r#"SELECT 1 AS "one!: i64""#)
        .fetch_one(connection)
        .await?)
}

/// All flights, for the exports; without overrides, which would be names of columns in the file.
macro_rules! export {
    () => {
        flightsql::query!(
            "SELECT id, carrier, flight, origin, dest, hour, dep_delay, distance, time_hour FROM flights ORDER BY id"
        )
    };
}
pub(crate) use export;
