//! Group `catalog`, second part: primary and foreign keys.

use flightsql::{Executor, FlightSqlConnection};

use super::catalog::{GROUP, some_table};
use super::{Behavior, behavior};
use crate::context::{Context, sql};
use crate::verdict::{Stop, Verdict, check, same};

pub(super) fn all() -> Vec<Behavior> {
    vec![
        behavior(
            GROUP,
            "primary_key",
            "the primary key of a table, and none for a table without one",
            primary_key,
        ),
        behavior(
            GROUP,
            "foreign_keys",
            "the foreign keys of a table, listed from both tables",
            foreign_keys,
        ),
    ]
}

/// Creates two tables, and returns the names of the parent and the child.
async fn keyed(
    context: &Context,
    connection: &mut FlightSqlConnection,
) -> Result<(String, String), Stop> {
    let (parent, child) = (context.table_name(), context.table_name());
    for statement in context.quirks().keyed_tables(&parent, &child)? {
        connection.execute(sql(statement)).await?;
    }
    Ok((parent, child))
}

async fn primary_key(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    // A server without keys reports so for any table.
    let plain = some_table(&context, &mut connection).await?.name;
    let none = connection.catalog().primary_key(&*plain).await?;
    same("key of a table without", none, None)?;
    let (parent, child) = keyed(&context, &mut connection).await?;
    let key = connection.catalog().primary_key(&*parent).await?;
    let key = key.ok_or_else(|| Stop::Wrong("the key is not listed".to_owned()))?;
    same("table", key.table.name(), &*parent)?;
    same("columns", key.columns, ["id"])?;
    let none = connection.catalog().primary_key(&*child).await?;
    same("key of the other table", none, None)
}

async fn foreign_keys(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    let plain = some_table(&context, &mut connection).await?.name;
    let none = connection.catalog().foreign_keys(&*plain).await?;
    check(none.is_empty(), "a table without keys has one")?;
    let (parent, child) = keyed(&context, &mut connection).await?;
    let keys = connection.catalog().foreign_keys(&*child).await?;
    same("keys", keys.len(), 1)?;
    same("columns", &keys[0].columns, &["parent"])?;
    same(
        "referenced table",
        keys[0].referenced_table.name(),
        &*parent,
    )?;
    same("referenced columns", &keys[0].referenced_columns, &["id"])?;
    let exported = connection
        .catalog()
        .exported_keys(&*parent)
        .fetch_all()
        .await?;
    let from: Vec<&str> = exported
        .iter()
        .map(|key| key.foreign_table.name())
        .collect();
    same("referencing tables", from, [&*child])
}
