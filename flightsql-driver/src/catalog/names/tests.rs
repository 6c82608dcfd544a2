//! Names in parts, for people and for SQL.

use super::*;
use crate::dialect::Ansi;

#[test]
fn parts_are_never_split() {
    let name = TableName::from("a.b");
    assert_eq!((name.schema(), name.name()), (None, "a.b"));
    assert_eq!(name.quoted(&Ansi), "\"a.b\"");
}

#[test]
fn empty_parts_do_not_show() {
    let name = TableName::with(Some("main".into()), Some(String::new()), "t".into());
    assert_eq!(name.to_string(), "main.t");
    assert_eq!(name.quoted(&Ansi), "\"main\".\"t\"");
    assert_eq!(name.schema(), Some(""));
}
