//! Each public operation of a connection.

use std::sync::Arc;

use flightsql::arrow::RecordBatch;
use flightsql::arrow::array::StringArray;
use flightsql::{
    Connection as _, Error, Executor as _, FlightSqlArguments, FlightSqlConnection,
    SqlSafeStr as _, Statement as _, query, query_as, query_scalar, query_with,
};
use futures_util::TryStreamExt as _;

use super::planted::{SESSION_LATER, SESSION_LIST, STATEMENT, VALUE};
use super::{clean, echo};

const SELECT: &str = "SELECT n FROM t";
const BOUND: &str = "SELECT n FROM t WHERE n = ?";

pub(super) const ALL: [&str; 30] = [
    "execute",
    "execute bound",
    "execute batch",
    "execute many",
    "fetch",
    "fetch dropped",
    "fetch_one",
    "fetch_optional",
    "fetch_all",
    "fetch bound",
    "fetch scalar",
    "fetch_arrow",
    "fetch_all_as",
    "prepare",
    "describe",
    "commit",
    "rollback",
    "savepoint",
    "ingest",
    "tables",
    "columns",
    "server info",
    "ping",
    "flush",
    "set option",
    "get options",
    "erase option",
    "reset session",
    "statement header",
    "statement header bound",
];

/// Runs an operation, and prints what it uses.
pub(super) async fn run(name: &str, c: &mut FlightSqlConnection) -> Result<(), Error> {
    match name {
        "execute" => c.execute("UPDATE t SET n = 1").await.map(drop),
        "execute bound" => {
            let query = query("UPDATE t SET n = ?").bind(VALUE);
            clean(&query);
            query.execute(&mut *c).await.map(drop)
        }
        "execute batch" => {
            let values = StringArray::from(vec![VALUE, VALUE]);
            let rows = RecordBatch::try_from_iter([("1", Arc::new(values) as _)]).unwrap();
            let arguments = FlightSqlArguments::from_batch(rows);
            clean(&arguments);
            let query = query_with("UPDATE t SET n = ?", arguments);
            query.execute(&mut *c).await.map(drop)
        }
        "execute many" => {
            let query = query("DELETE FROM t; SELECT n FROM t");
            query.execute(&mut *c).await.map(drop)
        }
        "fetch" => c.fetch(SELECT).try_collect::<Vec<_>>().await.map(drop),
        "fetch dropped" => c.fetch(SELECT).try_next().await.map(drop),
        "fetch_one" => c.fetch_one(SELECT).await.map(drop),
        "fetch_optional" => c.fetch_optional(SELECT).await.map(drop),
        "fetch_all" => c.fetch_all(SELECT).await.map(drop),
        "fetch bound" => {
            let query = query_as::<_, (i64,)>(BOUND).bind(VALUE);
            query.fetch_all(&mut *c).await.map(drop)
        }
        "fetch scalar" => {
            let query = query_scalar::<_, i64>(SELECT).persistent(false);
            query.fetch_all(&mut *c).await.map(drop)
        }
        "fetch_arrow" => {
            let batches = c.fetch_arrow(query(BOUND).bind(VALUE)).await?;
            batches.try_collect::<Vec<_>>().await.map(drop)
        }
        "fetch_all_as" => c.fetch_all_as::<(i64,)>(SELECT).await.map(drop),
        "prepare" => {
            let statement = c.prepare(BOUND.into_sql_str()).await?;
            clean(&statement);
            let query = statement.query().bind(VALUE);
            query.fetch_all(&mut *c).await.map(drop)
        }
        "describe" => c.describe(SELECT.into_sql_str()).await.map(drop),
        "commit" => {
            let mut transaction = c.begin().await?;
            transaction.execute("UPDATE t SET n = 1").await?;
            transaction.commit().await
        }
        "rollback" => {
            let mut transaction = c.begin().await?;
            transaction.fetch_all(SELECT).await?;
            transaction.rollback().await
        }
        "savepoint" => {
            let mut transaction = c.begin().await?;
            let inner = transaction.begin().await?;
            inner.rollback().await?;
            // Dropped, not committed.
            Ok(())
        }
        "ingest" => {
            let batches = vec![echo::batch()];
            c.ingest("t").batches(batches).await.map(drop)
        }
        "tables" => c.catalog().tables().fetch_all().await.map(drop),
        "columns" => c.catalog().columns_of("t").await.map(drop),
        "server info" => c.catalog().server_info().await.map(drop),
        "ping" => c.ping().await,
        "flush" => c.flush().await,
        "set option" => {
            c.set_session_option("tenant", SESSION_LATER).await?;
            let list = [SESSION_LIST, SESSION_LATER];
            c.set_session_option("list", list).await
        }
        "get options" => c.session_options().await.map(drop),
        "erase option" => c.erase_session_option("tenant").await,
        "reset session" => {
            c.set_session_option("tenant", SESSION_LATER).await?;
            c.reset_session().await.map(drop)
        }
        "statement header" => {
            let query = query(SELECT).header("x-request-id", STATEMENT);
            clean(&query);
            query.fetch_all(&mut *c).await.map(drop)
        }
        "statement header bound" => {
            let query = query(BOUND).bind(VALUE);
            let query = query.header("x-request-id", STATEMENT);
            query.fetch_all(&mut *c).await.map(drop)
        }
        other => panic!("{other}"),
    }
}
