//! Group `query`: single rows, columns and descriptions. Longer results are in `streams`.

use flightsql::{Column, Executor, Row, SqlSafeStr, Statement, TypeInfo, ValueRef};

use super::types::expression;
use super::{Behavior, behavior};
use crate::context::{Context, count, sql};
use crate::verdict::{Stop, Verdict, check, same, shown};

pub(super) const GROUP: &str = "query";

pub(super) fn all() -> Vec<Behavior> {
    vec![
        behavior(GROUP, "one", "the simplest query returns its value", one),
        behavior(
            GROUP,
            "columns",
            "columns have the names in the query, a type, and values",
            columns,
        ),
        behavior(
            GROUP,
            "nulls",
            "a NULL after a value is read as NULL",
            nulls,
        ),
        behavior(GROUP, "empty", "a result without rows", empty),
        behavior(
            GROUP,
            "semicolon",
            "a query can end with a semicolon",
            semicolon,
        ),
        behavior(
            GROUP,
            "describe",
            "a prepared query reports its columns before it runs",
            describe,
        ),
        behavior(
            GROUP,
            "prepare_runs_nothing",
            "preparing an INSERT inserts nothing",
            prepare_runs_nothing,
        ),
    ]
}

async fn one(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    let text = sql(context.quirks().one_query().sql());
    let rows = connection.fetch_all(text).await?;
    same("rows", rows.len(), 1)?;
    let expected = context.quirks().one_query().value();
    same("value", shown(&rows[0])?.as_str(), expected)
}

/// Returns a query for an integer and a string.
fn two_columns(context: &Context) -> Result<String, Stop> {
    let quirks = context.quirks();
    let number = expression(quirks, "i64")?;
    let text = expression(quirks, "text")?;
    Ok(format!("SELECT {number} AS a, {text} AS b"))
}

async fn columns(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    let row = connection.fetch_one(sql(two_columns(&context)?)).await?;
    let names: Vec<&str> = row.columns().iter().map(Column::name).collect();
    same("names", names, ["a", "b"])?;
    same("a", row.try_get::<i64, _>("a")?, super::types::I64)?;
    same("b", row.try_get::<&str, _>("b")?, super::types::TEXT)?;
    for column in row.columns() {
        let announced = column.type_info().name().to_owned();
        let value = row.try_get_raw(column.ordinal())?;
        same("type of a value", value.type_info().name(), announced)?;
    }
    Ok(())
}

async fn nulls(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    let rows = context.quirks().rows_query(2);
    let number = expression(context.quirks(), "i64")?;
    let text = format!("SELECT n, CASE WHEN n < 2 THEN {number} END AS v FROM ({rows}) AS t");
    let mut seen = Vec::new();
    for row in connection.fetch_all(sql(text)).await? {
        let value: Option<i64> = row.try_get("v")?;
        same("is_null", row.try_get_raw("v")?.is_null(), value.is_none())?;
        seen.push((row.try_get::<i64, _>("n")?, value));
    }
    seen.sort_unstable();
    same("rows", seen, [(1, Some(super::types::I64)), (2, None)])
}

async fn empty(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    let text = context.quirks().empty_query();
    let rows = connection.fetch_all(sql(text)).await?;
    same("rows", rows.len(), 0)?;
    let row = connection.fetch_optional(sql(text)).await?;
    check(row.is_none(), "an empty result returned a first row")?;
    context.answers(&mut connection).await
}

async fn semicolon(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    let text = format!("{} ;\n", context.quirks().one_query().sql());
    let row = connection.fetch_one(sql(text)).await?;
    let expected = context.quirks().one_query().value();
    same("value", shown(&row)?.as_str(), expected)
}

async fn describe(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    let text = two_columns(&context)?;
    let statement = (&mut connection)
        .prepare(sql(&*text).into_sql_str())
        .await?;
    if statement.columns().is_empty() {
        let why = "a prepared query reports no columns before it runs";
        return Err(Stop::Unsupported(why.to_owned()));
    }
    let names: Vec<&str> = statement.columns().iter().map(Column::name).collect();
    same("names", names, ["a", "b"])?;
    let row = connection.fetch_one(sql(text)).await?;
    for column in statement.columns() {
        let there = row.try_get_raw(column.ordinal())?;
        let there = there.type_info().name().to_owned();
        same("reported type", column.type_info().name(), there)?;
    }
    Ok(())
}

async fn prepare_runs_nothing(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    let table = context.table(&mut connection).await?;
    let text = sql(format!("INSERT INTO {table} VALUES (1, 'a')"));
    (&mut connection).prepare(text.into_sql_str()).await?;
    same("rows", count(&mut connection, &table).await?, 0)
}
