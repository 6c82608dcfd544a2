//! Each operation against each place and code of an error that repeats all secrets.

use std::collections::{BTreeMap, BTreeSet};

use flightsql::observe::pool_metrics;
use flightsql::{
    ConnectOptions as _, Connection as _, Error, Executor as _, FlightSqlConnection,
    FlightSqlPoolOptions,
};
use flightsql_testkit::tonic::Code;
use flightsql_testkit::{Rpc, TestServer, Tls};

use super::cases::{self, Case};
use super::echo::{Echo, Place, Stage};
use super::planted::{SESSION, find, leaks};
use super::{clean, clean_text, observed, operations, printed, recorder};
use crate::common::options;

const PLACES: [(Rpc, Place); 16] = [
    (Rpc::Handshake, Place::Head),
    (Rpc::Handshake, Place::Headers),
    (Rpc::Handshake, Place::Trailers),
    (Rpc::GetFlightInfo, Place::Head),
    (Rpc::GetFlightInfo, Place::Headers),
    (Rpc::GetFlightInfo, Place::Location),
    (Rpc::GetSchema, Place::Head),
    (Rpc::DoGet, Place::Head),
    (Rpc::DoGet, Place::Headers),
    (Rpc::DoGet, Place::Middle),
    (Rpc::DoGet, Place::Trailers),
    (Rpc::DoPut, Place::Head),
    (Rpc::DoPut, Place::Headers),
    (Rpc::DoPut, Place::Trailers),
    (Rpc::DoAction, Place::Head),
    (Rpc::DoAction, Place::Trailers),
];

/// One code of each kind: final, unsupported, temporary, and the end of the session.
const SOME_CODES: [Code; 4] = [
    Code::Internal,
    Code::Unimplemented,
    Code::Unavailable,
    Code::Unauthenticated,
];

/// All codes, or some of them if each record is searched, which is slow.
fn all_codes() -> Vec<Code> {
    match recorder::is_installed() {
        true => vec![Code::Internal, Code::Unauthenticated],
        false => (1..=16).map(Code::from).collect(),
    }
}

/// The errors so far.
#[derive(Default)]
struct Findings {
    /// One example of each kind of leak.
    leaks: BTreeMap<String, String>,
    /// The errors with a masked secret.
    masked: usize,
    /// The operations that failed, with the places.
    failed: BTreeSet<(&'static str, Rpc, String)>,
}

impl Findings {
    fn note(&mut self, operation: &'static str, stage: Stage, error: &Error) {
        let text = printed(error) + &observed::parts(error);
        let Stage { rpc, place, code } = stage;
        self.failed.insert((operation, rpc, format!("{place:?}")));
        self.masked += usize::from(text.contains("***"));
        if let Some(found) = leaks(&text) {
            let place = format!("{operation}: {rpc} {place:?} {code:?}");
            self.leaks.insert(place, found);
        }
    }

    /// Checks the errors of a case, and the events of its observer.
    #[track_caller]
    fn check(&self, case: &Case) {
        assert!(self.leaks.is_empty(), "{}: {:#?}", case.name, self.leaks);
        let names = case.events.check();
        for name in ["created", "failed", "hook"] {
            assert!(names.contains(name), "{}: no {name}: {names:?}", case.name);
        }
    }
}

async fn echo() -> (Echo, TestServer) {
    let echo = Echo::default();
    let server = TestServer::builder().record_calls(false);
    let server = server.scripted(echo.script()).start().await.unwrap();
    (echo, server)
}

async fn open(case: &Case) -> FlightSqlConnection {
    let opened = case.options.connect().await;
    opened.unwrap_or_else(|error| panic!("{}: {error}", case.name))
}

/// Runs the operations of a case against each place and code.
async fn run(case: &Case, echo: &Echo, operations: &[&'static str], codes: &[Code]) -> Findings {
    let mut findings = Findings::default();
    echo.know(&case.known);
    // The RPCs that an operation does not send.
    let mut unused = BTreeSet::new();
    for (rpc, place) in PLACES {
        if recorder::is_installed() && place == Place::Headers {
            continue;
        }
        // Opening a connection, and closing it.
        for &code in codes {
            let stage = Stage { rpc, place, code };
            echo.fail(stage, usize::MAX);
            match case.options.connect().await {
                Err(error) => findings.note("connect", stage, &error),
                Ok(connection) => {
                    if let Err(error) = connection.close().await {
                        findings.note("close", stage, &error);
                    }
                }
            }
            if echo.recover() == 0 {
                break;
            }
        }
        let mut connection = open(case).await;
        for &operation in operations {
            if unused.contains(&(operation, rpc)) {
                continue;
            }
            for &code in codes {
                let stage = Stage { rpc, place, code };
                echo.fail(stage, usize::MAX);
                let outcome = operations::run(operation, &mut connection).await;
                if let Err(error) = &outcome {
                    findings.note(operation, stage, error);
                }
                clean_text(&observed::headers(&connection.response_headers()));
                let hits = echo.recover();
                if let Err(error) = connection.ping().await {
                    findings.note("ping later", stage, &error);
                    // Its reason is printed, too.
                    clean(&connection);
                }
                if connection.is_broken() || outcome.is_err() && code == Code::Unauthenticated {
                    connection = open(case).await;
                }
                if hits == 0 {
                    unused.insert((operation, rpc));
                }
                if hits == 0 || place == Place::Location {
                    break;
                }
            }
            clean(&connection);
        }
    }
    findings
}

#[tokio::test]
async fn errors_of_all_operations_and_codes_show_no_secret() {
    let (echo, server) = echo().await;
    let case = cases::password(&server, "retries=0&ping_after=0s");
    let codes = all_codes();
    let findings = run(&case, &echo, &operations::ALL, &codes).await;
    findings.check(&case);
    let failed: BTreeSet<&str> = findings.failed.iter().map(|it| it.0).collect();
    // Server information is read once per pool, and there is nothing to flush.
    let other = ["server info", "flush"];
    let mut missing = operations::ALL.to_vec();
    missing.retain(|it| !failed.contains(it) && !other.contains(it));
    assert!(missing.is_empty(), "never failed: {missing:?}");
    assert!(findings.failed.len() > 60, "{:#?}", findings.failed);
    let least = 40 * codes.len();
    assert!(findings.masked > least, "{}", findings.masked);
}

#[tokio::test]
async fn errors_with_all_credentials_show_no_secret() {
    const OPERATIONS: [&str; 8] = [
        "fetch bound",
        "execute",
        "fetch_all",
        "commit",
        "ingest",
        "tables",
        "set option",
        "statement header bound",
    ];
    // Searching each record is slow.
    let (operations, codes) = match recorder::is_installed() {
        true => (&OPERATIONS[..1], &SOME_CODES[..1]),
        false => (&OPERATIONS[..], &SOME_CODES[..]),
    };
    let (echo, server) = echo().await;
    for case in cases::all(&server).await {
        let findings = run(&case, &echo, operations, codes).await;
        findings.check(&case);
        assert!(
            findings.masked >= 5 * codes.len(),
            "{}: {}",
            case.name,
            findings.masked
        );
    }
}

#[tokio::test]
async fn errors_after_retries_and_logins_show_no_secret() {
    let (echo, server) = echo().await;
    for query in ["retries=2", "retries=2&login=shared"] {
        let case = cases::password(&server, query);
        echo.know(&case.known);
        let mut findings = Findings::default();
        for code in [Code::Unavailable, Code::Unauthenticated] {
            for (times, rpc) in [
                (1, Rpc::GetFlightInfo),
                (9, Rpc::GetFlightInfo),
                (9, Rpc::DoGet),
            ] {
                let place = Place::Head;
                let stage = Stage { rpc, place, code };
                let mut connection = open(&case).await;
                echo.fail(stage, times);
                let outcome = operations::run("statement header", &mut connection).await;
                assert_eq!(outcome.is_err(), times > 1, "{stage:?}");
                if let Err(error) = outcome {
                    findings.note("statement header", stage, &error);
                }
                assert!(echo.recover() >= times.min(2), "{stage:?}");
            }
        }
        findings.check(&case);
        assert_eq!(findings.masked, 4, "{query}");
    }
}

#[tokio::test]
async fn errors_of_server_information_show_no_secret() {
    let (echo, server) = echo().await;
    let case = cases::password(&server, "retries=0");
    echo.know(&case.known);
    let mut findings = Findings::default();
    for code in all_codes() {
        for rpc in [Rpc::GetFlightInfo, Rpc::DoGet] {
            let mut connection = open(&case).await;
            let place = Place::Head;
            let stage = Stage { rpc, place, code };
            echo.fail(stage, usize::MAX);
            let outcome = operations::run("server info", &mut connection).await;
            assert!(echo.recover() > 0, "{stage:?}");
            if let Err(error) = outcome {
                findings.note("server info", stage, &error);
            }
        }
    }
    findings.check(&case);
    assert!(findings.masked >= 4, "{}", findings.masked);
}

#[tokio::test]
async fn options_connections_and_pools_show_no_secret() {
    let (echo, server) = echo().await;
    for case in cases::all(&server).await {
        echo.know(&case.known);
        clean(&case.options);
        // The options of the session are part of the URL.
        let url = case.options.to_url_lossy().to_string();
        assert!(url.contains(&format!("session.tenant={SESSION}")), "{url}");
        clean_text(&url.replace(SESSION, ""));
        let pool = flightsql::pool_options().max_connections(1);
        let pool = pool.connect_with(case.options.clone()).await.unwrap();
        clean(&pool);
        let mut connection = pool.acquire().await.unwrap();
        for operation in operations::ALL {
            // The catalog of this server is not valid.
            let _ = operations::run(operation, &mut connection).await;
            clean(&connection);
            clean_text(&observed::headers(&connection.response_headers()));
        }
        connection.fetch_all("SELECT n FROM t").await.unwrap();
        assert!(
            connection
                .response_headers()
                .get("x-echo")
                .is_some_and(|text| text.contains("***"))
        );
        clean(&connection.begin().await.unwrap());
        clean(&pool.connect_options());
        clean(&pool_metrics(&pool));
        drop(connection);
        // The pool has got the connection back.
        drop(pool.acquire().await.unwrap());
        let names = case.events.check();
        for name in [
            "created",
            "released",
            "hook",
            "SELECT",
            "BATCH UPDATE",
            "BEGIN",
            "COMMIT",
        ] {
            assert!(names.contains(name), "{}: no {name}: {names:?}", case.name);
        }
    }
}

/// Asserts that a text has no line of the key.
#[track_caller]
fn keyless(text: &str, lines: &[String]) {
    for line in lines {
        assert_eq!(find(text, line), None, "a key was printed");
    }
}

#[tokio::test]
async fn client_key_is_never_shown() {
    let echo = Echo::default();
    let server = TestServer::builder().mutual_tls(Tls::generated());
    let server = server.scripted(echo.script()).start().await.unwrap();
    let (ca, cert) = (server.ca_pem().unwrap(), server.client_pem().unwrap());
    let key = server.client_key_pem().unwrap();
    let lines = key.lines().filter(|line| !line.starts_with('-'));
    let lines: Vec<String> = lines
        .map(|line| line[..32.min(line.len())].to_owned())
        .collect();
    assert!(lines.len() > 1, "{}", lines.len());
    let lines = lines[..lines.len() - 1].to_vec();
    for line in &lines {
        recorder::generated(line);
    }
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (cert_file, key_file) = (
        folder.join("secrets-cert.pem"),
        folder.join("secrets-key.pem"),
    );
    std::fs::write(&cert_file, cert).unwrap();
    std::fs::write(&key_file, key).unwrap();
    let base = options(&server.url()).tls_ca_pem(ca);
    let inline = base.clone().tls_client_identity(cert, key);
    let files = base
        .clone()
        .tls_client_identity_files(&cert_file, &key_file);
    for options in [inline.clone(), files] {
        let mut connection = options.connect().await.unwrap();
        connection.fetch_all("SELECT n FROM t").await.unwrap();
        let url = options.to_url_lossy();
        keyless(
            &format!("{options:?} {options:#?} {connection:#?} {url}"),
            &lines,
        );
        let pool = FlightSqlPoolOptions::new().connect_lazy_with(options);
        keyless(&format!("{pool:#?}"), &lines);
    }
    // Keys that are damaged, of another certificate, or in the place of the certificate.
    let damaged = key.replacen(&lines[0], &format!("*{}", lines[0]), 1);
    let other = Tls::generated();
    for (cert, key) in [
        (cert, damaged.as_str()),
        (cert, &key[..key.len() / 2]),
        (key, key),
        (key, cert),
        (other.ca_pem().unwrap(), key),
    ] {
        let options = base.clone().tls_client_identity(cert, key);
        let error = options.connect().await.unwrap_err();
        keyless(&printed(&error), &lines);
        keyless(&format!("{options:#?} {}", options.to_url_lossy()), &lines);
    }
    let url = format!(
        "{}?tls_client_key_pem={}&tls_client_key_pem=a",
        server.url(),
        lines[0]
    );
    let error = url
        .parse::<flightsql::FlightSqlConnectOptions>()
        .unwrap_err();
    keyless(&printed(&error), &lines);
}
