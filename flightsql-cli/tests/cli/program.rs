//! The program `flightsql`, run as a user would.
#![cfg(unix)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Output, Stdio};

use crate::common::directory;

/// A running program, which ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // The program may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn flightsql(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flightsql"));
    command.args(args);
    command
        .env_remove("FLIGHTSQL_URL")
        .env_remove("DATABASE_URL");
    command
}

fn text(output: &[u8]) -> &str {
    std::str::from_utf8(output).unwrap()
}

fn ran(mut command: Command) -> Output {
    command.stdin(Stdio::null()).output().unwrap()
}

#[test]
fn serves_file_until_signal() {
    let file = directory("program").join("numbers.csv");
    std::fs::write(&file, "n\n1\n2\n3\n").unwrap();
    for signal in ["-INT", "-TERM"] {
        let args = ["serve", "--listen", "127.0.0.1:0", file.to_str().unwrap()];
        let mut server = Running(flightsql(&args).stdout(Stdio::piped()).spawn().unwrap());
        let mut lines = BufReader::new(server.0.stdout.take().unwrap()).lines();
        let loaded = lines.next().unwrap().unwrap();
        assert!(loaded.starts_with("numbers: 3 rows of "), "{loaded}");
        let listening = lines.next().unwrap().unwrap();
        let url = listening.strip_prefix("listening on ").unwrap();

        let mut query = flightsql(&["query", "-", "--format", "csv"]);
        query.env("DATABASE_URL", url);
        query.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut query = query.spawn().unwrap();
        let mut input = query.stdin.take().unwrap();
        input.write_all(b"SELECT sum(n) AS s FROM numbers").unwrap();
        drop(input);
        let output = query.wait_with_output().unwrap();
        assert_eq!(
            (output.status.code(), text(&output.stdout)),
            (Some(0), "s\n6\n")
        );

        let wrong = ran(flightsql(&["query", url, "SELECT nothing"]));
        assert_eq!(wrong.status.code(), Some(1));
        assert!(text(&wrong.stderr).starts_with("error: "));
        assert!(ran(flightsql(&["doctor", url])).status.success());

        let pid = server.0.id().to_string();
        let sent = Command::new("kill").args([signal, &pid]).status().unwrap();
        assert!(sent.success());
        assert_eq!(server.0.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn exit_code_distinguishes_failures() {
    assert_eq!(ran(flightsql(&["tables"])).status.code(), Some(2));
    assert_eq!(ran(flightsql(&["--help"])).status.code(), Some(0));
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("flightsql+tcp://{}", closed.local_addr().unwrap());
    drop(closed);
    let output = ran(flightsql(&["tables", &url]));
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("the server refused the connection"));
    assert!(text(&output.stderr).contains("hint: start the server"));
}
