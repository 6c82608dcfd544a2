//! Tests of the service over real HTTP, with a real server.

#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod common;

use std::collections::BTreeSet;
use std::time::Duration;

use arrow_array::cast::AsArray as _;
use arrow_array::types::Int64Type;
use arrow_ipc::reader::StreamReader;
use flightsql::{Connection as _, FlightSqlConnection, query_scalar};
use flightsql_testkit::{Fault, Rpc, TestServer, tonic::Code};
use flightsql_web_service::{Config, Delay, Flight, Page};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;

use common::{DEADLINE, get, read, request, start, start_with, until};

const ROWS: i64 = 27_004;

/// Inserts more flights than all buffers between the database and a client can hold.
const MANY: &str = "INSERT INTO flights
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500000)
    SELECT 100000 + i, 'UA', i, 'EWR', 'ORD', 5, NULL, 719, '2013-01-31T12:00:00Z' FROM n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn serves_every_route() {
    let started = start().await;

    let page = started.get("/").await;
    assert_eq!(page.status, 200);
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert!(page.complete && page.text().contains("/api/delays"));
    assert!(!page.text().contains("https://"), "no external resources");

    assert_eq!(
        started.get("/healthz").await.json::<Value>(),
        json!({"status": "alive"})
    );
    let ready = started.get("/readyz").await;
    assert_eq!(
        (ready.status, ready.json()),
        (200, json!({"status": "ready"}))
    );

    let delays: Vec<Delay> = started.get("/api/delays").await.json();
    assert_eq!(delays.iter().map(|delay| delay.flights).sum::<i64>(), ROWS);
    assert!(delays.windows(2).all(|pair| pair[0].hour < pair[1].hour));
    // The count was determined from the CSV file.
    assert_eq!((delays[0].hour, delays[0].flights), (5, 157));
    assert!((delays[0].mean_delay.unwrap() - 440.0 / 157.0).abs() < 1e-9);

    let flight: Value = started.get("/api/flights/1").await.json();
    assert_eq!(
        flight,
        json!({
            "id": 1, "carrier": "UA", "airline": "United Air Lines Inc.", "flight": 1545, "origin": "EWR",
            "dest": "IAH", "time_hour": "2013-01-01T10:00:00Z", "dep_delay": 2, "distance": 1400,
        })
    );
    let cancelled: Flight = started.get("/api/flights/839").await.json();
    assert_eq!(cancelled.dep_delay, None);

    started.all_released().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rejects_wrong_requests() {
    let started = start().await;
    for target in [
        "/api/flights?limit=x",
        "/api/flights?limit=0",
        "/api/flights?limit=501",
        "/api/flights?limit=-1",
        "/api/flights?after=1.5",
        "/api/flights?after=99999999999999999999",
        "/api/flights?origin=jfk",
        "/api/flights?origin=%27%20OR%201=1",
        "/api/flights?orign=JFK",
        "/api/flights/x",
        "/api/flights/99999999999999999999",
    ] {
        let answer = started.get(target).await;
        assert_eq!(answer.status, 400, "{target}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert!(answer.json::<Value>()["error"].is_string(), "{target}");
    }
    assert_eq!(
        started.service.pages().size(),
        0,
        "the database got no query"
    );
    for target in ["/api/flights/0", "/api/flights/27005", "/nothing"] {
        let answer = started.get(target).await;
        assert_eq!(answer.status, 404, "{target}");
        assert!(answer.json::<Value>()["error"].is_string(), "{target}");
    }
    started.all_released().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_cover_every_row_once() {
    let started = start().await;
    let mut seen = Vec::new();
    let mut next = Some(0);
    while let Some(after) = next {
        let page: Page = started
            .get(&format!("/api/flights?after={after}&limit=500"))
            .await
            .json();
        assert!(!page.items.is_empty());
        seen.extend(page.items.iter().map(|flight| flight.id));
        next = page.next;
    }
    assert_eq!(seen, (1..=ROWS).collect::<Vec<_>>());

    // The data contains only these three airports.
    let mut all = BTreeSet::new();
    for origin in ["EWR", "JFK", "LGA"] {
        let mut next = Some(0);
        while let Some(after) = next {
            let target = format!("/api/flights?origin={origin}&after={after}&limit=499");
            let page: Page = started.get(&target).await.json();
            for flight in &page.items {
                assert_eq!(flight.origin, origin);
                assert!(all.insert(flight.id), "{} came twice", flight.id);
            }
            next = page.next;
        }
    }
    assert_eq!(all.len(), seen.len());

    let none: Page = started.get("/api/flights?origin=XYZ").await.json();
    assert_eq!(
        none,
        Page {
            items: Vec::new(),
            next: None
        }
    );
    let last: Page = started.get("/api/flights?after=27003&limit=1").await.json();
    assert_eq!((last.items.len(), last.next), (1, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exports_every_row() {
    let started = start().await;
    let lines = started.get("/export.ndjson").await;
    assert!(lines.status == 200 && lines.complete);
    assert_eq!(lines.header("content-type"), Some("application/x-ndjson"));
    let rows: Vec<Value> = lines
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows.len(), usize::try_from(ROWS).unwrap());
    assert_eq!(
        rows[0],
        json!({
            "id": 1, "carrier": "UA", "flight": 1545, "origin": "EWR", "dest": "IAH", "hour": 5, "dep_delay": 2,
            "distance": 1400, "time_hour": "2013-01-01T10:00:00Z",
        })
    );
    assert_eq!(rows[838]["dep_delay"], Value::Null);

    let file = started.get("/export.arrow").await;
    assert!(file.status == 200 && file.complete);
    let reader = StreamReader::try_new(&file.body[..], None).unwrap();
    let batches: Vec<_> = reader.map(|batch| batch.unwrap()).collect();
    assert!(batches.len() > 1, "more than one batch");
    let mut row = rows.iter();
    for batch in &batches {
        let column = |name: &str| batch.column_by_name(name).unwrap();
        let ids = column("id").as_primitive::<Int64Type>();
        let delays = column("dep_delay").as_primitive::<Int64Type>();
        let dests = column("dest").as_string::<i32>();
        for i in 0..batch.num_rows() {
            let row = row.next().unwrap();
            let delay = delays.iter().nth(i).unwrap();
            assert_eq!(row["id"], json!(ids.value(i)));
            assert_eq!(row["dep_delay"], json!(delay));
            assert_eq!(row["dest"], json!(dests.value(i)));
        }
    }
    assert_eq!(row.next(), None);
    started.all_released().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn disconnected_client_stops_export() {
    let started = start().await;
    started.database.sqlite().execute_batch(MANY).unwrap();
    for target in ["/export.ndjson", "/export.arrow"] {
        let mut stream = request(started.address, target).await;
        let mut some = vec![0; 100_000];
        stream.read_exact(&mut some).await.unwrap();
        assert_eq!(started.service.exports().num_idle(), 0);
        assert_eq!(started.database.sqlite().open_cursors(), 1, "{target}");
        drop(stream);
        started.all_released().await;
        assert_eq!(started.service.exports().size(), 1, "the same connection");
    }
    let export = started.get("/export.ndjson").await;
    assert!(export.complete);
    assert_eq!(export.text().lines().count(), 527_004);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failed_export_is_incomplete() {
    let started = start().await;
    for target in ["/export.ndjson", "/export.arrow"] {
        let late = Fault::new(Rpc::DoGet)
            .fail_after(3, flightsql_testkit::tonic::Status::internal("secret 4711"));
        let fault = started.database.fault(late);
        let broken = started.get(target).await;
        assert_eq!(fault.hits(), 1);
        assert_eq!((broken.status, broken.complete), (200, false), "{target}");
        assert!(!broken.body.is_empty());

        // An error before the first row has a status.
        started
            .database
            .fault(Fault::new(Rpc::GetFlightInfo).status(Code::Internal, "secret 4711"));
        let refused = started.get(target).await;
        assert_eq!(refused.status, 500);
        assert_eq!(
            refused.json::<Value>(),
            json!({"error": "the request failed"})
        );
        assert!(started.get(target).await.complete);
    }
    started.all_released().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recovers_after_database_restart() {
    let started = start_with(Config {
        acquire_timeout: Duration::from_millis(500),
        ..Config::default()
    })
    .await;
    assert_eq!(started.get("/readyz").await.status, 200);
    assert_eq!(started.get("/api/delays").await.status, 200);

    started.database.kill().await;
    assert_eq!(started.get("/healthz").await.status, 200);
    let away = started.get("/readyz").await;
    assert_eq!(away.status, 503);
    assert!(away.json::<Value>()["status"].is_string());
    let failed = started.get("/api/delays").await;
    assert_eq!(failed.status, 503);
    assert_eq!(failed.header("retry-after"), Some("1"));
    assert!(!failed.text().contains("127.0.0.1"), "{}", failed.text());

    started.database.restart().await.unwrap();
    until("ready again", async || {
        started.get("/readyz").await.status == 200
    })
    .await;
    assert_eq!(started.get("/api/delays").await.status, 200);
    assert!(started.get("/export.arrow").await.complete);
    started.all_released().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queues_requests_for_connections() {
    // No request has a timeout.
    let started = start_with(Config {
        acquire_timeout: DEADLINE,
        statement_timeout: DEADLINE,
        ..Config::default()
    })
    .await;
    let requests = (0..50).map(|n| {
        let target = match n % 4 {
            0 => "/api/delays".to_owned(),
            1 => "/export.ndjson".to_owned(),
            2 => format!("/api/flights/{}", n + 1),
            _ => format!("/api/flights?after={n}&limit=10"),
        };
        let address = started.address;
        async move { (get(address, &target).await, target) }
    });
    for (answer, target) in join_all(requests).await {
        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        assert!(answer.complete, "{target}");
    }
    assert!(started.service.pages().size() <= 4);
    assert!(started.service.exports().size() <= 4);
    started.all_released().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn returns_503_without_connection() {
    let started = start_with(Config {
        max_connections: 1,
        acquire_timeout: Duration::from_millis(100),
        ..Config::default()
    })
    .await;
    let taken = started.service.pages().acquire().await.unwrap();
    for target in ["/api/flights", "/api/flights/1", "/api/delays", "/readyz"] {
        assert_eq!(started.get(target).await.status, 503, "{target}");
    }
    let busy = started.get("/api/delays").await;
    assert_eq!(busy.header("retry-after"), Some("1"));
    assert_eq!(
        busy.json::<Value>(),
        json!({"error": "the database cannot be reached now"})
    );
    assert_eq!(
        started.get("/export.arrow").await.status,
        200,
        "its own pool"
    );
    drop(taken);
    until("free again", async || {
        started.get("/api/delays").await.status == 200
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn maps_statement_errors_to_status() {
    let started = start_with(Config {
        statement_timeout: Duration::from_millis(300),
        ..Config::default()
    })
    .await;
    for (fault, status) in [
        (Fault::new(Rpc::DoGet).hang(), 504),
        (Fault::new(Rpc::GetFlightInfo).hang(), 504),
        (
            Fault::new(Rpc::DoGet).status(Code::DeadlineExceeded, "secret 4711"),
            504,
        ),
        (
            // The first attempt of the read, and its seven retries.
            Fault::new(Rpc::GetFlightInfo)
                .status(Code::Unavailable, "secret 4711")
                .times(8),
            503,
        ),
        (
            Fault::new(Rpc::GetFlightInfo).status(Code::InvalidArgument, "secret 4711"),
            500,
        ),
    ] {
        let what = format!("{fault:?}");
        started.database.fault(fault);
        let answer = started.get("/api/delays").await;
        assert_eq!(answer.status, status, "{what}");
        assert!(!answer.text().contains("4711"));
        assert_eq!(answer.header("retry-after").is_some(), status == 503);
        let again = started.get("/api/delays").await;
        assert_eq!(again.status, 200, "after {what}: {}", again.text());
    }
    // The server releases a result that no client reads.
    until("no call is open", async || {
        started.database.running_calls() == 0
            && started.service.pages().num_idle() == started.service.pages().size() as usize
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn finishes_open_requests_at_signal() {
    let mut started = start().await;
    started.database.sqlite().execute_batch(MANY).unwrap();
    let stream = request(started.address, "/export.ndjson").await;
    // The response has started.
    stream.readable().await.unwrap();
    let mut first = [0];
    assert_eq!(stream.peek(&mut first).await.unwrap(), 1);
    started.stop();
    until("the server rejects connections", async || {
        tokio::net::TcpStream::connect(started.address)
            .await
            .is_err()
    })
    .await;
    let export = tokio::time::timeout(DEADLINE, read(stream)).await.unwrap();
    assert!(export.complete);
    assert_eq!(export.text().lines().count(), 527_004);
    started.stopped().await;
    assert!(started.service.pages().is_closed() && started.service.exports().is_closed());
    until("the server has no connection", async || {
        started.database.open_streams() == 0
    })
    .await;
}

/// Ends a program while its connections close.
#[test]
fn runtime_stops_while_connection_closes() {
    let outside = tokio::runtime::Runtime::new().unwrap();
    let server = outside.block_on(TestServer::sqlite()).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let connection = runtime.block_on(async {
        let mut connection = FlightSqlConnection::connect(&server.url()).await.unwrap();
        // Closing releases this prepared statement.
        let seven: i64 = query_scalar("SELECT ?")
            .bind(7_i64)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(seven, 7);
        connection
    });
    let (begun, beginning) = std::sync::mpsc::channel();
    runtime.spawn(async move {
        begun.send(()).unwrap();
        // A runtime that stops drops its tasks immediately.
        while !tokio::spawn(std::future::pending::<()>()).is_finished() {
            std::thread::sleep(Duration::from_millis(1));
        }
        connection.close().await
    });
    beginning.recv_timeout(DEADLINE).unwrap();
    let (stopped, stopping) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        drop(runtime);
        stopped.send(())
    });
    stopping.recv_timeout(DEADLINE).unwrap();
}
