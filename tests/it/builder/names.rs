//! Names and lists of a query builder: names stay names, and an empty list matches nothing.

use flightsql::dialect::Dialect;
use flightsql::dialect::presets::{datafusion, sqlite};
use flightsql::{Column, Error, FlightSqlConnection, FlightSqlQueryBuilderExt as _, Row};
use proptest::prelude::*;
use tokio::runtime::Runtime;
use tokio::sync::Mutex;

use super::{Builder, both};
use crate::common::{connect, server};

/// Numbers of the rows of which this is true; row 3 has a NULL.
async fn ids(connection: &mut FlightSqlConnection, builder: &mut Builder) -> Vec<i64> {
    builder.push(" ORDER BY id");
    let ids = builder.build_query_scalar().fetch_all(connection).await;
    ids.unwrap()
}

#[tokio::test]
async fn a_list_holds_its_values_and_an_empty_one_none() {
    let dialects: [&dyn Dialect; 2] = [&sqlite(), &datafusion()];
    for ((server, mut connection), dialect) in both().await.into_iter().zip(dialects) {
        let rows = "INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, NULL)";
        server.sqlite().execute_batch(rows).unwrap();
        let cases: [(&str, &[&str], &[i64]); 6] = [
            (" IN ", &["a", "b'", "?"], &[1]),
            (" NOT IN ", &["a", "c"], &[2]),
            (" IN ", &["a"], &[1]),
            (" IN ", &["a", "b"], &[1, 2]),
            (" IN ", &[], &[]),
            (" NOT IN ", &[], &[1, 2, 3]),
        ];
        for (operator, names, expected) in cases {
            let mut builder = Builder::new("SELECT id FROM ");
            builder.push_table(dialect, &["t"]).unwrap().push(" WHERE ");
            builder
                .push_ident(dialect, "name")
                .unwrap()
                .push(operator)
                .push_list(names);
            builder.push(" AND id < ").push_bind(10_i64);
            let found = ids(&mut connection, &mut builder).await;
            assert_eq!(found, expected, "{operator} {names:?}");
        }
    }
}

#[tokio::test]
async fn a_table_may_be_named_with_what_it_is_in() {
    for (_server, mut connection) in both().await {
        let mut builder = Builder::new("INSERT INTO ");
        builder.push_table(&sqlite(), &["main", "t"]).unwrap();
        builder.push(" (id) VALUES ").push_list([7_i64]);
        builder.build().execute(&mut connection).await.unwrap();
        let found = ids(&mut connection, &mut Builder::new("SELECT id FROM t")).await;
        assert_eq!(found, [7]);
    }
}

#[test]
fn names_that_are_none_are_refused_and_push_nothing() {
    let mut builder = Builder::new("SELECT ");
    let refused = |result: Result<&mut Builder, Error>| match result.map(|_| ()) {
        Err(Error::InvalidArgument(why)) => why,
        other => panic!("{other:?}"),
    };
    assert!(refused(builder.push_ident(&sqlite(), "")).contains("empty"));
    assert!(refused(builder.push_ident(&sqlite(), "a\0")).contains("NUL"));
    assert!(refused(builder.push_table(&sqlite(), &[])).contains("at least one part"));
    assert!(refused(builder.push_table(&sqlite(), &["main", ""])).contains("empty"));
    assert_eq!(builder.sql().as_str(), "SELECT ");
}

#[test]
fn any_name_stays_a_name() {
    let runtime = Runtime::new().unwrap();
    let server = runtime.block_on(server());
    let connection = Mutex::new(runtime.block_on(connect(&server)));
    proptest!(
        ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() },
        |(name in "[a?$:@'\"`\\]\\[;\\-/*. é\\\\]{1,12}", value in any::<i64>())| {
            let mut connection = connection.blocking_lock();
            runtime.block_on(async {
                // As the name of a table within the query, of its column, and of the result's.
                let mut builder = Builder::new("WITH ");
                builder.push_table(&sqlite(), &[&name]).unwrap().push("(");
                builder.push_ident(&sqlite(), &name).unwrap().push(") AS (SELECT 1) SELECT CAST(");
                builder.push_bind(value).push(" AS BIGINT) AS ");
                builder.push_ident(&sqlite(), &name).unwrap().push(" FROM ");
                builder.push_table(&sqlite(), &[&name]).unwrap().push(" WHERE ");
                builder.push_table(&sqlite(), &[&name, &name]).unwrap().push(" IN ").push_list([1_i64]);
                let row = builder.build().fetch_one(&mut *connection).await.unwrap();
                assert_eq!(row.column(0).name(), name);
                assert_eq!(row.get::<i64, _>(0), value);
            });
        }
    );
}
