//! Group `updates`: statements that change tables, and the counts that come back.

use flightsql::{
    Executor, FlightSqlArguments, FlightSqlConnection, FlightSqlQueryResult, ToArrow, query,
    query_with,
};

use super::{Behavior, behavior};
use crate::context::{Context, count, people, person, sql};
use crate::verdict::{Stop, Verdict, same};

const GROUP: &str = "updates";

pub(super) fn all() -> Vec<Behavior> {
    vec![
        behavior(GROUP, "create", "a table is made and is empty", create),
        behavior(GROUP, "insert", "rows are inserted and counted", insert),
        behavior(GROUP, "update", "rows are changed and counted", update),
        behavior(
            GROUP,
            "delete",
            "rows are deleted and counted, also none",
            delete,
        ),
        behavior(
            GROUP,
            "bound_insert",
            "one INSERT with bound values, run three times",
            bound_insert,
        ),
        behavior(
            GROUP,
            "many_rows",
            "three rows of values in one call",
            many_rows,
        ),
        behavior(GROUP, "drop", "a dropped table is gone", drop_table),
    ]
}

/// Runs a statement that changes `rows` rows. The rows themselves are compared by the behaviors.
async fn changes(
    connection: &mut FlightSqlConnection,
    text: String,
    rows: u64,
) -> Result<Count, Stop> {
    let done = connection.execute(sql(text)).await?;
    Count::of(done, rows)
}

/// Whether the server counts at all. That it does not is said only after the rows themselves were compared.
#[derive(Debug)]
struct Count {
    known: bool,
}

impl Count {
    fn of(done: FlightSqlQueryResult, rows: u64) -> Result<Self, Stop> {
        let known = done.known_rows_affected();
        if let Some(known) = known {
            same("count", known, rows)?;
        }
        Ok(Self {
            known: known.is_some(),
        })
    }

    fn verdict(self) -> Verdict {
        if self.known {
            return Ok(());
        }
        Err(Stop::Unsupported("it is done, and not counted".to_owned()))
    }
}

async fn create(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    let table = context.table(&mut connection).await?;
    same("rows", count(&mut connection, &table).await?, 0)
}

/// A table with three people.
async fn three(
    context: &Context,
    connection: &mut FlightSqlConnection,
) -> Result<(String, Count), Stop> {
    let table = context.table(connection).await?;
    let text = format!("INSERT INTO {table} VALUES (1, 'Ada'), (2, 'Grace'), (3, 'Edsger')");
    let counted = changes(connection, text, 3).await?;
    Ok((table, counted))
}

async fn insert(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    let (table, counted) = three(&context, &mut connection).await?;
    let expected = [person(1, "Ada"), person(2, "Grace"), person(3, "Edsger")];
    same("rows", people(&mut connection, &table).await?, expected)?;
    counted.verdict()
}

async fn update(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    let (table, _) = three(&context, &mut connection).await?;
    let text = format!("UPDATE {table} SET name = 'x' WHERE id > 1");
    let counted = changes(&mut connection, text, 2).await?;
    let expected = [person(1, "Ada"), person(2, "x"), person(3, "x")];
    same("rows", people(&mut connection, &table).await?, expected)?;
    counted.verdict()
}

async fn delete(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    let (table, _) = three(&context, &mut connection).await?;
    let text = format!("DELETE FROM {table} WHERE id < 3");
    changes(&mut connection, text, 2).await?;
    let text = format!("DELETE FROM {table} WHERE id = 9");
    let counted = changes(&mut connection, text, 0).await?;
    same(
        "rows",
        people(&mut connection, &table).await?,
        [person(3, "Edsger")],
    )?;
    counted.verdict()
}

/// An INSERT with two placeholders.
fn insert_bound(context: &Context, table: &str) -> String {
    let (one, two) = (
        context.quirks().placeholder_text(1),
        context.quirks().placeholder_text(2),
    );
    format!("INSERT INTO {table} VALUES ({one}, {two})")
}

pub(super) async fn bound_insert(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    let table = context.table(&mut connection).await?;
    let text = insert_bound(&context, &table);
    let mut counts = Vec::new();
    for (id, name) in [(1_i64, Some("Ada")), (2, None), (3, Some("it's"))] {
        let insert = query(sql(&*text)).bind(id).bind(name);
        counts.push(Count::of(insert.execute(&mut connection).await?, 1)?);
    }
    let expected = [person(1, "Ada"), (2, None), person(3, "it's")];
    same("rows", people(&mut connection, &table).await?, expected)?;
    counts.into_iter().try_for_each(Count::verdict)
}

#[derive(ToArrow)]
pub(super) struct Person {
    pub(super) id: i64,
    pub(super) name: Option<String>,
}

pub(super) async fn many_rows(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    let table = context.table(&mut connection).await?;
    let rows = [person(1, "Ada"), (2, None), person(3, "Edsger")];
    let bound: Vec<Person> = rows
        .iter()
        .cloned()
        .map(|(id, name)| Person { id, name })
        .collect();
    let insert = query_with(
        sql(insert_bound(&context, &table)),
        FlightSqlArguments::from_rows(&bound)?,
    );
    let counted = Count::of(insert.execute(&mut connection).await?, 3)?;
    same("rows", people(&mut connection, &table).await?, rows)?;
    counted.verdict()
}

async fn drop_table(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    let table = context.table(&mut connection).await?;
    same("rows", count(&mut connection, &table).await?, 0)?;
    if let Some(drop) = context.quirks().drop_table_sql(&table) {
        connection.execute(sql(drop)).await?;
    }
    context.refused(
        "reading a dropped table",
        count_or_error(&mut connection, &table).await,
    )?;
    context.answers(&mut connection).await
}

async fn count_or_error(
    connection: &mut FlightSqlConnection,
    table: &str,
) -> Result<i64, flightsql::Error> {
    match count(connection, table).await {
        Ok(count) => Ok(count),
        Err(Stop::Error(error)) => Err(error),
        Err(_) => Ok(-1),
    }
}
