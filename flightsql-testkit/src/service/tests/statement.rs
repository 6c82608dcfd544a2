//! Tests of unprepared statements.

use arrow_flight::sql::{CommandStatementQuery, ProstMessageExt};
use arrow_flight::{FlightDescriptor, Ticket};
use arrow_schema::DataType;
use futures_util::TryStreamExt;
use prost::Message;

use super::support::{cells, served, served_with};
use crate::service::SqliteConfig;

#[tokio::test]
async fn updates_count_their_rows() {
    let mut served = served().await;
    assert_eq!(
        served
            .update("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)")
            .await
            .unwrap(),
        0
    );
    assert_eq!(
        served
            .update("INSERT INTO t VALUES (1, 'x'), (2, 'y'), (3, 'z');")
            .await
            .unwrap(),
        3
    );
    assert_eq!(
        served
            .update("UPDATE t SET b = 'w' WHERE a > 1")
            .await
            .unwrap(),
        2
    );
    assert_eq!(
        served
            .update("WITH old AS (SELECT 1 AS a) DELETE FROM t WHERE a IN (SELECT a FROM old)")
            .await
            .unwrap(),
        1
    );
    assert_eq!(served.update("CREATE INDEX i ON t (b)").await.unwrap(), 0);
    let (schema, rows) = served.rows("SELECT a, b FROM t ORDER BY a").await;
    assert_eq!(rows, cells(&[&["2", "w"], &["3", "w"]]));
    assert!(!schema.field(0).is_nullable());
    assert!(schema.field(1).is_nullable());
    assert_eq!(
        schema.field(1).metadata()["ARROW:FLIGHT:SQL:TABLE_NAME"],
        "t"
    );
    assert_eq!(
        schema.field(0).metadata()["ARROW:FLIGHT:SQL:TYPE_NAME"],
        "INTEGER"
    );
}

#[tokio::test]
async fn reported_schema_matches_stream() {
    let mut served = served().await;
    served
        .service
        .execute_batch("CREATE TABLE t (a INT NOT NULL, d DATE)")
        .unwrap();
    for sql in [
        "SELECT * FROM t",
        "SELECT count(*), sum(a), 1, 'x', NULL, 1.5, x'00' FROM t",
        "SELECT t.a, u.a FROM t LEFT JOIN t u ON u.a = t.a",
        "SELECT a FROM t UNION SELECT 2",
        "VALUES (1, 'a'), (2, 'b')",
        "PRAGMA table_info(t)",
        "EXPLAIN SELECT 1",
    ] {
        let info = served.client.execute(sql.to_owned(), None).await.unwrap();
        let announced = info.clone().try_decode_schema().unwrap();
        let (schema, _) = served.read(info).await.unwrap();
        assert_eq!(announced, *schema, "{sql}");
    }
    served.settled(0).await;
}

#[tokio::test]
async fn outer_joins_and_compounds_are_nullable() {
    let mut served = served().await;
    served.service.execute_batch("CREATE TABLE t (a INT NOT NULL); CREATE TABLE u (b INT NOT NULL); INSERT INTO t VALUES (1)").unwrap();
    let nullable = |schema: &arrow_schema::Schema| {
        schema
            .fields()
            .iter()
            .map(|field| field.is_nullable())
            .collect::<Vec<_>>()
    };
    let (schema, rows) = served.rows("SELECT a, b FROM t LEFT JOIN u ON a = b").await;
    assert_eq!(
        (nullable(&schema), rows),
        (vec![false, true], cells(&[&["1", "NULL"]]))
    );
    let (schema, rows) = served.rows("SELECT a FROM t UNION ALL SELECT NULL").await;
    assert_eq!(
        (nullable(&schema), rows),
        (vec![true], cells(&[&["1"], &["NULL"]]))
    );
    let (schema, _) = served
        .rows("SELECT x.a FROM t AS x JOIN u ON x.a = u.b")
        .await;
    assert_eq!(nullable(&schema), [false]);
    let (schema, rows) = served.rows("SELECT b, max(b) FROM u").await;
    assert_eq!(
        (nullable(&schema), rows),
        (vec![true, true], cells(&[&["NULL", "NULL"]]))
    );
    let (schema, _) = served.rows("SELECT a FROM (SELECT NULL AS a)").await;
    assert_eq!(nullable(&schema), [true]);
}

#[tokio::test]
async fn rejects_wrong_statements_clearly() {
    let mut served = served().await;
    served
        .service
        .execute_batch(
            "CREATE TABLE t (a INT UNIQUE, b INT CHECK (b > 0)); INSERT INTO t VALUES (1, 1)",
        )
        .unwrap();
    for (sql, code, message) in [
        ("SELEC 1", "invalid argument", "SELEC\\\": syntax error"),
        (
            "SELECT * FROM missing",
            "invalid argument",
            "no such table: missing",
        ),
        (
            "SELECT 1; SELECT 2",
            "invalid argument",
            "more than one statement",
        ),
        ("", "invalid argument", "no statement"),
        ("-- nothing", "invalid argument", "no statement"),
        ("SELECT ?", "invalid argument", "1 parameter"),
        ("BEGIN", "not in a state", "BeginTransaction"),
        ("SAVEPOINT s", "not in a state", "BeginSavepoint"),
        ("ATTACH 'x' AS x", "not implemented", "no other database"),
        ("VACUUM INTO 'x'", "not implemented", "no other database"),
    ] {
        let error = served
            .client
            .execute(sql.to_owned(), None)
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains(message), "{sql}: {error}");
        assert!(error.contains(code), "{sql}: {error}");
    }
    for (sql, code, message) in [
        (
            "INSERT INTO t VALUES (1, 1)",
            "already exists",
            "UNIQUE constraint failed: t.a",
        ),
        (
            "INSERT INTO t VALUES (2, 0)",
            "not in a state",
            "CHECK constraint failed: b > 0",
        ),
        (
            "SELECT abs(-9223372036854775808)",
            "past the valid range",
            "integer overflow",
        ),
    ] {
        let error = served.update(sql).await.unwrap_err().to_string();
        assert!(error.contains(message), "{sql}: {error}");
        assert!(error.contains(code), "{sql}: {error}");
    }
}

#[tokio::test]
async fn splits_result_over_endpoints_in_order() {
    let mut served = served_with(SqliteConfig::new().endpoints(3).batch_rows(2)).await;
    let sql = "WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < 10) SELECT x FROM c";
    let info = served.client.execute(sql.to_owned(), None).await.unwrap();
    assert_eq!(info.endpoint.len(), 3);
    assert!(
        info.endpoint
            .iter()
            .all(|endpoint| endpoint.location.is_empty())
    );
    let mut parts = Vec::new();
    for endpoint in info.endpoint {
        let (_, batches) = served.batches(endpoint.ticket.unwrap()).await.unwrap();
        parts.push(
            batches
                .iter()
                .map(|batch| batch.num_rows())
                .collect::<Vec<_>>(),
        );
    }
    assert_eq!(parts, [vec![2, 2], vec![2, 1], vec![2, 1]]);
    let expected: Vec<Vec<String>> = (1..=10).map(|x| vec![x.to_string()]).collect();
    assert_eq!(served.rows(sql).await.1, expected);
    served.settled(0).await;
}

#[tokio::test]
async fn dropped_stream_stops_statement() {
    let mut served = served().await;
    let endless =
        "WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c) SELECT x FROM c";
    let info = served
        .client
        .execute(endless.to_owned(), None)
        .await
        .unwrap();
    assert_eq!(served.service.open_cursors(), 1);
    let mut stream = served
        .client
        .do_get(info.endpoint[0].ticket.clone().unwrap())
        .await
        .unwrap();
    assert_eq!(stream.try_next().await.unwrap().unwrap().num_rows(), 8192);
    assert_eq!(served.service.open_cursors(), 1);
    drop(stream);
    served.settled(0).await;
}

#[tokio::test]
async fn disconnect_stops_statement_without_rows() {
    let served = served().await;
    let endless = "WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c) SELECT CAST(x AS INTEGER) AS x FROM c WHERE x < 0";
    // The statement itself is the ticket, so a cursor is open only after it starts.
    let command = CommandStatementQuery {
        query: endless.to_owned(),
        transaction_id: None,
    };
    let ticket = Ticket::new(command.as_any().encode_to_vec());
    let mut client = arrow_flight::sql::client::FlightSqlServiceClient::new(served.channel.clone());
    let reading = tokio::spawn(async move { client.do_get(ticket).await.map(drop) });
    served.settled(1).await;
    reading.abort();
    served.settled(0).await;
}

#[tokio::test]
async fn accepts_statement_as_ticket() {
    let mut served = served().await;
    let command = CommandStatementQuery {
        query: "SELECT 1 AS one".to_owned(),
        transaction_id: None,
    };
    let ticket = Ticket::new(command.as_any().encode_to_vec());
    let (schema, batches) = served.batches(ticket).await.unwrap();
    assert_eq!(schema.field(0).name(), "one");
    assert_eq!(batches[0].num_rows(), 1);
    let descriptor = FlightDescriptor::new_cmd(command.as_any().encode_to_vec());
    let mut flight = arrow_flight::FlightClient::new(served.channel.clone());
    assert_eq!(flight.get_schema(descriptor).await.unwrap(), *schema);
}

#[tokio::test]
async fn changes_as_queries_return_count_at_do_get() {
    let mut served = served_with(SqliteConfig::new().updates_as_queries(true)).await;
    let refused = served
        .update("CREATE TABLE t (a INT)")
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains("not implemented"), "{refused}");
    let (schema, rows) = served.rows("CREATE TABLE t (a INT)").await;
    assert_eq!((schema.fields().len(), rows.len()), (0, 0));
    let (schema, rows) = served.rows("INSERT INTO t VALUES (1), (2)").await;
    assert_eq!(rows, cells(&[&["2"]]));
    assert_eq!(
        (schema.field(0).name().as_str(), schema.field(0).data_type()),
        ("count", &DataType::UInt64)
    );
    let mut statement = served
        .client
        .prepare("DELETE FROM t".to_owned(), None)
        .await
        .unwrap();
    assert_eq!(statement.execute_update().await.unwrap(), -1);
    assert_eq!(
        served.rows("SELECT count(*) FROM t").await.1,
        cells(&[&["2"]])
    );
}

#[tokio::test]
async fn f2_a_byte_order_mark_is_white_space() {
    let mut served = served().await;
    let created = served.update("\u{feff}CREATE TABLE t (a INT)").await;
    assert_eq!(created.unwrap(), 0);
    // The type of a computed column comes from the text, since the table is empty.
    let (schema, rows) = served.rows("\u{feff}SELECT a + 1 FROM t").await;
    assert_eq!(schema.field(0).data_type(), &DataType::Int64);
    assert_eq!(rows, cells(&[]));
}
