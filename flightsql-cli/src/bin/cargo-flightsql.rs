//! `cargo flightsql …`: the program `flightsql`, run by Cargo with its own name before the subcommand.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args: Vec<_> = std::env::args_os().collect();
    // `cargo flightsql prepare` runs `cargo-flightsql flightsql prepare`.
    if args.get(1).is_some_and(|arg| arg == "flightsql") {
        args.remove(1);
    }
    flightsql_cli::main(args)
}
