//! `flightsql-conformance`: runs the behaviors on the command line.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, io};

use clap::{Parser, Subcommand};
use flightsql_conformance::{
    Expectations, Quirks, Report, behaviors, matrix, matrix_of_groups, run_some,
};

/// Tests which features an Arrow Flight SQL server supports.
#[derive(Debug, Parser)]
#[command(name = "flightsql-conformance")]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Tests every behavior on one server.
    Run(RunArgs),
    /// Prints saved reports side by side, each under the name of its file.
    Table(TableArgs),
    /// Lists the behaviors and what each asserts.
    List,
}

#[derive(Debug, clap::Args)]
struct RunArgs {
    /// URL of the server: flightsql+tcp://127.0.0.1:31337
    url: String,
    /// The engine whose SQL the server supports; defaults to standard SQL.
    #[arg(long, value_name = "NAME")]
    quirks: Option<String>,
    /// Connects without the dialect of the quirks, as a user without knowledge of the engine does.
    #[arg(long)]
    plain: bool,
    /// Runs only behaviors whose name starts with this prefix, such as binds or binds.text
    #[arg(long, value_name = "PREFIX", default_value = "")]
    only: String,
    /// Expected outcomes; any other outcome is listed, and the exit status is 1. If the option is repeated, lines of a
    /// later file replace those of an earlier one.
    #[arg(long, value_name = "FILE")]
    expect: Vec<PathBuf>,
    /// File for the report.
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
struct TableArgs {
    /// Saved reports.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Prints only the number of supported behaviors per group.
    #[arg(long)]
    groups: bool,
    /// Prints a Markdown table.
    #[arg(long)]
    markdown: bool,
}

type BoxError = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Args::parse().command {
        Command::Run(args) => run(args).await,
        Command::Table(args) => table(&args),
        Command::List => {
            for behavior in behaviors() {
                println!("{:26} {}", behavior.id(), behavior.about());
            }
            Ok(ExitCode::SUCCESS)
        }
    };
    done.unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::from(2)
    })
}

async fn run(args: RunArgs) -> Result<ExitCode, BoxError> {
    let mut quirks = quirks(args.quirks.as_deref())?;
    if args.plain {
        quirks = quirks.without_url_keys();
    }
    let expected = expectations(&args.expect)?;
    let report = run_some(&args.url, &quirks, |id| id.starts_with(&args.only)).await;
    println!("{report}");
    if let Some(path) = &args.save {
        write(path, &report)?;
    }
    let differences = expected.map(|expected| report.compare(&expected));
    let differences = differences.unwrap_or_default();
    for difference in &differences {
        println!("UNEXPECTED {difference}");
    }
    Ok(ExitCode::from(u8::from(!differences.is_empty())))
}

/// Reads the files. Returns `None` without files.
fn expectations(paths: &[PathBuf]) -> Result<Option<Expectations>, BoxError> {
    let mut all: Option<Expectations> = None;
    for path in paths {
        let next = Expectations::from_lines(&read(path)?).map_err(|error| named(path, error))?;
        all = Some(match all {
            Some(all) => all.but(next),
            None => next,
        });
    }
    Ok(all)
}

fn quirks(name: Option<&str>) -> Result<Quirks, BoxError> {
    let Some(name) = name else {
        return Ok(Quirks::default());
    };
    Quirks::named(name).ok_or_else(|| {
        let names: Vec<_> = Quirks::names().collect();
        format!("unknown quirks `{name}`; use one of {}", names.join(", ")).into()
    })
}

fn table(args: &TableArgs) -> Result<ExitCode, BoxError> {
    let mut reports = Vec::new();
    for path in &args.files {
        let report = Report::from_lines(&read(path)?).map_err(|error| named(path, error))?;
        let name = path.file_stem().unwrap_or_default();
        reports.push((name.to_string_lossy().into_owned(), report));
    }
    let columns: Vec<_> = reports
        .iter()
        .map(|(name, report)| (name, report))
        .collect();
    let table = match args.groups {
        true => matrix_of_groups(&columns),
        false => matrix(&columns),
    };
    match args.markdown {
        true => print!("{}", table.to_markdown()),
        false => println!("{table}"),
    }
    Ok(ExitCode::SUCCESS)
}

fn read(path: &Path) -> Result<String, BoxError> {
    fs::read_to_string(path).map_err(|error| named(path, error))
}

fn write(path: &Path, report: &Report) -> Result<(), BoxError> {
    let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
    let written: io::Result<()> = folder.and_then(|()| fs::write(path, report.to_lines()));
    written.map_err(|error| named(path, error))
}

fn named(path: &Path, error: impl std::fmt::Display) -> BoxError {
    format!("{}: {error}", path.display()).into()
}
