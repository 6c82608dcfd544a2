//! The client of a case: what it does, how that ended, and whether its connection is usable afterwards.

use std::time::Instant;

use flightsql::arrow::array::{ArrayRef, Int64Array, RecordBatch};
use flightsql::{
    Connection as _, Error, Executor as _, FlightSqlConnection, FlightSqlDatabaseError, SqlSafeStr,
    query, query_scalar,
};
use flightsql_testkit::{Reply, Script, TestServer};
use futures_util::TryStreamExt as _;
use tokio::net::TcpListener;

use super::memory::{CHILDREN, Meter, in_child};
use super::peer::Peer;
use super::{Attack, Target};

/// The act of the client at the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Connect,
    Query,
    Batches,
    Bound,
    Update,
    BoundUpdate,
    Ingest,
    Begin,
    Commit,
    Savepoint,
    Tables,
    Columns,
    ColumnsOf,
    Catalogs,
    Schemas,
    TableTypes,
    Key,
    Keys,
    CrossReference,
    Types,
    Info,
    SetOption,
    Options,
    Describe,
    Prepare,
    Ping,
    /// A result whose first rows are read, and the rest after half a second.
    Paused,
    MaxRows,
    MaxBytes,
    /// Three queries, of which the last counts.
    Thrice,
}

/// The end of a case.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) kind: String,
    pub(super) text: String,
    pub(super) after: String,
}

impl Report {
    pub(super) fn late() -> Self {
        Self {
            kind: "late".to_owned(),
            text: "nothing happened until the deadline".to_owned(),
            after: String::new(),
        }
    }

    fn of(done: Result<(), Error>, after: String) -> Self {
        let (kind, text) = match done {
            Ok(()) => ("fine".to_owned(), String::new()),
            Err(error) => (kind(&error), error.to_string()),
        };
        Self { kind, text, after }
    }
}

/// The kind of an error, with the code of a server's error and the kind of an I/O error.
pub(super) fn kind(error: &Error) -> String {
    match error {
        Error::Protocol(_) => "protocol".to_owned(),
        Error::InvalidArgument(_) => "argument".to_owned(),
        Error::Configuration(_) => "configuration".to_owned(),
        Error::Tls(_) => "tls".to_owned(),
        Error::ColumnDecode { .. } => "column".to_owned(),
        Error::RowNotFound => "no row".to_owned(),
        Error::Io(error) => format!("io {:?}", error.kind()),
        Error::Database(error) => match error.try_downcast_ref::<FlightSqlDatabaseError>() {
            Some(error) => format!("server {}", error.status()),
            None => "database".to_owned(),
        },
        other => format!("{other:?}"),
    }
}

/// A column of integers.
pub(super) fn ints(values: impl IntoIterator<Item = i64>) -> RecordBatch {
    let values: ArrayRef = std::sync::Arc::new(Int64Array::from_iter_values(values));
    RecordBatch::try_from_iter_with_nullable([("n", values, true)]).unwrap()
}

/// Does what the case says at this URL.
pub(super) async fn perform(attack: &Attack, url: &str, memory: &mut Meter) -> Report {
    if attack.act == Act::Connect {
        memory.begin();
    }
    let connected = FlightSqlConnection::connect(url).await;
    let mut connection = match connected {
        Ok(connection) => connection,
        Err(error) => {
            memory.end();
            return Report::of(Err(error), "unconnected".to_owned());
        }
    };
    if attack.act != Act::Connect {
        memory.begin();
    }
    let done = act(attack.act, &mut connection).await;
    memory.end();
    let after = after(&mut connection).await;
    Report::of(done, after)
}

/// Whether the connection is usable: a script has a valid result then, and a peer refuses in a way of its own.
async fn after(connection: &mut FlightSqlConnection) -> String {
    if connection.is_broken() {
        return "broken".to_owned();
    }
    let found = query_scalar::<_, i64>("SELECT n")
        .fetch_one(connection)
        .await;
    match found {
        Ok(42) => "usable".to_owned(),
        Err(error) if error.to_string().contains("after the attack") => "usable".to_owned(),
        other => format!("{other:?}"),
    }
}

async fn act(act: Act, connection: &mut FlightSqlConnection) -> Result<(), Error> {
    match act {
        Act::Connect => Ok(()),
        Act::Query => connection.fetch_all("SELECT n").await.map(drop),
        Act::Batches => {
            let batches = connection.fetch_arrow("SELECT n").await?;
            batches.try_for_each(async |_| Ok(())).await
        }
        Act::Bound => {
            let bound = query("SELECT ?").bind(1_i64);
            bound.fetch_all(connection).await.map(drop)
        }
        Act::Update => connection.execute("DELETE FROM t").await.map(drop),
        Act::BoundUpdate => {
            let bound = query("DELETE FROM t WHERE a = ?").bind(1_i64);
            bound.execute(connection).await.map(drop)
        }
        Act::Ingest => {
            let ingest = connection.ingest("t");
            ingest.batches(vec![ints([1])]).await.map(drop)
        }
        Act::Begin => connection.begin().await.map(drop),
        Act::Commit => connection.begin().await?.commit().await,
        Act::Savepoint => {
            let mut transaction = connection.begin().await?;
            let done = transaction.begin().await.map(drop);
            transaction.rollback().await?;
            done
        }
        Act::SetOption => connection.set_session_option("a", "b").await,
        Act::Options => connection.session_options().await.map(drop),
        Act::Describe => connection
            .describe("SELECT n".into_sql_str())
            .await
            .map(drop),
        Act::Prepare => connection
            .prepare("SELECT n".into_sql_str())
            .await
            .map(drop),
        Act::Ping => connection.ping().await,
        Act::Paused => {
            let mut batches = connection.fetch_arrow("SELECT n").await?;
            batches.try_next().await?;
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            batches.try_for_each(async |_| Ok(())).await
        }
        Act::MaxRows => {
            let limited = query("SELECT n").max_rows(1000);
            limited.fetch_all(connection).await.map(drop)
        }
        Act::MaxBytes => {
            let limited = query("SELECT n").max_bytes(1 << 20);
            limited.fetch_all(connection).await.map(drop)
        }
        Act::Thrice => {
            for _ in 0..2 {
                // Only the last one counts.
                let _ = connection.fetch_all("SELECT n").await;
            }
            connection.fetch_all("SELECT n").await.map(drop)
        }
        other => listing(other, connection).await,
    }
}

async fn listing(act: Act, connection: &mut FlightSqlConnection) -> Result<(), Error> {
    let mut catalog = connection.catalog();
    match act {
        Act::Tables => catalog.tables().fetch_all().await.map(drop),
        Act::Columns => catalog.columns().fetch_all().await.map(drop),
        Act::ColumnsOf => catalog.columns_of("t").await.map(drop),
        Act::Catalogs => catalog.catalogs().fetch_all().await.map(drop),
        Act::Schemas => catalog.schemas().fetch_all().await.map(drop),
        Act::TableTypes => catalog.table_types().fetch_all().await.map(drop),
        Act::Key => catalog.primary_key("t").await.map(drop),
        Act::Keys => catalog.imported_keys("t").fetch_all().await.map(drop),
        Act::CrossReference => catalog
            .cross_reference("t", "u")
            .fetch_all()
            .await
            .map(drop),
        Act::Types => catalog.types(None).fetch_all().await.map(drop),
        Act::Info => catalog.server_info().await.map(drop),
        other => panic!("{other:?} is no listing"),
    }
}

/// Runs the cases of a group, and fails with the list of those that ended otherwise.
pub(super) async fn group(attacks: Vec<Attack>) {
    let only = std::env::var("ATTACK").ok();
    let (measured, others): (Vec<_>, Vec<_>) = attacks
        .into_iter()
        .filter(|attack| only.as_ref().is_none_or(|only| attack.name == only))
        .partition(|attack| attack.in_child);
    let children = futures_util::future::join_all(measured.iter().map(run));
    let others = async {
        let mut failed = Vec::new();
        for attack in &others {
            failed.push(run(attack).await);
        }
        failed
    };
    let (children, others) = tokio::join!(children, others);
    let failed: Vec<String> = children.into_iter().chain(others).flatten().collect();
    assert!(
        failed.is_empty(),
        "{} cases failed:\n{}",
        failed.len(),
        failed.join("\n")
    );
}

/// Runs a case. Returns what is wrong with its end.
async fn run(attack: &Attack) -> Option<String> {
    // Before the script, which may take much memory.
    let _permit = match attack.in_child {
        true => Some(CHILDREN.acquire().await.unwrap()),
        false => None,
    };
    let begun = Instant::now();
    let outcome = match &attack.target {
        Target::Script(script) => scripted(attack, script()).await,
        Target::Peer { tls, talk } => {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let scheme = if *tls { "flightsql" } else { "flightsql+tcp" };
            let address = listener.local_addr().unwrap();
            let url = url_of(attack, &format!("{scheme}://{address}"));
            let serve = async {
                let mut talking = futures_util::stream::FuturesUnordered::new();
                loop {
                    tokio::select! {
                        accepted = listener.accept() => {
                            let (socket, _) = accepted.unwrap();
                            talking.push(talk(Peer::new(socket)));
                        }
                        // A client that closes its socket ends the talk with an error.
                        Some(_) = futures_util::StreamExt::next(&mut talking) => {}
                    }
                }
            };
            tokio::select! {
                outcome = outcome(attack, url) => outcome,
                () = serve => Err("the peer ended".to_owned()),
            }
        }
        #[cfg(feature = "oauth")]
        Target::Tokens(reply) => {
            let tokens = flightsql_testkit::TokenServer::start().await.unwrap();
            for _ in 0..10 {
                tokens.reply_with(reply.clone());
            }
            let server = TestServer::builder().tokens_of(&tokens);
            let server = server.start().await.unwrap();
            let oauth = format!(
                "oauth.flow=client_credentials&oauth.client_id=app&oauth.client_secret=planted&oauth.token_uri={}",
                tokens.uri()
            );
            let url = format!("{}&{oauth}", url_of(attack, &server.url()));
            outcome(attack, url).await
        }
    };
    let report = match outcome {
        Ok(report) => report,
        Err(problem) => return Some(format!("{}: {problem}", attack.name)),
    };
    let took = begun.elapsed();
    let ended = report.kind.starts_with(attack.kind)
        && report.text.contains(attack.text)
        && report.after.starts_with(attack.after);
    let cut: String = report.text.chars().take(600).collect();
    (!ended).then(|| {
        format!(
            "{}: {} ({cut}), then {}, after {took:?}",
            attack.name, report.kind, report.after
        )
    })
}

/// The URL with the options of the case, and with those that each case has unless it sets them itself.
fn url_of(attack: &Attack, address: &str) -> String {
    let mut url = format!("{address}?{}", attack.options);
    for (key, value) in [("retries", "0"), ("connect_timeout", "4s")] {
        if !attack.options.contains(&format!("{key}=")) {
            url.push_str(&format!("&{key}={value}"));
        }
    }
    url
}

async fn outcome(attack: &Attack, url: String) -> Result<Report, String> {
    if attack.in_child {
        return in_child(attack, url).await;
    }
    let mut memory = Meter::off();
    let report = perform(attack, &url, &mut memory);
    let report = tokio::time::timeout(attack.deadline, report).await;
    Ok(report.unwrap_or_else(|_| Report::late()))
}

async fn scripted(attack: &Attack, script: Script) -> Result<Report, String> {
    let valid = ints([42]);
    // The rest of the script is for what follows the attack.
    let script = script
        .do_action("CancelFlightInfo", Reply::empty().always())
        .do_action("ClosePreparedStatement", Reply::empty().always())
        .do_action("EndTransaction", Reply::empty().always())
        .get_flight_info(Reply::ticket(valid.schema(), "valid").always())
        .do_get(Reply::batches(valid.schema(), [valid]).always());
    let server = TestServer::builder().record_calls(false).scripted(script);
    let server = server.start().await.unwrap();
    let report = outcome(attack, url_of(attack, &server.url())).await?;
    if report.after == "usable" && server.connections() != 1 {
        return Err(format!("{} connections", server.connections()));
    }
    Ok(report)
}
