//! `serve` in this process: tables of files, authentication, and rejected files.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use flightsql_cli::{Exit, Shell};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::common::{Ran, directory, run, run_in};

/// Output that a test reads while it grows.
#[derive(Clone, Default)]
struct Growing(Arc<Mutex<Vec<u8>>>);

impl Growing {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Growing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A `serve` that runs until it is stopped.
pub(crate) struct Served {
    task: JoinHandle<Exit>,
    stop: oneshot::Sender<()>,
    said: String,
    err: Growing,
    pub(crate) url: String,
}

impl Served {
    pub(crate) async fn start(args: &[&str]) -> Self {
        let (out, err) = (Growing::default(), Growing::default());
        let (stop, stopped) = oneshot::channel();
        let all = ["flightsql", "serve", "--listen", "127.0.0.1:0"];
        let args: Vec<String> = all.iter().chain(args).map(ToString::to_string).collect();
        let (mut to_out, mut to_err) = (out.clone(), err.clone());
        let task = tokio::spawn(async move {
            let mut shell = Shell::new(&mut to_out, &mut to_err);
            shell.variable = &|name| (name == "SECRET").then(|| "s3cret".to_owned());
            shell.stop = Box::pin(async move { drop(stopped.await) });
            flightsql_cli::run(args, shell).await
        });
        let url = loop {
            let said = out.text();
            assert!(!task.is_finished(), "{said}{}", err.text());
            if let Some(url) = said
                .lines()
                .find_map(|line| line.strip_prefix("listening on "))
            {
                break url.to_owned();
            }
            tokio::task::yield_now().await;
        };
        let said = out.text();
        Self {
            task,
            stop,
            said,
            err,
            url,
        }
    }

    pub(crate) async fn csv(&self, sql: &str) -> String {
        run(&["query", &self.url, sql, "--format", "csv"])
            .await
            .clean()
    }

    pub(crate) async fn stop(self) {
        assert_eq!(self.stop_with_notes().await, "");
    }

    /// Stops the server, and returns its notes.
    pub(crate) async fn stop_with_notes(self) -> String {
        self.stop.send(()).unwrap();
        assert_eq!(self.task.await.unwrap(), Exit::Success);
        self.err.text()
    }
}

pub(crate) fn write(directory: &Path, name: &str, text: &str) -> PathBuf {
    let path = directory.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

const PEOPLE: &str = "id,name,born,height,seen,alive\n\
    1,Ada,1815-12-10,1.65,2024-05-01T12:00:00Z,false\n\
    2,\"Lin, Mei\",,NA,,true\n";

#[tokio::test]
async fn loads_files_into_tables_of_same_name() {
    let directory = directory("serve");
    let people = write(&directory, "people.csv", PEOPLE);
    let served = Served::start(&[people.to_str().unwrap(), "--null", "NA"]).await;
    assert_eq!(
        served.said,
        format!(
            "people: 2 rows of {}\nlistening on {}\n",
            people.display(),
            served.url
        )
    );
    assert_eq!(
        served.csv("SELECT * FROM people ORDER BY id").await,
        "id,name,born,height,seen,alive\n\
         1,Ada,1815-12-10,1.65,2024-05-01T12:00:00Z,false\n\
         2,\"Lin, Mei\",,,,true\n"
    );
    let types = run(&["columns", &served.url, "people", "--format", "csv"]).await;
    let types = types.clean();
    let types: Vec<_> = types
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(1).unwrap())
        .collect();
    assert_eq!(
        types,
        ["BIGINT", "TEXT", "DATE", "DOUBLE", "TIMESTAMPTZ", "BOOLEAN"]
    );

    // The same table through Parquet.
    let parquet = directory.join("copied.parquet");
    let written = ["query", &served.url, "SELECT * FROM people", "-o"];
    let written = run(&[&written[..], &[parquet.to_str().unwrap()]].concat()).await;
    assert_eq!(written.clean(), "");
    let copied = Served::start(&[parquet.to_str().unwrap()]).await;
    assert_eq!(
        copied.csv("SELECT * FROM copied ORDER BY id").await,
        served.csv("SELECT * FROM people ORDER BY id").await
    );
    copied.stop().await;
    served.stop().await;
}

#[tokio::test]
async fn serves_and_modifies_database_file() {
    let directory = directory("serve-database");
    let database = directory.join("shop.sqlite");
    let people = write(&directory, "people.csv", PEOPLE);
    let other = write(&directory, "other.csv", "n\n1\n2\n3\n");
    // An empty file is an empty database.
    std::fs::write(&database, "").unwrap();
    let (database, people) = (database.to_str().unwrap(), people.to_str().unwrap());

    let first = Served::start(&[database, people]).await;
    assert!(
        first.said.contains("\nmain.people (table)\n"),
        "{}",
        first.said
    );
    let change = [
        "query",
        &first.url,
        "UPDATE people SET name = 'Eve' WHERE id = 2",
    ];
    assert_eq!(run(&change).await.clean(), "1 row affected\n");
    assert!(first.stop_with_notes().await.contains("--null NA"));

    let second = Served::start(&[database, other.to_str().unwrap()]).await;
    assert_eq!(
        second.csv("SELECT id, name FROM people ORDER BY id").await,
        "id,name\n1,Ada\n2,Eve\n"
    );
    assert_eq!(second.csv("SELECT sum(n) AS s FROM other").await, "s\n6\n");
    second.stop().await;

    // An existing table is not replaced by accident.
    let kept = run(&["serve", "--listen", "127.0.0.1:0", database, people]).await;
    kept.fails(Exit::Failed, &["people", "already exists", "--replace"]);
    let third = Served::start(&[database, people, "--replace"]).await;
    assert_eq!(
        third.csv("SELECT name FROM people WHERE id = 2").await,
        "name\n\"Lin, Mei\"\n"
    );
    assert!(third.stop_with_notes().await.contains("--null NA"));
}

#[tokio::test]
async fn j15_creates_database_on_request() {
    let directory = directory("serve-create");
    let (new, table) = (directory.join("new.db"), directory.join("new.csv"));
    let (new, table) = (new.to_str().unwrap(), table.to_str().unwrap());
    let missing = run(&["serve", "--listen", "127.0.0.1:0", new]).await;
    missing.fails(Exit::Usage, &["new.db does not exist; use --create"]);
    assert!(!directory.join("new.db").exists());
    // Only a database can be created.
    let create = ["serve", "--listen", "127.0.0.1:0", "--create"];
    let wrong = run(&[&create[..], &[table]].concat()).await;
    wrong.fails(Exit::Usage, &["new.csv does not exist\n"]);

    let first = Served::start(&[new, "--create"]).await;
    let change = ["query", &first.url, "CREATE TABLE t AS SELECT 7 AS n"];
    run(&change).await.clean();
    first.stop().await;
    // An existing database keeps its tables.
    let second = Served::start(&[new, "--create"]).await;
    assert_eq!(second.csv("SELECT n FROM t").await, "n\n7\n");
    second.stop().await;
}

#[tokio::test]
async fn requires_password_or_token() {
    let args = [
        "--user",
        "ann",
        "--password-env",
        "SECRET",
        "--token",
        "t0ken",
    ];
    let served = Served::start(&args).await;
    assert!(served.url.contains("ann@127.0.0.1"), "{}", served.url);
    assert!(!served.said.contains("s3cret") && !served.said.contains("t0ken"));
    let no_user = served.url.replace("ann@", "");
    let refused = run(&["query", &no_user, "SELECT 1"]).await;
    refused.fails(
        Exit::Failed,
        &["UNAUTHENTICATED", "hint: correct the credentials"],
    );
    for url in [
        served.url.replace("ann@", "ann:s3cret@"),
        format!("{no_user}?token=t0ken"),
    ] {
        let csv = run(&["query", &url, "SELECT 1 AS one", "--format", "csv"]).await;
        assert_eq!(csv.clean(), "one\n1\n");
    }
    served.stop().await;
}

/// Runs a `serve` that must fail before it listens, and stops it otherwise.
async fn refused(args: &[&str]) -> Ran {
    let args = [&["serve"], args].concat();
    run_in(&args, |shell| shell.stop = Box::pin(std::future::ready(()))).await
}

#[tokio::test]
async fn rejects_public_address_without_password() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let open = refused(&["--listen", address]).await;
        open.fails(Exit::Usage, &["from other machines", "--password"]);
        let user = refused(&["--listen", address, "--user", "ann"]).await;
        user.fails(Exit::Usage, &["--user requires --password"]);
        let empty = ["--listen", address, "--user", "ann", "--password", ""];
        refused(&empty).await.fails(Exit::Usage, &["is empty"]);
    }
}

#[tokio::test]
async fn names_rejected_files() {
    let directory = directory("serve-wrong");
    let (a, b) = (directory.join("a"), directory.join("b"));
    std::fs::create_dir(&a).unwrap();
    std::fs::create_dir(&b).unwrap();
    let good = write(&a, "people.csv", PEOPLE);
    let same = write(&b, "People.CSV", PEOPLE);
    let short = write(&a, "short.csv", "x,y\n1,2\n3\n");
    let no_parquet = write(&a, "no.parquet", "PAR2");
    let other = write(&a, "notes.txt", "");
    let no_database = write(
        &a,
        "no.db",
        "this is not a database, however long its text is",
    );
    let databases = [write(&a, "one.db", ""), write(&a, "two.sqlite", "")];
    let missing = a.join("missing.db");
    for (files, expected) in [
        (&[&good, &same][..], "would both be table"),
        (&[&short], "short.csv"),
        (&[&no_parquet], "no.parquet"),
        (&[&other], "use .csv"),
        (&[&no_database], "no.db"),
        (&[&databases[0], &databases[1]], "both databases"),
        (&[&missing], "does not exist"),
    ] {
        let mut args = vec!["serve", "--listen", "127.0.0.1:0"];
        args.extend(files.iter().map(|file| file.to_str().unwrap()));
        run(&args).await.fails(Exit::Usage, &[expected]);
    }
    assert!(!missing.exists());

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let taken = listener.local_addr().unwrap().to_string();
    let failed = run(&["serve", "--listen", &taken]).await;
    failed.fails(Exit::Usage, &["could not listen on", &taken]);
}
