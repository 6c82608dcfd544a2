//! The command line tool for Arrow Flight SQL servers, as a library that its tests and other programs call in-process.
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
//! `args` (the command line) · `commands/` (one subcommand, one file) · `output/` (one format, one file) · `connect` (from URL
//! to connection) · `failure` and `hints` (what went wrong, and what to do) · `param` · `progress` · `redact` (secrets
//! and control characters) · `shell` (what a run reads and writes) · `process` (the shell of a program).

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

/// Runs one command line, whose first item is the program's name, and gives the code to exit with.
///
/// Everything is said on the streams of the `shell`. Cancel-safe: a dropped run leaves no unfinished output file, and a
/// statement that has begun is stopped on the server.
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
        // `flightsql query … | head` has seen enough.
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
