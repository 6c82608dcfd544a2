//! Types of queries: written as with SQLx, for this driver and for `Any`.

use flightsql::query::{Map, Query, QueryAs, QueryScalar};
use flightsql::{
    Database, Either, Error, Execute, FlightSql, FlightSqlArguments, FlightSqlRow, FromRow,
    IntoArguments, Row as _, query, query_as, query_as_with, query_scalar, query_scalar_with,
    query_with,
};
use futures_util::TryStreamExt as _;

use super::batched;
use crate::common::connect;

#[derive(Debug, PartialEq, FromRow)]
struct Id {
    id: i64,
}

type Mapped<'q, F> = Map<'q, FlightSql, F, FlightSqlArguments>;

fn plain() -> Query<'static, FlightSql, FlightSqlArguments> {
    query("SELECT id FROM t WHERE id = 1")
}

fn structs<'q>() -> QueryAs<'q, FlightSql, Id, <FlightSql as Database>::Arguments> {
    query_as("SELECT id FROM t WHERE id = ?").bind(1_i64)
}

fn scalars<A: Send + IntoArguments<FlightSql>>(
    arguments: A,
) -> QueryScalar<'static, FlightSql, i64, A> {
    query_scalar_with("SELECT 7", arguments).persistent(false)
}

fn mapped() -> Mapped<'static, impl FnMut(FlightSqlRow) -> Result<i64, Error> + Send> {
    query("SELECT 5")
        .try_map(|row: FlightSqlRow| row.try_get(0))
        .map(|n: i64| n + 1)
}

/// Code for every database of SQLx.
async fn first<'c, DB, O>(
    sql: &'static str,
    executor: impl flightsql::Executor<'c, Database = DB>,
) -> O
where
    DB: Database,
    O: Send + Unpin + for<'r> FromRow<'r, DB::Row>,
    DB::Arguments: IntoArguments<DB>,
{
    query_as::<DB, O>(sql).fetch_one(executor).await.unwrap()
}

fn is_send<T: Send>(value: T) -> T {
    value
}

#[tokio::test]
async fn have_the_parameters_of_sqlx() {
    let server = batched().await;
    let mut connection = connect(&server).await;
    let c = &mut connection;
    assert_eq!(
        plain().fetch_one(&mut *c).await.unwrap().get::<i64, _>(0),
        1
    );
    assert_eq!(structs().fetch_one(&mut *c).await.unwrap(), Id { id: 1 });
    let none = FlightSqlArguments::default();
    assert_eq!(scalars(none).fetch_one(&mut *c).await.unwrap(), 7);
    assert_eq!(mapped().fetch_one(&mut *c).await.unwrap(), 6);
    assert_eq!(mapped().max_rows(1).fetch_all(&mut *c).await.unwrap(), [6]);
    assert_eq!(first::<FlightSql, (i64,)>("SELECT 3", &mut *c).await, (3,));
    let turbofish = query_as::<_, (i64,)>("SELECT 4").fetch_one(&mut *c).await;
    assert_eq!(turbofish.unwrap(), (4,));
    let turbofish = query_scalar::<FlightSql, i64>("SELECT 4")
        .fetch_optional(&mut *c)
        .await;
    assert_eq!(turbofish.unwrap(), Some(4));
    let turbofish = query::<FlightSql>("SELECT 4").execute(&mut *c).await;
    assert_eq!(turbofish.unwrap().rows_affected(), 0);
    let with = query_with("SELECT 1", FlightSqlArguments::default());
    assert!(with.fetch_optional(&mut *c).await.unwrap().is_some());
    let with = query_as_with::<_, (i64,), _>("SELECT 1", FlightSqlArguments::default());
    assert_eq!(is_send(with.fetch_all(&mut *c)).await.unwrap(), [(1,)]);
    let mut bound = query("SELECT ?");
    bound.try_bind(8_i64).unwrap();
    assert_eq!(bound.fetch_one(&mut *c).await.unwrap().get::<i64, _>(0), 8);
}

#[tokio::test]
async fn are_executable_by_methods_of_executor() {
    use flightsql::Executor as _;

    let server = batched().await;
    let mut connection = connect(&server).await;
    let row = connection.fetch_one(query("SELECT ?").bind(9_i64)).await;
    assert_eq!(row.unwrap().get::<i64, _>(0), 9);
    let rows = connection.fetch_all(structs().header("x-a", "bcde")).await;
    assert_eq!(rows.unwrap().len(), 1);
    let query = query_scalar::<FlightSql, i64>("SELECT ?").bind(1_i64);
    assert!(Execute::persistent(&query) && query.statement().is_none());
    assert_eq!(Execute::sql(query).as_str(), "SELECT ?");
}

#[tokio::test]
#[expect(deprecated, reason = "the methods are deprecated as in SQLx")]
async fn have_the_deprecated_methods_of_sqlx() {
    let server = batched().await;
    let mut connection = connect(&server).await;
    let steps = structs().fetch_many(&mut connection);
    let steps: Vec<Either<_, Id>> = steps.try_collect().await.unwrap();
    assert!(matches!(
        &steps[..],
        [Either::Right(Id { id: 1 }), Either::Left(_)]
    ));
    let done = query("DELETE FROM t").execute_many(&mut connection).await;
    let done: Vec<_> = done.try_collect().await.unwrap();
    assert_eq!(done[0].rows_affected(), 3);
}

#[cfg(feature = "any")]
#[tokio::test]
async fn run_on_any() {
    use flightsql::{Any, AnyConnection, Connection as _};

    flightsql::any::install_default_drivers();
    let server = batched().await;
    let mut connection = AnyConnection::connect(&server.url()).await.unwrap();
    let (one,): (i64,) = query_as("SELECT id FROM t WHERE id = ?")
        .bind(1_i64)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(one, 1);
    let any: Query<'_, Any, _> = query::<Any>("SELECT 2");
    let two = any.map(|row: flightsql::any::AnyRow| row.get::<i64, _>(0));
    assert_eq!(two.fetch_one(&mut connection).await.unwrap(), 2);
    assert_eq!(
        first::<Any, (i64,)>("SELECT 3", &mut connection).await,
        (3,)
    );
}
