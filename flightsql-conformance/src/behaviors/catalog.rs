//! Group `catalog`: what the server's catalog says. Keys are in `keys`.

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
            "the server says something of itself",
            server_info,
        ),
        behavior(
            GROUP,
            "catalogs",
            "the list of catalogs, each once",
            catalogs,
        ),
        behavior(GROUP, "schemas", "the list of schemas, each once", schemas),
        behavior(
            GROUP,
            "table_types",
            "the kinds of tables, that of our table among them",
            table_types,
        ),
        behavior(
            GROUP,
            "tables",
            "a table is listed once, and found by a pattern",
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
            "columns in their order, with types and whether they may be NULL",
            columns,
        ),
        behavior(
            GROUP,
            "types",
            "the types of the server, with names",
            xdbc_types,
        ),
    ]
}

/// A table that is there for sure: ours, or one that the server has.
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

/// A table, and what its columns should be.
pub(super) struct Known {
    pub(super) name: String,
    columns: Vec<(String, String, bool)>,
}

async fn server_info(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    let info = connection.catalog().server_info().await?;
    check(!info.is_empty(), "nothing is said")?;
    // Nothing is required of everybody; but what is there must be something.
    check(info.name() != Some(""), "the server's name is empty")
}

fn each_once<T: Ord + std::fmt::Debug>(what: &str, mut names: Vec<T>) -> Verdict {
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    check(
        names.len() == all,
        format!("{what} stand there twice: {names:?}"),
    )
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
    // Some servers list the kinds of which they have tables now.
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
    same("tables of our name", kinds.len(), 1)?;
    let listed = types.iter().any(|ty| kinds.contains(&&**ty));
    check(
        listed,
        format!("a {} in a server of {types:?}", kinds.join(", ")),
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
    check(found, "not found by a pattern")
}

async fn exact_names(context: Context) -> Verdict {
    let mut connection = context.connect().await?;
    connection.catalog().tables().fetch_all().await?;
    let name = some_table(&context, &mut connection).await?.name;
    let mut catalog = connection.catalog();
    check(catalog.has_table(&*name).await?, "not found by its name")?;
    let (first, rest) = name.split_at(1);
    for wrong in [
        format!("{first}%"),
        format!("_{rest}"),
        format!("{name}%"),
        format!("{name}x"),
    ] {
        let found = catalog.has_table(&*wrong).await?;
        check(!found, format!("found under the name `{wrong}`"))?;
    }
    let elsewhere = TableName::new(name).in_schema("no_such_schema");
    check(
        !catalog.has_table(elsewhere).await?,
        "found in a schema that does not exist",
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
    check(!types.is_empty(), "there are no types")?;
    check(
        types.iter().all(|ty| !ty.name.is_empty()),
        "a type has no name",
    )?;
    let wanted = types[0].data_type;
    let some = connection.catalog().types(Some(wanted)).fetch_all().await?;
    check(!some.is_empty(), format!("there are no types {wanted}"))?;
    let others = some.iter().find(|ty| ty.data_type != wanted);
    check(
        others.is_none(),
        format!("{others:?} among the types {wanted}"),
    )
}
