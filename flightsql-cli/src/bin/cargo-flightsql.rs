//! `cargo flightsql …`: the same program, called by cargo with its own name before the verb.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args: Vec<_> = std::env::args_os().collect();
    // `cargo flightsql prepare` runs `cargo-flightsql flightsql prepare`.
    if args.get(1).is_some_and(|arg| arg == "flightsql") {
        args.remove(1);
    }
    flightsql_cli::main(args)
}
