//! The public methods of a [`Session`], which log statements and mask errors.

use super::batch_stream::BatchStream;
use super::catalog::Catalog;
use super::execute::Outcome;
use super::log::StatementLogger;
use super::request::Statement;
use super::watch::watched;
use super::{Description, PreparedStatement, Session, StatementRequest, Transaction};
use crate::bind::Parameters;
use crate::error::{Error, Result};
use crate::query_result::QueryResult;

impl Session {
    /// Runs one statement, and returns its result as a stream of record batches.
    ///
    /// The statement has begun when this method returns. A statement without a result returns no batches; see
    /// [`BatchStream::query_result`].
    ///
    /// # Errors
    /// Returns an error if the text is not one statement, if a value cannot be bound, or if the server rejects the statement.
    ///
    /// # Cancel safety
    /// This method is cancel safe. If the future is dropped, the client cancels the statement and closes its handle. A
    /// change may have happened or not.
    pub async fn query(
        &mut self,
        statement: impl Into<StatementRequest>,
    ) -> Result<BatchStream<'_>> {
        let request = statement.into();
        let logger = self.logger(request.sql());
        let outcome = self.run_request(request).await;
        let outcome = outcome.map_err(|error| self.masked(error))?;
        Ok(BatchStream::new(self, outcome).logged(logger))
    }

    /// Runs one statement, reads its result to the end, and returns the number of changed rows.
    ///
    /// # Errors
    /// Returns the errors of [`query`](Self::query), and the errors that the server sends in the result.
    ///
    /// # Cancel safety
    /// This method is cancel safe. If the future is dropped, the client cancels the statement and closes its handle. A
    /// change may have happened or not.
    pub async fn execute(&mut self, statement: impl Into<StatementRequest>) -> Result<QueryResult> {
        let request = statement.into();
        let logger = self.logger(request.sql());
        let outcome = self.run_request(request).await;
        self.drained(outcome, logger).await
    }

    /// Runs the statements of a script in order, and returns the total number of changed rows.
    ///
    /// # Errors
    /// Returns the error of the first statement that fails. The statements before it have run, and those after it have not.
    ///
    /// # Cancel safety
    /// This method is cancel safe. If the future is dropped, the client cancels the current statement and runs no other.
    pub async fn execute_script(&mut self, sql: &str) -> Result<QueryResult> {
        let mut total = QueryResult::default();
        for statement in self.dialect().parse_script(sql) {
            let logger = self.logger(statement.text());
            let outcome = self.run(&statement, None, false).await;
            total.extend([self.drained(outcome, logger).await?]);
        }
        Ok(total)
    }

    /// Describes a statement without running it. This method is cancel safe.
    ///
    /// # Errors
    /// Returns an error if the server refuses the statement. Returns an error for which
    /// [`is_unsupported`](Error::is_unsupported) is true if the server cannot describe it.
    pub async fn describe(&mut self, sql: &str) -> Result<Description> {
        let described = self.describe_statement(sql, false).await;
        described.map_err(|error| self.masked(error))
    }

    /// Prepares a statement that can run many times. Without it, the session prepares a statement with values when it first
    /// runs, and caches the most recently used statements.
    ///
    /// # Errors
    /// Returns an error if the server refuses the statement. Returns an error for which
    /// [`is_unsupported`](Error::is_unsupported) is true if the server does not prepare statements.
    ///
    /// # Cancel safety
    /// This method is cancel safe. If the future is dropped, the client closes the handle when it arrives.
    pub async fn prepare(&mut self, sql: &str) -> Result<PreparedStatement> {
        let watch = self.watch_text("PREPARE", sql);
        let prepared = watched(watch, self.prepare_own(sql)).await;
        prepared.map_err(|error| self.masked(error))
    }

    /// Begins a transaction, or sets a savepoint inside one.
    ///
    /// # Errors
    /// Returns an error for which [`is_unsupported`](Error::is_unsupported) is true if the server has no transactions, or
    /// no savepoints. Returns an error, before anything is sent, if a transaction is open that a statement such as `BEGIN`
    /// began.
    ///
    /// # Cancel safety
    /// This method is cancel safe. If the future is dropped, the client rolls back a transaction that the server begins.
    pub async fn begin(&mut self) -> Result<Transaction<'_>> {
        Transaction::begin_in(self).await
    }

    /// Returns the catalog of the server: catalogs, schemas, tables, columns, keys, types, and the server information.
    ///
    /// ```
    /// # use flightsql_testkit::TestServer;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = TestServer::sqlite().await?;
    /// # let mut session = flightsql_client::connect(&server.url()).await?;
    /// session.execute("CREATE TABLE t (n BIGINT)").await?;
    /// let tables = session.catalog().tables().named("t").fetch_all().await?;
    /// assert_eq!(tables.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn catalog(&mut self) -> Catalog<'_> {
        Catalog::new(self)
    }

    /// Checks that the session can be used. The client contacts the server only if it has received no data from the server for
    /// `ping_after`. This method is cancel safe.
    ///
    /// # Errors
    /// Returns an error if the connection was lost, or if the session is broken. Returns an error if the server does not
    /// respond to an HTTP/2 ping within `keep_alive_timeout`, or to the ping RPC of the dialect within `close_timeout`.
    pub async fn ping(&mut self) -> Result<()> {
        let alive = self.ping_server().await;
        alive.map_err(|error| self.masked(error))
    }

    /// Closes the session: rolls back an open transaction, also one that a statement began, closes the cached statements, and waits until the server has
    /// done so, for at most `close_timeout` in total. A [`PreparedStatement`] that outlives this method is closed when it
    /// is dropped. Dropping a session does the same in the background.
    ///
    /// # Errors
    /// Returns no error today: a lost connection has nothing left to close.
    ///
    /// # Cancel safety
    /// This method is cancel safe. If the future is dropped, the cleanup continues in the background.
    pub async fn close(mut self) -> Result<()> {
        self.release();
        let cleanup = self.cleanup().clone();
        drop(self);
        cleanup.settle().await;
        Ok(())
    }

    fn logger(&self, sql: &str) -> Option<StatementLogger> {
        StatementLogger::new(&self.options().log, sql)
    }

    async fn run_request(&mut self, request: StatementRequest) -> Result<Outcome> {
        let parameters = request.rows.map(|rows| Parameters::rows(rows, 0));
        let (options, persistent) = (request.options.as_ref(), request.persistent);
        match &request.statement {
            Statement::Sql(sql) => {
                let statement = self.dialect().parse(sql)?;
                self.run_with(options, &statement, parameters, persistent)
                    .await
            }
            Statement::Prepared(prepared) => {
                self.run_own_with(options, prepared, parameters, persistent)
                    .await
            }
        }
    }

    /// Reads the result of a statement to its end, and logs the statement.
    async fn drained(
        &self,
        outcome: Result<Outcome>,
        mut logger: Option<StatementLogger>,
    ) -> Result<QueryResult> {
        let drained = match outcome {
            Ok(Outcome::Rows(mut rows)) => {
                let drained = rows.drain().await;
                if let Some(logger) = &mut logger {
                    logger.returned(rows.rows());
                }
                drained
            }
            Ok(Outcome::Done(result)) => Ok(result),
            Err(error) => Err(error),
        };
        let result = drained.map_err(|error| self.masked(error))?;
        if let Some(logger) = &mut logger {
            logger.finish(&result);
        }
        Ok(result)
    }

    /// The error as it may leave the client: without secrets that the server repeated.
    pub(crate) fn masked(&self, error: Error) -> Error {
        self.rpc().session().masked(error)
    }
}
