//! Routes, levels and orphans, without a server.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use arrow_schema::{DataType, Field, Schema};
use prost::bytes::Bytes;
use sqlx_core::connection::ConnectOptions;
use sqlx_core::sql_str::SqlSafeStr;
use tokio::sync::Notify;

use super::cache::{CachedStatement, Scope, Statements};
use super::orphan::adopt;
use super::route::{Plan, by_server, by_text};
use super::run::{Counting, Outcome};
use crate::dialect::presets::{ansi, datafusion};
use crate::dialect::{Dialect, Route, StatementClass};
use crate::options::FlightSqlConnectOptions;
use crate::protocol::prepared::Prepared;
use crate::value::Meta;

fn prepared(is_update: Option<bool>, columns: Option<usize>) -> Prepared {
    let schema = columns.map(|count| {
        let fields = (0..count).map(|n| Field::new(format!("c{n}"), DataType::Int64, true));
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    });
    Prepared {
        handle: Bytes::from_static(b"h"),
        dataset: schema,
        parameters: None,
        is_update,
    }
}

#[test]
fn a_text_is_a_query_an_update_or_a_question() {
    assert_eq!(by_text(StatementClass::Query, &ansi()), Plan::Query);
    assert_eq!(by_text(StatementClass::DmlReturning, &ansi()), Plan::Query);
    assert_eq!(by_text(StatementClass::Dml, &ansi()), Plan::Update);
    assert_eq!(by_text(StatementClass::Ddl, &ansi()), Plan::Update);
    assert_eq!(by_text(StatementClass::Unknown, &ansi()), Plan::Prepare);
    for class in [
        StatementClass::Dml,
        StatementClass::Ddl,
        StatementClass::Unknown,
    ] {
        assert_eq!(by_text(class, &datafusion()), Plan::Query);
    }
}

#[test]
fn the_servers_word_comes_before_the_schema_and_the_schema_before_the_text() {
    let route = |server: Prepared, class, dialect: &dyn Dialect| by_server(&server, class, dialect);
    let (dml, query, unknown) = (
        StatementClass::Dml,
        StatementClass::Query,
        StatementClass::Unknown,
    );
    assert_eq!(
        route(prepared(Some(true), Some(1)), query, &ansi()),
        Route::Update
    );
    assert_eq!(
        route(prepared(Some(false), Some(0)), dml, &ansi()),
        Route::Query
    );
    assert_eq!(route(prepared(None, Some(1)), dml, &ansi()), Route::Query);
    assert_eq!(route(prepared(None, Some(0)), dml, &ansi()), Route::Update);
    assert_eq!(route(prepared(None, Some(0)), query, &ansi()), Route::Query);
    assert_eq!(
        route(prepared(None, Some(0)), unknown, &ansi()),
        Route::Update
    );
    assert_eq!(route(prepared(None, None), unknown, &ansi()), Route::Query);
    assert_eq!(
        route(prepared(None, Some(0)), dml, &datafusion()),
        Route::Query
    );
}

#[test]
fn a2_only_an_integer_column_of_a_known_name_counts() {
    let schema = |name: &str, ty| Schema::new(vec![Field::new(name, ty, false)]);
    let counting = Counting::Column(vec!["rows_changed".to_owned(), "count".to_owned()]);
    for (name, ty) in [
        ("Count", DataType::Int64),
        ("COUNT", DataType::Int32),
        ("Rows_Changed", DataType::UInt8),
    ] {
        assert_eq!(counting.column_index(&schema(name, ty)), Some(0), "{name}");
    }
    assert_eq!(
        counting.column_index(&schema("count", DataType::UInt64)),
        Some(0)
    );
    assert_eq!(counting.column_index(&schema("id", DataType::UInt64)), None);
    assert_eq!(
        counting.column_index(&schema("count", DataType::Utf8)),
        None
    );
    assert_eq!(
        Counting::Nothing.column_index(&schema("count", DataType::UInt64)),
        None
    );
    assert_eq!(
        Counting::EachRow.column_index(&schema("count", DataType::UInt64)),
        None
    );
}

/// Counts what was given back, and says when.
#[derive(Default)]
struct Returned {
    count: AtomicU32,
    changed: Notify,
}

impl Returned {
    fn give_back(self: &Arc<Self>) -> impl FnOnce(u32) + Send + 'static {
        let returned = Arc::clone(self);
        move |_| {
            returned.count.fetch_add(1, Ordering::SeqCst);
            returned.changed.notify_one();
        }
    }
}

#[tokio::test]
async fn what_is_taken_is_kept() {
    let returned = Arc::<Returned>::default();
    let value = adopt(async { Ok(7) }, returned.give_back()).await.unwrap();
    assert_eq!(value, 7);
    assert_eq!(returned.count.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn what_nobody_waits_for_is_given_back() {
    let returned = Arc::<Returned>::default();
    let go = Arc::new(Notify::new());
    let wait = Arc::clone(&go);
    let call = async move {
        wait.notified().await;
        Ok(7)
    };
    let mut adopted = Box::pin(adopt(call, returned.give_back()));
    // Started, but not finished.
    assert!(futures_util::FutureExt::now_or_never(&mut adopted).is_none());
    drop(adopted);
    assert_eq!(returned.count.load(Ordering::SeqCst), 0);
    go.notify_one();
    returned.changed.notified().await;
    assert_eq!(returned.count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn what_arrived_but_was_not_looked_at_is_given_back_too() {
    let returned = Arc::<Returned>::default();
    let mut adopted = Box::pin(adopt(async { Ok(7) }, returned.give_back()));
    assert!(futures_util::FutureExt::now_or_never(&mut adopted).is_none());
    // The task has run and sent its value; the receiver has it and never looks.
    tokio::task::yield_now().await;
    drop(adopted);
    returned.changed.notified().await;
    assert_eq!(returned.count.load(Ordering::SeqCst), 1);
}

/// A future that carries tonic's own (5 kB each) is moved on every level of calls and every box.
#[tokio::test]
async fn futures_stay_small() {
    let server = flightsql_testkit::TestServer::sqlite().await.unwrap();
    let options: FlightSqlConnectOptions = server.url().parse().unwrap();
    let mut connection = options.connect().await.unwrap();
    let sql = "SELECT 1".into_sql_str();
    assert!(size_of_val(&connection.run(&sql, None, true)) <= 2048);
    let Ok(Outcome::Rows(mut rows)) = connection.run(&sql, None, true).await else {
        panic!("a query has rows");
    };
    assert!(size_of_val(&rows.stream.next()) <= 1024);
}

fn cached(handle: &'static str) -> CachedStatement {
    CachedStatement {
        prepared: Prepared {
            handle: handle.into(),
            ..prepared(None, None)
        },
        columns: Meta::plain(Arc::new(Schema::empty())),
    }
}

#[test]
fn b1_an_evicted_statement_leaves_its_place_and_its_failures() {
    let mut statements = Statements::new(2);
    let scope = Scope::Autocommit;
    assert_eq!(statements.insert(scope, "a", cached("1")), None);
    for failures in 1..=3 {
        assert_eq!(
            statements.evict(scope, "a", false).as_deref(),
            Some(&b"1"[..])
        );
        assert!(statements.get(scope, "a").is_none());
        assert_eq!(statements.evict(scope, "a", false), None);
        assert_eq!(statements.len(), 0);
        assert_eq!(statements.failures(scope, "a"), failures);
        assert_eq!(statements.insert(scope, "a", cached("1")), None);
        assert_eq!(statements.len(), 1);
    }
    // A fourth failure in a row keeps the statement; a success forgets the failures.
    assert_eq!(statements.evict(scope, "a", false), None);
    assert_eq!(statements.len(), 1);
    assert!(statements.evict(scope, "a", true).is_some());
    assert_eq!(statements.insert(scope, "a", cached("1")), None);
    statements.succeeded(scope, "a");
    assert!(statements.evict(scope, "a", false).is_some());
    // Statements that are pushed out or drained are counted, whether they were evicted or not.
    assert_eq!(statements.insert(scope, "b", cached("2")), None);
    assert_eq!(statements.insert(scope, "c", cached("3")), None);
    assert_eq!(statements.len(), 2);
    assert_eq!(
        statements.insert(scope, "d", cached("4")).as_deref(),
        Some(&b"2"[..])
    );
    assert!(statements.evict(scope, "c", false).is_some());
    assert_eq!(statements.len(), 1);
    assert_eq!(statements.drain(scope), ["4"]);
    assert_eq!(statements.len(), 0);
}
