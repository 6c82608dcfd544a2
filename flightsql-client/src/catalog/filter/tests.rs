//! Patterns, and what they keep.

use super::*;

fn matches(pattern: &str, name: &str) -> bool {
    Pattern::Like(pattern.to_owned()).matches(name)
}

#[test]
fn patterns_match_as_in_sql() {
    for (pattern, name) in [
        ("%", ""),
        ("%", "anything"),
        ("a%", "abc"),
        ("%c", "abc"),
        ("a_c", "abc"),
        ("%b%", "abc"),
        ("a%b%c", "axxbyyc"),
        ("INT%", "intTable"),
        ("", ""),
        ("%%", "é"),
        ("_", "é"),
        ("%ab", "aab"),
    ] {
        assert!(matches(pattern, name), "{pattern:?} {name:?}");
    }
    for (pattern, name) in [
        ("", "a"),
        ("_", ""),
        ("a", "ab"),
        ("a_", "a"),
        ("%b", "abc"),
        ("a%b", "b"),
    ] {
        assert!(!matches(pattern, name), "{pattern:?} {name:?}");
    }
}

#[test]
fn a_hostile_pattern_takes_no_exponential_time() {
    let pattern = "%a".repeat(200);
    assert!(!matches(&pattern, &"b".repeat(20_000)));
    assert!(!matches(&(pattern + "b"), &"a".repeat(20_000)));
}

#[test]
fn an_exact_name_is_sent_so_that_it_matches_with_and_without_escapes() {
    let name = Pattern::Exact("50%_off\\now".to_owned());
    assert_eq!(name.to_wire(), "50%_off_now");
    assert!(Pattern::Like(name.to_wire()).matches("50%_off\\now"));
    assert!(name.matches("50%_off\\now"));
    assert!(!name.matches("50 XoffYnow"));
    assert!(!Pattern::Exact("a".into()).matches("A"));
}

#[test]
fn a_table_is_kept_when_all_that_is_known_agrees() {
    let table = Table {
        name: TableName::new("t").in_schema("s").in_catalog("c"),
        table_type: "TABLE".to_owned(),
        schema: None,
    };
    let name = |name: TableName| Filter::of(&name);
    assert!(name(TableName::new("t")).wants_table(&table));
    assert!(name(TableName::new("t").in_schema("s").in_catalog("c")).wants_table(&table));
    assert!(!name(TableName::new("T")).wants_table(&table));
    assert!(!name(TableName::new("t").in_schema("x")).wants_table(&table));
    assert!(!name(TableName::new("t").in_catalog("x")).wants_table(&table));
    let views = Filter {
        types: vec!["VIEW".to_owned()],
        ..Filter::default()
    };
    assert!(!views.wants_table(&table));
    // A server without catalogs.
    let bare = Table {
        name: TableName::new("t"),
        ..table
    };
    assert!(name(TableName::new("t").in_schema("s").in_catalog("c")).wants_table(&bare));
}
