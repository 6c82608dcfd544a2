//! Which argument is the URL.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn a_url_is_told_from_sql_and_names() {
    for url in [
        "flightsql://h",
        "sqlite+flightsql+tcp://h:1",
        "postgres://x",
    ] {
        assert!(is_url(url), "{url}");
    }
    for other in ["SELECT 'a://b'", "table", "a:b", "://x", "1://x", "-"] {
        assert!(!is_url(other), "{other}");
    }
}

#[test]
fn the_url_may_be_missing() {
    let url = "flightsql://h";
    let told = |first, second| url_and(first, second).unwrap();
    assert_eq!(told(some(url), some("t")), (some(url), some("t")));
    assert_eq!(told(some(url), None), (some(url), None));
    assert_eq!(told(some("t"), None), (None, some("t")));
    assert_eq!(told(None, None), (None, None));
    assert!(url_and(some("SELECT"), some("1")).is_err());
}

#[test]
fn the_program_names_itself_unless_the_url_does() {
    let name = |url: &str| {
        let options = named(parse(url).unwrap());
        let url = options.to_url_lossy();
        let found = url.query_pairs().find(|(key, _)| key == "application_name");
        found.unwrap().1.into_owned()
    };
    assert!(name("flightsql://h").starts_with("flightsql-cli/"));
    assert_eq!(name("flightsql://h?application_name=mine"), "mine");
}
