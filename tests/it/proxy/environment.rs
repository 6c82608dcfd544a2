//! `proxy=env`. A process cannot change its environment safely, so each case has a process of its own.

use std::process::Command;

use flightsql_testkit::{ProxyServer, TestServer};

use super::{HOST, fails, io, one, proxy_of, url, with_login, within};
use crate::common::options;

/// The URL that the child connects to.
const URL: &str = "FLIGHTSQL_TEST_PROXY_URL";

const VARIABLES: [&str; 8] = [
    "http_proxy",
    "HTTP_PROXY",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
];

/// Runs a query in a process with these variables, and returns its output.
async fn child(url: &str, variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let name = "proxy::environment::query_of_a_process";
    command
        .args([name, "--exact", "--ignored", "--nocapture"])
        .env(URL, url);
    for name in VARIABLES {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied());
    let output = tokio::task::spawn_blocking(move || command.output().unwrap());
    let output = within(output).await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}"
    );
    text
}

#[tokio::test]
#[ignore = "run by other tests in a process of its own"]
async fn query_of_a_process() {
    let Ok(url) = std::env::var(URL) else { return };
    let own = options(&url);
    match std::env::var_os("FLIGHTSQL_TEST_PROXY_FAILS") {
        None => println!("selected {}", one(&own).await),
        Some(_) => println!("failed: {}", fails(&own).await),
    }
}

async fn setup() -> (TestServer, ProxyServer) {
    let server = TestServer::sqlite().await.unwrap();
    let proxy = proxy_of(&server).await;
    (server, proxy)
}

#[tokio::test]
async fn a_variable_names_the_proxy() {
    let (server, proxy) = setup().await;
    let own = format!("{}?proxy=env", url(&server));
    let text = child(&own, &[("http_proxy", &with_login(&proxy))]).await;
    assert!(text.contains("selected 1"), "{text}");
    assert_eq!(
        proxy.targets(),
        [format!("{HOST}:{}", server.port().unwrap())]
    );
}

#[tokio::test]
async fn an_exception_connects_directly() {
    let (server, proxy) = setup().await;
    let own = format!("{}?proxy=env", server.url());
    let address = with_login(&proxy);
    let text = child(&own, &[("all_proxy", &address)]).await;
    assert!(text.contains("selected 1"), "{text}");
    let own = own.replace("127.0.0.1", "[::ffff:127.0.0.1]");
    let text = child(&own, &[("all_proxy", &address), ("NO_PROXY", "*")]).await;
    assert!(text.contains("selected 1"), "{text}");
    assert_eq!(proxy.requests().len(), 0);
}

#[tokio::test]
async fn no_variable_is_read_unasked() {
    let (server, proxy) = setup().await;
    let all: Vec<_> = VARIABLES
        .iter()
        .map(|name| (*name, "not an address"))
        .collect();
    let text = child(&server.url(), &all).await;
    assert!(text.contains("selected 1"), "{text}");
    // A proxy of the options does not read them either, so `NO_PROXY` is no exception.
    let own = format!("{}?proxy={}", url(&server), with_login(&proxy));
    let text = child(&own, &[("NO_PROXY", "*")]).await;
    assert!(text.contains("selected 1"), "{text}");
    assert_eq!(proxy.requests().len(), 1);
}

#[tokio::test]
async fn the_variable_is_named_in_errors() {
    let (server, proxy) = setup().await;
    let own = format!("{}?proxy=env", url(&server));
    let fails = ("FLIGHTSQL_TEST_PROXY_FAILS", "1");
    let text = child(&own, &[fails, ("ALL_PROXY", &proxy.url())]).await;
    let expected = format!(
        "the proxy {} (`ALL_PROXY`): it requires a user and a password; set them in `ALL_PROXY`",
        proxy.address()
    );
    assert!(text.contains(&expected), "{text}");
    let text = child(&own, &[fails, ("all_proxy", "socks5://s3cret:1")]).await;
    let expected = "`proxy=env` reads the variable `all_proxy`, which names a SOCKS proxy";
    assert!(
        text.contains(expected) && !text.contains("s3cret"),
        "{text}"
    );
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn without_a_variable_the_connection_is_direct() {
    let own = options("flightsql+tcp://127.0.0.1:1?proxy=env");
    let (kind, text) = io(&fails(&own).await);
    assert_eq!(kind, std::io::ErrorKind::ConnectionRefused);
    assert!(text.contains("cannot connect to 127.0.0.1:1"), "{text}");
}
