//! Too few, too many and no binds, for every way in which servers report parameters.

use std::fmt::Write;

use flightsql::{AssertSqlSafe, Error, FlightSqlConnection, Row, StatusCode, query};
use flightsql_testkit::{ParameterSchema, Rpc, SqliteConfig, TestServer};

use super::works;
use crate::common::{connect, server_error};

const ALL: [ParameterSchema; 5] = [
    ParameterSchema::Typed,
    ParameterSchema::Untyped,
    ParameterSchema::Empty,
    ParameterSchema::Absent,
    ParameterSchema::SortedAsText,
];

async fn with(schema: ParameterSchema) -> (TestServer, FlightSqlConnection) {
    let server = TestServer::builder()
        .sqlite(SqliteConfig::new().parameter_schema(schema))
        .start()
        .await
        .unwrap();
    server
        .sqlite()
        .execute_batch("CREATE TABLE t (id INTEGER, name TEXT)")
        .unwrap();
    let connection = connect(&server).await;
    (server, connection)
}

fn argument_error<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result {
        Err(Error::InvalidArgument(text)) => text,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn too_few_and_too_many_are_refused_before_anything_runs() {
    for schema in ALL {
        let (server, mut connection) = with(schema).await;
        let insert = "INSERT INTO t VALUES (?, ?)";
        let few = query(insert).bind(1_i64).execute(&mut connection).await;
        let few = argument_error(few);
        assert!(
            few == "the statement has 2 parameters, 1 was bound",
            "{schema:?}: {few}"
        );
        let many = query("SELECT ? + 1")
            .bind(1_i64)
            .bind(2_i64)
            .fetch_one(&mut connection)
            .await;
        let many = argument_error(many);
        assert!(
            many == "the statement has 1 parameter, 2 were bound",
            "{schema:?}: {many}"
        );
        let none = query("SELECT 1")
            .bind(1_i64)
            .fetch_one(&mut connection)
            .await;
        assert!(argument_error(none).ends_with("1 was bound"), "{schema:?}");
        assert_eq!(server.count(Rpc::DoPut), 0, "{schema:?}");
        assert_eq!(server.count(Rpc::DoGet), 0, "{schema:?}");

        let done = query(insert)
            .bind(1_i64)
            .bind("a")
            .execute(&mut connection)
            .await
            .unwrap();
        assert_eq!(done.rows_affected(), 1);
        works(&mut connection).await;
    }
}

#[tokio::test]
async fn no_binds_for_a_statement_with_placeholders() {
    for schema in ALL {
        let (server, mut connection) = with(schema).await;
        let insert = query("INSERT INTO t VALUES (?, ?)")
            .execute(&mut connection)
            .await;
        let select = query("SELECT ?").fetch_one(&mut connection).await;
        match schema {
            // Only the server knows that these are parameters.
            ParameterSchema::Empty | ParameterSchema::Absent => {
                for error in [insert.unwrap_err(), select.unwrap_err()] {
                    let error = server_error(&error);
                    assert_eq!(
                        error.status(),
                        StatusCode::InvalidArgument,
                        "{schema:?}: {error}"
                    );
                }
            }
            _ => {
                let text = argument_error(insert);
                assert_eq!(text, "the statement has 2 parameters, 0 were bound");
                assert!(
                    argument_error(select).ends_with("0 were bound"),
                    "{schema:?}"
                );
                assert_eq!(server.count(Rpc::DoPut), 0, "{schema:?}");
            }
        }
        works(&mut connection).await;
        assert_eq!(crate::common::count(&mut connection, "t").await, 0);
    }
}

#[tokio::test]
async fn thirteen_parameters_arrive_in_their_order() {
    const COUNT: i64 = 13;
    for schema in ALL {
        for dollar in [false, true] {
            let (_server, mut connection) = with(schema).await;
            let mut sql = "SELECT ".to_owned();
            for number in 1..=COUNT {
                let comma = if number == 1 { "" } else { ", " };
                match dollar {
                    true => write!(sql, "{comma}CAST(${number} AS INTEGER) AS c{number}").unwrap(),
                    false => write!(sql, "{comma}CAST(? AS INTEGER) AS c{number}").unwrap(),
                }
            }
            let mut statement = query(AssertSqlSafe(sql.clone()));
            for number in 1..=COUNT {
                statement = statement.bind(number * 100);
            }
            let row = statement.fetch_one(&mut connection).await.unwrap();
            let values: Vec<i64> = (0..13_usize)
                .map(|column| row.try_get(column).unwrap())
                .collect();
            let expected: Vec<i64> = (1..=COUNT).map(|number| number * 100).collect();
            assert_eq!(values, expected, "{schema:?} {sql}");
        }
    }
}

#[tokio::test]
async fn a_value_that_the_parameter_cannot_take() {
    let (server, mut connection) = with(ParameterSchema::Typed).await;
    let result = query("INSERT INTO t VALUES (?, ?)")
        .bind("not a number")
        .bind("a")
        .execute(&mut connection)
        .await;
    let Err(Error::Encode(error)) = result else {
        panic!("{result:?}");
    };
    let text = error.to_string();
    assert!(
        text.starts_with("parameter 1: a value of type Utf8 cannot be bound as Int64"),
        "{text}"
    );
    assert_eq!(server.count(Rpc::DoPut), 0);
    works(&mut connection).await;
}

#[tokio::test]
async fn replaced_handles_are_adopted_and_closed() {
    let server = TestServer::builder()
        .sqlite(SqliteConfig::new().replace_handles(true))
        .start()
        .await
        .unwrap();
    let mut connection = connect(&server).await;
    for round in 0..20_i64 {
        for (sql, expected) in [("SELECT ? + 1", round + 1), ("SELECT ? * 2", round * 2)] {
            let row = query(sql)
                .bind(round)
                .fetch_one(&mut connection)
                .await
                .unwrap();
            assert_eq!(row.get::<i64, _>(0), expected, "{sql} {round}");
            let unkept = query(sql).bind(round).persistent(false);
            let row = unkept.fetch_one(&mut connection).await.unwrap();
            assert_eq!(row.get::<i64, _>(0), expected, "{sql} {round}");
        }
    }
    assert_eq!(server.sqlite().open_prepared(), 2);
    flightsql::Connection::close(connection).await.unwrap();
    assert_eq!(server.sqlite().open_prepared(), 0);
}
