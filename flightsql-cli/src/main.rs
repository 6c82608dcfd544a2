//! `flightsql`, the program.

use std::process::ExitCode;

fn main() -> ExitCode {
    flightsql_cli::main(std::env::args_os().collect())
}
