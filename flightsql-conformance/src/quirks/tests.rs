//! Templates become SQL, and reasons are found.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::Quirks;
use crate::verdict::Stop;

#[test]
fn every_parameter_has_its_own_placeholder_and_column() {
    let quirks = Quirks::default().bind("int", "{} + 0");
    assert_eq!(
        quirks.echo(["int", "text"]).unwrap(),
        "SELECT ? + 0 AS c1, CAST(? AS VARCHAR) AS c2"
    );
    let quirks = quirks.placeholder("${n}").bind_from("FROM one");
    assert_eq!(
        quirks.echo(["int", "int"]).unwrap(),
        "SELECT $1 + 0 AS c1, $2 + 0 AS c2 FROM one"
    );
    let unknown = Quirks::default().echo(["colour"]).unwrap_err();
    assert!(matches!(unknown, Stop::NotTried(why) if why.contains("`colour`")));
}

#[test]
fn a_behaviour_is_skipped_for_its_own_reason_or_its_groups() {
    let quirks = Quirks::default()
        .skip("binds", "no binds")
        .skip("binds.date", "no dates");
    assert_eq!(quirks.reason_to_skip("binds.int"), Some("no binds"));
    assert_eq!(quirks.reason_to_skip("binds.date"), Some("no dates"));
    assert_eq!(quirks.reason_to_skip("bind.int"), None);
}

#[test]
fn without_tables_there_is_a_reason_and_nothing_to_drop() {
    let quirks = Quirks::default();
    assert_eq!(quirks.drop_table_sql("t").unwrap(), "DROP TABLE t");
    assert!(
        quirks
            .create_table_sql("t")
            .unwrap()
            .starts_with("CREATE TABLE t (")
    );
    let quirks = quirks.no_tables("read-only");
    assert_eq!(quirks.drop_table_sql("t"), None);
    let stop = quirks.keyed_tables("p", "c").unwrap_err();
    assert!(matches!(stop, Stop::NotTried(why) if why == "read-only"));
}

#[test]
fn presets_are_found_by_their_names() {
    let names: Vec<_> = Quirks::names().collect();
    assert!(names.is_sorted());
    assert!(names.iter().all(|name| Quirks::named(name).is_some()));
    assert!(Quirks::named("oracle").is_none());
}
