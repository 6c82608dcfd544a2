//! `flightsql-testkit`: the SQLite server as a program.
//!
//! Job: parse the command line, serve until Ctrl-C or SIGTERM. Layer: above the library.

use std::{
    error::Error,
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Parser;
use flightsql_testkit::{SqliteConfig, TestServer, Tls, stop_signal};

/// A Flight SQL server over SQLite, for tests and experiments.
#[derive(Debug, Parser)]
#[command(name = "flightsql-testkit")]
struct Args {
    /// Address to listen on; port 0 selects a free port.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Database file, created if it does not exist; defaults to an empty database in memory.
    #[arg(long, value_name = "FILE")]
    database: Option<PathBuf>,
    /// Name of the user.
    #[arg(long, value_name = "NAME", requires = "password_env")]
    user: Option<String>,
    /// Environment variable with the user's password.
    #[arg(long, value_name = "VARIABLE", requires = "user")]
    password_env: Option<String>,
    /// Environment variable with a bearer token.
    #[arg(long, value_name = "VARIABLE")]
    token_env: Option<String>,
    /// TLS with `server.pem` and `server-key.pem` in this directory. Missing files are generated, with the authority to
    /// trust in `ca.pem`.
    #[arg(long, value_name = "DIRECTORY")]
    tls_dir: Option<PathBuf>,
    /// Number of endpoints of each query result (1 to 1024).
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    endpoints: usize,
}

type BoxError = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("flightsql-testkit: {}", chain(&*error));
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<(), BoxError> {
    // Catch signals before printing the URL, because its reader may stop the server immediately.
    let stop = stop_signal()?;
    let mut config = SqliteConfig::new().endpoints(args.endpoints);
    if let Some(file) = args.database {
        config = config.path(file);
    }
    let mut builder = TestServer::builder()
        .listen(args.listen)
        .record_calls(false)
        .sqlite(config);
    if let (Some(user), Some(variable)) = (args.user, args.password_env) {
        builder = builder.basic(user, environment(&variable)?);
    }
    if let Some(variable) = args.token_env {
        builder = builder.bearer(environment(&variable)?);
    }
    if let Some(dir) = args.tls_dir {
        builder = builder.tls(certificates(&dir)?);
    }
    let server = builder.start().await?;
    println!("listening on {}", server.url());
    stop.await;
    server.stop().await;
    Ok(())
}

fn environment(variable: &str) -> Result<String, BoxError> {
    // The error of `std::env::var` would print a value that is not Unicode.
    std::env::var(variable).map_err(|_| {
        format!("environment variable {variable} is not set or not valid Unicode").into()
    })
}

fn certificates(dir: &Path) -> Result<Tls, BoxError> {
    let (certificate, key) = (dir.join("server.pem"), dir.join("server-key.pem"));
    let read = |path: &Path| {
        fs::read_to_string(path).map_err(|e| format!("cannot read {}: {e}", path.display()))
    };
    if certificate.exists() || key.exists() {
        return Ok(Tls::from_pem(read(&certificate)?, read(&key)?, None));
    }
    fs::create_dir_all(dir).map_err(|e| format!("cannot create {}: {e}", dir.display()))?;
    let tls = Tls::generated();
    write_new(&certificate, tls.server_pem(), false)?;
    write_new(&key, tls.server_key_pem(), true)?;
    if let Some(ca) = tls.ca_pem() {
        write_new(&dir.join("ca.pem"), ca, false)?;
    }
    Ok(tls)
}

/// Writes a new file. Only its owner can read it if it is `private`.
fn write_new(path: &Path, text: &str, private: bool) -> Result<(), BoxError> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if private {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    #[cfg(not(unix))]
    let _ = private;
    options
        .open(path)
        .and_then(|mut file| io::Write::write_all(&mut file, text.as_bytes()))
        .map_err(|e| format!("cannot write {}: {e}", path.display()).into())
}

/// Formats an error and its causes on one line.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        text = format!("{text}: {error}");
        next = error.source();
    }
    text
}
