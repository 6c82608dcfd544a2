//! `flightsql serve`: a Flight SQL server for local files.
//!
//! A client connection has its own session, as the README of `flightsql-testkit` describes.
//!
//! `files` (the files and their kinds) · `csv/` (records and their types) · `load` (CSV and Parquet into tables, through the
//! driver).

mod csv;
mod files;
mod load;

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use flightsql::dialect::presets::sqlite;
use flightsql::{ConnectOptions as _, FlightSqlConnectOptions, IngestMode};
use flightsql_testkit::{SqliteConfig, TestServer};
use futures_util::future::BoxFuture;

use self::csv::CsvArgs;
use self::files::Files;
use self::load::Source;
use super::query::close;
use crate::failure::{Failure, chain};
use crate::progress::grouped;
use crate::redact::printable;
use crate::shell::Io;

/// The arguments of `serve`.
#[derive(Debug, clap::Args)]
pub(crate) struct ServeArgs {
    /// `.csv` and `.parquet` files become tables of their name, in memory; one `.sqlite`, `.sqlite3` or `.db` file is
    /// the database itself, and changes are stored in it
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Address to listen on; port 0 selects a free port. Other machines need a password or token
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:31337")]
    listen: SocketAddr,
    /// Name of the user, for --password
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// The user's password
    #[arg(long, value_name = "PASSWORD", requires = "user")]
    password: Option<String>,
    /// Environment variable with the password, which keeps the password out of the list of processes
    #[arg(
        long,
        value_name = "VARIABLE",
        requires = "user",
        conflicts_with = "password"
    )]
    password_env: Option<String>,
    /// Bearer token that clients can use
    #[arg(long, value_name = "TOKEN")]
    token: Option<String>,
    /// Environment variable with the token
    #[arg(long, value_name = "VARIABLE", conflicts_with = "token")]
    token_env: Option<String>,
    #[command(flatten)]
    csv: CsvArgs,
    /// Create the database file if it does not exist
    #[arg(long)]
    create: bool,
    /// Replace existing tables in the database file
    #[arg(long)]
    replace: bool,
}

/// Credentials that clients need.
struct Guard {
    login: Option<(String, String)>,
    token: Option<String>,
}

pub(crate) async fn run(
    args: ServeArgs,
    io: &mut Io<'_>,
    stop: BoxFuture<'static, ()>,
) -> Result<(), Failure> {
    let guard = Guard::of(&args, io)?;
    let files = Files::sort(&args.files, args.create)?;
    if !args.listen.ip().is_loopback() {
        if !guard.is_closed() {
            return Err(Failure::usage(format!(
                "{} is reachable from other machines, so anyone could read and modify all data; set \
                 --user and --password, or --token, or listen on 127.0.0.1",
                args.listen
            )));
        }
        writeln!(
            io.err,
            "warning: passwords, tokens and data cross the network unencrypted"
        )?;
    }
    // Loading may take long, so Ctrl-C stops it too.
    let served = async {
        let sources = sources(&files, &args.csv, io)?;
        let server = start(&args, &files, &guard).await?;
        let listening = SocketAddr::new(args.listen.ip(), server.port().unwrap_or_default());
        let own = guard.options(reachable(listening));
        let mut connection = own.connect().await?;
        let mode = match args.replace {
            true => IngestMode::Replace,
            false => IngestMode::Create,
        };
        for (file, source) in files.tables.iter().zip(sources) {
            let rows = load::load(&mut connection, file, source, mode).await?;
            let rows = grouped(&rows.to_string());
            writeln!(
                io.out,
                "{}: {rows} rows of {}",
                file.table,
                file.path.display()
            )?;
            io.out.flush()?;
        }
        if files.database.is_some() {
            for table in connection.catalog().tables().fetch_all().await? {
                writeln!(
                    io.out,
                    "{} ({})",
                    table.name,
                    table.table_type.to_lowercase()
                )?;
            }
        }
        close(connection).await;
        // The URL contains no password. Clients on this machine use it.
        writeln!(io.out, "listening on {}", own.to_url_lossy())?;
        io.out.flush()?;
        Ok::<_, Failure>(server)
    };
    let mut stop = stop;
    let server = tokio::select! {
        biased;
        server = served => server?,
        () = &mut stop => return Err(Failure::Interrupted),
    };
    stop.await;
    server.stop().await;
    Ok(())
}

/// Opens the files. Prints a note for each column that is text because of a single value.
fn sources(files: &Files, args: &CsvArgs, io: &mut Io<'_>) -> Result<Vec<Source>, Failure> {
    let sources: Vec<_> = files
        .tables
        .iter()
        .map(|file| Source::open(file, args))
        .collect::<Result<_, _>>()?;
    let csv = || {
        let sources = files.tables.iter().zip(&sources);
        sources.filter_map(|(file, source)| match source {
            Source::Csv(csv) => Some((file, csv)),
            Source::Parquet(..) => None,
        })
    };
    if let Some(name) = args.unknown(csv().map(|(_, csv)| csv)) {
        return Err(Failure::usage(format!(
            "no CSV file has a column {name:?}; correct the --type, whose names are case-sensitive"
        )));
    }
    for (file, csv) in csv() {
        for note in &csv.notes {
            let note = format!("note: {}: {note}", file.path.display());
            writeln!(io.err, "{}", printable(&note))?;
        }
    }
    Ok(sources)
}

async fn start(args: &ServeArgs, files: &Files, guard: &Guard) -> Result<TestServer, Failure> {
    let mut config = SqliteConfig::new();
    if let Some(database) = &files.database {
        config = config.path(database);
    }
    let mut builder = TestServer::builder()
        .listen(args.listen)
        .record_calls(false)
        .sqlite(config);
    if let Some((user, password)) = &guard.login {
        builder = builder.basic(user, password);
    }
    if let Some(token) = &guard.token {
        builder = builder.bearer(token);
    }
    builder.start().await.map_err(|error| {
        let text = chain(&error);
        let text = text
            .strip_prefix("test server: ")
            .unwrap_or(&text)
            .to_owned();
        Failure::usage(match &files.database {
            Some(database) => format!("{text} (with the database {})", database.display()),
            None => text,
        })
    })
}

/// Returns the address at which this machine reaches a server that listens there. A client cannot connect to an
/// unspecified address.
fn reachable(listening: SocketAddr) -> SocketAddr {
    let ip = match listening.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listening.port())
}

impl Guard {
    fn of(args: &ServeArgs, io: &Io<'_>) -> Result<Self, Failure> {
        let secret = |value: &Option<String>, variable: &Option<String>| match (value, variable) {
            (Some(value), _) => Ok(Some(value.clone())),
            (None, Some(name)) => match (io.variable)(name) {
                Some(value) => Ok(Some(value)),
                None => Err(Failure::usage(format!(
                    "environment variable {name} is not set or not valid Unicode"
                ))),
            },
            (None, None) => Ok(None),
        };
        let password = secret(&args.password, &args.password_env)?;
        let token = secret(&args.token, &args.token_env)?;
        let empty = |secret: &Option<String>| secret.as_deref() == Some("");
        if empty(&password) || empty(&token) {
            return Err(Failure::usage(
                "the password or token is empty; set a non-empty value",
            ));
        }
        let login = match (&args.user, password) {
            (Some(user), Some(password)) => Some((user.clone(), password)),
            (Some(_), None) => {
                return Err(Failure::usage(
                    "--user requires --password or --password-env",
                ));
            }
            (None, _) => None,
        };
        Ok(Self { login, token })
    }

    fn is_closed(&self) -> bool {
        self.login.is_some() || self.token.is_some()
    }

    /// Returns the options for connections of this program.
    fn options(&self, address: SocketAddr) -> FlightSqlConnectOptions {
        let options = FlightSqlConnectOptions::new()
            .dialect(Arc::new(sqlite()))
            .plaintext()
            .host(&address.ip().to_string())
            .port(address.port());
        match (&self.login, &self.token) {
            (Some((user, password)), _) => options.username(user).password(password),
            (None, Some(token)) => options.token(token),
            (None, None) => options,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::files::{Kind, TableFile};
    use super::*;

    #[test]
    fn files_are_sorted_by_their_extension() {
        let directory =
            std::env::temp_dir().join(format!("flightsql-cli-files-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let file = |name: &str| {
            let path: PathBuf = directory.join(name);
            std::fs::write(&path, "").unwrap();
            path
        };
        let paths = [file("a b.csv"), file("x.y.parquet"), file("d.sqlite3")];
        let files = Files::sort(&paths, false).unwrap();
        let table = |path: &PathBuf, kind, name: &str| TableFile {
            path: path.clone(),
            kind,
            table: name.to_owned(),
        };
        assert_eq!(files.database.as_ref(), Some(&paths[2]));
        assert_eq!(
            files.tables,
            [
                table(&paths[0], Kind::Csv, "a b"),
                table(&paths[1], Kind::Parquet, "x.y")
            ]
        );
        std::fs::remove_dir_all(&directory).unwrap();
        assert!(Files::sort(&paths, false).is_err());
    }

    #[test]
    fn an_address_for_all_is_reached_by_its_own_machine() {
        for (listening, expected) in [
            ("0.0.0.0:7", "127.0.0.1:7"),
            ("[::]:7", "[::1]:7"),
            ("127.0.0.2:7", "127.0.0.2:7"),
            ("192.0.2.1:7", "192.0.2.1:7"),
        ] {
            let reached = reachable(listening.parse().unwrap());
            assert_eq!(reached.to_string(), expected);
        }
    }

    #[test]
    fn the_url_of_a_server_holds_no_secret() {
        let guard = Guard {
            login: Some(("ann".to_owned(), "s3cret".to_owned())),
            token: Some("t0ken".to_owned()),
        };
        let url = guard.options("[::1]:7".parse().unwrap()).to_url_lossy();
        assert_eq!(url.as_str(), "sqlite+flightsql+tcp://ann@[::1]:7");
    }
}
