//! Rows of keys put together.

use super::*;

fn foreign(name: Option<&str>, sequence: i32, from: &str, to: (&str, &str)) -> ForeignKeyColumn {
    ForeignKeyColumn {
        primary_table: to.0.into(),
        primary_column: to.1.to_owned(),
        foreign_table: "child".into(),
        foreign_column: from.to_owned(),
        sequence,
        foreign_key: name.map(str::to_owned),
        primary_key: None,
        on_update: ReferentialAction::from_wire(0),
        on_delete: ReferentialAction::from_wire(9),
    }
}

#[test]
fn the_columns_of_a_primary_key_stand_in_its_order() {
    let column = |column: &str, sequence| PrimaryKeyColumn {
        table: "t".into(),
        column: column.to_owned(),
        sequence,
        key: Some("pk".to_owned()),
    };
    let key = PrimaryKey::gather(vec![column("b", 2), column("a", 1)]);
    assert_eq!(
        key.map(|key| key.columns),
        Some(vec!["a".into(), "b".into()])
    );
    assert_eq!(PrimaryKey::gather(Vec::new()), None);
}

#[test]
fn named_keys_are_told_apart_by_name_in_any_order() {
    let keys = ForeignKey::gather(vec![
        foreign(Some("one"), 1, "a", ("p", "x")),
        foreign(Some("two"), 1, "c", ("p", "x")),
        foreign(Some("one"), 2, "b", ("p", "y")),
    ]);
    assert_eq!(keys.len(), 2);
    assert_eq!(keys[0].columns, ["a", "b"]);
    assert_eq!(keys[0].referenced_columns, ["x", "y"]);
    assert_eq!(keys[1].columns, ["c"]);
    assert_eq!(
        (keys[0].on_update, keys[0].on_delete),
        (Some(ReferentialAction::Cascade), None)
    );
}

#[test]
fn keys_without_names_are_told_apart_by_their_sequence() {
    let keys = ForeignKey::gather(vec![
        foreign(None, 1, "a", ("p", "x")),
        foreign(None, 2, "b", ("p", "y")),
        foreign(None, 1, "c", ("p", "x")),
        foreign(None, 1, "d", ("q", "x")),
    ]);
    let columns: Vec<_> = keys.iter().map(|key| key.columns.join(",")).collect();
    assert_eq!(columns, ["a,b", "c", "d"]);
}
