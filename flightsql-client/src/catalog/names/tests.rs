//! Names in parts, for people and for SQL.

use super::*;
use crate::dialect::presets::{ansi, datafusion, doris};

#[test]
fn parts_are_never_split() {
    let name = TableName::from("a.b");
    assert_eq!((name.schema(), name.name()), (None, "a.b"));
    assert_eq!(name.quoted(&ansi()), "\"a.b\"");
}

#[test]
fn empty_parts_do_not_show() {
    let name = TableName::with(Some("main".into()), Some(String::new()), "t".into());
    assert_eq!(name.to_string(), "main.t");
    assert_eq!(name.quoted(&ansi()), "\"main\".\"t\"");
    assert_eq!(name.schema(), Some(""));
}

#[test]
fn names_are_read_as_they_stand_in_sql() {
    let parts = |text: &str, dialect: &dyn Dialect| {
        let name = TableName::parse(text, dialect).ok()?;
        let part = |part: Option<&str>| part.unwrap_or("-").to_owned();
        Some(format!(
            "{}/{}/{}",
            part(name.catalog()),
            part(name.schema()),
            name.name()
        ))
    };
    for (text, expected) in [
        ("T", "-/-/T"),
        (" s.T ", "-/s/T"),
        ("c.s.t", "c/s/t"),
        ("\"a.b\".\"c\"\"d\"", "-/a.b/c\"d"),
        ("größe", "-/-/größe"),
    ] {
        assert_eq!(parts(text, &ansi()).as_deref(), Some(expected), "{text}");
    }
    assert_eq!(parts("S.\"T\"", &datafusion()).as_deref(), Some("-/s/T"));
    assert_eq!(parts("`a``b`.C", &doris()).as_deref(), Some("-/a`b/C"));
    for bad in [
        "", " ", ".", "a.", ".a", "a..b", "a b", "a.b.c.d", "a;", "'a'", "\"a", "a--", "1",
    ] {
        assert_eq!(parts(bad, &ansi()), None, "{bad}");
    }
    let error = TableName::parse("a b", &ansi()).map_err(|error| error.to_string());
    assert!(error.is_err_and(|text| text.contains("invalid table name \"a b\"")));
}
