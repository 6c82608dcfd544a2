//! Cached statements, detached calls, and the size of futures.
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::Notify;

use super::cache::{Scope, Statements};
use super::cleanup::run_detached;
use super::execute::Outcome;
use super::open::establish;
use super::shared::Shared;
use crate::options::ConnectOptions;
use crate::protocol::prepared::Prepared;

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
    let value = run_detached(async { Ok(7) }, returned.give_back())
        .await
        .unwrap();
    assert_eq!(value, 7);
    assert_eq!(returned.count.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn returns_unclaimed_results() {
    let returned = Arc::<Returned>::default();
    let go = Arc::new(Notify::new());
    let wait = Arc::clone(&go);
    let call = async move {
        wait.notified().await;
        Ok(7)
    };
    let mut detached = Box::pin(run_detached(call, returned.give_back()));
    // Started, but not finished.
    assert!(futures_util::FutureExt::now_or_never(&mut detached).is_none());
    drop(detached);
    assert_eq!(returned.count.load(Ordering::SeqCst), 0);
    go.notify_one();
    returned.changed.notified().await;
    assert_eq!(returned.count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn what_arrived_but_was_not_looked_at_is_given_back_too() {
    let returned = Arc::<Returned>::default();
    let mut detached = Box::pin(run_detached(async { Ok(7) }, returned.give_back()));
    assert!(futures_util::FutureExt::now_or_never(&mut detached).is_none());
    // The task has run and sent its value; the receiver has it and never looks.
    tokio::task::yield_now().await;
    drop(detached);
    returned.changed.notified().await;
    assert_eq!(returned.count.load(Ordering::SeqCst), 1);
}

/// A future that carries tonic's own (5 kB each) is moved on every level of calls and every box.
#[tokio::test]
async fn futures_stay_small() {
    let server = flightsql_testkit::TestServer::sqlite().await.unwrap();
    let options: ConnectOptions = server.url().parse().unwrap();
    let shared = Arc::new(Shared::new(&options));
    let mut session = establish(&Arc::new(options), &shared).await.unwrap();
    let statement = session.dialect().parse("SELECT 1").unwrap();
    let size = size_of_val(&session.run(&statement, None, true));
    assert!(size <= 2048, "{size}");
    let Ok(Outcome::Rows(mut rows)) = session.run(&statement, None, true).await else {
        panic!("a query has rows");
    };
    assert!(size_of_val(&rows.next()) <= 1024);
}

/// Outside a runtime, jobs wait.
#[test]
fn a_dropped_transaction_rolls_back_before_its_statements_are_closed() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (_server, mut session) = runtime.block_on(async {
        let server = flightsql_testkit::TestServer::sqlite().await.unwrap();
        let mut session = super::connect(&server.url()).await.unwrap();
        session.begin_level().await.unwrap();
        session.begin_level().await.unwrap();
        let scope = session.scope();
        session.statements.insert(scope, "a", cached("1"));
        (server, session)
    });
    session.abandon_level();
    session.abandon_level();
    let jobs = ["roll back", "roll back", "close a prepared statement"];
    assert_eq!(session.cleanup().waiting(), jobs);
    runtime.block_on(session.close()).unwrap();
}

/// The queue owns the job, so the job must not own the queue.
#[test]
fn a_job_that_never_ran_leaves_no_queue_behind() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (_server, session) = runtime.block_on(async {
        let server = flightsql_testkit::TestServer::sqlite().await.unwrap();
        let session = super::connect(&server.url()).await.unwrap();
        (server, session)
    });
    let queue = Arc::downgrade(session.cleanup());
    let job = session.statement_cleanup("SELECT 1".to_owned());
    session.cleanup().push(job);
    assert_eq!(session.cleanup().waiting(), ["run a statement"]);
    drop(session);
    assert_eq!(queue.strong_count(), 0);
}

fn cached(handle: &'static str) -> Prepared {
    Prepared {
        handle: handle.into(),
        dataset: None,
        parameters: None,
        is_update: None,
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
