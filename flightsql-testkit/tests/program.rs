//! The program `flightsql-testkit`, run as a user would.
#![allow(clippy::unwrap_used, reason = "tests")]
#![cfg(unix)]

use std::{
    io::{BufRead as _, BufReader, Read as _},
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use flightsql_testkit::{
    arrow_flight::{
        flight_service_client::FlightServiceClient, sql::client::FlightSqlServiceClient,
    },
    tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint},
};

/// A running program, which ends with the test.
struct Program {
    child: Child,
    url: String,
}

impl Program {
    fn start(args: &[&str]) -> Self {
        let mut child = command(args).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let output = child.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        let url = line.trim_end().strip_prefix("listening on ");
        let url = url.unwrap_or_else(|| panic!("{line:?}")).to_owned();
        Self { child, url }
    }

    fn stop(mut self, signal: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &pid]).status().unwrap();
        assert!(sent.success());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // The program may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flightsql-testkit"));
    command.args(args).env("PASSWORD", "s3cret");
    command
}

fn temporary(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    // An earlier run may have left it.
    let _ = std::fs::remove_dir_all(&path);
    path
}

async fn connect(endpoint: Endpoint) -> FlightSqlServiceClient<Channel> {
    let channel = endpoint.connect().await.unwrap();
    FlightSqlServiceClient::new_from_inner(FlightServiceClient::new(channel))
}

fn plain(url: &str) -> Endpoint {
    Endpoint::from_shared(url.replace("flightsql+tcp://", "http://")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn file_outlives_server() {
    let dir = temporary("program");
    std::fs::create_dir_all(&dir).unwrap();
    let file = dir.join("data.db");
    let args = ["--database", file.to_str().unwrap(), "--endpoints", "3"];

    let program = Program::start(&args);
    let mut client = connect(plain(&program.url)).await;
    let made = "CREATE TABLE t AS SELECT value FROM json_each('[1,2,3,4,5,6]')";
    client.execute_update(made.to_owned(), None).await.unwrap();
    program.stop("-TERM");

    let program = Program::start(&args);
    let mut client = connect(plain(&program.url)).await;
    let info = client.execute("SELECT * FROM t".to_owned(), None).await;
    assert_eq!(info.unwrap().endpoint.len(), 3);
    program.stop("-INT");
}

#[tokio::test(flavor = "multi_thread")]
async fn authenticates_over_tls_with_generated_certificates() {
    let dir = temporary("program-tls");
    let args = [
        "--tls-dir",
        dir.to_str().unwrap(),
        "--user",
        "me",
        "--password-env",
        "PASSWORD",
    ];
    // Run twice: the second run uses the files of the first.
    for _ in 0..2 {
        let program = Program::start(&args);
        let ca = std::fs::read(dir.join("ca.pem")).unwrap();
        let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(ca));
        let url = program.url.replace("flightsql://", "https://");
        let endpoint = Endpoint::from_shared(url).unwrap().tls_config(tls).unwrap();
        let mut client = connect(endpoint).await;
        client
            .execute("SELECT 1".to_owned(), None)
            .await
            .unwrap_err();
        client.handshake("me", "s3cret").await.unwrap();
        client.execute("SELECT 1".to_owned(), None).await.unwrap();
        program.stop("-TERM");
    }
    let key = std::fs::metadata(dir.join("server-key.pem")).unwrap();
    assert_eq!(key.permissions().mode() & 0o777, 0o600);
}

#[test]
fn explains_invalid_arguments() {
    for (args, expected) in [
        (
            &["--token-env", "NOT_SET_ANYWHERE"][..],
            "NOT_SET_ANYWHERE is not set",
        ),
        (&["--user", "me"], "--password-env"),
        (
            &["--listen", "192.0.2.1:1"],
            "could not listen on 192.0.2.1:1: ",
        ),
        (&["--database", "/"], "could not open the SQLite database: "),
    ] {
        let output = command(args).output().unwrap();
        assert!(!output.status.success());
        let mut text = String::new();
        (&output.stderr[..]).read_to_string(&mut text).unwrap();
        assert!(text.contains(expected), "{text}");
        assert!(!text.contains("s3cret"));
    }
}
