//! `QueryBuilder`, alone and with the engine's maximum number of binds.

use flightsql::{
    AssertSqlSafe, Connection, Execute, Executor, FlightSql, FlightSqlConnection, QueryBuilder,
    SqlSafeStr,
};

use crate::common::{connect, options, server};

type Builder = QueryBuilder<FlightSql>;

#[test]
fn a_new_one_holds_its_text_and_what_is_pushed() {
    let mut builder = Builder::new("SELECT * FROM users");
    assert_eq!(builder.sql().as_str(), "SELECT * FROM users");
    builder.push(" WHERE last_name LIKE '[A-N]%';");
    assert_eq!(
        builder.sql().as_str(),
        "SELECT * FROM users WHERE last_name LIKE '[A-N]%';"
    );
}

#[test]
#[should_panic(expected = "reset")]
fn pushing_after_build_without_reset_panics() {
    let mut builder = Builder::new("SELECT * FROM users;");
    let _ = builder.build();
    builder.push("SELECT * FROM users;");
}

#[test]
fn bind_pushes_question_mark_and_keeps_query() {
    let mut builder = Builder::new("SELECT * FROM users WHERE id = ");
    builder
        .push_bind(42_i32)
        .push(" OR membership_level = ")
        .push_bind(3_i32);
    assert_eq!(
        builder.sql().as_str(),
        "SELECT * FROM users WHERE id = ? OR membership_level = ?"
    );
    let mut query = builder.build();
    assert!(Execute::persistent(&query));
    let arguments = query.take_arguments().unwrap().unwrap();
    assert_eq!(arguments.len(), 2);
    assert_eq!(
        query.sql().as_str(),
        "SELECT * FROM users WHERE id = ? OR membership_level = ?"
    );
}

#[test]
fn reset_makes_room_for_another_query() {
    let mut builder = Builder::new("");
    let _ = builder
        .push("SELECT * FROM users WHERE id = ")
        .push_bind(42_i32)
        .build();
    builder.reset();
    assert_eq!(builder.sql().as_str(), "");
    let mut query = builder.push("SELECT * FROM users WHERE id = 99").build();
    let arguments = query.take_arguments().unwrap();
    assert_eq!(arguments.map_or(0, |arguments| arguments.len()), 0);
    assert_eq!(query.sql().as_str(), "SELECT * FROM users WHERE id = 99");
}

#[tokio::test]
async fn text_and_arguments_of_one_builder_go_on_in_another() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let mut first = Builder::new("SELECT ");
    let mut query = first.push_bind(42_i32).build();
    let arguments = query.take_arguments().unwrap().unwrap();
    let sql = query.sql().as_str().to_owned();
    let mut second = Builder::with_arguments(sql, arguments);
    second.push(" - ").push_bind(2_i32);
    assert_eq!(second.sql().as_str(), "SELECT ? - ?");
    let forty: i64 = second
        .build_query_scalar()
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(forty, 40);
}

/// The engine's maximum, 32766. Each is a field of the schema that the server reports. The limit on those fields does not bound
/// what the caller wrote.
#[tokio::test]
async fn c6_tens_of_thousands_of_binds_are_described_and_arrive() {
    const MANY: i64 = 32_766;
    let server = server().await;
    let mut builder =
        Builder::new("SELECT count(*), sum(column1), min(column1), max(column1) FROM (");
    builder.push_values(1..=MANY, |mut row, number| {
        row.push_bind(number);
    });
    builder.push(")");
    let sql = builder.sql().as_str().to_owned();
    let options = options(&server.url()).max_schema_fields(100);
    let mut connection = FlightSqlConnection::connect_with(&options).await.unwrap();
    let sql = AssertSqlSafe(sql).into_sql_str();
    let described = connection.describe(sql).await.unwrap();
    let parameters = described.parameters.unwrap();
    let parameters = parameters.either(|types| types.len(), |count| count);
    assert_eq!(parameters, 32_766);
    let found: (i64, i64, i64, i64) = builder
        .build_query_as()
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(found, (MANY, MANY * (MANY + 1) / 2, 1, MANY));
}
