//! The cache of channels: its bounds, its use, and its memory of failures.

use std::sync::Arc;
use std::time::Duration;

use flightsql_testkit::{Script, TestServer};
use tokio::net::TcpListener;

use super::*;

fn options(query: &str) -> ConnectOptions {
    format!("flightsql+tcp://127.0.0.1:1?location_allow=127.0.0.0/8&{query}")
        .parse()
        .unwrap()
}

/// An origin of the server; each number is a host of its own.
fn origin(server: &TestServer, number: u8) -> Origin {
    Origin {
        tls: false,
        host: format!("127.0.0.{number}"),
        port: server.port().unwrap(),
    }
}

async fn server() -> TestServer {
    // All addresses of the loopback network lead to it.
    let listen = "0.0.0.0:0".parse().unwrap();
    let builder = TestServer::builder().scripted(Script::new());
    builder.listen(listen).start().await.unwrap()
}

#[tokio::test]
async fn unused_channels_are_bounded_and_used_ones_stay() {
    let server = server().await;
    let (cache, own) = (Arc::<Elsewhere>::default(), options(""));
    let mut held = Vec::new();
    for number in 1..=100 {
        held.push(cache.first(&own, &[origin(&server, number)]).await.unwrap());
    }
    assert_eq!(cache.count(), 100);
    assert!(held.iter().all(|guest| guest.channel().is_open()));
    let last = held.pop().unwrap();
    drop(held);
    assert_eq!(cache.count(), MAX_UNUSED + 1);
    // More hosts replace the unused channels, and never the one in use.
    for number in 101..=200 {
        drop(cache.first(&own, &[origin(&server, number)]).await.unwrap());
        assert_eq!(cache.count(), MAX_UNUSED + 1);
    }
    assert!(last.channel().is_open());
    assert_eq!(server.connections(), 200);
    // The one in use is shared, and so is a recent one; an old one is opened again.
    for (number, opened) in [(200, 200), (137, 200), (136, 201)] {
        drop(cache.first(&own, &[origin(&server, number)]).await.unwrap());
        assert_eq!(server.connections(), opened, "{number}");
    }
}

#[tokio::test]
async fn results_spread_and_then_share() {
    let server = server().await;
    let (cache, own) = (Arc::<Elsewhere>::default(), options(""));
    let mut held = Vec::new();
    for _ in 0..SPREAD * 2 {
        held.push(cache.first(&own, &[origin(&server, 1)]).await.unwrap());
    }
    assert_eq!(server.connections(), SPREAD as u64);
    drop(held);
    assert_eq!(cache.count(), SPREAD);
}

#[tokio::test]
async fn a_connect_is_shared() {
    let server = server().await;
    let (cache, own) = (Arc::<Elsewhere>::default(), options(""));
    let here = [origin(&server, 1)];
    // More results than channels: those above wait for the connect of another.
    let opening = (0..SPREAD * 8).map(|_| cache.first(&own, &here));
    let opened = futures_util::future::join_all(opening).await;
    assert_eq!(opened.into_iter().filter(Result::is_ok).count(), SPREAD * 8);
    assert_eq!(server.connections(), SPREAD as u64);
}

#[tokio::test]
async fn closed_and_idle_channels_are_dropped() {
    let server = server().await;
    let (cache, own) = (Arc::<Elsewhere>::default(), options(""));
    drop(cache.first(&own, &[origin(&server, 1)]).await.unwrap());
    tokio::time::pause();
    tokio::time::advance(MAX_IDLE).await;
    tokio::time::resume();
    drop(cache.first(&own, &[origin(&server, 2)]).await.unwrap());
    assert_eq!(cache.count(), 1);
    let guest = cache.first(&own, &[origin(&server, 2)]).await.unwrap();
    assert_eq!(server.connections(), 2);
    guest.channel().state().retire();
    drop(guest);
    assert_eq!(cache.count(), 0);
}

#[tokio::test]
async fn a_failure_is_remembered_for_a_short_time() {
    let dead = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = dead.local_addr().unwrap().port();
    drop(dead);
    let server = server().await;
    let (cache, own) = (Arc::<Elsewhere>::default(), options(""));
    let host = "127.0.0.1".to_owned();
    let dead = Origin {
        tls: false,
        host,
        port,
    };
    let both = [dead.clone(), origin(&server, 1)];
    assert_eq!(cache.ordered(&both), [&both[0], &both[1]]);
    drop(cache.first(&own, &both).await.unwrap());
    assert_eq!(cache.ordered(&both), [&both[1], &both[0]]);
    // A refused connect costs no time, so it is tried again.
    let error = cache.first(&own, &both[..1]).await.unwrap_err();
    assert!(
        error.to_string().contains("refused the connection"),
        "{error}"
    );
    tokio::time::pause();
    tokio::time::advance(FAILED_FOR).await;
    assert_eq!(cache.ordered(&both), [&both[0], &both[1]]);
}

#[test]
fn the_memory_of_failures_is_bounded() {
    let cache = Elsewhere::default();
    let error = Error::io(io::ErrorKind::Other, "x", None);
    for port in 1..=1000 {
        let host = "h".to_owned();
        cache.remember(
            &Origin {
                tls: false,
                host,
                port,
            },
            SLOW,
            &error,
        );
    }
    assert_eq!(lock(&cache.0).failed.len(), MAX_FAILED);
}

#[tokio::test(start_paused = true)]
async fn one_budget_is_shared_by_all_locations() {
    let now = Instant::now();
    let at = |seconds: u64| Some(now + Duration::from_secs(seconds));
    assert_eq!(share(at(10), 1), at(10));
    assert_eq!(share(at(10), 2), at(5));
    assert_eq!(share(at(10), 100), at(2));
    assert_eq!(share(at(1), 100), at(1));
    assert_eq!(share(None, 3), None);
}

#[tokio::test]
async fn the_addresses_of_a_name_are_checked_before_connecting() {
    let server = server().await;
    let cache = Arc::<Elsewhere>::default();
    let own: ConnectOptions =
        "flightsql+tcp://db.example:1?location_allow=0.0.0.0/0&location_allow=::/0"
            .parse()
            .unwrap();
    let mut local = origin(&server, 1);
    local.host = "localhost".to_owned();
    let error = cache.first(&own, &[local]).await.unwrap_err();
    assert!(
        error.to_string().contains("is a loopback address"),
        "{error}"
    );
    assert_eq!(server.connections(), 0);
}

#[test]
fn options_of_another_origin_have_no_credentials() {
    let own = options("")
        .username("ann")
        .password("hunter22")
        .header("x", "tenant")
        .authority("gateway.example")
        .proxy("http://p.example:1");
    let other = own.at_origin(false, "be", 7);
    let url = other.to_url_with_secrets().to_string();
    assert!(url.starts_with("flightsql+tcp://be:7?"), "{url}");
    assert!(
        !url.contains("ann") && !url.contains("hunter22") && !url.contains("tenant"),
        "{url}"
    );
    // The proxy is that of all connections, and the authority that of the server.
    assert!(
        url.contains("proxy=http://p.example:1") && !url.contains("gateway"),
        "{url}"
    );
    let trusted = own
        .location_credentials(crate::options::LocationCredentials::AllowList)
        .at_origin(true, "::1", 7);
    let url = trusted.to_url_with_secrets().to_string();
    assert!(url.contains("tenant") && !url.contains("hunter22"), "{url}");
    assert!(url.starts_with("flightsql://[::1]:7?"), "{url}");
}
