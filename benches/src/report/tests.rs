//! What a report shows.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use super::*;

fn line(case: &'static str, variant: &str) -> rows::Line {
    rows::Line {
        bench: "rows",
        case,
        variant: variant.to_owned(),
        floor: "floor-1",
        ratio: 0.22,
        ns_per_row: 125.0,
        cpu_ns_per_row: 130.0,
        peak_rss_mb: 16.5,
        rows: 1000,
        runs: 3,
        rpcs: BTreeMap::from([("DoGet".to_owned(), 1.0), ("GetFlightInfo".to_owned(), 1.0)]),
    }
}

#[test]
fn tables_are_aligned_and_grouped() {
    let text = table(&[
        line("ints", "floor-1"),
        line("ints", "fetch"),
        line("mixed", "fetch"),
    ]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 6, "{text}");
    assert_eq!((lines[1], lines[4]), ("", ""), "{text}");
    assert!(lines[0].starts_with("case   variant  x floor"), "{text}");
    assert!(
        lines[3].starts_with("ints   fetch      0.220   125.0      8.00"),
        "{text}"
    );
    assert!(lines[3].ends_with('2'), "{text}");
}

#[test]
fn json_has_the_documented_keys() {
    let json = serde_json::to_value(line("mixed", "fetch")).unwrap();
    assert_eq!(json["bench"], "rows");
    assert_eq!(json["ratio"], 0.22);
    assert_eq!(json["rpcs"]["DoGet"], 1.0);
    for key in [
        "case",
        "variant",
        "floor",
        "ns_per_row",
        "cpu_ns_per_row",
        "peak_rss_mb",
    ] {
        assert!(json.get(key).is_some(), "{key}");
    }
}
