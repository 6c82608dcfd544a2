//! The doctor's steps about transactions. They change no data: a server that does not keep transactions apart shows it by
//! their ids.

use std::time::Duration;

use flightsql::dialect::TransactionMode;
use flightsql::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Error, Executor as _, FlightSqlConnection,
    FlightSqlTransactionManager, TransactionManager as _,
};
use tokio::time::timeout;

use super::CheckContext;
use super::queries::simplest;
use super::report::Verdict;

/// The time for a second transaction. Some servers run one at a time, and let the second wait.
const SECOND: Duration = Duration::from_secs(2);

const HINT: &str = "do not rely on transactions of this server; flightsql-conformance tests whether a rollback removes rows";

pub(super) async fn transactions(context: &mut CheckContext) -> Result<Verdict, Error> {
    let profile = context.connection.dialect().profile();
    if profile.transactions.mode == TransactionMode::None {
        let why = "the dialect states that this engine has none";
        return Ok(Verdict::Unsupported(why.to_owned()));
    }
    // Statements inside the transactions, if the step `query` succeeded.
    let sql = context.queries.then(|| simplest(profile));
    let mut first = context.connection.begin().await?;
    let id = first.transaction_id();
    run(&mut first, sql.as_deref()).await?;

    let mut other = context.options.connect().await?;
    let fact = match timeout(SECOND, other.begin()).await {
        Ok(Ok(mut second)) => {
            if second.transaction_id() == id {
                return Ok(Verdict::wrong(
                    "two open transactions have the same id",
                    HINT,
                ));
            }
            first.rollback().await?;
            // The end of the first transaction must not end the second one.
            run(&mut second, sql.as_deref()).await?;
            second.rollback().await?;
            "two with different ids were begun and rolled back"
        }
        Ok(Err(_)) | Err(_) => {
            first.rollback().await?;
            "begun and rolled back; the server runs one at a time"
        }
    };
    other.close().await?;
    context.transactions = true;
    if let (Some(sql), Some(id)) = (sql, id)
        && accepts_ended(context, &sql, id).await?
    {
        let text = "the server accepts the id of a transaction that has ended, for a statement and for a rollback";
        return Ok(Verdict::wrong(text, HINT));
    }
    Ok(Verdict::ok(fact))
}

async fn run(connection: &mut FlightSqlConnection, sql: Option<&str>) -> Result<(), Error> {
    if let Some(sql) = sql {
        connection.fetch_all(AssertSqlSafe(sql)).await?;
    }
    Ok(())
}

/// Returns `true` if the server ignores ids. A server that binds a transaction to a session may ignore the id of a statement,
/// but not that of a rollback.
async fn accepts_ended(context: &CheckContext, sql: &str, id: Vec<u8>) -> Result<bool, Error> {
    let mut outside = context.options.connect().await?;
    outside.assume_transaction(id);
    let runs = run(&mut outside, Some(sql)).await.is_ok();
    let ends = FlightSqlTransactionManager::rollback(&mut outside).await;
    if ends.is_err() {
        // The level is still open for the driver.
        FlightSqlTransactionManager::start_rollback(&mut outside);
    }
    outside.close().await?;
    Ok(runs && ends.is_ok())
}

pub(super) async fn savepoints(context: &mut CheckContext) -> Result<Verdict, Error> {
    if !context.transactions {
        let why = "needs a transaction";
        return Ok(Verdict::Skipped(why.to_owned()));
    }
    let mut transaction = context.connection.begin().await?;
    let savepoint = transaction.begin().await?;
    savepoint.rollback().await?;
    transaction.rollback().await?;
    Ok(Verdict::ok("set and rolled back"))
}
