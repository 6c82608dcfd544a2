//! The order of hosts, the limit of each, and the error of all.

use std::io;
use std::time::Duration;

use super::*;

fn options(query: &str) -> ConnectOptions {
    format!("flightsql+tcp://a:1,b:2,c:3?{query}")
        .parse()
        .unwrap()
}

fn refused(host: &str) -> Error {
    Error::io(
        io::ErrorKind::ConnectionRefused,
        format!("cannot connect to {host}"),
        None,
    )
}

#[tokio::test(start_paused = true)]
async fn tries_an_avoided_host_last_for_a_while() {
    let (health, options) = (HostHealth::default(), options(""));
    let order = |choice| health.order(&options, choice);
    let permits = |choice, host| health.permits(&options, choice, host);
    assert_eq!(order(Choice::Any), [0, 1, 2]);
    health.avoid(0);
    assert_eq!(order(Choice::Any), [1, 2, 0]);
    assert!(!permits(Choice::Any, 0) && permits(Choice::Any, 1));
    // The host of a session has no substitute.
    assert!(permits(Choice::Only(0), 0) && !permits(Choice::Only(0), 1));
    assert_eq!(order(Choice::Only(0)), [0]);
    assert_eq!(order(Choice::Except(&[1])), [2, 0]);
    health.avoid(2);
    health.avoid(1);
    assert_eq!(order(Choice::Any), [0, 1, 2]);
    assert!(permits(Choice::Any, 0));
    tokio::time::advance(AVOIDED_FOR / 2).await;
    health.avoid(1);
    tokio::time::advance(AVOIDED_FOR / 2).await;
    assert_eq!(order(Choice::Any), [0, 2, 1]);
    tokio::time::advance(AVOIDED_FOR).await;
    assert_eq!(order(Choice::Any), [0, 1, 2]);
}

#[test]
fn a_random_order_is_new_each_time() {
    let (health, random) = (HostHealth::default(), options("host_order=random"));
    let mut first = [0_usize; 3];
    for _ in 0..3000 {
        let order = health.order(&random, Choice::Any);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, [0, 1, 2]);
        first[order[0]] += 1;
    }
    // 1000 each on average, with a standard deviation of 26.
    assert!(
        first.iter().all(|count| (800..1200).contains(count)),
        "{first:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn the_hosts_share_the_time_that_is_left() {
    let whole = Budget::new("connect_timeout", Duration::from_secs(9));
    let late = |budget: Budget| async move {
        let begun = Instant::now();
        let forever = std::future::pending::<Result<()>>();
        let error = budget.within("connect", forever).await.unwrap_err();
        (
            // In tenths of a second.
            (begun.elapsed() + Duration::from_millis(50)).as_millis() / 100,
            error.to_string(),
        )
    };
    let (took, text) = late(whole.of_host(None, 3)).await;
    assert_eq!(took, 30);
    assert!(
        text.contains("within 3s; raise `host_connect_timeout`"),
        "{text}"
    );
    let (took, _) = late(whole.of_host(Some(Duration::from_secs(1)), 2)).await;
    assert_eq!(took, 10);
    let (took, _) = late(whole.of_host(None, 2)).await;
    assert_eq!(took, 25);
    // The last host has the rest, whatever its limit.
    let (took, text) = late(whole.of_host(Some(Duration::from_secs(60)), 1)).await;
    assert_eq!(took, 25);
    assert!(
        text.contains("within 9s; raise `connect_timeout`"),
        "{text}"
    );
    assert!(whole.is_over());
}

#[test]
fn the_last_error_names_all_hosts_within_bounds() {
    let mut failures = Failures::default();
    failures.push("a:1", refused("a:1"));
    failures.push(
        "b:2",
        Error::timeout("connect", "host_connect_timeout", Duration::from_secs(1)),
    );
    let error = failures.before(refused("c:3"));
    assert_eq!(
        error.to_string(),
        "other hosts cannot be used (cannot connect to a:1; b:2: connect was not answered within 1s; raise \
         `host_connect_timeout` if the server needs longer): cannot connect to c:3"
    );
    assert!(error.is_retryable());
    assert_eq!(
        Failures::default().before(refused("c:3")).to_string(),
        "cannot connect to c:3"
    );

    let mut many = Failures::default();
    for host in 0..63 {
        many.push(&format!("h{host}:1"), refused(&"x".repeat(10_000)));
    }
    many.untried = 5;
    let text = many.before(refused("c:3")).to_string();
    assert!(
        text.contains("; 55 more hosts failed; no time was left for 5)"),
        "{text}"
    );
    assert!(
        text.len() < MAX_REASONS * (MAX_REASON + 20) + 200,
        "{}",
        text.len()
    );
}

#[test]
fn only_failures_of_one_host_lead_to_the_next() {
    let tls = |cause| Error::tls(cause, "no TLS", None);
    for error in [
        refused("a"),
        Error::io(io::ErrorKind::InvalidData, "HTTP/1", None),
        Error::timeout("connect", "connect_timeout", Duration::ZERO),
        tls(TlsCause::NotTls),
    ] {
        assert!(is_of_host(&error) && is_of_login_at_host(&error), "{error}");
    }
    for error in [
        tls(TlsCause::UnknownIssuer),
        tls(TlsCause::WrongName),
        tls(TlsCause::Expired),
        tls(TlsCause::Refused),
        tls(TlsCause::Other),
        Error::configuration("x"),
        Error::argument("x"),
        Error::protocol("x", "x"),
    ] {
        assert!(
            !is_of_host(&error) && !is_of_login_at_host(&error),
            "{error}"
        );
    }
}
