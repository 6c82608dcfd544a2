//! Lists of hosts in the authority, as keys, and through the builder.

use url::Url;

use super::{HostOrder, MAX_HOSTS};
use crate::options::{ConnectOptions, OptionsError};

fn good(url: &str) -> ConnectOptions {
    url.parse().unwrap_or_else(|error| panic!("{url}: {error}"))
}

fn refused(url: &str) -> String {
    let error = url.parse::<ConnectOptions>().expect_err(url);
    error.to_string()
}

#[test]
fn reads_a_list_of_hosts_with_ports() {
    let options = good(
        "flightsql://ann:p%2Cw@A.example:443,b%C3%BCcher.example,[0:0::1]:31337,10.0.0.1:5/sales/x?channels=2",
    );
    assert_eq!(
        options.get_hosts(),
        [
            ("a.example", 443),
            ("xn--bcher-kva.example", 443),
            ("::1", 31337),
            ("10.0.0.1", 5)
        ]
    );
    assert_eq!((options.get_host(), options.get_port()), ("a.example", 443));
    assert_eq!(options.get_username(), Some("ann"));
    assert_eq!(options.get_catalog(), Some("sales"));
    assert_eq!(options.get_schema(), Some("x"));
    assert_eq!(options.limits.channels, 2);
    assert!(
        options
            .to_url_with_secrets()
            .as_str()
            .contains("ann:p%2Cw@")
    );
}

#[test]
fn keys_are_the_other_form_of_a_list() {
    let list = good("flightsql+tcp://u@a:1,[::1]:2,c:3?host_order=random&host_connect_timeout=2s");
    let keys =
        "flightsql+tcp://u@a:1?host=[::1]:2&host=c:3&host_order=random&host_connect_timeout=2s";
    let built = ConnectOptions::new()
        .plaintext()
        .username("u")
        .hosts(["a:1", "[::1]:2", "c:3"])
        .host_order(HostOrder::Random)
        .host_connect_timeout(std::time::Duration::from_secs(2));
    for other in [
        good(keys),
        built,
        ConnectOptions::parse_url(&keys.parse().unwrap(), &[]).unwrap(),
    ] {
        assert_eq!(format!("{list:?}"), format!("{other:?}"));
        assert_eq!(list.to_url_lossy(), other.to_url_lossy());
    }
    let printed = list.to_url_lossy();
    assert_eq!(
        printed.as_str(),
        "flightsql+tcp://u@a:1?host=%5B::1%5D:2&host=c:3&host_order=random&host_connect_timeout=2s"
    );
    assert_eq!(format!("{:?}", good(printed.as_str())), format!("{list:?}"));
    assert!(
        format!("{list:?}").contains("more: [[::1]:2, c:3]"),
        "{list:?}"
    );
}

#[test]
fn both_forms_add_up() {
    let options = good("flightsql://a,b:2?host=c&host=%3A%3A1");
    let hosts = [("a", 443), ("b", 2), ("c", 443), ("::1", 443)];
    assert_eq!(options.get_hosts(), hosts);
}

/// [`Url`] takes commas for a part of the name, and has one port.
#[test]
fn reads_the_list_of_a_parsed_url() {
    let parsed = |url: &str| ConnectOptions::parse_url(&Url::parse(url).unwrap(), &[]);
    let options = parsed("flightsql://u@a,B,c:7/x").unwrap();
    let hosts = [("a", 443), ("b", 443), ("c", 7)];
    assert_eq!(options.get_hosts(), hosts);
    assert_eq!(
        format!("{options:?}"),
        format!("{:?}", good("flightsql://u@a,b,c:7/x"))
    );
    for wrong in [
        "flightsql://a,,b",
        "flightsql://,a",
        "flightsql://a,",
        "flightsql://a%2Cb",
        "flightsql://a,b%2Cc",
    ] {
        assert!(parsed(wrong).is_err(), "{wrong}");
    }
    assert!(Url::parse("flightsql://a:1,b:2").is_err());
}

#[test]
fn names_the_place_of_an_invalid_host() {
    for (url, problem) in [
        ("flightsql://a:1,,b:2", "2 of the list is empty"),
        ("flightsql://,a:1", "1 of the list is empty"),
        ("flightsql://a:1,b:2,", "3 of the list is empty"),
        ("flightsql://u@,", "1 of the list is empty"),
        (
            "flightsql://a:1,b:2,A:1",
            "3 of the list repeats an earlier one",
        ),
        (
            "flightsql://a,b?host=b:443",
            "3 of the list repeats an earlier one",
        ),
        (
            "flightsql://[::1],a,[0::1]:443",
            "3 of the list repeats an earlier one",
        ),
        ("flightsql+tcp://a:1,b", "2 of the list has no port"),
        (
            "flightsql+tcp://a:1,b:2?host=c",
            "3 of the list has no port",
        ),
        (
            "flightsql://a,b?insecure=true",
            "plaintext has no default port",
        ),
        ("flightsql+tcp://a,b:1", "plaintext has no default port"),
        (
            "flightsql://a:1,b:0",
            "2 of the list must be `host` or `host:port`",
        ),
        ("flightsql://a:1,b:65536", "2 of the list must be"),
        ("flightsql://a:1,b:x", "2 of the list must be"),
        ("flightsql://a:1,b:", "2 of the list must be"),
        ("flightsql://a:1,::1", "2 of the list must be"),
        ("flightsql://a:1,[::1", "2 of the list must be"),
        ("flightsql://a:1,[b]:1", "2 of the list must be"),
        ("flightsql://a:1,b%3A5", "2 of the list must be"),
        ("flightsql://a:1,b%2Cc:5", "2 of the list must be"),
        ("flightsql://a:1,b%FF", "2 of the list must be"),
        ("flightsql://a:1,b c", "2 of the list must be"),
        ("flightsql://a:1,b=c", "2 of the list must be"),
        ("flightsql://a:1?host=", "`host` must be"),
        ("flightsql://a:1?host=b,c", "`host` must be"),
        ("flightsql://a:1?host=u@b", "`host` must be"),
        ("flightsql://a:x,b:2", "invalid port number"),
        ("flightsql://a%2Cb:2", "not a host name"),
        ("flightsql+unix://a,b/socket", "a socket has no host"),
        (
            "flightsql+unix:///socket?host=b:1",
            "no effect on a Unix socket",
        ),
        (
            "flightsql://a?host_order=first",
            "`host_order` must be `ordered` or `random`",
        ),
        (
            "flightsql://a?load_balance_hosts=random",
            "did you mean `host_order`",
        ),
        (
            "flightsql://a,b?host_connect_timeout=11s",
            "must be at most `connect_timeout`",
        ),
    ] {
        let error = refused(url);
        assert!(error.contains(problem), "{url}: {error}");
    }
}

#[test]
fn hides_the_entries_of_an_invalid_list() {
    for url in [
        "flightsql://u:secret,a:1,secret,secret@a:1,b:2",
        "flightsql://a:1,secret:secret",
        "flightsql://u:secret,/secret@h:1",
        "flightsql://u:se,secret/secret@h:1",
        "flightsql://u:secret@a:1,u:secret@b:2",
        "flightsql://u:secret@a:1,b:secret",
        "flightsql://a:1,secret%FF",
    ] {
        match url.parse::<ConnectOptions>() {
            // The last `@` ends the user and password.
            Ok(options) => assert!(!format!("{options:?}").contains("secret"), "{url}"),
            Err(error) => assert!(
                !format!("{error} {error:?}").contains("secret"),
                "{error:?}"
            ),
        }
    }
    let built = ConnectOptions::new().hosts(["a", "secret secret"]);
    assert!(!format!("{built:?}").contains("secret"));
    assert!(!built.to_url_with_secrets().as_str().contains("secret"));
    let error = built.check().unwrap_err().to_string();
    assert!(error.contains("2 of the list must be"), "{error}");
}

#[test]
fn reads_a_user_once() {
    let twice = refused("flightsql://u:p@a:1,u:p@b:2");
    assert!(twice.contains("a user at more than one host"), "{twice}");
    // The rest of a password.
    let late = refused("flightsql://u:p,/w@h:1");
    assert!(late.contains("there is an `@` after the host"), "{late}");
    let options = good("flightsql://u:p,w@a:1,b:2");
    assert_eq!(options.get_hosts(), [("a", 1), ("b", 2)]);
    assert!(
        options
            .to_url_with_secrets()
            .as_str()
            .contains("u:p%2Cw@a:1")
    );
}

#[test]
fn lists_at_most_64_hosts() {
    let list = |count: usize| {
        let hosts: Vec<_> = (0..count).map(|n| format!("h{n}:1")).collect();
        hosts.join(",")
    };
    let options = good(&format!("flightsql://{}", list(MAX_HOSTS)));
    assert_eq!(options.get_hosts().len(), 64);
    assert!(
        refused(&format!("flightsql://{}?host=x", list(MAX_HOSTS))).contains("more than 64 hosts")
    );
    assert!(
        refused(&format!("flightsql://{}", list(MAX_HOSTS + 1))).contains("more than 64 hosts")
    );
    assert!(
        refused(&format!("flightsql://{}", ",".repeat(1_000_000))).contains("more than 64 hosts")
    );
    let built = ConnectOptions::new().hosts((0..65).map(|n| format!("h{n}:1")));
    assert!(matches!(built.check(), Err(OptionsError::Value { key, .. }) if key == "host"));
}

#[test]
fn setters_replace_hosts() {
    let several = || good("flightsql://a:1,b:2");
    assert_eq!(several().host("c").get_hosts(), [("c", 1)]);
    assert_eq!(several().port(9).get_hosts(), [("a", 9), ("b", 2)]);
    assert_eq!(
        several().hosts(["::1", "[::2]:5"]).get_hosts(),
        [("::1", 443), ("::2", 5)]
    );
    let one = several().at_host(1).into_owned();
    assert_eq!(one.get_hosts(), [("b", 2)]);
    assert_eq!(one.address(), "b:2");
    assert!(
        ConnectOptions::new()
            .hosts(Vec::<String>::new())
            .check()
            .is_err()
    );
    assert!(ConnectOptions::new().hosts(["a:0"]).check().is_err());
    assert!(
        ConnectOptions::new()
            .plaintext()
            .hosts(["a:1", "b"])
            .check()
            .is_err()
    );
}
