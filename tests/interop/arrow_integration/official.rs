//! The official programs as processes.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use arrow_schema::{DataType, Field, Schema, SchemaRef};
use flightsql::{Connection as _, FlightSqlConnectOptions, FlightSqlConnection};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

pub(crate) fn program(name: &str) -> PathBuf {
    let folder = std::env::var_os("FLIGHTSQL_ARROW_INTEGRATION_BIN")
        .expect("FLIGHTSQL_ARROW_INTEGRATION_BIN is set by tests/interop/run arrow-integration");
    PathBuf::from(folder).join(name)
}

/// A process of the official server, which ends with this value.
pub(crate) struct Server {
    process: Child,
    port: u16,
}

impl Server {
    /// Starts the server of one scenario, and waits until it listens.
    pub(crate) fn start(scenario: &str) -> Self {
        let mut process = Command::new(program("arrow-flight-integration-server"))
            .args(["-port", "0", "-scenario", scenario])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = process.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let port = line.trim().strip_prefix("Server listening on localhost:");
        let port = port.unwrap_or_else(|| panic!("{scenario}: {line:?}"));
        Self {
            port: port.parse().unwrap(),
            process,
        }
    }

    /// Returns connect options: the URL with these keys.
    pub(crate) fn options(&self, login: &str, keys: &str) -> FlightSqlConnectOptions {
        let url = format!("flightsql+tcp://{login}127.0.0.1:{}?{keys}", self.port);
        url.parse().unwrap()
    }

    /// Listens on another port, and forwards its connections to the server. Returns the port and the record.
    pub(crate) async fn recorded(&self) -> (u16, Recorded) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, recorded) = (listener.local_addr().unwrap().port(), Recorded::default());
        let (target, kept) = (self.port, recorded.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", target)).await.unwrap();
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                tokio::spawn(forward(from_client, to_server, kept.client.clone()));
                tokio::spawn(forward(from_server, to_client, kept.server.clone()));
            }
        });
        (port, recorded)
    }

    pub(crate) async fn connect(&self) -> FlightSqlConnection {
        FlightSqlConnection::connect_with(&self.options("", ""))
            .await
            .unwrap()
    }
}

/// The bytes of all connections through [`Server::recorded`]. HTTP/2 compresses headers, and no messages.
#[derive(Clone, Default)]
pub(crate) struct Recorded {
    client: Arc<Mutex<Vec<u8>>>,
    server: Arc<Mutex<Vec<u8>>>,
}

impl Recorded {
    pub(crate) fn client_sent(&self, bytes: &[u8]) -> bool {
        contains(&self.client, bytes)
    }

    pub(crate) fn server_sent(&self, bytes: &[u8]) -> bool {
        contains(&self.server, bytes)
    }
}

fn contains(recorded: &Mutex<Vec<u8>>, bytes: &[u8]) -> bool {
    let recorded = recorded.lock().unwrap();
    recorded.windows(bytes.len()).any(|part| part == bytes)
}

/// Records each part before it is forwarded.
async fn forward(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, recorded: Arc<Mutex<Vec<u8>>>) {
    let mut part = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from.read(&mut part).await {
        recorded.lock().unwrap().extend(&part[..length]);
        if to.write_all(&part[..length]).await.is_err() {
            break;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The columns of the scenarios' queries, outside of transactions.
pub(crate) fn columns_of_query() -> SchemaRef {
    columns("id", DataType::Int64)
}

/// The columns of the same queries inside a transaction.
pub(crate) fn columns_in_transaction() -> SchemaRef {
    columns("pkey", DataType::Int32)
}

fn columns(name: &str, data_type: DataType) -> SchemaRef {
    let metadata = [
        ("CATALOG_NAME", "catalog_test"),
        ("SCHEMA_NAME", "schema_test"),
        ("TABLE_NAME", "test"),
        ("TYPE_NAME", "type_test"),
        ("PRECISION", "100"),
        ("IS_AUTO_INCREMENT", "1"),
        ("IS_CASE_SENSITIVE", "0"),
        ("IS_SEARCHABLE", "1"),
        ("REMARKS", "test column"),
    ];
    let metadata =
        metadata.map(|(key, value)| (format!("ARROW:FLIGHT:SQL:{key}"), value.to_owned()));
    let column = Field::new(name, data_type, true).with_metadata(metadata.into());
    Arc::new(Schema::new(vec![column]))
}
