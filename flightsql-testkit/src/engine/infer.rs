//! Infers the type of each parameter from its position.
//!
//! Layer: engine. Recognized: `VALUES` of an `INSERT`, comparisons with a column, `IN`, `BETWEEN`, `SET`, `CAST`,
//! `LIKE`, `LIMIT` and `OFFSET`. Everything else stays unknown.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::catalog::{Table, TableColumn};
use super::derive::{Expr, Form};
use super::lexer::TokenKind;
use super::params::Params;
use super::sql::{Sql, Verb};
use super::types::ColType;

const COMPARE: [&str; 8] = ["=", "==", "<", ">", "<=", ">=", "<>", "!="];

/// Sets the types of the parameters. `tables` are the tables of the statement, and `columns` the columns of its result.
pub(crate) fn infer(sql: &Sql, params: &mut Params, columns: &[Expr], tables: &[Arc<Table>]) {
    let inserted = insert_columns(sql, tables);
    let echoes: HashSet<usize> = columns
        .iter()
        .filter_map(|column| match column.form {
            Form::Placeholder(at) => Some(at),
            _ => None,
        })
        .collect();
    let uses: Vec<(usize, usize)> = params.tokens().collect();
    let types: Vec<(usize, Option<ColType>, bool)> = uses
        .into_iter()
        .map(|(token, param)| {
            let ty = inserted
                .iter()
                .find_map(|values| values.get(token))
                .or_else(|| context(sql, token, tables));
            (param, ty, echoes.contains(&token))
        })
        .collect();
    for (param, ty, echo) in types {
        let param = &mut params.list_mut()[param];
        param.hint = param.hint.or(ty);
        param.echo_only &= echo;
    }
}

/// Returns the tables of the statement, with the schema if the statement names it.
pub(crate) fn tables_named(sql: &Sql) -> Vec<(Option<String>, String)> {
    let named = |at: usize| {
        let schema = (sql.at(at + 1) == ".").then(|| sql.name(at)).flatten();
        Some((schema, sql.name(sql.qualified(at))?))
    };
    let mut names: Vec<_> = sql.target_at().and_then(named).into_iter().collect();
    let mut list = false;
    for at in 0..sql.tokens().len() {
        let starts = sql.is_any(at, &["FROM", "JOIN"]);
        list = starts
            || (list
                && !sql.is_any(
                    at,
                    &["WHERE", "SET", "ON", "GROUP", "ORDER", "LIMIT", "SELECT"],
                ));
        if (starts || (list && sql.at(at) == ","))
            && let Some(name) = named(at + 1)
        {
            names.push(name);
        }
    }
    names.sort_unstable();
    names.dedup();
    names.truncate(MAX_TABLES);
    names
}

/// Maximum number of joined tables in SQLite.
const MAX_TABLES: usize = 64;

/// The value lists of an `INSERT`.
struct Values {
    columns: Vec<Option<ColType>>,
    /// Maps the token index of an element's start to its column.
    places: HashMap<usize, usize>,
}

impl Values {
    fn get(&self, token: usize) -> Option<ColType> {
        self.columns
            .get(*self.places.get(&token)?)
            .copied()
            .flatten()
    }
}

fn insert_columns(sql: &Sql, tables: &[Arc<Table>]) -> Option<Values> {
    if sql.verb() != Verb::Change || !sql.is_any(sql.main(), &["INSERT", "REPLACE"]) {
        return None;
    }
    let name = sql.target()?;
    let table = tables
        .iter()
        .find(|table| table.name.eq_ignore_ascii_case(&name))?;
    let top = sql.top_level(sql.main());
    let values = top.iter().copied().find(|at| sql.is(*at, "VALUES"))?;
    let list = top
        .iter()
        .copied()
        .find(|at| *at < values && sql.at(*at) == "(");
    let columns = match list {
        Some(open) => sql
            .split(open + 1, sql.close(open) - 1)
            .into_iter()
            .map(|(from, _)| sql.name(from).and_then(|name| table.column(&name)?.ty()))
            .collect(),
        None => table
            .columns
            .iter()
            .filter(|column| !column.generated)
            .map(TableColumn::ty)
            .collect(),
    };
    let mut places = HashMap::new();
    let mut open = values + 1;
    while sql.at(open) == "(" {
        let close = sql.close(open);
        let elements = sql.split(open + 1, close - 1);
        for (place, (from, to)) in elements.into_iter().enumerate() {
            if to == from + 1 {
                places.insert(from, place);
            }
        }
        // Parentheses of ON CONFLICT and RETURNING may follow.
        open = if sql.at(close) == "," {
            close + 1
        } else {
            break;
        };
    }
    Some(Values { columns, places })
}

fn context(sql: &Sql, token: usize, tables: &[Arc<Table>]) -> Option<ColType> {
    let before = token.checked_sub(1)?;
    if sql.is_any(before, &["LIMIT", "OFFSET"]) {
        return Some(ColType::Int64);
    }
    if sql.is_any(before, &["LIKE", "GLOB", "REGEXP", "MATCH"]) {
        return Some(ColType::Text);
    }
    if sql.at(before) == "(" && before > 0 && sql.is(token + 1, "AS") {
        return sql.cast(before - 1).and_then(|(ty, ..)| ty);
    }
    if COMPARE.contains(&sql.at(before)) || sql.is(before, "IS") {
        return column_before(sql, before, tables);
    }
    if sql.is(before, "NOT") && before > 0 && sql.is(before - 1, "IS") {
        return column_before(sql, before - 1, tables);
    }
    if sql.is(before, "BETWEEN") {
        return column_before(sql, before, tables);
    }
    if sql.is(before, "AND") && before >= 2 && sql.is(before - 2, "BETWEEN") {
        return column_before(sql, before - 2, tables);
    }
    if COMPARE.contains(&sql.at(token + 1)) {
        return column_after(sql, token + 2, tables);
    }
    in_list(sql, token, tables)
}

/// Finds the column of `column IN (?, ?)`, before the list.
fn in_list(sql: &Sql, token: usize, tables: &[Arc<Table>]) -> Option<ColType> {
    let mut at = token;
    while at > 0 && sql.at(at) != "(" {
        let plain = matches!(
            sql.kind(at),
            Some(TokenKind::Placeholder | TokenKind::Number | TokenKind::Text | TokenKind::Blob)
        );
        if !plain && sql.at(at) != "," || token - at > MAX_LIST {
            return None;
        }
        at -= 1;
    }
    let keyword = at.checked_sub(1)?;
    if !sql.is(keyword, "IN") {
        return None;
    }
    let not = keyword.checked_sub(1).filter(|at| sql.is(*at, "NOT"));
    column_before(sql, not.unwrap_or(keyword), tables)
}

/// Maximum number of tokens of an `IN` list. Longer lists stay untyped, because they would cost quadratic time.
const MAX_LIST: usize = 512;

/// Returns the column that ends directly before a token.
fn column_before(sql: &Sql, at: usize, tables: &[Arc<Table>]) -> Option<ColType> {
    lookup(&sql.name(at.checked_sub(1)?)?, tables)
}

fn column_after(sql: &Sql, at: usize, tables: &[Arc<Table>]) -> Option<ColType> {
    lookup(&sql.name(sql.qualified(at))?, tables)
}

/// Returns the type of a column name, if all tables with this name agree.
fn lookup(name: &str, tables: &[Arc<Table>]) -> Option<ColType> {
    let mut types = tables
        .iter()
        .filter_map(|table| table.column(name))
        .map(TableColumn::ty);
    let first = types.next()?;
    types.all(|other| other == first).then_some(first).flatten()
}
