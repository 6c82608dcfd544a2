//! Primary and foreign keys.
//!
//! `CommandGetPrimaryKeys`, `CommandGetImportedKeys`, `CommandGetExportedKeys`, `CommandGetCrossReference` in
//! [FlightSql.proto](https://github.com/apache/arrow/blob/main/format/FlightSql.proto). The protocol has one row for each
//! column of a key; [`PrimaryKey`] and [`ForeignKey`] combine the rows of one key.

use std::collections::HashMap;

use super::TableName;

/// A column of a primary key: a row of `CommandGetPrimaryKeys`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PrimaryKeyColumn {
    /// Table of the key.
    pub table: TableName,
    /// Name of the column.
    pub column: String,
    /// Position in the key, counted from 1 by the protocol; 0 if the server does not report it.
    pub sequence: i32,
    /// Name of the key, if it has one.
    pub key: Option<String>,
}

/// A column of a foreign key and the column that it references.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ForeignKeyColumn {
    /// Referenced table.
    pub primary_table: TableName,
    /// Referenced column.
    pub primary_column: String,
    /// Referencing table.
    pub foreign_table: TableName,
    /// Referencing column.
    pub foreign_column: String,
    /// Position in the key, counted from 1 by the protocol; 0 if the server does not report it.
    pub sequence: i32,
    /// Name of the foreign key, if it has one.
    pub foreign_key: Option<String>,
    /// Name of the referenced key, if it has one.
    pub primary_key: Option<String>,
    /// Action on the referencing rows when the key is updated.
    pub on_update: Option<ReferentialAction>,
    /// Action on the referencing rows when the key is deleted.
    pub on_delete: Option<ReferentialAction>,
}

/// Action on rows that reference a changed row: `UpdateDeleteRules` of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReferentialAction {
    /// The referencing rows change too.
    Cascade,
    /// The change is rejected immediately.
    Restrict,
    /// The referencing columns become NULL.
    SetNull,
    /// The change is rejected if rows still reference the row at the end of the statement or transaction.
    NoAction,
    /// The referencing columns get their default.
    SetDefault,
}

impl ReferentialAction {
    pub(crate) fn from_wire(number: i64) -> Option<Self> {
        match number {
            0 => Some(Self::Cascade),
            1 => Some(Self::Restrict),
            2 => Some(Self::SetNull),
            3 => Some(Self::NoAction),
            4 => Some(Self::SetDefault),
            _ => None,
        }
    }

    /// Returns the action as written in SQL: `SET NULL`.
    #[must_use]
    pub fn as_sql(self) -> &'static str {
        match self {
            Self::Cascade => "CASCADE",
            Self::Restrict => "RESTRICT",
            Self::SetNull => "SET NULL",
            Self::NoAction => "NO ACTION",
            Self::SetDefault => "SET DEFAULT",
        }
    }
}

/// The primary key of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PrimaryKey {
    /// Table of the key.
    pub table: TableName,
    /// Name of the key, if it has one.
    pub name: Option<String>,
    /// Columns in the order of the key.
    pub columns: Vec<String>,
}

impl PrimaryKey {
    /// Combines the columns of a key; `None` without columns.
    pub(crate) fn gather(mut rows: Vec<PrimaryKeyColumn>) -> Option<Self> {
        rows.sort_by_key(|row| row.sequence);
        let first = rows.first()?;
        Some(Self {
            table: first.table.clone(),
            name: first.key.clone(),
            columns: rows.iter().map(|row| row.column.clone()).collect(),
        })
    }
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ForeignKey {
    /// Name of the key, if it has one.
    pub name: Option<String>,
    /// Referencing table.
    pub table: TableName,
    /// Referencing columns in the order of the key.
    pub columns: Vec<String>,
    /// Referenced table.
    pub referenced_table: TableName,
    /// Referenced columns, in the order of the referencing ones.
    pub referenced_columns: Vec<String>,
    /// Action when the referenced key is updated.
    pub on_update: Option<ReferentialAction>,
    /// Action when the referenced row is deleted.
    pub on_delete: Option<ReferentialAction>,
}

impl ForeignKey {
    /// Combines the columns of keys, in the order in which the keys first occur. The name identifies a key; without one,
    /// a sequence number that does not grow begins another key between the same tables.
    pub(crate) fn gather(rows: Vec<ForeignKeyColumn>) -> Vec<Self> {
        let mut keys: Vec<Self> = Vec::new();
        // The last key of each name and pair of tables, with its last sequence number. A server may list very many keys.
        let mut latest = HashMap::new();
        for row in rows {
            let tables = (row.foreign_table.clone(), row.primary_table.clone());
            let last = latest.entry((row.foreign_key.clone(), tables));
            let (index, sequence) = last.or_insert((keys.len(), row.sequence));
            let continues = row.foreign_key.is_some() || row.sequence > *sequence;
            match keys.get_mut(*index).filter(|_| continues) {
                Some(key) => {
                    key.columns.push(row.foreign_column);
                    key.referenced_columns.push(row.primary_column);
                }
                None => {
                    *index = keys.len();
                    keys.push(Self::starting_with(&row));
                }
            }
            *sequence = row.sequence;
        }
        keys
    }

    fn starting_with(row: &ForeignKeyColumn) -> Self {
        Self {
            name: row.foreign_key.clone(),
            table: row.foreign_table.clone(),
            columns: vec![row.foreign_column.clone()],
            referenced_table: row.primary_table.clone(),
            referenced_columns: vec![row.primary_column.clone()],
            on_update: row.on_update,
            on_delete: row.on_delete,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn foreign(
        name: Option<&str>,
        sequence: i32,
        from: &str,
        to: (&str, &str),
    ) -> ForeignKeyColumn {
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

    /// Linear cost is below a second in a debug build, and quadratic cost is minutes.
    #[test]
    fn d8_very_many_keys_are_combined_in_linear_time() {
        const KEYS: usize = 100_000;
        let rows = (0..KEYS).map(|key| foreign(Some(&format!("key_{key:06}")), 1, "a", ("p", "x")));
        let nameless = (0..KEYS).map(|_| foreign(None, 1, "a", ("p", "x")));
        let rows: Vec<_> = rows.chain(nameless).collect();
        let begun = std::time::Instant::now();
        let keys = ForeignKey::gather(rows);
        let took = begun.elapsed();
        assert_eq!(keys.len(), 2 * KEYS);
        assert_eq!(keys[KEYS - 1].name.as_deref(), Some("key_099999"));
        assert!(took < std::time::Duration::from_secs(10), "{took:?}");
    }
}
