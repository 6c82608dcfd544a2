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

/// A Flight SQL server over SQLite, for tests and trying out.
#[derive(Debug, Parser)]
#[command(name = "flightsql-testkit")]
struct Args {
    /// Address to listen on; port 0 takes any free port.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Database file, made if it does not exist; without it an empty database in memory.
    #[arg(long, value_name = "FILE")]
    database: Option<PathBuf>,
    /// Name of the user who may log in.
    #[arg(long, value_name = "NAME", requires = "password_env")]
    user: Option<String>,
    /// Environment variable that holds the user's password.
    #[arg(long, value_name = "VARIABLE", requires = "user")]
    password_env: Option<String>,
    /// Environment variable that holds a bearer token clients may use.
    #[arg(long, value_name = "VARIABLE")]
    token_env: Option<String>,
    /// TLS with `server.pem` and `server-key.pem` in this directory; if there are none, new ones are written to it,
    /// with the authority to trust in `ca.pem`.
    #[arg(long, value_name = "DIRECTORY")]
    tls_dir: Option<PathBuf>,
    /// Number of endpoints each query result is split over (1 to 1024).
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
    // Before the URL is printed, because its reader may stop the server immediately.
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
    std::env::var(variable)
        .map_err(|_| format!("environment variable {variable} is not set, or not text").into())
}

fn certificates(dir: &Path) -> Result<Tls, BoxError> {
    let (certificate, key) = (dir.join("server.pem"), dir.join("server-key.pem"));
    let read = |path: &Path| {
        fs::read_to_string(path).map_err(|e| format!("cannot read {}: {e}", path.display()))
    };
    if certificate.exists() || key.exists() {
        return Ok(Tls::from_pem(read(&certificate)?, read(&key)?, None));
    }
    fs::create_dir_all(dir).map_err(|e| format!("cannot make {}: {e}", dir.display()))?;
    let tls = Tls::generated();
    write_new(&certificate, tls.server_pem(), false)?;
    write_new(&key, tls.server_key_pem(), true)?;
    if let Some(ca) = tls.ca_pem() {
        write_new(&dir.join("ca.pem"), ca, false)?;
    }
    Ok(tls)
}

/// Writes a file that does not exist yet; only its owner may read it if it is `private`.
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

/// An error and what caused it, in one line.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        text = format!("{text}: {error}");
        next = error.source();
    }
    text
}
