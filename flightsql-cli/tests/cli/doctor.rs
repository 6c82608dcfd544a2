//! `doctor` against servers with every failure mode.

use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch};
use flightsql_cli::Exit;
use flightsql_testkit::{
    Cluster, Fault, ProxyReply, ProxyServer, Reply, Rpc, Script, SqliteConfig, TestServer, Tls,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::common::{Ran, directory, run, server};

/// Replaces the parts of the output that change between runs: durations, the server's address and SQLite's version.
pub(crate) fn normal(ran: &Ran, address: &str) -> String {
    let text = ran.out().replace(address, "HOST");
    let lines = text.lines().map(|line| {
        let words = line.split(' ').collect::<Vec<_>>();
        let mut kept: Vec<&str> = Vec::new();
        for (index, word) in words.iter().enumerate() {
            let number = word.trim_start_matches('(').parse::<f64>().is_ok();
            let before_unit = words
                .get(index + 1)
                .is_some_and(|next| next.starts_with("ms"));
            let version = index > 0 && words[index - 1] == "SQLite";
            kept.push(match () {
                () if number && before_unit => match word.starts_with('(') {
                    true => "(N",
                    false => "N",
                },
                () if version => "V,",
                () => word,
            });
        }
        kept.join(" ") + "\n"
    });
    lines.collect()
}

/// Returns the line of a step, and the hint below it if there is one.
pub(crate) fn about<'a>(text: &'a str, step: &str) -> (&'a str, Option<&'a str>) {
    let mut lines = text.lines();
    let line = lines
        .find(|line| line.get(13..).is_some_and(|rest| rest.starts_with(step)))
        .unwrap_or_else(|| panic!("no {step} in {text}"));
    let hint = lines
        .next()
        .and_then(|next| next.trim_start().strip_prefix("hint: "));
    (line, hint)
}

pub(crate) fn word(line: &str) -> &str {
    line.split(' ').next().unwrap()
}

#[tokio::test]
async fn reports_healthy_server() {
    let server = server().await;
    let ran = run(&["doctor", &server.url()]).await;
    assert_eq!((ran.exit, ran.err.as_str()), (Exit::Success, ""));
    assert_eq!(
        normal(&ran, &server.address()),
        "\
ok           URL                       flightsql+tcp://HOST
ok           TCP connect               connected to HOST (N ms)
ok           connect and authenticate  plaintext HTTP/2, without credentials
ok           ping                      N ms
ok           server info               SQLite V, Arrow 59.3, not read-only, transactions and savepoints
ok           dialect                   ansi; the server appears to be sqlite, whose dialect supports more: use `sqlite+flightsql…` in the URL
ok           query                     returned 1 (N ms)
ok           locations                 1 endpoint, read over this connection
ok           parameter                 ? returned 42 (N ms)
ok           prepare                   the server reports 1 column
ok           updates                   not read-only; not tried, to avoid changing data; the driver would use the update RPC
ok           transactions              two with different ids were begun and rolled back
ok           savepoints                set and rolled back
ok           catalogs                  1: main
ok           schemas                   none
ok           tables                    3, the first is main.airline
ok           columns                   2 in main.airline, the first is code TEXT
ok           keys                      main.airline: primary key (code), no foreign keys
ok           types                     21: BOOLEAN, TINYINT, UTINYINT, …
ok           ingest                    reported by the server; not tried, to avoid changing data
ok           session options           `catalog` was set to main

21 ok, 0 unsupported, 0 skipped, 0 failed: the server is usable
"
    );
    // The doctor changes nothing and leaves nothing on the server.
    let updates = server.calls_of(Rpc::DoPut);
    let updates = updates
        .iter()
        .filter_map(|call| call.command())
        .filter(|command| command.contains("Update") || command.contains("Ingest"));
    assert_eq!(updates.count(), 0);
    assert_eq!(server.sqlite().open_prepared(), 0);
    assert_eq!(server.sqlite().open_transactions(), 0);
}

#[tokio::test]
async fn reports_invalid_url_first() {
    let ran = run(&["doctor", "flightsql+tcp://127.0.0.1:1?quer_timeout=1s"]).await;
    assert_eq!((ran.exit, ran.err.as_str()), (Exit::Failed, ""));
    let (line, hint) = about(ran.out(), "URL");
    assert_eq!(word(line), "FAILED");
    assert!(line.contains("did you mean `query_timeout`"), "{line}");
    assert!(hint.unwrap().contains("correct the URL"));
    assert!(ran.out().ends_with(
        "\nskipped      the rest                  20 more steps, which need a connection\n\
         \n0 ok, 0 unsupported, 20 skipped, 1 failed: the server is not usable until `URL` succeeds\n"
    ));
}

#[tokio::test]
async fn recognizes_closed_port() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let ran = run(&["doctor", &format!("flightsql+tcp://{address}")]).await;
    assert_eq!(ran.exit, Exit::Failed);
    // Only the number differs between systems.
    let text = normal(&ran, &address);
    let number = text
        .split_once(" (os error ")
        .unwrap()
        .1
        .split_once(')')
        .unwrap()
        .0;
    assert_eq!(
        text.replace(&format!(" (os error {number})"), ""),
        "\
ok           URL                       flightsql+tcp://HOST
FAILED       TCP connect               HOST: Connection refused
                                       hint: start the server, or correct the host and port in the URL
skipped      the rest                  19 more steps, which need a connection

1 ok, 0 unsupported, 19 skipped, 1 failed: the server is not usable until `TCP connect` succeeds
"
    );
}

#[tokio::test]
async fn connects_to_the_proxy_of_the_url() {
    let server = TestServer::sqlite().await.unwrap();
    let proxy = ProxyServer::start().await.unwrap();
    let target = format!("db.example:{}", server.port().unwrap());
    proxy.route(&target, server.address());
    let url = format!(
        "flightsql+tcp://{target}?proxy=http://ann:pl4nted@{}",
        proxy.address()
    );
    let ran = run(&["doctor", &url]).await;
    let place = format!("connected to the proxy at {} (", proxy.address());
    let line = about(ran.out(), "TCP connect").0;
    assert!(word(line) == "ok" && line.contains(&place), "{line}");
    assert_eq!(word(about(ran.out(), "connect and authenticate").0), "ok");
    assert_eq!(proxy.targets()[0], target);
    assert!(!ran.out().contains("pl4nted"), "{}", ran.out());

    proxy.reply_with(ProxyReply::status(403, "Forbidden"));
    let ran = run(&["doctor", &url]).await;
    assert_eq!(ran.exit, Exit::Failed);
    let (line, _) = about(ran.out(), "connect and authenticate");
    let expected = format!(
        "the proxy {} (`proxy`): it returned 403 Forbidden",
        proxy.address()
    );
    assert!(line.contains(&expected), "{line}");
}

#[tokio::test]
async fn reports_unknown_host() {
    let ran = run(&["doctor", "flightsql+tcp://no-such-host.invalid:31337"]).await;
    assert_eq!(ran.exit, Exit::Failed);
    let (line, hint) = about(ran.out(), "TCP connect");
    assert!(line.contains("no-such-host.invalid:31337"), "{line}");
    assert_eq!(hint, Some("check the host name, the port and the network"));
}

#[tokio::test]
async fn recognizes_http1_server() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = socket.read(&mut [0; 64]).await;
                let reply = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
                let _ = socket.write_all(reply).await;
                let _ = socket.shutdown().await;
                // Wait until the client is gone, so that no reset overtakes the reply.
                while matches!(socket.read(&mut [0; 1024]).await, Ok(1..)) {}
            });
        }
    });
    let ran = run(&["doctor", &format!("flightsql+tcp://{address}")]).await;
    assert_eq!(ran.exit, Exit::Failed);
    assert_eq!(word(about(ran.out(), "TCP connect").0), "ok");
    let (line, hint) = about(ran.out(), "connect and authenticate");
    assert_eq!(word(line), "FAILED");
    assert!(line.contains("the server responded with HTTP/1"), "{line}");
    assert!(hint.unwrap().contains("use the gRPC port of the server"));
}

#[tokio::test]
async fn unknown_authority_suggests_tls_ca() {
    let server = TestServer::builder().tls(Tls::generated()).start().await;
    let server = server.unwrap();
    let other = directory("doctor-tls").join("other.pem");
    std::fs::write(&other, Tls::generated().ca_pem().unwrap()).unwrap();
    let url = format!("{}?tls_ca={}", server.url(), other.display());
    let ran = run(&["doctor", &url]).await;
    assert_eq!(ran.exit, Exit::Failed);
    let (line, hint) = about(ran.out(), "connect and authenticate");
    assert_eq!(word(line), "FAILED");
    assert!(line.contains("unknown CA"), "{line}");
    assert!(hint.unwrap().contains("`tls_ca=FILE`"));

    let right = directory("doctor-tls").join("right.pem");
    std::fs::write(&right, server.ca_pem().unwrap()).unwrap();
    let url = format!("{}?tls_ca={}", server.url(), right.display());
    let ran = run(&["doctor", &url]).await;
    assert_eq!(ran.exit, Exit::Success);
    let (line, _) = about(ran.out(), "connect and authenticate");
    assert!(
        line.ends_with("TLS and HTTP/2, without credentials"),
        "{line}"
    );
}

#[tokio::test]
async fn reports_wrong_credentials_without_secrets() {
    let server = TestServer::builder()
        .basic("ann", "right-s3cret")
        .bearer("t0ken");
    let server = server.start().await.unwrap();
    let url = format!("flightsql+tcp://ann:wrong-s3cret@{}", server.address());
    let ran = run(&["doctor", &url]).await;
    assert_eq!(ran.exit, Exit::Failed);
    assert!(!ran.out().contains("s3cret"));
    let (line, hint) = about(ran.out(), "connect and authenticate");
    assert_eq!(word(line), "FAILED");
    assert!(line.contains("check user and password"), "{line}");
    assert!(hint.unwrap().contains("`user:password@host`"));

    let right = run(&["doctor", &url.replace("wrong", "right")]).await;
    assert_eq!(right.exit, Exit::Success);
    let (line, _) = about(right.out(), "connect and authenticate");
    assert!(line.ends_with("authenticated as ann"), "{line}");
    assert!(!right.out().contains("s3cret"));

    // A server checks a token at the first RPC; without one, everything fails.
    let token = run(&["doctor", &format!("{}?token=t0ken", server.url())]).await;
    assert_eq!(token.exit, Exit::Success);
    let (line, _) = about(token.out(), "connect and authenticate");
    assert!(line.ends_with("with a bearer token"), "{line}");
    assert!(!token.out().contains("t0ken"));
    let none = run(&["doctor", &server.url()]).await;
    assert_eq!(none.exit, Exit::Failed);
    let (line, hint) = about(none.out(), "query");
    assert_eq!(word(line), "FAILED");
    assert!(hint.unwrap().contains("correct the credentials"));
}

#[tokio::test]
async fn accepts_server_with_queries_only() {
    let one: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    let batch = RecordBatch::try_from_iter([("1", one)]).unwrap();
    let schema = batch.schema().as_ref().clone();
    let script = Script::new()
        .on(
            Rpc::GetFlightInfo,
            "CommandStatementQuery",
            Reply::ticket(schema.clone(), "t").always(),
        )
        .do_get(Reply::batches(schema, vec![batch]).always());
    let server = TestServer::scripted(script).await.unwrap();
    let ran = run(&["doctor", &server.url()]).await;
    assert_eq!((ran.exit, ran.err.as_str()), (Exit::Success, ""));
    let text = normal(&ran, &server.address());
    for (step, expected) in [
        ("query", "ok"),
        ("server info", "unsupported"),
        ("dialect", "ok"),
        ("parameter", "unsupported"),
        ("prepare", "unsupported"),
        ("updates", "skipped"),
        ("transactions", "unsupported"),
        ("savepoints", "skipped"),
        ("catalogs", "unsupported"),
        ("schemas", "unsupported"),
        ("tables", "unsupported"),
        ("columns", "skipped"),
        ("keys", "skipped"),
        ("types", "unsupported"),
        ("ingest", "skipped"),
        ("session options", "skipped"),
    ] {
        assert_eq!(word(about(&text, step).0), expected, "{step} in {text}");
    }
    assert!(text.ends_with("0 failed: the server is usable\n"), "{text}");
}

#[tokio::test]
async fn accepts_server_without_info_and_transactions() {
    let config = SqliteConfig::new().sql_info(false).transactions(false);
    let server = TestServer::builder().sqlite(config).start().await.unwrap();
    let ran = run(&["doctor", &server.url()]).await;
    assert_eq!(ran.exit, Exit::Success);
    assert!(
        ran.out()
            .ends_with("\n14 ok, 2 unsupported, 5 skipped, 0 failed: the server is usable\n"),
        "{}",
        ran.out()
    );
    let (line, _) = about(ran.out(), "transactions");
    assert!(line.contains("does not support transactions"), "{line}");
}

#[tokio::test]
async fn continues_after_failed_and_hanging_steps() {
    let server = server().await;
    let broken = || Fault::new(Rpc::GetFlightInfo).always();
    server.fault(broken().command("CommandGetCatalogs").status(
        flightsql_testkit::tonic::Code::Internal,
        "on\nfire\u{1b}[31m",
    ));
    server.fault(broken().command("CommandGetXdbcTypeInfo").hang());
    server.fault(broken().command("CommandGetDbSchemas").drop_connection());
    let ran = run(&["doctor", &server.url(), "--timeout", "1"]).await;
    assert_eq!(ran.exit, Exit::Success);
    let (line, hint) = about(ran.out(), "catalogs");
    assert_eq!(word(line), "FAILED");
    // The step is one line without control characters.
    assert!(line.contains("on fire\u{fffd}[31m"), "{line}");
    assert!(hint.unwrap().contains("the server's log"));
    let (line, hint) = about(ran.out(), "types");
    assert!(line.contains("no response within 1s"), "{line}");
    assert!(hint.unwrap().contains("--timeout"));
    assert_eq!(word(about(ran.out(), "schemas").0), "FAILED");
    assert_eq!(word(about(ran.out(), "tables").0), "ok");
    assert!(
        ran.out().ends_with(
            "3 failed: the server is usable, except for `catalogs`, `schemas`, `types`\n"
        )
    );
}

#[tokio::test]
async fn rejects_server_without_flight_sql() {
    let server = TestServer::scripted(Script::new()).await.unwrap();
    let ran = run(&["doctor", &server.url()]).await;
    assert_eq!(ran.exit, Exit::Failed);
    let (line, hint) = about(ran.out(), "query");
    assert_eq!(word(line), "FAILED");
    assert!(hint.unwrap().contains("does not speak Flight SQL"));
    assert!(
        ran.out()
            .ends_with("the server is not usable until `query` succeeds\n")
    );
}

#[cfg(unix)]
#[tokio::test]
async fn supports_unix_socket_and_dialect() {
    let server = TestServer::builder()
        .unix_socket(true)
        .start()
        .await
        .unwrap();
    let ran = run(&["doctor", &format!("sqlite+{}", server.url())]).await;
    assert_eq!(ran.exit, Exit::Success);
    assert_eq!(
        about(ran.out(), "TCP connect").0,
        "skipped      TCP connect               Unix socket; the next step opens it"
    );
    assert!(
        about(ran.out(), "connect and authenticate")
            .0
            .ends_with("HTTP/2 on a Unix socket, without credentials")
    );
    assert!(
        about(ran.out(), "dialect")
            .0
            .contains("sqlite, which matches the server")
    );
    assert!(
        ran.out()
            .contains("18 ok, 0 unsupported, 3 skipped, 0 failed"),
        "{}",
        ran.out()
    );
}

#[tokio::test]
async fn tests_the_source_of_a_token() {
    let config = TestServer::builder().bearer("t0ken");
    let server = config.start().await.unwrap();
    let args = ["doctor", &server.url(), "--token-command", "echo t0ken"];
    let ran = run(&args).await;
    assert_eq!(ran.exit, Exit::Success);
    assert_eq!(
        about(ran.out(), "token source").0,
        "ok           token source              token_command returned a secret without an expiry"
    );
    assert!(
        ran.out().contains("\n20 ok, 0 unsupported"),
        "{}",
        ran.out()
    );
    assert!(!ran.out().contains("t0ken"));

    let args = ["doctor", &server.url(), "--token-command", "exit 3"];
    let ran = run(&args).await;
    assert_eq!(ran.exit, Exit::Failed);
    let (line, hint) = about(ran.out(), "token source");
    assert_eq!(word(line), "FAILED");
    assert!(line.contains("`token_command` failed with"), "{line}");
    assert!(hint.is_some());
    assert!(
        ran.out().ends_with(
            "\nskipped      the rest                  19 more steps, which need a connection\n\n\
             2 ok, 0 unsupported, 19 skipped, 1 failed: the server is not usable until `token source` succeeds\n"
        ),
        "{}",
        ran.out()
    );
}

#[tokio::test]
async fn tests_the_locations_of_a_result() {
    let builder = TestServer::builder;
    let cluster = Cluster::start(builder(), [builder(), builder()])
        .await
        .unwrap();
    let dead = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dead_address = dead.local_addr().unwrap().to_string();
    drop(dead);
    let plan = || {
        cluster.plan([
            vec![cluster.location(0)],
            vec![format!("grpc+tcp://{dead_address}"), cluster.location(1)],
        ]);
    };
    // For the steps `ping`, `server info`, `query` and `locations`.
    (0..4).for_each(|_| plan());
    let url = format!("{}?location_allow=127.0.0.0/8", cluster.front().url());
    let ran = run(&["doctor", &url]).await;
    let (line, _) = about(ran.out(), "locations");
    assert_eq!(word(line), "ok", "{}", ran.out());
    let (first, second) = (cluster.node(0).address(), cluster.node(1).address());
    for part in [
        format!("2 endpoints, read at {first} ("),
        format!(
            "{dead_address} (cannot connect to {dead_address}: the server refused the connection"
        ),
        format!("{second} ("),
    ] {
        assert!(line.contains(&part), "{part} in {line}");
    }

    (0..4).for_each(|_| plan());
    let ran = run(&["doctor", &cluster.front().url()]).await;
    let (line, _) = about(ran.out(), "locations");
    assert_eq!(word(line), "FAILED");
    assert!(line.contains("list it with `location_allow`"), "{line}");
}
