//! Values of another type than the caller requests: the error names the column and both types.

use flightsql::{Error, FlightSqlRow, FromRow, Row, query, query_as, query_scalar};

use super::works;
use crate::common::{connect, server};

const SQL: &str = "SELECT 300 AS big, 'x' AS text, NULL AS missing, 1.5 AS real, -1 AS negative";

async fn row() -> (
    flightsql_testkit::TestServer,
    flightsql::FlightSqlConnection,
    FlightSqlRow,
) {
    let server = server().await;
    let mut connection = connect(&server).await;
    let row = query(SQL).fetch_one(&mut connection).await.unwrap();
    (server, connection, row)
}

/// The index and the cause of a value that cannot be read.
fn decode_error<T: std::fmt::Debug>(result: Result<T, Error>) -> (String, String) {
    match result {
        Err(Error::ColumnDecode { index, source }) => (index, source.to_string()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn unknown_columns_and_indexes_out_of_range() {
    let (_server, mut connection, row) = row().await;
    let error = row.try_get::<i64, _>("bug").unwrap_err();
    assert!(
        matches!(&error, Error::ColumnNotFound(name) if name == "bug"),
        "{error:?}"
    );
    let error = row.try_get::<i64, _>(5).unwrap_err();
    assert!(
        matches!(error, Error::ColumnIndexOutOfBounds { index: 5, len: 5 }),
        "{error:?}"
    );
    let error = row.try_get_raw("Big").unwrap_err();
    assert!(
        matches!(&error, Error::ColumnNotFound(name) if name == "Big"),
        "{error:?}"
    );
    works(&mut connection).await;
}

#[tokio::test]
async fn type_mismatch_names_column_and_both_types() {
    let (_server, mut connection, row) = row().await;
    let (index, cause) = decode_error(row.try_get::<String, _>("big"));
    assert_eq!(index, "\"big\"");
    assert_eq!(
        cause,
        "Arrow type Int64 (BIGINT) cannot be read as Rust type `alloc::string::String`"
    );
    let (index, cause) = decode_error(row.try_get::<i64, _>(1));
    assert_eq!(index, "1 (\"text\")");
    assert_eq!(
        cause,
        "Arrow type Utf8 (VARCHAR) cannot be read as Rust type `i64`; cast it in the SQL, or add a rule to the type map of \
         the dialect"
    );
    let (_, cause) = decode_error(row.try_get::<bool, _>("real"));
    assert_eq!(
        cause,
        "Arrow type Float64 (DOUBLE PRECISION) cannot be read as Rust type `bool`"
    );
    works(&mut connection).await;
}

#[tokio::test]
async fn null_into_a_type_without_option() {
    let (_server, mut connection, row) = row().await;
    let (index, cause) = decode_error(row.try_get::<i64, _>("missing"));
    assert_eq!(index, "\"missing\"");
    assert_eq!(cause, "unexpected null; try decoding as an `Option`");
    assert_eq!(row.try_get::<Option<i64>, _>("missing").unwrap(), None);
    let error = query_scalar::<_, String>("SELECT NULL")
        .fetch_one(&mut connection)
        .await;
    assert_eq!(
        decode_error(error).1,
        "unexpected null; try decoding as an `Option`"
    );
    works(&mut connection).await;
}

#[tokio::test]
async fn an_integer_that_does_not_fit() {
    let (_server, mut connection, row) = row().await;
    assert_eq!(row.try_get::<i16, _>("big").unwrap(), 300);
    let (index, cause) = decode_error(row.try_get::<i8, _>("big"));
    assert_eq!(index, "\"big\"");
    assert_eq!(
        cause,
        "a value of Arrow type Int64 does not fit into Rust type `i8`"
    );
    let (_, cause) = decode_error(row.try_get::<u64, _>("negative"));
    assert_eq!(
        cause,
        "a value of Arrow type Int64 does not fit into Rust type `u64`"
    );
    works(&mut connection).await;
}

#[derive(Debug)]
struct Wrong;

impl FromRow<'_, FlightSqlRow> for Wrong {
    fn from_row(row: &FlightSqlRow) -> Result<Self, Error> {
        row.try_get::<String, _>("big").map(|_| Self)
    }
}

#[derive(Debug)]
struct Missing;

impl FromRow<'_, FlightSqlRow> for Missing {
    fn from_row(row: &FlightSqlRow) -> Result<Self, Error> {
        row.try_get::<i64, _>("absent").map(|_| Self)
    }
}

#[tokio::test]
async fn structs_say_the_same_and_the_connection_goes_on() {
    let (_server, mut connection, _) = row().await;
    let wrong = query_as::<_, Wrong>(SQL).fetch_all(&mut connection).await;
    assert!(decode_error(wrong).1.contains("Int64"));
    let missing = query_as::<_, Missing>(SQL).fetch_all(&mut connection).await;
    assert!(matches!(missing, Err(Error::ColumnNotFound(name)) if name == "absent"));
    works(&mut connection).await;
}
