//! Passwords and tokens that a command prints.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use flightsql::options::Login;
use flightsql::{
    Connection as _, Error, FlightSqlConnectOptions, FlightSqlConnection, query_scalar,
};
use flightsql_testkit::tonic::Code;
use flightsql_testkit::{Fault, Rpc, TestServer};

use crate::common::options;

/// A file for one test, which is removed at its end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(test: &str) -> Self {
        let name = format!("flightsql-command-{test}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = std::fs::remove_file(&path);
        Self(path)
    }

    fn path(&self) -> &Path {
        &self.0
    }

    fn lines(&self) -> usize {
        std::fs::read_to_string(&self.0).map_or(0, |text| text.lines().count())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

async fn connect(options: &FlightSqlConnectOptions) -> Result<FlightSqlConnection, Error> {
    FlightSqlConnection::connect_with(options).await
}

async fn select(connection: &mut FlightSqlConnection) -> Result<i64, Error> {
    query_scalar("SELECT 1").fetch_one(connection).await
}

/// Options for a server that needs the token `right`.
async fn server() -> (TestServer, FlightSqlConnectOptions) {
    let server = TestServer::builder().bearer("right").start().await.unwrap();
    let options = options(&server.url());
    (server, options)
}

#[tokio::test]
async fn connections_share_the_token_of_a_command() {
    let (_server, options) = server().await;
    let runs = Scratch::new("token");
    let command = format!("echo run >> '{}'; echo right", runs.path().display());
    let options = options.token_command(&command);
    for _ in 0..3 {
        let mut connection = connect(&options).await.unwrap();
        assert_eq!(select(&mut connection).await.unwrap(), 1);
    }
    assert_eq!(runs.lines(), 1);
}

#[tokio::test]
async fn a_rejected_token_runs_the_command_again() {
    let (_server, options) = server().await;
    let token = Scratch::new("rejected");
    std::fs::write(token.path(), "wrong-token\n").unwrap();
    let options = options.token_command(&format!("cat '{}'", token.path().display()));
    let mut connection = connect(&options).await.unwrap();
    let error = select(&mut connection).await.unwrap_err();
    assert!(!error.to_string().contains("wrong-token"), "{error}");
    std::fs::write(token.path(), "right\n").unwrap();
    let mut connection = connect(&options).await.unwrap();
    assert_eq!(select(&mut connection).await.unwrap(), 1);
}

#[tokio::test]
async fn each_login_runs_the_password_command() {
    let server = TestServer::builder().basic("ann", "p a:s");
    let server = server.handshake_only(true).start().await.unwrap();
    let runs = Scratch::new("password");
    let command = format!(
        "echo run >> '{}'; printf '%s\\r\\n' 'p a:s'",
        runs.path().display()
    );
    let options = options(&server.url())
        .username("ann")
        .password_command(&command);
    for _ in 0..2 {
        let mut connection = connect(&options).await.unwrap();
        assert_eq!(select(&mut connection).await.unwrap(), 1);
    }
    assert_eq!((runs.lines(), server.count(Rpc::Handshake)), (2, 2));

    let shared = options.login(Login::Shared);
    for _ in 0..2 {
        connect(&shared).await.unwrap();
    }
    assert_eq!((runs.lines(), server.count(Rpc::Handshake)), (3, 3));
}

#[tokio::test]
async fn sends_the_password_of_a_command_with_every_rpc() {
    let server = TestServer::builder()
        .basic("ann", "pass")
        .start()
        .await
        .unwrap();
    let url = server.url().replace("://", "://ann@") + "?auth=basic";
    let options = options(&url).password_command("echo pass");
    let mut connection = connect(&options).await.unwrap();
    assert_eq!(select(&mut connection).await.unwrap(), 1);
    assert_eq!(server.count(Rpc::Handshake), 0);
}

#[tokio::test]
async fn rejects_commands_without_one_line() {
    let (server, options) = server().await;
    for (command, expected) in [
        (
            "echo pl4nted >&2; echo pl4nted; exit 3",
            "failed with exit code 3; run it in a terminal",
        ),
        ("kill -9 $$", "failed with a signal"),
        ("true", "printed nothing"),
        ("echo", "printed nothing"),
        ("echo pl4nted; echo pl4nted", "printed more than one line"),
        ("printf 'pl4nted\\n\\n'", "printed more than one line"),
        ("printf '\\377'", "printed text that is not UTF-8"),
        (
            "head -c 70000 /dev/zero | tr '\\0' a",
            "printed more than 65536 bytes",
        ),
        ("yes pl4nted", "printed more than 65536 bytes"),
        ("/does/not/exist pl4nted", "failed with exit code 127"),
    ] {
        for (option, options) in [
            (
                "password_command",
                options.clone().username("ann").password_command(command),
            ),
            ("token_command", options.clone().token_command(command)),
        ] {
            let error = connect(&options).await.unwrap_err();
            assert!(
                matches!(error, Error::Configuration(_)),
                "{command}: {error:?}"
            );
            let text = format!("{error} {error:?}");
            assert!(text.contains(&format!("`{option}` {expected}")), "{text}");
            assert!(!text.contains("pl4nted"), "{text}");
        }
    }
    let error = connect(&options.token_command("echo Bearer right"))
        .await
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("`token_command` printed a token that cannot be sent: it must not begin"),
        "{text}"
    );
    assert_eq!(server.count_all(), 0);
}

/// A command that writes its process id to a file, and then runs for a minute.
#[cfg(target_os = "linux")]
fn endless(file: &Scratch) -> String {
    format!("echo $$ >> '{}'; exec sleep 60", file.path().display())
}

/// Waits until the process has written its id, and returns the folder of the process.
#[cfg(target_os = "linux")]
async fn process(file: &Scratch) -> PathBuf {
    loop {
        let text = std::fs::read_to_string(file.path()).unwrap_or_default();
        if let Some(id) = text.strip_suffix('\n') {
            return Path::new("/proc").join(id);
        }
        tokio::task::yield_now().await;
    }
}

/// Waits until a process has ended and was reaped. A zombie still has its folder.
#[cfg(target_os = "linux")]
async fn gone(process: &Path) {
    let gone = async {
        while process.exists() {
            tokio::task::yield_now().await;
        }
    };
    let limit = Duration::from_secs(10);
    tokio::time::timeout(limit, gone).await.unwrap();
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn kills_a_command_at_the_connect_timeout() {
    let (_server, options) = server().await;
    for token in [true, false] {
        let file = Scratch::new(if token { "slow-token" } else { "slow-password" });
        let options = options.clone().connect_timeout(Duration::from_millis(300));
        let (options, step) = match token {
            true => (
                options.token_command(&endless(&file)),
                "the request for a token",
            ),
            false => (
                options.password_command(&endless(&file)),
                "the login with `password_command`",
            ),
        };
        let error = connect(&options).await.unwrap_err();
        let Error::Io(error) = error else {
            panic!("{error:?}");
        };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        let expected = format!("{step} was not answered within 300ms; raise `connect_timeout`");
        assert!(error.to_string().contains(&expected), "{error}");
        gone(&process(&file).await).await;
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn kills_a_command_whose_login_is_dropped() {
    let (_server, options) = server().await;
    let file = Scratch::new("dropped");
    let options = options.password_command(&endless(&file));
    let process = tokio::select! {
        _ = connect(&options) => panic!("the command runs for a minute"),
        process = process(&file) => process,
    };
    gone(&process).await;
}

#[tokio::test]
async fn masks_a_password_that_contains_a_space() {
    let server = TestServer::builder().basic("ann", "pl4nted pw");
    let server = server.start().await.unwrap();
    let text = "pl4nted pw is the password";
    server.fault(Fault::new(Rpc::GetFlightInfo).status(Code::Internal, text));
    let url = server.url().replace("://", "://ann@") + "?auth=basic";
    let options = options(&url).password_command("echo 'pl4nted pw'");
    let mut connection = connect(&options).await.unwrap();
    let error = select(&mut connection).await.unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(text.contains("*** is the password"), "{text}");
    assert!(!text.contains("pl4nted"), "{text}");
}
