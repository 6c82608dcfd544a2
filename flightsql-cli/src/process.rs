//! The process around [`run`]: its streams, environment and signals.

use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal as _};
use std::process::ExitCode;

use flightsql_testkit::stop_signal;

use crate::{Shell, run};

/// Runs a command line with the streams, the environment and the signals of the process, and returns its exit code. The first
/// item is the program's name.
///
/// The function is for the `main` of a program: it blocks until the command ends. It sets variables from `.env`, as SQLx's
/// programs do, so call it before you start another thread.
#[must_use]
pub fn main(args: Vec<OsString>) -> ExitCode {
    // This call sets variables, so it precedes all threads.
    sqlx_cli::maybe_apply_dotenv();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => runtime.block_on(one(args)),
        Err(error) => {
            eprintln!("error: cannot start: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn one(args: Vec<OsString>) -> ExitCode {
    // The signal may arrive immediately, so catch it before anything runs.
    let stop = match stop_signal() {
        Ok(stop) => stop,
        Err(error) => {
            eprintln!("error: cannot catch Ctrl-C: {error}");
            return ExitCode::FAILURE;
        }
    };
    // Results are written in many small pieces. Notes and errors are few and must appear immediately.
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout());
    let mut err = io::stderr();
    let shell = Shell {
        input: Box::new(io::stdin()),
        out: &mut out,
        err: &mut err,
        out_is_terminal: io::stdout().is_terminal(),
        err_is_terminal: io::stderr().is_terminal(),
        variable: &|name| std::env::var(name).ok(),
        stop: Box::pin(stop),
    };
    run(args, shell).await.into()
}
