//! Primary and foreign keys. Layer D.
//!
//! `CommandGetPrimaryKeys`, `CommandGetImportedKeys`, `CommandGetExportedKeys`, `CommandGetCrossReference` in
//! [FlightSql.proto](https://github.com/apache/arrow/blob/main/format/FlightSql.proto). The protocol has one row for each
//! column of a key; [`PrimaryKey`] and [`ForeignKey`] put the rows of one key together.

use super::TableName;

#[cfg(test)]
mod tests;

/// One column of a primary key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PrimaryKeyColumn {
    /// The table.
    pub table: TableName,
    /// The column.
    pub column: String,
    /// The place in the key, counted from 1 by the protocol; 0 where the server does not say.
    pub sequence: i32,
    /// The name of the key, if it has one.
    pub key: Option<String>,
}

/// One column of a foreign key and the column it refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ForeignKeyColumn {
    /// The table that is referred to.
    pub primary_table: TableName,
    /// The column that is referred to.
    pub primary_column: String,
    /// The table that refers.
    pub foreign_table: TableName,
    /// The column that refers.
    pub foreign_column: String,
    /// The place in the key, counted from 1 by the protocol; 0 where the server does not say.
    pub sequence: i32,
    /// The name of the foreign key, if it has one.
    pub foreign_key: Option<String>,
    /// The name of the key that is referred to, if it has one.
    pub primary_key: Option<String>,
    /// What happens to the referring rows when the key is updated.
    pub on_update: Option<KeyAction>,
    /// What happens to the referring rows when the key is deleted.
    pub on_delete: Option<KeyAction>,
}

/// What happens to rows that refer to a changed one: `UpdateDeleteRules`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyAction {
    /// They are changed too.
    Cascade,
    /// The change is refused at once.
    Restrict,
    /// Their columns become NULL.
    SetNull,
    /// The change is refused when the rows still refer at the end.
    NoAction,
    /// Their columns get their default.
    SetDefault,
}

impl KeyAction {
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

    /// As it stands in SQL: `SET NULL`.
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

/// A table's primary key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PrimaryKey {
    /// The table.
    pub table: TableName,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// Its columns in the order of the key.
    pub columns: Vec<String>,
}

impl PrimaryKey {
    /// `None` without columns.
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
    /// Its name, if it has one.
    pub name: Option<String>,
    /// The table that refers.
    pub table: TableName,
    /// The columns that refer, in the order of the key.
    pub columns: Vec<String>,
    /// The table that is referred to.
    pub referred_table: TableName,
    /// The columns that are referred to, each at the place of the one that refers to it.
    pub referred_columns: Vec<String>,
    /// What happens when the referred row's key is updated.
    pub on_update: Option<KeyAction>,
    /// What happens when the referred row is deleted.
    pub on_delete: Option<KeyAction>,
}

impl ForeignKey {
    /// The keys in the order they first occur. Rows belong together by the key's name; where there is none, a sequence
    /// number that does not grow begins another key between the same tables.
    pub(crate) fn gather(rows: Vec<ForeignKeyColumn>) -> Vec<Self> {
        let mut keys: Vec<(Self, i32)> = Vec::new();
        for row in rows {
            let belongs = |(key, last): &(Self, i32)| {
                key.name == row.foreign_key
                    && key.table == row.foreign_table
                    && key.referred_table == row.primary_table
                    && (key.name.is_some() || row.sequence > *last)
            };
            match keys.iter_mut().rev().find(|key| belongs(key)) {
                Some((key, last)) => {
                    key.columns.push(row.foreign_column);
                    key.referred_columns.push(row.primary_column);
                    *last = row.sequence;
                }
                None => keys.push((Self::starting_with(&row), row.sequence)),
            }
        }
        keys.into_iter().map(|(key, _)| key).collect()
    }

    fn starting_with(row: &ForeignKeyColumn) -> Self {
        Self {
            name: row.foreign_key.clone(),
            table: row.foreign_table.clone(),
            columns: vec![row.foreign_column.clone()],
            referred_table: row.primary_table.clone(),
            referred_columns: vec![row.primary_column.clone()],
            on_update: row.on_update,
            on_delete: row.on_delete,
        }
    }
}
