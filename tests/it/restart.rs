//! A pool serves reads while its server is killed and started repeatedly.
//!
//! The server is a process of its own: this test binary, which runs [`serve`] alone.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use flightsql::{FlightSqlDatabaseError, FlightSqlPool, FlightSqlPoolOptions, query, query_as};
use flightsql_testkit::{SqliteConfig, TestServer};
use futures_util::TryStreamExt as _;

const ADDRESS: &str = "FLIGHTSQL_RESTART_ADDRESS";
const DATABASE: &str = "FLIGHTSQL_RESTART_DATABASE";

const LASTS: Duration = Duration::from_secs(20);
const RESTARTS_EVERY: Duration = Duration::from_secs(2);
const TASKS: u64 = 8;
const BATCHES: i64 = 50;
const ROWS_PER_BATCH: i64 = 4;

/// 50 batches of 200 kB, which are more than the client buffers.
const LARGE: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200) \
                     SELECT i, printf('%050000d', i) AS wide FROM n";

/// The server process. It ends with a signal, or with its parent, which closes its input.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the server of the test below"]
async fn serve() {
    let address: SocketAddr = std::env::var(ADDRESS).unwrap().parse().unwrap();
    let file = std::env::var(DATABASE).unwrap();
    let config = SqliteConfig::new()
        .path(file)
        .batch_rows(usize::try_from(ROWS_PER_BATCH).unwrap());
    let server = TestServer::builder()
        .listen(address)
        .record_calls(false)
        .sqlite(config);
    let server = server.start().await.unwrap();
    println!("\nlistening on {}", server.url());
    let ended = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()));
    ended.await.unwrap().unwrap();
}

/// The process that runs [`serve`].
struct Server(Child);

impl Server {
    fn start(address: SocketAddr, database: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "restart::serve", "--ignored", "--nocapture"]);
        command.env(ADDRESS, address.to_string());
        command.env(DATABASE, database);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut lines = lines.map_while(Result::ok);
        assert!(lines.any(|line| line.starts_with("listening on ")));
        Self(child)
    }

    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Counts of what the tasks saw.
#[derive(Debug, Default)]
struct Seen {
    small: AtomicU64,
    large: AtomicU64,
    cut: AtomicU64,
    confirmed: AtomicU64,
    reported: AtomicU64,
}

impl Seen {
    fn add(count: &AtomicU64) {
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// Returns `true` for an error that says that the caller may try again.
fn is_retryable(error: &flightsql::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionReset, NotConnected};
    match error {
        flightsql::Error::Io(error) => matches!(
            error.kind(),
            ConnectionReset | ConnectionAborted | NotConnected
        ),
        other => other
            .as_database_error()
            .and_then(|error| error.try_downcast_ref::<FlightSqlDatabaseError>())
            .is_some_and(|error| error.is_retryable()),
    }
}

async fn read_small(pool: &FlightSqlPool, n: i64, seen: &Seen) {
    let (same,): (i64,) = query_as("SELECT ? + 0")
        .bind(n)
        .fetch_one(pool)
        .await
        .unwrap();
    assert_eq!(same, n);
    Seen::add(&seen.small);
}

async fn read_large(pool: &FlightSqlPool, pauses: bool, restarts: &AtomicUsize, seen: &Seen) {
    let mut rows = query_as::<_, (i64, String)>(LARGE).fetch(pool);
    let mut last = 0;
    loop {
        match rows.try_next().await {
            Ok(Some((i, wide))) => {
                assert_eq!((i, wide.len()), (last + 1, 50_000));
                last = i;
            }
            Ok(None) => {
                assert_eq!(last, BATCHES * ROWS_PER_BATCH);
                return Seen::add(&seen.large);
            }
            Err(error) => {
                assert!(last > 0, "nothing had been delivered: {error}");
                assert!(is_retryable(&error), "{error}");
                return Seen::add(&seen.cut);
            }
        }
        // Some readers wait for the next restart in the middle of their result.
        if pauses && last == 1 {
            let before = restarts.load(Ordering::Relaxed);
            while restarts.load(Ordering::Relaxed) == before {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

async fn write(pool: &FlightSqlPool, id: i64, confirmed: &mut Vec<i64>, seen: &Seen) {
    let written = query("INSERT INTO written VALUES (?)")
        .bind(id)
        .execute(pool);
    match written.await {
        Ok(done) => {
            assert_eq!(done.rows_affected(), 1);
            confirmed.push(id);
            Seen::add(&seen.confirmed);
        }
        Err(error) => {
            assert!(is_retryable(&error), "{error}");
            Seen::add(&seen.reported);
        }
    }
}

async fn task(
    number: u64,
    pool: FlightSqlPool,
    end: Instant,
    restarts: Arc<AtomicUsize>,
    seen: Arc<Seen>,
) -> Vec<i64> {
    let mut confirmed = Vec::new();
    for round in 0_i64.. {
        if Instant::now() >= end {
            break;
        }
        let n = round * 1000 + i64::try_from(number).unwrap();
        match round % 8 {
            0 => read_large(&pool, number < 2, &restarts, &seen).await,
            1 | 5 => write(&pool, n, &mut confirmed, &seen).await,
            _ => read_small(&pool, n, &seen).await,
        }
    }
    confirmed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pool_rides_over_restarts() {
    let database = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("restart.db");
    for suffix in ["", "-wal", "-shm", "-journal"] {
        // An earlier run may have left it.
        let _ = std::fs::remove_file(format!("{}{suffix}", database.display()));
    }
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let mut server = Server::start(address, &database);

    let url = format!("sqlite+flightsql+tcp://{address}");
    let pool = FlightSqlPoolOptions::new().max_connections(8);
    let pool = pool.connect(&url).await.unwrap();
    let create = query("CREATE TABLE written (id BIGINT)").execute(&pool);
    create.await.unwrap();

    let (restarts, seen) = (Arc::new(AtomicUsize::new(0)), Arc::new(Seen::default()));
    let begun = Instant::now();
    let end = begun + LASTS;
    let tasks: Vec<_> = (0..TASKS)
        .map(|number| {
            let (restarts, seen) = (Arc::clone(&restarts), Arc::clone(&seen));
            tokio::spawn(task(number, pool.clone(), end, restarts, seen))
        })
        .collect();
    let count = Arc::clone(&restarts);
    let killer = tokio::task::spawn_blocking(move || {
        loop {
            std::thread::sleep(RESTARTS_EVERY);
            server.kill();
            server = Server::start(address, &database);
            count.fetch_add(1, Ordering::Relaxed);
            // One more after the end, for readers that wait for it.
            if Instant::now() >= end {
                return server;
            }
        }
    });
    let mut confirmed = BTreeSet::new();
    for task in tasks {
        for id in task.await.unwrap() {
            assert!(confirmed.insert(id));
        }
    }
    let server = killer.await.unwrap();

    let counts = query_as::<_, (i64, i64)>("SELECT id, COUNT(*) FROM written GROUP BY id");
    let counts = counts.fetch_all(&pool).await.unwrap();
    for (id, count) in &counts {
        assert_eq!(*count, 1, "row {id} was written twice");
        confirmed.remove(id);
    }
    assert!(confirmed.is_empty(), "confirmed, and lost: {confirmed:?}");
    println!("{restarts:?} restarts, {seen:?}");
    assert!(restarts.load(Ordering::Relaxed) >= 8);
    for count in [&seen.small, &seen.large, &seen.cut, &seen.confirmed] {
        assert!(count.load(Ordering::Relaxed) > 0);
    }
    drop(server);
}
