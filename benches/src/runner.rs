//! The processes of the bench: one server, and one client process per sample. All processes end with their parent.

use std::io::Read;
use std::process::Stdio;
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::Result;
use crate::server::READY;

/// The timeout of a start, which encodes all tables and takes less than a second even in a debug build.
const START_LIMIT: Duration = Duration::from_secs(30);

/// The timeout of a sample. The slowest one reads 1e9 rows twice at 200 ns.
const CLIENT_LIMIT: Duration = Duration::from_secs(600);

/// The server process. Killed on drop.
#[derive(Debug)]
pub(crate) struct Server {
    /// Listen address, as host:port.
    pub(crate) address: String,
    _process: Child,
}

impl Server {
    /// Starts this executable as the server and waits until it listens.
    pub(crate) async fn start() -> Result<Self> {
        let mut process = command(&["serve".to_owned()])?.spawn()?;
        let stdout = process.stdout.take().ok_or("the server has no stdout")?;
        let mut lines = BufReader::new(stdout).lines();
        let line = timeout(START_LIMIT, lines.next_line()).await;
        let line =
            line.map_err(|_| format!("the server did not start within {START_LIMIT:?}"))??;
        let line = line.ok_or("the server ended before it listened")?;
        let address = line.strip_prefix(READY);
        let address =
            address.ok_or_else(|| format!("unexpected first line of the server: {line}"))?;
        Ok(Self {
            address: address.to_owned(),
            _process: process,
        })
    }
}

/// Runs this executable as a client and reads the sample it prints.
///
/// # Errors
///
/// Returns an error if the client fails, prints something else, or takes longer than ten minutes.
pub(crate) async fn client<S: DeserializeOwned>(arguments: &[(&str, String)]) -> Result<S> {
    let mut words = vec!["client".to_owned()];
    for (name, value) in arguments {
        words.extend([(*name).to_owned(), value.clone()]);
    }
    words.retain(|word| !word.is_empty());
    let shown = words.join(" ");
    let mut process = command(&words)?.spawn()?;
    // Waiting closes the client's stdin, which would end the client. Keep this end open until the client is done.
    let _stdin = process.stdin.take();
    let output = timeout(CLIENT_LIMIT, process.wait_with_output()).await;
    let output = output.map_err(|_| format!("`{shown}` took longer than {CLIENT_LIMIT:?}"))??;
    if !output.status.success() {
        return Err(format!("`{shown}` failed ({})", output.status).into());
    }
    serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("`{shown}` printed no sample: {error}").into())
}

/// Ends this process when its parent ends. The parent has the other end of stdin and never writes to it.
pub(crate) fn end_with_parent() {
    std::thread::spawn(|| {
        let mut byte = [0];
        // The read returns only at the end of the pipe, or with an equivalent error.
        let _end = std::io::stdin().read(&mut byte);
        std::process::exit(2);
    });
}

fn command(words: &[String]) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .kill_on_drop(true);
    Ok(command)
}
