//! Queries: `WITH`, the arms of a compound, select lists, `VALUES`, `RETURNING`.
//!
//! Layer: engine, part of `derive`. Grammar: <https://www.sqlite.org/lang_select.html>,
//! <https://www.sqlite.org/lang_with.html>.

use std::cell::RefCell;
use std::sync::Arc;

use super::from::{Scope, Source};
use super::unify::unify;
use super::{Columns, Expr, Form, Home, Reader};
use crate::engine::lexer::TokenKind;
use crate::engine::types::ColType;

/// Words that end a select list or a `FROM` clause.
pub(super) const CLAUSES: [&str; 8] = [
    "FROM",
    "WHERE",
    "GROUP",
    "HAVING",
    "WINDOW",
    "ORDER",
    "LIMIT",
    "RETURNING",
];
const COMPOUND: [&str; 3] = ["UNION", "INTERSECT", "EXCEPT"];
/// Maximum number of passes over a recursive table until its types no longer change.
const ROUNDS: usize = 4;

/// The tables of `WITH` clauses, inner ones first.
#[derive(Debug, Default)]
pub(super) struct Env<'e> {
    parent: Option<&'e Env<'e>>,
    tables: Vec<Cte>,
}

#[derive(Debug)]
struct Cte {
    name: String,
    names: Vec<String>,
    body: (usize, usize),
    state: RefCell<State>,
}

#[derive(Debug, Clone)]
enum State {
    Unread,
    /// In progress, with the columns of the previous passes.
    Reading(Option<Columns>),
    Done(Option<Columns>),
}

impl Reader<'_> {
    /// Returns the columns of the query in a range of tokens.
    pub(super) fn query(
        &self,
        from: usize,
        to: usize,
        env: &Env<'_>,
        outer: &Scope<'_>,
    ) -> Option<Columns> {
        let _depth = self.catalog.enter()?;
        let (env, start) = self.with(from, env);
        let mut arms: Vec<(usize, usize, bool)> = Vec::new();
        let (mut begin, mut except) = (start, false);
        for at in self.top(start, to) {
            if self.sql.is_any(at, &COMPOUND) {
                arms.push((begin, at, except));
                except = self.sql.is(at, "EXCEPT");
                begin = at + 1 + usize::from(self.sql.is(at + 1, "ALL"));
            }
        }
        arms.push((begin, to, except));
        let single = arms.len() == 1;
        let mut merged: Option<Columns> = None;
        let mut skipped = false;
        for (begin, end, except) in arms {
            // EXCEPT returns only rows of its left side.
            if except && merged.is_some() {
                continue;
            }
            self.recursed.set(false);
            let Some(columns) = self.arm(begin, end, &env, outer) else {
                // This is the recursive arm of a table whose first rows are in progress.
                skipped |= self.recursed.get();
                if self.recursed.get() {
                    continue;
                }
                return None;
            };
            merged = Some(match merged {
                None if single => columns,
                None => columns.into_iter().map(computed).collect(),
                Some(left) if left.len() == columns.len() => left
                    .into_iter()
                    .zip(columns)
                    .map(|((name, left), (_, right))| (name, unify(&left, &right)))
                    .collect(),
                Some(_) => return None,
            });
        }
        self.recursed.set(skipped);
        merged
    }

    /// Returns the columns of the `RETURNING` clause of a change.
    pub(super) fn returning(&self, end: usize) -> Option<Columns> {
        let root = Env::default();
        let (env, _) = self.with(0, &root);
        let main = self.sql.main();
        let returning = self
            .top(main, end)
            .into_iter()
            .rfind(|at| self.sql.is(*at, "RETURNING"))?;
        let home = self.home(self.sql.target_at()?);
        let (_, table) = self.catalog.find(home, &self.sql.target()?)?;
        let scope = Scope::of(vec![Source::table(&table, table.name.clone())]);
        self.items(returning + 1, end, &env, &scope)
    }

    /// Parses an optional `WITH` clause. Returns the start of the query.
    fn with<'e>(&self, from: usize, parent: &'e Env<'e>) -> (Env<'e>, usize) {
        let mut env = Env {
            parent: Some(parent),
            tables: Vec::new(),
        };
        if !self.sql.is(from, "WITH") {
            return (env, from);
        }
        let mut at = from + 1 + usize::from(self.sql.is(from + 1, "RECURSIVE"));
        while let Some(name) = self.sql.name(at) {
            let names = self.names(at + 1);
            at = if self.sql.at(at + 1) == "(" {
                self.sql.close(at + 1)
            } else {
                at + 1
            };
            while self.sql.is_any(at, &["AS", "NOT", "MATERIALIZED"]) {
                at += 1;
            }
            if self.sql.at(at) != "(" {
                break;
            }
            let close = self.sql.close(at);
            env.tables.push(Cte {
                name,
                names,
                body: (at + 1, close - 1),
                state: RefCell::new(State::Unread),
            });
            at = close;
            if self.sql.at(at) != "," {
                break;
            }
            at += 1;
        }
        (env, at)
    }

    /// Returns the names in optional parentheses.
    pub(super) fn names(&self, open: usize) -> Vec<String> {
        if self.sql.at(open) != "(" {
            return Vec::new();
        }
        self.sql
            .split(open + 1, self.sql.close(open) - 1)
            .into_iter()
            .filter_map(|(from, _)| self.sql.name(from))
            .collect()
    }

    /// Returns the columns of a table of a `WITH` clause. The outer `None` means that no table has the name.
    pub(super) fn cte(&self, name: &str, env: &Env<'_>) -> Option<Option<Columns>> {
        let mut level = Some(env);
        let (env, cte) = loop {
            let env = level?;
            let named = |cte: &&Cte| cte.name.eq_ignore_ascii_case(name);
            match env.tables.iter().find(named) {
                Some(cte) => break (env, cte),
                None => level = env.parent,
            }
        };
        let state = cte.state.borrow().clone();
        Some(match state {
            State::Done(columns) => columns,
            State::Reading(columns) => {
                self.recursed.set(self.recursed.get() || columns.is_none());
                columns
            }
            State::Unread => {
                let columns = self.fixpoint(env, cte);
                cte.state.replace(State::Done(columns.clone()));
                columns
            }
        })
    }

    /// Derives a table repeatedly until its columns no longer change.
    fn fixpoint(&self, env: &Env<'_>, cte: &Cte) -> Option<Columns> {
        let mut known: Option<Columns> = None;
        let outer = self.recursed.get();
        for round in 0..=ROUNDS {
            cte.state.replace(State::Reading(known.clone()));
            let read = self.query(cte.body.0, cte.body.1, env, &Scope::default());
            let recursive = self.recursed.replace(outer);
            let read = rename(
                read?.into_iter().map(computed_constant).collect(),
                &cte.names,
            );
            let stable = known.as_ref().is_some_and(|known| same(known, &read));
            if stable || (round == 0 && !recursive) {
                return Some(read);
            }
            known = Some(read);
        }
        let unknown = |(name, _)| (name, Expr::unknown());
        known.map(|columns| columns.into_iter().map(unknown).collect())
    }

    /// Parses one arm of a compound.
    fn arm(&self, from: usize, to: usize, env: &Env<'_>, outer: &Scope<'_>) -> Option<Columns> {
        let _depth = self.catalog.enter()?;
        if self.sql.is(from, "VALUES") {
            return self.values(from + 1, to, env, outer);
        }
        if !self.sql.is(from, "SELECT") {
            return None;
        }
        let start = from + 1 + usize::from(self.sql.is_any(from + 1, &["DISTINCT", "ALL"]));
        let top = self.top(start, to);
        let clause =
            |at: &usize| self.sql.is_any(*at, &CLAUSES) && !self.sql.is(at - 1, "DISTINCT");
        let end = top.iter().copied().find(clause).unwrap_or(to);
        let mut scope = if self.sql.is(end, "FROM") && end < to {
            let after = |at: &usize| *at > end && self.sql.is_any(*at, &CLAUSES[1..]);
            let stop = top.iter().copied().find(after).unwrap_or(to);
            self.from(end + 1, stop, env, outer)?
        } else {
            Scope::default()
        };
        // An aggregate without GROUP BY returns a row of NULLs if there are no rows.
        let grouped = top.iter().any(|at| self.sql.is(*at, "GROUP"));
        scope.nullable = !grouped && self.aggregates(start, to);
        scope.outer = Some(outer);
        self.items(start, end, env, &scope)
    }

    fn values(&self, from: usize, to: usize, env: &Env<'_>, outer: &Scope<'_>) -> Option<Columns> {
        let mut merged: Option<Vec<Expr>> = None;
        for (open, _) in self.split(from, to) {
            if self.sql.at(open) != "(" {
                return None;
            }
            let row: Vec<Expr> = self
                .split(open + 1, self.sql.close(open) - 1)
                .into_iter()
                .map(|(from, to)| self.complete(from, to, env, outer))
                .collect();
            merged = Some(match merged {
                None => row,
                Some(left) if left.len() == row.len() => left
                    .iter()
                    .zip(&row)
                    .map(|(left, right)| unify(left, right))
                    .collect(),
                Some(_) => return None,
            });
        }
        let named = |(index, expr)| (format!("column{}", index + 1), expr);
        Some(merged?.into_iter().enumerate().map(named).collect())
    }

    /// Parses a select list.
    fn items(&self, from: usize, to: usize, env: &Env<'_>, scope: &Scope<'_>) -> Option<Columns> {
        let mut columns = Vec::new();
        for (from, to) in self.split(from, to) {
            if self.sql.at(from) == "*" && to == from + 1 {
                columns.extend(scope.star(None)?);
            } else if self.sql.at(from + 1) == "." && self.sql.at(from + 2) == "*" {
                columns.extend(scope.star(Some(&self.sql.name(from)?))?);
            } else {
                columns.push(self.item(from, to, env, scope));
            }
        }
        Some(columns)
    }

    fn item(&self, from: usize, to: usize, env: &Env<'_>, scope: &Scope<'_>) -> (String, Expr) {
        let Some((expr, end)) = self.expr(from, to, env, scope) else {
            return (String::new(), Expr::unknown());
        };
        let alias = match to - end {
            0 => {
                let plain = to == from + 1 || self.sql.at(to - 2) == ".";
                let name = self.sql.name(to - 1).filter(|_| plain);
                return (name.unwrap_or_default(), expr);
            }
            1 => end,
            2 if self.sql.is(end, "AS") => end + 1,
            _ => return (String::new(), Expr::unknown()),
        };
        let quoted = || self.sql.at(alias).trim_matches('\'').to_owned();
        match self.sql.kind(alias) {
            Some(TokenKind::Word | TokenKind::Quoted) => {
                (self.sql.name(alias).unwrap_or_default(), expr)
            }
            Some(TokenKind::Text) => (quoted(), expr),
            _ => (String::new(), Expr::unknown()),
        }
    }

    /// Parses an expression that spans its range.
    pub(super) fn complete(
        &self,
        from: usize,
        to: usize,
        env: &Env<'_>,
        scope: &Scope<'_>,
    ) -> Expr {
        match self.expr(from, to, env, scope) {
            Some((expr, end)) if end == to => expr,
            _ => Expr::unknown(),
        }
    }

    /// Returns the columns of a view, with the names that SQLite assigns.
    pub(super) fn view(&self, home: Home, name: &str, columns: &[String]) -> Option<Columns> {
        let _depth = self.catalog.enter()?;
        let sql = self.catalog.view(home, name)?;
        let reader = Reader {
            sql: &sql,
            catalog: self.catalog,
            home: Some(home),
            recursed: false.into(),
        };
        let end = sql.tokens().len();
        let body = reader
            .top(0, end)
            .into_iter()
            .find(|at| sql.is(*at, "AS"))?
            + 1;
        let read = reader.query(body, end, &Env::default(), &Scope::default())?;
        (read.len() == columns.len())
            .then(|| rename(read.into_iter().map(computed_constant).collect(), columns))
    }

    /// Iterates over the token indexes of a range outside parentheses.
    pub(super) fn top(&self, from: usize, to: usize) -> Vec<usize> {
        let mut top = self.sql.top_level(from);
        top.retain(|at| *at < to);
        top
    }

    fn split(&self, from: usize, to: usize) -> Vec<(usize, usize)> {
        self.sql.split(from, to)
    }

    /// Returns `true` if a range contains an aggregate outside subqueries.
    fn aggregates(&self, from: usize, to: usize) -> bool {
        let mut at = from;
        while at < to {
            let open = self.sql.at(at) == "(";
            if open && self.is_query(at + 1) {
                at = self.sql.close(at);
                continue;
            }
            if self.sql.at(at + 1) == "(" && self.is_aggregate(at) {
                return true;
            }
            at += 1;
        }
        false
    }

    pub(super) fn is_query(&self, at: usize) -> bool {
        self.sql.is_any(at, &["SELECT", "WITH", "VALUES"])
    }
}

fn computed((name, expr): (String, Expr)) -> (String, Expr) {
    (name, expr.computed())
}

/// Removes the form of a constant or placeholder of a named query. A column stays a column.
pub(super) fn computed_constant((name, expr): (String, Expr)) -> (String, Expr) {
    match expr.form {
        Form::Column(_) => (name, expr),
        _ => (name, expr.computed()),
    }
}

fn rename(columns: Columns, names: &[String]) -> Columns {
    let mut names = names.iter();
    let named = |(name, expr)| (names.next().cloned().unwrap_or(name), expr);
    columns.into_iter().map(named).collect()
}

fn same(left: &Columns, right: &Columns) -> bool {
    let plain = |columns: &Columns| -> Vec<(Option<ColType>, bool)> {
        columns.iter().map(|(_, e)| (e.ty, e.nullable)).collect()
    };
    plain(left) == plain(right)
}

impl Source {
    /// Returns the columns of a table, or of a view whose SQL cannot be parsed.
    pub(super) fn table(table: &Arc<super::Table>, alias: String) -> Self {
        let column = |index: usize| {
            (
                table.columns[index].name.clone(),
                Expr::column(table, index),
            )
        };
        Self::new(alias, Some((0..table.columns.len()).map(column).collect()))
    }
}
