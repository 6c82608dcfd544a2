//! Command line tool for Arrow Flight SQL servers, as a library that tests and other programs call in-process.
//!
//! ```no_run
//! # async fn example() {
//! use flightsql_cli::{Exit, Shell, run};
//!
//! let (mut out, mut err) = (Vec::new(), Vec::new());
//! let shell = Shell::new(&mut out, &mut err);
//! let exit = run(["flightsql", "tables", "flightsql+tcp://127.0.0.1:31337"], shell).await;
//! assert_eq!(exit, Exit::Success);
//! # }
//! ```
//!
//! # Formats
//!
//! If a format has no form for a value, the tool writes the text that a table shows:
//!
//! - Dates and times beyond the calendar have a text, such as `infinity`, `+294247-01-10T04:00:54.775806` and `24:00:00`.
//! - JSON contains NaN and the infinities as the strings `"NaN"`, `"inf"` and `"-inf"`. A struct with two fields of one
//!   name, or a map with a duplicate key, is an error.
//! - CSV quotes an empty string and a string that equals `--null`, and never quotes NULL. In a file of one column, a NULL
//!   is an empty line.
//! - Parquet and Arrow keep values as they were sent. An Arrow file contains plain values in place of dictionaries.
//!
//! # CSV files of `serve`
//!
//! `serve` reads a CSV column as the narrowest type that changes no value. These stay strings: `01220`, `+5`, `1e5`, `1.9`
//! next to `1.10`, and times without a zone or with an offset other than UTC. `--type COLUMN=TYPE` and `--text` set the
//! types. `--null` sets the string that means NULL outside of quotes.
//!
//! # Modules
//!
//! `args` (the command line) · `commands/` (one subcommand, one file) · `output/` (one format, one file) · `connect` (from URL
//! to connection) · `failure` and `hints` (errors and fixes) · `param` (bound values) · `progress` · `redact` (secrets and
//! control characters) · `shell` (input and output of a run) · `process` (the shell of a process).

mod args;
mod commands;
mod connect;
mod failure;
mod hints;
mod output;
mod param;
mod process;
mod progress;
mod redact;
mod shell;

use std::ffi::OsString;
use std::io::Write as _;

pub use process::main;
pub use shell::{Exit, Shell};

use clap::Parser as _;

use crate::args::{Args, Command};
use crate::failure::Failure;
use crate::shell::{Io, Watched};

/// Runs a command line, whose first item is the program's name, and returns the exit code.
///
/// All output goes to the streams of the `shell`.
///
/// # Cancel safety
/// This method is cancel safe. If the future is dropped, no unfinished output file remains, and a running statement is
/// stopped on the server.
pub async fn run<A>(args: impl IntoIterator<Item = A>, shell: Shell<'_>) -> Exit
where
    A: Into<OsString>,
{
    let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
    let mut io = Io {
        input: shell.input,
        out: Watched::new(shell.out),
        err: shell.err,
        out_is_terminal: shell.out_is_terminal,
        err_is_terminal: shell.err_is_terminal,
        variable: shell.variable,
    };
    let done = match Args::try_parse_from(&args) {
        Ok(parsed) => dispatch(parsed, &mut io, shell.stop).await,
        Err(error) => Err(Failure::from_clap(&error, &args)),
    };
    let done = done.and_then(|()| Ok(io.out.flush()?));
    match done {
        // The reader of the pipe is gone, as in `flightsql query … | head`.
        Err(_) if io.out.is_broken() => Exit::Success,
        Ok(()) => Exit::Success,
        Err(failure) => failure.report(&mut io.out, io.err),
    }
}

async fn dispatch(
    args: Args,
    io: &mut Io<'_>,
    stop: futures_util::future::BoxFuture<'static, ()>,
) -> Result<(), Failure> {
    let work = async {
        match args.command {
            Command::Serve(args) => return commands::serve::run(args, io, stop).await,
            command => tokio::select! {
                biased;
                done = one(command, io) => done,
                () = stop => Err(Failure::Interrupted),
            },
        }
    };
    work.await
}

async fn one(command: Command, io: &mut Io<'_>) -> Result<(), Failure> {
    match command {
        Command::Doctor(args) => commands::doctor::run(args, io).await,
        Command::Query(args) => commands::query::run(args, io).await,
        Command::Tables(args) => commands::tables::run(args, io).await,
        Command::Columns(args) => commands::columns::run(args, io).await,
        Command::Info(args) => commands::info::run(args, io).await,
        Command::Dialect(args) => commands::dialect::run(args, io).await,
        Command::Prepare(args) => commands::prepare::run(args, io).await,
        Command::Migrate(args) => commands::migrate::migrate(args, io).await,
        Command::Database(args) => commands::migrate::database(args, io).await,
        Command::Serve(_) => Ok(()),
    }
}
