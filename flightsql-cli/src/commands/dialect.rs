//! `flightsql dialect`: shows a dialect as a file, and checks a file, alone or against a server.

mod rules;

use std::io::Write as _;
use std::path::PathBuf;

use clap::Subcommand;
use flightsql::catalog::TableColumn;
use flightsql::dialect::DialectProfile;
use flightsql::{dialect, is_unsupported};

use super::query::close;
use crate::connect::{SecretCommands, Target};
use crate::failure::Failure;
use crate::shell::Io;

/// The arguments of `dialect`.
#[derive(Debug, clap::Args)]
pub(crate) struct DialectArgs {
    #[command(subcommand)]
    command: DialectCommand,
}

#[derive(Debug, Subcommand)]
enum DialectCommand {
    /// Write a dialect as a complete dialect file
    Show {
        /// The dialect's name, such as `duckdb`
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// Check a dialect file; with a server, list the rules that apply to no column of its tables, with the reasons
    Check {
        /// The dialect file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The server; without one, only the file is checked
        #[arg(value_name = "URL")]
        url: Option<String>,
    },
}

pub(crate) async fn run(args: DialectArgs, io: &mut Io<'_>) -> Result<(), Failure> {
    match args.command {
        DialectCommand::Show { name } => {
            let dialect = dialect::by_name(&name).ok_or_else(|| {
                Failure::usage(format!(
                    "unknown dialect {name:?}; use one of {}",
                    dialect::names().join(", ")
                ))
            })?;
            write!(io.out, "{}", dialect.profile().to_toml())?;
            Ok(())
        }
        DialectCommand::Check { file, url } => check(file, url, io).await,
    }
}

async fn check(file: PathBuf, url: Option<String>, io: &mut Io<'_>) -> Result<(), Failure> {
    let profile =
        DialectProfile::from_file(&file).map_err(|error| Failure::usage(error.to_string()))?;
    let types = &profile.types;
    writeln!(
        io.out,
        "dialect `{}` is valid: {} rules, {} bind forms, {} names of types",
        profile.name,
        types.map.len(),
        types.bind.len(),
        types.names.len()
    )?;
    let Some(url) = url else { return Ok(()) };
    let target = Target {
        url: None,
        profile: None,
        dialect_file: Some(file.clone()),
        secrets: SecretCommands::default(),
    };
    let mut connection = target.connect(Some(url), io).await?;
    let columns: Vec<TableColumn> = match connection.catalog().columns().fetch_all().await {
        Err(error) if is_unsupported(&error) => {
            writeln!(
                io.out,
                "the server does not list columns, so no rule was checked"
            )?;
            close(connection).await;
            return Ok(());
        }
        columns => columns?,
    };
    close(connection).await;
    let mut tables: Vec<String> = columns.iter().map(|c| c.table().to_string()).collect();
    tables.dedup();
    writeln!(
        io.out,
        "the server lists {} columns in {} tables",
        columns.len(),
        tables.len()
    )?;
    for line in rules::report(&profile, &columns) {
        writeln!(io.out, "{line}")?;
    }
    writeln!(
        io.out,
        "to test the dialect on a server whose data may change, run: flightsql-conformance 'URL?dialect_file={}'",
        file.display()
    )?;
    Ok(())
}
