//! Group `updates`: statements that change tables, and the returned row counts.

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
        behavior(GROUP, "create", "a new table is empty", create),
        behavior(GROUP, "insert", "an INSERT inserts and counts rows", insert),
        behavior(GROUP, "update", "an UPDATE changes and counts rows", update),
        behavior(
            GROUP,
            "delete",
            "a DELETE deletes and counts rows, including none",
            delete,
        ),
        behavior(
            GROUP,
            "bound_insert",
            "one INSERT with bound values runs three times",
            bound_insert,
        ),
        behavior(
            GROUP,
            "many_rows",
            "one INSERT runs with three parameter sets",
            many_rows,
        ),
        behavior(GROUP, "drop", "a dropped table does not exist", drop_table),
    ]
}

/// Runs a statement that changes `rows` rows. Each behavior compares the rows itself.
async fn changes(
    connection: &mut FlightSqlConnection,
    text: String,
    rows: u64,
) -> Result<Count, Stop> {
    let done = connection.execute(sql(text)).await?;
    Count::of(done, rows)
}

/// Records whether the server counts rows. A missing count is reported only after the rows are compared.
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
        Err(Stop::Unsupported(
            "the server runs the statement and reports no count".to_owned(),
        ))
    }
}

async fn create(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    let table = context.table(&mut connection).await?;
    same("rows", count(&mut connection, &table).await?, 0)
}

/// Creates a table with three people.
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

/// Returns an INSERT with two placeholders.
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
