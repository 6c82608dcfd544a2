//! One connection profile for two programs: ADBC's driver manager with its Flight SQL driver in Go, and `flightsql query`.
//!
//! `tests/interop/run adbc-profile` installs ADBC's packages from PyPI, and sets `FLIGHTSQL_ADBC_PYTHON` to their Python and
//! `FLIGHTSQL_PROGRAM` to the program `flightsql`.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use flightsql::{Connection as _, FlightSqlConnectOptions, FlightSqlConnection, query_scalar};
use flightsql_testkit::TestServer;
use tokio::process::Command;

const SQL: &str = "SELECT code, name FROM airline ORDER BY code";
const HEADER: &str = "x-from-profile";
/// With `ann:`, its base64 ends with padding, which the Go driver does not send.
const PASSWORD: &str = "p@ss w0rd";

/// Prints the rows of a profile as the program prints them in CSV, and the problem of one that cannot be used.
const PYTHON: &str = "
import sys
import adbc_driver_manager.dbapi as dbapi
arguments = {sys.argv[1]: sys.argv[2]}
try:
    with dbapi.connect(**arguments, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(sys.argv[3])
        rows = cursor.fetchall()
        print(','.join(column[0] for column in cursor.description))
        for row in rows:
            print(','.join('' if value is None else str(value) for value in row))
except dbapi.Error as error:
    sys.exit(str(error))
";

struct Fixture {
    server: TestServer,
    folder: PathBuf,
    python: String,
}

impl Fixture {
    /// Starts a server, and writes the profile `sales` with these lines after the options.
    async fn start(name: &str, more: &str) -> Self {
        let server = TestServer::builder()
            .basic("ann", PASSWORD)
            .start()
            .await
            .unwrap();
        let sql = "CREATE TABLE airline (code TEXT NOT NULL PRIMARY KEY, name TEXT);
            INSERT INTO airline VALUES ('LH', 'Lufthansa'), ('AF', NULL);";
        server.sqlite().execute_batch(sql).unwrap();
        let python = std::env::var("FLIGHTSQL_ADBC_PYTHON")
            .expect("FLIGHTSQL_ADBC_PYTHON is set by tests/interop/run adbc-profile");
        let folder =
            PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("adbc-profile-{name}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let found = Command::new(&python)
            .args([
                "-c",
                "import adbc_driver_flightsql; print(adbc_driver_flightsql._driver_path())",
            ])
            .output()
            .await
            .unwrap();
        let driver = String::from_utf8(found.stdout).unwrap();
        let text = format!(
            "profile_version = 1
driver = \"{}\"

[Options]
uri = \"grpc://{{{{ env_var(SALES_HOST) }}}}:{}\"
username = \"ann\"
password = \"{{{{ env_var(SALES_PASSWORD) }}}}\"
adbc.flight.sql.rpc.timeout_seconds.query = \"30.5\"
\"adbc.flight.sql.rpc.with_cookie_middleware\" = true
adbc.flight.sql.rpc.call_header.{HEADER} = \"yes\"
{more}
",
            driver.trim(),
            server.address().rsplit(':').next().unwrap()
        );
        fs::write(folder.join("sales.toml"), text).unwrap();
        Self {
            server,
            folder,
            python,
        }
    }

    async fn run(&self, mut command: Command, password: Option<&str>) -> Result<String, String> {
        command
            .env("ADBC_PROFILE_PATH", &self.folder)
            .env("SALES_HOST", "127.0.0.1")
            .env_remove("SALES_PASSWORD")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        if let Some(password) = password {
            command.env("SALES_PASSWORD", password);
        }
        let output = tokio::time::timeout(Duration::from_secs(60), command.output());
        let output = output.await.expect("the program ends").unwrap();
        match output.status.success() {
            true => Ok(String::from_utf8(output.stdout).unwrap()),
            false => Err(String::from_utf8(output.stderr).unwrap()),
        }
    }

    /// Runs ADBC's driver manager, with the profile in this argument of `connect`.
    async fn adbc(
        &self,
        argument: &str,
        value: &str,
        password: Option<&str>,
    ) -> Result<String, String> {
        let mut command = Command::new(&self.python);
        command.args(["-c", PYTHON, argument, value, SQL]);
        self.run(command, password).await
    }

    async fn ours(&self, arguments: &[&str], password: Option<&str>) -> Result<String, String> {
        let program = std::env::var("FLIGHTSQL_PROGRAM")
            .expect("FLIGHTSQL_PROGRAM is set by tests/interop/run adbc-profile");
        let mut command = Command::new(program);
        command
            .arg("query")
            .args(arguments)
            .args([SQL, "--format", "csv"]);
        self.run(command, password).await
    }

    /// Returns how many RPCs had the header of the profile, and forgets them.
    fn with_header(&self) -> usize {
        let calls = self.server.calls();
        self.server.clear_calls();
        calls
            .iter()
            .filter(|call| call.header(HEADER) == Some("yes"))
            .count()
    }
}

#[tokio::test]
async fn both_programs_read_one_profile() {
    // ADBC ignores a table of another program.
    let fixture = Fixture::start("one", "[flightsql]\ndialect = \"sqlite\"\nretries = 3").await;
    let expected = "code,name\nAF,\nLH,Lufthansa\n";
    for (argument, value) in [("profile", "sales"), ("uri", "profile://sales")] {
        let rows = fixture.adbc(argument, value, Some(PASSWORD)).await;
        assert_eq!(rows.as_deref(), Ok(expected), "{argument}");
        assert!(fixture.with_header() >= 2);
    }
    let path = fixture.folder.join("sales.toml");
    for arguments in [
        &["--profile", "sales"][..],
        &["--profile", path.to_str().unwrap()],
        &["profile://sales"],
    ] {
        let rows = fixture.ours(arguments, Some(PASSWORD)).await;
        assert_eq!(rows.as_deref(), Ok(expected), "{arguments:?}");
        assert!(fixture.with_header() >= 2);
    }
}

#[tokio::test]
async fn a_missing_password_is_not_empty() {
    let fixture = Fixture::start("missing", "").await;
    // ADBC sends an empty password.
    let error = fixture.adbc("profile", "sales", None).await.unwrap_err();
    assert!(error.contains("AuthenticateBasicToken"), "{error}");
    // Base64 of `ann:`.
    let sent = fixture.server.calls();
    assert_eq!(sent[0].header("authorization"), Some("Basic YW5uOg"));
    fixture.server.clear_calls();
    let error = fixture
        .ours(&["--profile", "sales"], None)
        .await
        .unwrap_err();
    let expected = "sales.toml: `password` contains the environment variable `SALES_PASSWORD`, which is not set; set it";
    assert!(error.contains(expected), "{error}");
    assert!(fixture.server.calls().is_empty());
}

#[tokio::test]
async fn the_driver_connects_with_the_profile_of_adbc() {
    let fixture = Fixture::start("driver", "").await;
    let text = fs::read_to_string(fixture.folder.join("sales.toml")).unwrap();
    let text = text
        .replace("{{ env_var(SALES_PASSWORD) }}", PASSWORD)
        .replace("{{ env_var(SALES_HOST) }}", "127.0.0.1");
    let path = fixture.folder.join("plain.toml");
    fs::write(&path, text).unwrap();
    let options = FlightSqlConnectOptions::from_profile(&path).unwrap();
    let mut connection = FlightSqlConnection::connect_with(&options).await.unwrap();
    let count: i64 = query_scalar("SELECT count(*) FROM airline")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(count, 2);
    assert!(fixture.with_header() >= 2);
    connection.close().await.unwrap();
}
