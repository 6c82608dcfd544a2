//! Group `catalog`: catalog metadata. Keys are in `keys`.

use flightsql::FlightSqlConnection;
use flightsql::catalog::TableName;

use super::{Behavior, behavior};
use crate::context::Context;
use crate::verdict::{Stop, Verdict, check, same};

pub(super) const GROUP: &str = "catalog";

pub(super) fn all() -> Vec<Behavior> {
    vec![
        behavior(
            GROUP,
            "server_info",
            "the server reports server information",
            server_info,
        ),
        behavior(
            GROUP,
            "catalogs",
            "the list contains each catalog once",
            catalogs,
        ),
        behavior(
            GROUP,
            "schemas",
            "the list contains each schema once",
            schemas,
        ),
        behavior(
            GROUP,
            "table_types",
            "the list of table types includes the type of the test table",
            table_types,
        ),
        behavior(
            GROUP,
            "tables",
            "the list contains a table once, and a pattern finds the table",
            tables,
        ),
        behavior(
            GROUP,
            "exact_names",
            "`%` and `_` in an exact name are not patterns",
            exact_names,
        ),
        behavior(
            GROUP,
            "columns",
            "the list contains the columns in order, with types and nullability",
            columns,
        ),
        behavior(
            GROUP,
            "types",
            "the list contains the types of the server, with names",
            xdbc_types,
        ),
    ]
}

/// Returns an existing table: one that the test creates, or one of the server.
pub(super) async fn some_table(
    context: &Context,
    connection: &mut FlightSqlConnection,
) -> Result<Known, Stop> {
    if let Some(table) = context.quirks().existing_table() {
        return Ok(Known {
            name: table.name.clone(),
            columns: table.columns.clone(),
        });
    }
    Ok(Known {
        name: context.table(connection).await?,
        columns: context.quirks().created_columns().to_vec(),
    })
}

/// A table with its expected columns.
pub(super) struct Known {
    pub(super) name: String,
    columns: Vec<(String, String, bool)>,
}

async fn server_info(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    let info = connection.catalog().server_info().await?;
    check(!info.is_empty(), "the server information is empty")?;
    // No value is required, but a reported value must not be empty.
    check(info.name() != Some(""), "the server's name is empty")
}

fn each_once<T: Ord + std::fmt::Debug>(what: &str, mut names: Vec<T>) -> Verdict {
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    check(names.len() == all, format!("duplicate {what}: {names:?}"))
}

async fn catalogs(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    each_once(
        "catalogs",
        connection.catalog().catalogs().fetch_all().await?,
    )
}

async fn schemas(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    let schemas = connection.catalog().schemas().fetch_all().await?;
    each_once("schemas", schemas)
}

async fn table_types(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    let types = connection.catalog().table_types().fetch_all().await?;
    let table = some_table(&context, &mut connection).await?;
    // Some servers list only the types of existing tables.
    let types = match types.is_empty() {
        true => connection.catalog().table_types().fetch_all().await?,
        false => types,
    };
    let found = connection
        .catalog()
        .tables()
        .named(&table.name)
        .fetch_all()
        .await?;
    let kinds: Vec<&str> = found.iter().map(|table| &*table.table_type).collect();
    same("tables with the name", kinds.len(), 1)?;
    let listed = types.iter().any(|ty| kinds.contains(&&**ty));
    check(
        listed,
        format!(
            "table type {}, but the server lists {types:?}",
            kinds.join(", ")
        ),
    )
}

async fn tables(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    connection.catalog().tables().fetch_all().await?;
    let table = some_table(&context, &mut connection).await?;
    let names = connection.catalog().table_names(None).await?;
    let ours = names.iter().filter(|name| **name == table.name).count();
    same("listed", ours, 1)?;
    let pattern = format!("%{}_", &table.name[1..table.name.len() - 1]);
    let found = connection
        .catalog()
        .tables()
        .named_like(pattern)
        .fetch_all()
        .await?;
    let found = found.iter().any(|found| found.name.name() == table.name);
    check(found, "the pattern does not find the table")
}

async fn exact_names(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    connection.catalog().tables().fetch_all().await?;
    let name = some_table(&context, &mut connection).await?.name;
    let mut catalog = connection.catalog();
    check(
        catalog.has_table(&*name).await?,
        "the exact name does not find the table",
    )?;
    let (first, rest) = name.split_at(1);
    for wrong in [
        format!("{first}%"),
        format!("_{rest}"),
        format!("{name}%"),
        format!("{name}x"),
    ] {
        let found = catalog.has_table(&*wrong).await?;
        check(
            !found,
            format!("the table is found under the name `{wrong}`"),
        )?;
    }
    let elsewhere = TableName::new(name).in_schema("no_such_schema");
    check(
        !catalog.has_table(elsewhere).await?,
        "the table is found in a schema that does not exist",
    )
}

async fn columns(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    let table = some_table(&context, &mut connection).await?;
    let columns = connection.catalog().columns_of(&*table.name).await?;
    let seen: Vec<(String, String, bool)> = columns
        .iter()
        .map(|column| {
            let ty = column.type_name().to_owned();
            (column.name().to_owned(), ty, column.is_nullable())
        })
        .collect();
    same("columns", seen, table.columns)
}

async fn xdbc_types(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    let types = connection.catalog().types(None).fetch_all().await?;
    check(!types.is_empty(), "the list of types is empty")?;
    check(
        types.iter().all(|ty| !ty.name.is_empty()),
        "a type has no name",
    )?;
    let wanted = types[0].data_type;
    let some = connection.catalog().types(Some(wanted)).fetch_all().await?;
    check(
        !some.is_empty(),
        format!("the list contains no types {wanted}"),
    )?;
    let others = some.iter().find(|ty| ty.data_type != wanted);
    check(
        others.is_none(),
        format!("{others:?} among the types {wanted}"),
    )
}
