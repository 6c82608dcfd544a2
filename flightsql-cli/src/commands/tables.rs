//! `flightsql tables`: lists tables and views.

use flightsql::catalog::{Table, TableName};

use super::query::close;
use super::{batch, strings};
use crate::connect::Target;
use crate::failure::Failure;
use crate::output::OutputArgs;
use crate::shell::Io;

/// The arguments of `tables`.
#[derive(Debug, clap::Args)]
pub(crate) struct TablesArgs {
    /// The server
    #[arg(value_name = "URL")]
    url: Option<String>,
    #[command(flatten)]
    target: Target,
    /// Only tables of this catalog
    #[arg(long, value_name = "NAME")]
    catalog: Option<String>,
    /// Only tables of this schema
    #[arg(long, value_name = "NAME")]
    schema: Option<String>,
    /// Only matching names: `%` matches any text, `_` any character, `\%` and `\_` the character itself
    #[arg(long, value_name = "PATTERN")]
    like: Option<String>,
    /// Only this type, such as TABLE or VIEW; repeatable
    #[arg(long = "type", value_name = "TYPE")]
    types: Vec<String>,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: TablesArgs, io: &mut Io<'_>) -> Result<(), Failure> {
    args.output.checked_format(io)?;
    let mut connection = args.target.connect(args.url, io).await?;
    let mut catalog = connection.catalog();
    let mut listing = catalog.tables();
    if let Some(catalog) = args.catalog {
        listing = listing.in_catalog(catalog);
    }
    if let Some(schema) = args.schema {
        listing = listing.in_schema(schema);
    }
    if let Some(pattern) = args.like {
        listing = listing.named_like(pattern);
    }
    for table_type in args.types {
        listing = listing.of_type(table_type);
    }
    let tables = listing.fetch_all().await?;
    let of = |part: fn(&TableName) -> Option<&str>| {
        let part = tables.iter().map(move |table: &Table| part(&table.name));
        strings(part.map(|part| part.filter(|part| !part.is_empty())))
    };
    let listed = batch([
        ("catalog", of(TableName::catalog)),
        ("schema", of(TableName::schema)),
        ("name", of(|name| Some(name.name()))),
        (
            "type",
            strings(tables.iter().map(|table| Some(&table.table_type))),
        ),
    ])?;
    args.output.write_all(&listed, io)?;
    close(connection).await;
    Ok(())
}
