//! `flightsql-conformance`: the behaviours from the command line.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, io};

use clap::{Parser, Subcommand};
use flightsql_conformance::{Expectations, Quirks, Report, behaviours, matrix, run_some};

/// Finds out what an Arrow Flight SQL server supports.
#[derive(Debug, Parser)]
#[command(name = "flightsql-conformance")]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Goes through every behaviour on one server.
    Run {
        /// Where the server is: flightsql+tcp://127.0.0.1:31337
        url: String,
        /// The engine whose SQL it speaks; without it standard SQL.
        #[arg(long, value_name = "NAME")]
        quirks: Option<String>,
        /// Only behaviours whose name begins like this: binds, binds.text
        #[arg(long, value_name = "PREFIX")]
        only: Option<String>,
        /// What is expected; anything else is listed and makes the exit status 1.
        #[arg(long, value_name = "FILE")]
        expect: Option<PathBuf>,
        /// Where to write the report.
        #[arg(long, value_name = "FILE")]
        save: Option<PathBuf>,
    },
    /// Prints saved reports beside each other, each under the name of its file.
    Table {
        /// Saved reports.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// As a Markdown table.
        #[arg(long)]
        markdown: bool,
    },
    /// Lists the behaviours and what each asserts.
    List,
}

type BoxError = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Args::parse().command {
        Command::Run {
            url,
            quirks,
            only,
            expect,
            save,
        } => {
            run(
                &url,
                quirks.as_deref(),
                only.as_deref(),
                expect.as_deref(),
                save.as_deref(),
            )
            .await
        }
        Command::Table { files, markdown } => table(&files, markdown),
        Command::List => {
            for behaviour in behaviours() {
                println!("{:26} {}", behaviour.id(), behaviour.about());
            }
            Ok(ExitCode::SUCCESS)
        }
    };
    done.unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::from(2)
    })
}

async fn run(
    url: &str,
    quirks: Option<&str>,
    only: Option<&str>,
    expect: Option<&Path>,
    save: Option<&Path>,
) -> Result<ExitCode, BoxError> {
    let quirks = match quirks {
        Some(name) => Quirks::named(name).ok_or_else(|| {
            let names: Vec<_> = Quirks::names().collect();
            format!(
                "there are no quirks `{name}`; there are {}",
                names.join(", ")
            )
        })?,
        None => Quirks::default(),
    };
    let expected = expect
        .map(|path| Expectations::from_lines(&read(path)?).map_err(|error| named(path, error)))
        .transpose()?;
    let prefix = only.unwrap_or_default();
    let report = run_some(url, &quirks, |id| id.starts_with(prefix)).await;
    println!("{report}");
    if let Some(path) = save {
        write(path, &report)?;
    }
    let surprises = expected.map(|expected| report.compare(&expected));
    let surprises = surprises.unwrap_or_default();
    for surprise in &surprises {
        println!("SURPRISE {surprise}");
    }
    Ok(ExitCode::from(u8::from(!surprises.is_empty())))
}

fn table(files: &[PathBuf], markdown: bool) -> Result<ExitCode, BoxError> {
    let mut reports = Vec::new();
    for path in files {
        let report = Report::from_lines(&read(path)?).map_err(|error| named(path, error))?;
        let name = path.file_stem().unwrap_or_default();
        reports.push((name.to_string_lossy().into_owned(), report));
    }
    let columns: Vec<_> = reports
        .iter()
        .map(|(name, report)| (name, report))
        .collect();
    let matrix = matrix(&columns);
    if markdown {
        print!("{}", matrix.to_markdown());
    } else {
        println!("{matrix}");
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
