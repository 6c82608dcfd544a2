//! `flightsql migrate` and `flightsql database`: the commands of sqlx-cli, with this driver through `Any`.
//!
//! They write to the output of the process and not to the shell of a run, because sqlx-cli prints directly.

use std::sync::Once;

use sqlx_cli::opt::{
    Command, ConnectOpts, DatabaseCommand, DatabaseOpt, MigrateCommand, MigrateOpt, NoDotenvOpt,
    OverrideCommand,
};

use crate::connect::OWN_VARIABLES;
use crate::failure::Failure;
use crate::redact::printable;
use crate::shell::Io;

pub(crate) async fn migrate(args: MigrateOpt, io: &mut Io<'_>) -> Result<(), Failure> {
    run(Command::Migrate(args), io).await
}

pub(crate) async fn database(args: DatabaseOpt, io: &mut Io<'_>) -> Result<(), Failure> {
    run(Command::Database(args), io).await
}

async fn run(mut command: Command, io: &mut Io<'_>) -> Result<(), Failure> {
    static DRIVER: Once = Once::new();
    DRIVER.call_once(|| {
        // An error means that the program has already installed drivers. A URL that none of them supports is rejected below.
        let _ = flightsql::any::install_drivers(&[flightsql::any::DRIVER]);
    });
    if let Some(connect) = connection_of(&mut command)
        && connect.database_url.is_none()
    {
        // These variables precede those of sqlx-cli: `DATABASE_URL`, or the variable that `sqlx.toml` names.
        let variable = |name: &&str| (io.variable)(name).filter(|url| !url.is_empty());
        connect.database_url = OWN_VARIABLES.iter().find_map(variable);
    }
    let url = connection_of(&mut command).and_then(|connect| connect.database_url.as_deref());
    if url.is_some_and(|url| url.starts_with("profile:")) {
        return Err(Failure::usage(
            "this command cannot read a connection profile; write the URL of the server, such as flightsql://user@host:port",
        ));
    }
    let opt = sqlx_cli::Opt {
        no_dotenv: NoDotenvOpt { no_dotenv: true },
        command,
    };
    sqlx_cli::run(opt)
        .await
        .map_err(|error| Failure::failed(printable(&format!("{error:#}"))))
}

/// Returns the connection options of a command that connects.
fn connection_of(command: &mut Command) -> Option<&mut ConnectOpts> {
    match command {
        Command::Migrate(args) => match &mut args.command {
            MigrateCommand::Run { connect_opts, .. }
            | MigrateCommand::Revert { connect_opts, .. }
            | MigrateCommand::Info { connect_opts, .. } => Some(connect_opts),
            MigrateCommand::Override {
                command: OverrideCommand::Skip { connect_opts, .. },
            } => Some(connect_opts),
            MigrateCommand::Add(_) | MigrateCommand::BuildScript { .. } => None,
        },
        Command::Database(args) => match &mut args.command {
            DatabaseCommand::Create { connect_opts, .. }
            | DatabaseCommand::Drop { connect_opts, .. }
            | DatabaseCommand::Reset { connect_opts, .. }
            | DatabaseCommand::Setup { connect_opts, .. } => Some(connect_opts),
        },
        _ => None,
    }
}
