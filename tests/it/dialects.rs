//! What a dialect of one's own changes: each choice, seen on the wire.

mod auto;
mod levels;

use std::sync::Arc;

use flightsql::{
    AuthMode, CatalogTarget, ConnectOptions, Connection, DescribeRoute, Dialect, Executor, Feature,
    FlightSqlArguments, FlightSqlConnectOptions, FlightSqlConnection, LocationPolicy, Ping, Route,
    SqlSafeStr, Statement, StatementClass, ToArrow, TransactionMode, query_scalar, query_with,
};
use flightsql_testkit::{Rpc, SqliteConfig, TestServer};

use crate::common::{server, server_error};

/// A dialect whose every answer can be chosen.
#[derive(Debug, Default)]
struct Own {
    lacks: Vec<Feature>,
    most: Option<usize>,
    queries: bool,
    describe: Option<&'static [DescribeRoute]>,
    ping: Option<Ping>,
    anonymous: Option<&'static str>,
    basic: bool,
    cancels: bool,
    savepoint_statements: bool,
    locations: LocationPolicy,
    statements: &'static [&'static str],
}

impl Dialect for Own {
    fn name(&self) -> &str {
        "own"
    }

    fn lacks(&self, feature: Feature) -> bool {
        self.lacks.contains(&feature)
    }

    fn max_bind_rows(&self) -> Option<usize> {
        self.most
    }

    fn route(&self, class: StatementClass) -> Route {
        match class {
            StatementClass::Query | StatementClass::Unknown => Route::Query,
            _ if self.queries => Route::Query,
            _ => Route::Update,
        }
    }

    fn transactions(&self) -> TransactionMode {
        TransactionMode::Action
    }

    fn describe(&self) -> &[DescribeRoute] {
        self.describe.unwrap_or(&[DescribeRoute::Prepare])
    }

    fn ping(&self) -> Ping {
        self.ping.unwrap_or(Ping::ServerInfo)
    }

    fn anonymous_authorization(&self) -> Option<&str> {
        self.anonymous
    }

    fn auth(&self) -> AuthMode {
        match self.basic {
            true => AuthMode::Basic,
            false => AuthMode::Handshake,
        }
    }

    fn locations(&self) -> LocationPolicy {
        self.locations
    }

    fn savepoint_statements(&self) -> bool {
        self.savepoint_statements
    }

    fn cancels_dropped_results(&self) -> bool {
        self.cancels
    }

    fn catalog_target(&self) -> CatalogTarget {
        CatalogTarget::Statement
    }

    fn use_statement(&self, catalog: Option<&str>, schema: Option<&str>) -> String {
        format!(
            "SELECT '{}.{}'",
            catalog.unwrap_or("-"),
            schema.unwrap_or("-")
        )
    }

    fn bootstrap(&self) -> &[&str] {
        self.statements
    }
}

async fn connect(server: &TestServer, dialect: Own) -> FlightSqlConnection {
    connect_with(server, "", dialect).await
}

async fn connect_with(server: &TestServer, path: &str, dialect: Own) -> FlightSqlConnection {
    let options: FlightSqlConnectOptions = format!("{}{path}", server.url()).parse().unwrap();
    options.dialect(Arc::new(dialect)).connect().await.unwrap()
}

#[derive(ToArrow)]
struct Pair {
    id: i64,
    name: String,
}

fn three() -> FlightSqlArguments {
    let rows = ["a", "b", "c"].into_iter().zip(1..);
    let rows: Vec<_> = rows
        .map(|(name, id)| Pair {
            id,
            name: name.to_owned(),
        })
        .collect();
    FlightSqlArguments::from_rows(&rows).unwrap()
}

#[tokio::test]
async fn rows_of_parameters_go_in_as_many_runs_as_the_engine_takes() {
    for (most, runs) in [(None, 1), (Some(1), 3), (Some(2), 2), (Some(0), 3)] {
        let server = server().await;
        let dialect = Own {
            most,
            ..Own::default()
        };
        let mut connection = connect(&server, dialect).await;
        connection
            .execute("CREATE TABLE t (id BIGINT, name VARCHAR)")
            .await
            .unwrap();
        server.clear_calls();
        let insert = query_with("INSERT INTO t VALUES (?, ?)", three());
        let done = insert.execute(&mut connection).await.unwrap();
        assert_eq!(done.known_rows_affected(), Some(3), "{most:?}");
        assert_eq!(server.count(Rpc::DoPut), runs, "{most:?}");
        assert_eq!(crate::common::count(&mut connection, "t").await, 3);
    }
}

#[tokio::test]
async fn rows_of_parameters_run_one_by_one_where_changes_are_queries() {
    let config = SqliteConfig::new().updates_as_queries(true);
    let server = TestServer::builder().sqlite(config).start().await.unwrap();
    let dialect = Own {
        queries: true,
        ..Own::default()
    };
    let mut connection = connect(&server, dialect).await;
    connection
        .execute("CREATE TABLE t (id BIGINT, name VARCHAR)")
        .await
        .unwrap();
    let insert = query_with("INSERT INTO t VALUES (?, ?)", three());
    let done = insert.execute(&mut connection).await.unwrap();
    assert_eq!(done.known_rows_affected(), Some(3));
    let names: String = query_scalar("SELECT group_concat(name) FROM t")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(names, "a,b,c");
    // A query with several rows would have several results.
    let select = query_with("SELECT name FROM t WHERE id = ? OR name = ?", three());
    let error = select.execute(&mut connection).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("a query takes one row of parameters"),
        "{error}"
    );
}

#[tokio::test]
async fn savepoints_that_are_missing_are_not_asked_for() {
    let server = server().await;
    let dialect = Own {
        lacks: vec![Feature::Savepoints],
        ..Own::default()
    };
    let mut connection = connect(&server, dialect).await;
    let mut transaction = connection.begin().await.unwrap();
    server.clear_calls();
    let error = transaction.begin().await.map(drop).unwrap_err();
    assert!(server_error(&error).is_unsupported());
    assert!(error.to_string().contains("no savepoints"), "{error}");
    assert_eq!(server.count_all(), 0);
    transaction
        .execute("CREATE TABLE t (id BIGINT)")
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(crate::common::count(&mut connection, "t").await, 0);
}

#[tokio::test]
async fn what_is_missing_is_gone_around_or_refused() {
    let config = SqliteConfig::new().updates_as_queries(true);
    let server = TestServer::builder().sqlite(config).start().await.unwrap();
    let lacks = vec![Feature::Updates, Feature::Ingest, Feature::Prepare];
    let mut connection = connect(
        &server,
        Own {
            lacks,
            ..Own::default()
        },
    )
    .await;
    server.clear_calls();
    connection
        .execute("CREATE TABLE t (id BIGINT, name VARCHAR)")
        .await
        .unwrap();
    assert_eq!(
        (server.count(Rpc::DoPut), server.count(Rpc::GetFlightInfo)),
        (0, 1)
    );
    server.clear_calls();
    let batch = Pair::to_arrow(&[]).unwrap();
    let error = connection
        .ingest("t")
        .batches(vec![batch])
        .await
        .unwrap_err();
    assert!(server_error(&error).is_unsupported());
    let error = connection
        .prepare("SELECT 1".into_sql_str())
        .await
        .map(drop)
        .unwrap_err();
    assert!(server_error(&error).is_unsupported());
    let bound = query_scalar::<_, i64>("SELECT ?")
        .bind(1_i64)
        .fetch_one(&mut connection)
        .await;
    assert!(server_error(&bound.unwrap_err()).is_unsupported());
    assert_eq!(server.count_all(), 0);
}

#[tokio::test]
async fn a_plan_describes_a_query_and_nothing_else() {
    let server = server().await;
    let describe = Some(&[DescribeRoute::Plan][..]);
    let mut connection = connect(
        &server,
        Own {
            describe,
            ..Own::default()
        },
    )
    .await;
    server.clear_calls();
    let statement = connection
        .prepare("SELECT 1 AS one, 'x' AS two".into_sql_str())
        .await
        .unwrap();
    let names: Vec<_> = statement
        .columns()
        .iter()
        .map(flightsql::Column::name)
        .collect();
    assert_eq!(names, ["one", "two"]);
    assert_eq!(
        (server.count(Rpc::GetFlightInfo), server.count_all()),
        (1, 1)
    );
    let error = connection
        .prepare("CREATE TABLE t (id BIGINT)".into_sql_str())
        .await
        .map(drop)
        .unwrap_err();
    assert!(server_error(&error).is_unsupported());
    assert_eq!(server.count_all(), 1);
}

#[tokio::test]
async fn a_ping_is_what_the_dialect_says() {
    let server = server().await;
    for (ping, calls) in [(Ping::Socket, 0), (Ping::Statement("SELECT 7"), 1)] {
        let options: FlightSqlConnectOptions = server.url().parse().unwrap();
        let dialect = Own {
            ping: Some(ping),
            ..Own::default()
        };
        let options = options
            .dialect(Arc::new(dialect))
            .ping_after(std::time::Duration::ZERO);
        let mut connection = options.connect().await.unwrap();
        server.clear_calls();
        connection.ping().await.unwrap();
        assert_eq!(server.count_all(), calls);
        let texts: Vec<_> = server
            .calls()
            .iter()
            .filter_map(|call| call.sql())
            .collect();
        assert!(texts.iter().all(|text| text == "SELECT 7"), "{texts:?}");
    }
}

#[tokio::test]
async fn a_new_connection_goes_to_its_catalog_and_runs_what_the_dialect_wants() {
    let server = server().await;
    let dialect = Own {
        statements: &["SELECT 1", "SELECT 2"],
        ..Own::default()
    };
    let connection = connect_with(&server, "/sales/eu", dialect).await;
    let calls = server.calls_of(Rpc::GetFlightInfo);
    let texts: Vec<_> = calls.iter().filter_map(|call| call.sql()).collect();
    assert_eq!(texts, ["SELECT 'sales.eu'", "SELECT 1", "SELECT 2"]);
    drop(connection);

    let bad = Own {
        statements: &["SELECT nothing"],
        ..Own::default()
    };
    let options: FlightSqlConnectOptions = server.url().parse().unwrap();
    let error = options.dialect(Arc::new(bad)).connect().await.unwrap_err();
    assert!(error.to_string().contains("nothing"), "{error}");
}

#[tokio::test]
async fn nobody_is_announced_as_the_engine_wants_unless_somebody_logs_in() {
    let server = server().await;
    let own = || Own {
        anonymous: Some("Anonymous"),
        ..Own::default()
    };
    let mut connection = connect(&server, own()).await;
    connection.execute("SELECT 1").await.unwrap();
    assert_eq!(server.calls()[0].header("authorization"), Some("Anonymous"));
    server.clear_calls();
    let mut connection = connect_with(&server, "?token=Own", own()).await;
    connection.execute("SELECT 1").await.unwrap();
    assert_eq!(
        server.calls()[0].header_values("authorization"),
        ["Bearer Own"]
    );
}

#[tokio::test]
async fn user_and_password_go_as_the_dialect_says_unless_the_options_do() {
    let server = TestServer::builder()
        .basic("ann", "pw")
        .start()
        .await
        .unwrap();
    let url = server.url().replacen("://", "://ann:pw@", 1);
    for (basic, auth, handshakes) in [
        (true, None, 0),
        (false, None, 1),
        (true, Some(AuthMode::Handshake), 1),
    ] {
        server.clear_calls();
        let mut options: FlightSqlConnectOptions = url.parse().unwrap();
        if let Some(auth) = auth {
            options = options.auth(auth);
        }
        let options = options.dialect(Arc::new(Own {
            basic,
            ..Own::default()
        }));
        let mut connection = options.connect().await.unwrap();
        connection.execute("SELECT 1").await.unwrap();
        assert_eq!(server.count(Rpc::Handshake), handshakes, "{basic} {auth:?}");
    }
}
