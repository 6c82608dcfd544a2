//! A service on a free port of this machine, and a small HTTP/1.1 client.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use flightsql_testkit::{SqliteConfig, TestServer};
use flightsql_web_service::{Config, Service, load, serve};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// The time limit of every wait in a test.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// A service with its database. The database is a file, so that it is the same after a restart.
pub(crate) struct Started {
    pub(crate) database: TestServer,
    pub(crate) service: Service,
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    serving: Option<JoinHandle<std::io::Result<()>>>,
    files: PathBuf,
}

pub(crate) async fn start() -> Started {
    start_with(Config::default()).await
}

pub(crate) async fn start_with(config: Config) -> Started {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("flightsql-web-service-{}-{number}", std::process::id());
    let files = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&files).unwrap();
    let database = TestServer::builder()
        .sqlite(SqliteConfig::new().path(files.join("flights.db")))
        .start()
        .await
        .unwrap();
    assert_eq!(load(&database.url()).await.unwrap(), 27_004);

    let service = Service::new(&database.url(), &config).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let stopped = async move {
        let _ = stopped.await;
    };
    let serving = tokio::spawn(serve(listener, service.clone(), stopped, config.grace));
    Started {
        database,
        service,
        address,
        stop: Some(stop),
        serving: Some(serving),
        files,
    }
}

impl Started {
    pub(crate) async fn get(&self, target: &str) -> Answer {
        get(self.address, target).await
    }

    /// Sends the stop signal.
    pub(crate) fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    /// Waits until the service has stopped.
    pub(crate) async fn stopped(&mut self) {
        let serving = self.serving.take().unwrap();
        let served = tokio::time::timeout(DEADLINE, serving).await.unwrap();
        served.unwrap().unwrap();
    }

    /// Waits until every connection is idle and nothing is open on the database.
    pub(crate) async fn all_released(&self) {
        until("everything is released", async || {
            [self.service.pages(), self.service.exports()]
                .iter()
                .all(|pool| usize::try_from(pool.size()).unwrap() == pool.num_idle())
                && self.database.sqlite().open_cursors() == 0
                && self.database.sqlite().open_transactions() == 0
                && self.database.open_streams() == 0
                && self.database.running_calls() == 0
        })
        .await;
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // The system deletes files that are still open.
        let _ = std::fs::remove_dir_all(&self.files);
    }
}

/// Polls until the condition is true.
pub(crate) async fn until(what: &str, so: impl AsyncFn() -> bool) {
    let started = Instant::now();
    while !so().await {
        assert!(started.elapsed() < DEADLINE, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A complete HTTP response.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
    /// Whether the body ended as HTTP requires, and not only with the connection.
    pub(crate) complete: bool,
}

impl Answer {
    #[track_caller]
    pub(crate) fn json<T: serde::de::DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// Sends a request on a connection that reads little ahead.
pub(crate) async fn request(address: SocketAddr, target: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(16 * 1024).unwrap();
    let mut stream = socket.connect(address).await.unwrap();
    let request = format!("GET {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

pub(crate) async fn get(address: SocketAddr, target: &str) -> Answer {
    let stream = request(address, target).await;
    tokio::time::timeout(DEADLINE, read(stream)).await.unwrap()
}

/// Reads a response to the end of the connection.
pub(crate) async fn read(mut stream: TcpStream) -> Answer {
    let mut bytes = Vec::new();
    // An aborted body may end in a reset.
    let _ = stream.read_to_end(&mut bytes).await;
    let at = bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .expect("no head of a response");
    let head = String::from_utf8(bytes[..at].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let mut answer = Answer {
        status,
        head,
        body: bytes.split_off(at + 4),
        complete: false,
    };
    if answer.header("transfer-encoding") == Some("chunked") {
        (answer.body, answer.complete) = chunks(&answer.body);
    } else {
        let length: usize = answer.header("content-length").unwrap().parse().unwrap();
        answer.complete = answer.body.len() == length;
    }
    answer
}

/// Returns the bytes of a chunked body, and whether it contains its last chunk.
fn chunks(mut rest: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    while let Some(at) = rest.windows(2).position(|two| two == b"\r\n") {
        let size = std::str::from_utf8(&rest[..at]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        rest = &rest[at + 2..];
        if size == 0 {
            return (body, true);
        }
        let Some(chunk) = rest.get(..size + 2) else {
            break;
        };
        body.extend_from_slice(&chunk[..size]);
        rest = &rest[size + 2..];
    }
    (body, false)
}
