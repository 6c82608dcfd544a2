//! Tests of the values of spans and metrics, and of the cost of operations that nobody watches.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::options::ConnectOptions;

#[test]
fn systems_and_namespaces_have_the_names_of_the_convention() {
    let options = |url: &str| url.parse::<ConnectOptions>().unwrap();
    for (url, system, namespace) in [
        ("flightsql://h", "other_sql", None),
        ("sqlite+flightsql://h/c", "sqlite", Some("c")),
        ("clickhouse+flightsql://h/c/s", "clickhouse", Some("c|s")),
        ("duckdb+flightsql://h?schema=s", "duckdb", Some("s")),
    ] {
        let options = options(url);
        let server = options.server();
        assert_eq!(
            (server.system, server.namespace.as_deref()),
            (system, namespace),
            "{url}"
        );
        assert_eq!((&*server.address, server.port), ("h", Some(443)));
    }
    let socket = options("flightsql+unix:///run/db.sock");
    let server = socket.server();
    assert_eq!((&*server.address, server.port), ("/run/db.sock", None));
}

#[test]
fn kinds_of_errors_have_types() {
    for (error, name) in [
        (
            Error::timeout("DoGet", "idle_timeout", std::time::Duration::ZERO),
            "timeout",
        ),
        (
            Error::io(std::io::ErrorKind::NotConnected, "secret", None),
            "io",
        ),
        (Error::protocol("DoGet", "secret"), "protocol"),
        (Error::argument("secret"), "argument"),
        (Error::from_source("secret"), "_OTHER"),
    ] {
        assert_eq!((error_type(&error), status_code(&error)), (name, None));
    }
}

/// Panics, and counts the calls.
struct Broken(Arc<AtomicUsize>);

impl Observer for Broken {
    fn operation(&self, _: &OperationEvent<'_>) {
        self.0.fetch_add(1, Ordering::AcqRel);
        panic!("planned");
    }
}

#[test]
fn a_panic_of_an_observer_ends_there() {
    let calls = Arc::<AtomicUsize>::default();
    let slot = ObserverSlot::new(Arc::new(Broken(Arc::clone(&calls))));
    for _ in 0..2 {
        let options = ConnectOptions::new();
        drop(Watch::start(
            Some(&slot),
            options.server(),
            About::named("X"),
        ));
    }
    assert_eq!(calls.load(Ordering::Acquire), 2);
}

#[test]
fn nothing_is_built_without_a_subscriber() {
    assert!(!is_watched(None));
    let server = || panic!("the server is not read");
    let span = RpcSpan::start("x", server, || panic!("the address is not read"));
    assert!(span.span().is_disabled());
    assert!(endpoint_span(0).span().is_disabled());
    assert!(!Watch::default().is_on());
    assert_eq!(size_of::<Watch>(), size_of::<usize>());
}

/// Prints the cost of the checks; run with `--ignored --nocapture` and a release build.
#[test]
#[ignore = "a measurement"]
fn measure_unwatched_operations() {
    let options = ConnectOptions::new();
    let begun = std::time::Instant::now();
    const RUNS: u32 = 1_000_000;
    for index in 0..RUNS {
        assert!(!is_watched(None));
        for _ in 0..2 {
            let span = RpcSpan::start("x", || options.server(), || None);
            std::hint::black_box(span.span().clone());
            span.succeed();
        }
        let mut endpoint = endpoint_span(usize::try_from(index).unwrap());
        endpoint.add_batch(1);
        endpoint.succeed();
    }
    println!("{:?} for each query", begun.elapsed() / RUNS);
}
