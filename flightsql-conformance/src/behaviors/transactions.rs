//! Group `transactions`. Some servers block other connections until a transaction has ended, so behaviors other than `isolated`
//! read there only afterwards.

use std::time::Duration;

use flightsql::{Connection, FlightSqlConnection, query};
use tokio::time::timeout;

use super::{Behavior, behavior};
use crate::context::{Context, count, sql};
use crate::verdict::{Stop, Verdict, check, same};

const GROUP: &str = "transactions";

pub(super) fn all() -> Vec<Behavior> {
    vec![
        behavior(
            GROUP,
            "commit",
            "other connections see committed rows",
            commit,
        ),
        behavior(GROUP, "rollback", "a rollback removes the rows", rollback),
        behavior(
            GROUP,
            "drop",
            "a dropped transaction is rolled back, and the connection stays usable",
            dropped,
        ),
        behavior(
            GROUP,
            "savepoint",
            "a nested transaction is rolled back alone",
            savepoint,
        ),
        behavior(
            GROUP,
            "isolated",
            "two open transactions have different ids, and other connections see no row of an open transaction",
            isolated,
        ),
    ]
}

/// The time after which the server blocks another connection.
const BLOCKED: Duration = Duration::from_secs(3);

/// Creates an empty table, on a server with transactions.
async fn table(context: &Context, connection: &mut FlightSqlConnection) -> Result<String, Stop> {
    // Begin a transaction first, because a server without tables may still support transactions.
    connection.begin().await?.rollback().await?;
    context.table(connection).await
}

async fn insert(connection: &mut FlightSqlConnection, table: &str, id: i64) -> Verdict {
    let text = sql(format!("INSERT INTO {table} VALUES ({id}, 'x')"));
    query(text).execute(connection).await?;
    Ok(())
}

async fn commit(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    let table = table(&context, &mut connection).await?;
    let mut transaction = connection.begin().await?;
    insert(&mut transaction, &table, 1).await?;
    insert(&mut transaction, &table, 2).await?;
    same(
        "rows in the transaction",
        count(&mut *transaction, &table).await?,
        2,
    )?;
    transaction.commit().await?;
    same(
        "rows after the transaction",
        count(&mut connection, &table).await?,
        2,
    )?;
    let mut other = context.connect().await?;
    same(
        "rows in another connection",
        count(&mut other, &table).await?,
        2,
    )
}

async fn rollback(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    let table = table(&context, &mut connection).await?;
    insert(&mut connection, &table, 1).await?;
    let mut transaction = connection.begin().await?;
    insert(&mut transaction, &table, 2).await?;
    same(
        "rows in the transaction",
        count(&mut *transaction, &table).await?,
        2,
    )?;
    transaction.rollback().await?;
    same(
        "rows after the transaction",
        count(&mut connection, &table).await?,
        1,
    )
}

async fn dropped(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    let table = table(&context, &mut connection).await?;
    let mut transaction = connection.begin().await?;
    insert(&mut transaction, &table, 1).await?;
    drop(transaction);
    same(
        "rows after the transaction",
        count(&mut connection, &table).await?,
        0,
    )?;
    insert(&mut connection, &table, 2).await?;
    let mut other = context.connect().await?;
    same(
        "rows in another connection",
        count(&mut other, &table).await?,
        1,
    )
}

async fn savepoint(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    let mut transaction = connection.begin().await?;
    transaction.begin().await?.rollback().await?;
    transaction.rollback().await?;
    let table = table(&context, &mut connection).await?;
    let mut transaction = connection.begin().await?;
    insert(&mut transaction, &table, 1).await?;
    let mut nested = transaction.begin().await?;
    insert(&mut nested, &table, 2).await?;
    same(
        "rows in the nested transaction",
        count(&mut *nested, &table).await?,
        2,
    )?;
    nested.rollback().await?;
    insert(&mut transaction, &table, 3).await?;
    let mut nested = transaction.begin().await?;
    insert(&mut nested, &table, 4).await?;
    nested.commit().await?;
    transaction.commit().await?;
    same(
        "rows after the transaction",
        count(&mut connection, &table).await?,
        3,
    )
}

async fn isolated(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    let table = table(&context, &mut connection).await?;
    let mut first = connection.begin().await?;
    let mut other = context.connect().await?;
    // A server with one transaction at a time rejects or blocks the second one.
    if let Ok(Ok(second)) = timeout(BLOCKED, other.begin()).await {
        check(
            second.transaction_id() != first.transaction_id(),
            "two open transactions have the same id",
        )?;
        second.rollback().await?;
    }
    insert(&mut first, &table, 1).await?;
    same(
        "rows in the transaction",
        count(&mut *first, &table).await?,
        1,
    )?;
    // A server may also reject or block another connection that reads the table.
    let mut outside = context.connect().await?;
    if let Ok(Ok(seen)) = timeout(BLOCKED, count(&mut outside, &table)).await {
        same("rows that another connection sees", seen, 0)?;
    }
    first.rollback().await?;
    let mut outside = context.connect().await?;
    same(
        "rows after the rollback",
        count(&mut outside, &table).await?,
        0,
    )
}
