//! [`FlightSqlQueryResult`]: the client's result as a type of this crate, which can convert to types of SQLx.

use flightsql_client::{QueryResult, ResponseHeaders};

/// The outcome of a statement: the number of changed rows, and response headers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FlightSqlQueryResult(QueryResult);

impl FlightSqlQueryResult {
    /// Returns the number of changed rows; 0 if the server does not report it.
    /// [`known_rows_affected`](Self::known_rows_affected) distinguishes the two.
    ///
    /// Flight SQL has no field for a generated key. Use `RETURNING` to read it, on engines that support it:
    ///
    /// ```no_run
    /// # async fn example(connection: &mut flightsql_driver::FlightSqlConnection) -> Result<(), sqlx_core::Error> {
    /// use sqlx_core::query_scalar::query_scalar;
    ///
    /// let id: i64 = query_scalar("INSERT INTO users (name) VALUES (?) RETURNING id")
    ///     .bind("ann")
    ///     .fetch_one(connection)
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "last_insert_id", alias = "last_insert_rowid")]
    #[must_use]
    pub fn rows_affected(&self) -> u64 {
        self.0.rows_affected()
    }

    /// Returns the number of changed rows; `None` if the server does not report it.
    #[must_use]
    pub fn known_rows_affected(&self) -> Option<u64> {
        self.0.known_rows_affected()
    }

    /// Returns the response headers and trailers of the statement that the client keeps; of several statements, those of all.
    ///
    /// `fetch_many` returns this result after the rows of a query, also on a pool.
    ///
    /// ```no_run
    /// # async fn example(pool: &sqlx_core::pool::Pool<flightsql_driver::FlightSql>) -> Result<(), sqlx_core::Error> {
    /// let done = flightsql_driver::query::query("SELECT * FROM cpu").execute(pool).await?;
    /// if let Some(id) = done.response_headers().get("x-request-id") {
    ///     println!("request {id}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn response_headers(&self) -> &ResponseHeaders {
        self.0.response_headers()
    }
}

impl From<QueryResult> for FlightSqlQueryResult {
    fn from(result: QueryResult) -> Self {
        Self(result)
    }
}

/// Adds the counts, and the response headers. One unknown count makes the sum unknown.
impl Extend<FlightSqlQueryResult> for FlightSqlQueryResult {
    fn extend<T: IntoIterator<Item = FlightSqlQueryResult>>(&mut self, results: T) {
        self.0.extend(results.into_iter().map(|result| result.0));
    }
}
