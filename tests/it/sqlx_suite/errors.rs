//! Errors of the server: their fields, their kinds, and the state after them.

use flightsql::error::ErrorKind;
use flightsql::{
    Connection, Error, Executor, FlightSqlDatabaseError, StatusCode, query, query_scalar,
};
use flightsql_testkit::tonic::Code;
use flightsql_testkit::{Reply, Script, TestServer};

use crate::common::{connect, server};

const SCHEMA: &str = "CREATE TABLE tweet (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
     CREATE TABLE tweet_reply (id INTEGER PRIMARY KEY, tweet_id INTEGER NOT NULL REFERENCES tweet (id));
     CREATE TABLE products (product_no INTEGER, name TEXT, price INTEGER CONSTRAINT has_a_price CHECK (price > 0));
     INSERT INTO tweet VALUES (1, 'first')";

/// Each inside a transaction, which is rolled back by being dropped.
#[tokio::test]
async fn a_violated_constraint_has_its_kind_inside_a_transaction() {
    let server = server().await;
    server.sqlite().execute_batch(SCHEMA).unwrap();
    let mut connection = connect(&server).await;
    for (sql, kind, message) in [
        (
            "INSERT INTO tweet VALUES (1, 'Foo')",
            ErrorKind::UniqueViolation,
            "UNIQUE constraint failed: tweet.id",
        ),
        (
            "INSERT INTO tweet_reply (tweet_id) VALUES (2)",
            ErrorKind::ForeignKeyViolation,
            "FOREIGN KEY constraint failed",
        ),
        (
            "INSERT INTO tweet (text) VALUES (NULL)",
            ErrorKind::NotNullViolation,
            "NOT NULL constraint failed: tweet.text",
        ),
        (
            "INSERT INTO products VALUES (1, 'Product 1', 0)",
            ErrorKind::CheckViolation,
            "CHECK constraint failed: has_a_price",
        ),
    ] {
        let mut tx = connection.begin().await.unwrap();
        let error = query(sql).execute(&mut *tx).await.unwrap_err();
        let error = error.into_database_error().unwrap();
        let any = [
            error.is_unique_violation(),
            error.is_foreign_key_violation(),
            error.is_check_violation(),
        ];
        let expected = [
            kind == ErrorKind::UniqueViolation,
            kind == ErrorKind::ForeignKeyViolation,
            kind == ErrorKind::CheckViolation,
        ];
        assert_eq!(any, expected, "{sql}");
        assert_eq!((error.kind(), error.message()), (kind, message), "{sql}");
    }
    connection.ping().await.unwrap();
    assert_eq!(server.sqlite().open_transactions(), 0);
}

/// The error of an engine that has SQLSTATE and sends only a text.
#[tokio::test]
async fn a_sqlstate_of_class_23_is_a_kind() {
    let cases = [
        ("23502", ErrorKind::NotNullViolation),
        ("23503", ErrorKind::ForeignKeyViolation),
        ("23505", ErrorKind::UniqueViolation),
        ("23514", ErrorKind::CheckViolation),
        ("23P01", ErrorKind::ExclusionViolation),
        ("22012", ErrorKind::Other),
    ];
    let mut script = Script::new();
    for (state, _) in &cases {
        let text = format!("refused (SQLSTATE {state})");
        script = script.do_put(Reply::error(Code::FailedPrecondition, &text));
    }
    let server = TestServer::scripted(script.clone()).await.unwrap();
    let mut connection = connect(&server).await;
    for (state, kind) in cases {
        let error = connection.execute("DELETE FROM t").await.unwrap_err();
        let error = error.into_database_error().unwrap();
        assert_eq!(error.kind(), kind, "{state}");
    }
    script.assert_used();
}

#[tokio::test]
async fn an_error_is_inspected_by_trait_and_by_type() {
    let server = server().await;
    server.sqlite().execute_batch(SCHEMA).unwrap();
    let mut connection = connect(&server).await;
    let error = query("SELECT f")
        .execute(&mut connection)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Database(_)), "{error:?}");
    let error = error.into_database_error().unwrap();
    assert_eq!(error.message(), "no such column: f");
    assert_eq!(error.code().as_deref(), Some("INVALID_ARGUMENT"));
    assert_eq!((error.table(), error.constraint()), (None, None));
    assert!(error.try_downcast_ref::<FlightSqlDatabaseError>().is_some());
    let error: Box<FlightSqlDatabaseError> = error.downcast();
    assert_eq!(error.status(), StatusCode::InvalidArgument);
    assert_eq!(error.operation(), "GetFlightInfo(CommandStatementQuery)");

    let error = query("INSERT INTO products VALUES (1, 'Product 1', 0)")
        .execute(&mut connection)
        .await
        .unwrap_err();
    let error = error.into_database_error().unwrap();
    assert_eq!(error.message(), "CHECK constraint failed: has_a_price");
    assert_eq!(error.constraint(), Some("has_a_price"));
    let error: Box<FlightSqlDatabaseError> = error.downcast();
    assert_eq!(error.status(), StatusCode::FailedPrecondition);
}

#[tokio::test]
async fn a_typing_mistake_is_quoted_as_the_engine_says_it() {
    let server = server().await;
    let mut connection = connect(&server).await;
    for _ in 0..2 {
        let error = connection.execute("SEELCT 1").await.unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("error returned from database: near \"SEELCT\": syntax error"),
            "{error}"
        );
    }
    let fine: i64 = query_scalar("SELECT 1")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(fine, 1);
}

/// SQL of a caller cannot begin a transaction, because Flight SQL has an action for it.
#[tokio::test]
async fn begin_works_after_rejected_begin_statement() {
    let server = server().await;
    server.sqlite().execute_batch(SCHEMA).unwrap();
    let mut connection = connect(&server).await;
    server.clear_calls();
    for statement in [
        "SELECT * FROM tweet",
        "SELECT 1",
        "BEGIN DEFERRED",
        "BEGIN EXCLUSIVE",
    ] {
        let error = connection.begin_with(statement).await.unwrap_err();
        assert!(matches!(error, Error::InvalidArgument(_)), "{error:?}");
        assert!(!connection.is_in_transaction());
    }
    assert_eq!(server.count_all(), 0);
    let mut tx = connection.begin().await.unwrap();
    let one: i32 = query_scalar("SELECT 1").fetch_one(&mut *tx).await.unwrap();
    assert_eq!(one, 1);

    let acquired = flightsql::Acquire::acquire(&mut tx).await.unwrap();
    let error = acquired.begin_with("BEGIN").await.unwrap_err();
    assert!(
        matches!(error, Error::InvalidSavePointStatement),
        "{error:?}"
    );
    tx.commit().await.unwrap();
}

#[cfg(feature = "bigdecimal")]
#[tokio::test]
async fn decimal_out_of_range_is_an_error() {
    use flightsql::types::BigDecimal;

    let server = server().await;
    let mut connection = connect(&server).await;
    server.clear_calls();
    for text in ["1E-65536", "1E262144"] {
        let number: BigDecimal = text.parse().unwrap();
        let error = query_scalar::<_, BigDecimal>("SELECT ?")
            .bind(number)
            .fetch_one(&mut connection)
            .await
            .unwrap_err();
        assert!(matches!(error, Error::Encode(_)), "{error:?}");
    }
    assert_eq!(server.count_all(), 0);
}
