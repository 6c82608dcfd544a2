//! The statements that the server supports. It parses no other SQL.

use crate::data::{Case, MAX_ROWS};

/// Reads one row with one Int64.
pub(crate) const POINT_SQL: &str = "SELECT id FROM point WHERE id = 7";

/// Reads one row, with a parameter.
pub(crate) const PREPARED_POINT_SQL: &str = "SELECT id FROM point WHERE id = ?";

/// Changes one row; the value is a parameter.
pub(crate) const PREPARED_UPDATE_SQL: &str = "UPDATE point SET id = ?";

/// A parsed statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Statement {
    /// `SELECT * FROM <table> LIMIT <rows>`
    Scan {
        /// The table.
        case: Case,
        /// Number of rows.
        rows: u64,
    },
    /// `SELECT id FROM point WHERE id = <id>`; `None` is a parameter.
    Point(Option<i64>),
    /// `UPDATE point SET id = <id>`; `None` is a parameter. Changes one row.
    Update(Option<i64>),
}

impl Statement {
    /// Parses one of the three shapes.
    pub(crate) fn parse(sql: &str) -> Option<Self> {
        let words: Vec<&str> = sql.split_ascii_whitespace().collect();
        match words[..] {
            ["SELECT", "*", "FROM", table, "LIMIT", rows] => {
                let case = Case::ALL.into_iter().find(|case| case.name() == table)?;
                let rows = rows.parse().ok().filter(|rows| *rows <= MAX_ROWS)?;
                Some(Self::Scan { case, rows })
            }
            ["SELECT", "id", "FROM", "point", "WHERE", "id", "=", id] => {
                Some(Self::Point(operand(id)?))
            }
            ["UPDATE", "point", "SET", "id", "=", id] => Some(Self::Update(operand(id)?)),
            _ => None,
        }
    }

    /// Returns `true` if the statement needs a parameter.
    pub(crate) fn has_parameter(self) -> bool {
        matches!(self, Self::Point(None) | Self::Update(None))
    }

    /// Returns `true` if the statement returns rows.
    pub(crate) fn is_query(self) -> bool {
        !matches!(self, Self::Update(_))
    }
}

/// Parses `?` or an integer.
fn operand(word: &str) -> Option<Option<i64>> {
    if word == "?" {
        return Some(None);
    }
    word.parse().ok().map(Some)
}
