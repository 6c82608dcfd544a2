//! The lines of a report.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

fn failed(text: &str) -> Verdict {
    Verdict::failed(text, "do something")
}

#[test]
fn a_report_counts_and_says_what_is_needed() {
    let mut out = Vec::new();
    let mut report = Report::new(&mut out, 7);
    report.step("URL", true, Verdict::ok("a fact")).unwrap();
    report
        .step("types", false, Verdict::Unsupported("none".to_owned()))
        .unwrap();
    report
        .step("keys", false, failed("two\nlines\u{1b}"))
        .unwrap();
    // What everything needs cannot be called unsupported.
    report
        .step("query", true, Verdict::Unsupported("what?".to_owned()))
        .unwrap();
    report.step("connect", true, failed("later")).unwrap();
    assert!(!report.finish().unwrap());
    let text = String::from_utf8(out).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "ok           URL              a fact");
    assert_eq!(lines[1], "unsupported  types            none");
    assert_eq!(lines[2], "FAILED       keys             two lines\u{fffd}");
    assert_eq!(lines[3], "                              hint: do something");
    assert_eq!(lines[4], "FAILED       query            what?");
    assert_eq!(
        lines[8],
        "skipped      the rest         2 more steps, which need a connection"
    );
    assert_eq!(
        lines.last(),
        Some(
            &"1 ok, 1 unsupported, 2 skipped, 3 failed: this server cannot be used before `query` works"
        )
    );
}

#[test]
fn a_server_is_usable_when_only_optional_steps_failed() {
    let mut out = Vec::new();
    let mut report = Report::new(&mut out, 1);
    report.step("keys", false, failed("no")).unwrap();
    assert!(report.finish().unwrap());
    assert!(
        String::from_utf8(out)
            .unwrap()
            .ends_with("1 failed: this server can be used\n")
    );
}

#[test]
fn steps_have_names_of_their_own_that_fit_their_place() {
    let names: std::collections::HashSet<_> = CHECKS.iter().map(|check| check.name).collect();
    assert_eq!(names.len(), CHECKS.len());
    for check in CHECKS {
        assert!(check.name.len() <= 15, "{}", check.name);
        assert!(!check.hint.is_empty());
    }
}
