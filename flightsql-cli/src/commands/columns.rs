//! `flightsql columns`: the columns of one table.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray};
use flightsql::catalog::{ForeignKey, PrimaryKey, TableColumn, TableName};
use flightsql::{Error, FlightSqlConnection, is_unsupported};

use super::query::close;
use super::{batch, strings};
use crate::connect::{Target, is_url, url_and};
use crate::failure::Failure;
use crate::output::OutputArgs;
use crate::shell::Io;

/// The arguments of `columns`.
#[derive(Debug, clap::Args)]
#[command(override_usage = "flightsql columns [OPTIONS] [URL] <TABLE>")]
pub(crate) struct ColumnsArgs {
    /// The server
    #[arg(value_name = "URL")]
    first: Option<String>,
    /// The table's exact name
    #[arg(value_name = "TABLE")]
    second: Option<String>,
    #[command(flatten)]
    target: Target,
    /// The catalog that the table is in
    #[arg(long, value_name = "NAME")]
    catalog: Option<String>,
    /// The schema that the table is in
    #[arg(long, value_name = "NAME")]
    schema: Option<String>,
    #[command(flatten)]
    output: OutputArgs,
}

pub(crate) async fn run(args: ColumnsArgs, io: &mut Io<'_>) -> Result<(), Failure> {
    args.output.checked_format(io)?;
    let (url, table) = url_and(args.first, args.second)?;
    let Some(name) = table.filter(|name| !is_url(name)) else {
        return Err(Failure::usage(
            "no table is specified; write its name after the URL, or run `flightsql tables` to list all",
        ));
    };
    let mut table = TableName::new(&name);
    if let Some(schema) = args.schema {
        table = table.in_schema(schema);
    }
    if let Some(catalog) = args.catalog {
        table = table.in_catalog(catalog);
    }
    let mut connection = args.target.connect(url, io).await?;
    let columns = match connection.catalog().columns_of(&table).await {
        Err(Error::RowNotFound) => return Err(no_table(&name)),
        columns => columns?,
    };
    // Use the catalog and schema that were found, because some servers list no keys without them.
    let found = columns
        .first()
        .map_or(table, |column| column.table().clone());
    let keys = Keys::of(&mut connection, &found).await?;
    let of = |part: fn(&TableColumn) -> Option<&str>| strings(columns.iter().map(part));
    let nullable: BooleanArray = columns.iter().map(|c| Some(c.is_nullable())).collect();
    let types = columns.iter().map(|c| Some(c.type_name().to_owned()));
    let listed = batch([
        ("name", of(|column| Some(column.name()))),
        ("type", strings(types)),
        ("nullable", Arc::new(nullable) as ArrayRef),
        ("default", of(TableColumn::default_value)),
        ("comment", of(TableColumn::comment)),
        (
            "key",
            strings(columns.iter().map(|c| keys.of_column(c.name()))),
        ),
    ])?;
    args.output.write_all(&listed, io)?;
    close(connection).await;
    Ok(())
}

fn no_table(name: &str) -> Failure {
    let failure = Failure::failed(format!("table or view {name:?} does not exist"));
    let mut parts = name.rsplitn(3, '.');
    let (table, schema, catalog) = (parts.next(), parts.next(), parts.next());
    let catalog = catalog.map_or_else(String::new, |catalog| format!(" --catalog {catalog}"));
    match (table, schema) {
        (Some(table), Some(schema)) => failure.hint(format!(
            "use an exact name; for a table in a schema, write `{table} --schema {schema}{catalog}`"
        )),
        _ => failure.hint("run `flightsql tables` to list all names; they are case-sensitive"),
    }
}

/// Returns the keys of a table, or none if the server does not list them.
struct Keys {
    primary: Option<PrimaryKey>,
    foreign: Vec<ForeignKey>,
}

impl Keys {
    async fn of(connection: &mut FlightSqlConnection, table: &TableName) -> Result<Self, Error> {
        let mut catalog = connection.catalog();
        Ok(Self {
            primary: listed(catalog.primary_key(table).await)?,
            foreign: listed(catalog.foreign_keys(table).await)?,
        })
    }

    fn of_column(&self, column: &str) -> Option<String> {
        let primary = self
            .primary
            .as_ref()
            .filter(|key| key.columns.iter().any(|c| c == column));
        let mut parts: Vec<String> = primary.map(|_| "primary".to_owned()).into_iter().collect();
        for key in &self.foreign {
            let pairs = key.columns.iter().zip(&key.referenced_columns);
            for (_, referred) in pairs.filter(|(own, _)| *own == column) {
                parts.push(format!("references {} ({referred})", key.referenced_table));
            }
        }
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

fn listed<T: Default>(answer: Result<T, Error>) -> Result<T, Error> {
    match answer {
        Err(error) if is_unsupported(&error) => Ok(T::default()),
        answer => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::no_table;

    #[test]
    fn k8_the_hint_names_schema_and_catalog() {
        for (name, expected) in [
            ("mydb.s1.t", "`t --schema s1 --catalog mydb`"),
            ("s1.t", "`t --schema s1`"),
            ("t", "`flightsql tables`"),
        ] {
            let (mut out, mut shown) = (Vec::new(), Vec::new());
            no_table(name).report(&mut out, &mut shown);
            let shown = String::from_utf8(shown).unwrap();
            assert!(shown.contains(expected), "{shown}");
        }
    }
}
