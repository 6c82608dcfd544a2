//! Group `connect`.

use flightsql::{Connection, Executor};
use futures_util::TryStreamExt;

use super::{Behavior, behavior};
use crate::context::{Context, sql};
use crate::verdict::{Verdict, check, same};

const GROUP: &str = "connect";

pub(super) fn all() -> Vec<Behavior> {
    vec![
        behavior(
            GROUP,
            "connect",
            "a connection opens, returns the result of a query and closes",
            connect,
        ),
        behavior(GROUP, "ping", "a ping reaches the server", ping),
        behavior(
            GROUP,
            "two_at_once",
            "a second connection runs a query while the first one reads",
            two_at_once,
        ),
        behavior(
            GROUP,
            "detected",
            "`dialect=auto` selects the engine's dialect, or `ansi` if the server does not identify itself",
            detected,
        ),
        behavior(
            GROUP,
            "wrong_sql",
            "an invalid statement returns the server's error message, and the connection stays usable",
            wrong_sql,
        ),
    ]
}

async fn connect(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    context.answers(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

async fn ping(context: Context) -> Verdict {
    // By default, the driver sends no ping right after another RPC.
    let mut connection = context.connect_with("ping_after=0").await?;
    connection.ping().await?;
    connection.ping().await?;
    context.answers(&mut connection).await
}

async fn detected(context: Context) -> Verdict {
    let mut connection = context.connect_plainly("dialect=auto").await?;
    let expected = context.quirks().detected_dialect();
    same("dialect", connection.dialect().name(), expected)?;
    context.answers(&mut connection).await
}

async fn two_at_once(context: Context) -> Verdict {
    let mut first = context.connect().await?;
    let mut second = context.connect().await?;
    let mut rows = first.fetch(sql(context.quirks().one_query().sql()));
    check(rows.try_next().await?.is_some(), "no row arrived")?;
    context.answers(&mut second).await?;
    drop(rows);
    context.answers(&mut first).await
}

async fn wrong_sql(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    let wrong = sql(context.quirks().wrong_statement());
    let error = context.refused("an invalid statement", connection.fetch_all(wrong).await)?;
    let database = error.as_database_error();
    check(
        database.is_some(),
        format!("expected the server's error, got: {error}"),
    )?;
    let text = database.map(flightsql::error::DatabaseError::message);
    check(
        text.is_some_and(|text| !text.is_empty()),
        "the error has no message",
    )?;
    context.answers(&mut connection).await
}
