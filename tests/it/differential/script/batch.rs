//! Several statements in one text, with comments and byte-order marks between them, and pragmas.

use super::{Action, Choices, Statement, Table, change, select};

/// A text of one to four statements.
pub(super) fn batch(tables: &[Table], stored: usize, choices: &mut Choices<'_>) -> Action {
    let count = 1 + choices.pick(4);
    let mut statements = Vec::new();
    let mut text =
        (*choices.of(&["", "\u{feff}", "-- first; of all\n", "/* a; b */", " ;"])).to_owned();
    for index in 0..count {
        let statement = match choices.pick(4) {
            0 => select(tables, choices, false),
            1 => trigger(&tables[choices.pick(stored)], index),
            _ => change(tables, stored, choices, false),
        };
        text.push_str(&statement.sql);
        let between = [";", ";\n-- ; between\n", ";; ", "; /* ; */ "];
        let between = *choices.of(&between);
        text.push_str(between);
        statements.push(statement);
    }
    Action::Batch(text, statements)
}

/// A trigger that changes nothing, whose body contains semicolons.
fn trigger(table: &Table, index: usize) -> Statement {
    let (name, column) = (&table.name, &table.columns[0].name);
    Statement {
        sql: format!(
            "CREATE TRIGGER IF NOT EXISTS g{index} AFTER INSERT ON {name} BEGIN SELECT ';'; \
             SELECT CASE WHEN 1 THEN new.{column} END; END"
        ),
        binds: Vec::new(),
        writes: false,
        rows: false,
    }
}

/// A pragma that reads, or that sets a value of its connection and returns it.
pub(super) fn pragma(tables: &[Table], choices: &mut Choices<'_>) -> Statement {
    let table = &choices.of(tables).name;
    let pragmas = [
        "PRAGMA user_version".to_owned(),
        format!("PRAGMA table_info({table})"),
        format!("PRAGMA table_xinfo('{table}')"),
        format!("PRAGMA main.index_list({table})"),
        "PRAGMA busy_timeout = 100".to_owned(),
        "PRAGMA foreign_keys".to_owned(),
        "PRAGMA encoding".to_owned(),
        format!("SELECT name, \"notnull\", pk FROM pragma_table_info('{table}')"),
    ];
    Statement {
        sql: choices.of(&pragmas).clone(),
        binds: Vec::new(),
        writes: false,
        rows: true,
    }
}
