//! Shared helpers: a run with its output, a server with tables, a directory for files.

use std::path::PathBuf;

use flightsql_cli::{Exit, Shell};
use flightsql_testkit::TestServer;

/// Outcome of a run.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) exit: Exit,
    pub(crate) bytes: Vec<u8>,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn out(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap()
    }

    /// Returns the output of a run that succeeded without notes.
    #[track_caller]
    pub(crate) fn clean(self) -> String {
        assert_eq!((self.exit, self.err.as_str()), (Exit::Success, ""));
        String::from_utf8(self.bytes).unwrap()
    }

    /// Checks the exit code, and that the errors contain all of these strings.
    #[track_caller]
    pub(crate) fn fails(&self, exit: Exit, strings: &[&str]) {
        assert_eq!(self.exit, exit, "{self:?}");
        for text in strings {
            assert!(self.err.contains(text), "no {text:?} in {:?}", self.err);
        }
    }
}

/// Runs `flightsql` with these arguments: no terminal, no environment.
pub(crate) async fn run(args: &[&str]) -> Ran {
    run_in(args, |_| {}).await
}

/// Runs `flightsql` in a shell that `change` has modified.
pub(crate) async fn run_in(args: &[&str], change: impl FnOnce(&mut Shell<'_>)) -> Ran {
    let (mut bytes, mut err) = (Vec::new(), Vec::new());
    let mut shell = Shell::new(&mut bytes, &mut err);
    change(&mut shell);
    let args = std::iter::once("flightsql").chain(args.iter().copied());
    let exit = flightsql_cli::run(args, shell).await;
    let err = String::from_utf8(err).unwrap();
    Ran { exit, bytes, err }
}

/// Starts a server with tables that reference each other.
pub(crate) async fn server() -> TestServer {
    let server = TestServer::sqlite().await.unwrap();
    let sql = "CREATE TABLE airline (code TEXT NOT NULL PRIMARY KEY, name TEXT DEFAULT 'nameless');
        CREATE TABLE flight (id BIGINT NOT NULL PRIMARY KEY, airline TEXT REFERENCES airline (code), price DECIMAL(10,2));
        CREATE VIEW cheap AS SELECT id FROM flight WHERE price < 100;
        INSERT INTO airline VALUES ('LH', 'Lufthansa'), ('AF', NULL);";
    server.sqlite().execute_batch(sql).unwrap();
    server
}

/// Creates an empty directory with a name that no other test uses.
pub(crate) fn directory(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("cli-{name}"));
    // An earlier run may have left it.
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}
