//! The tables of a `FROM` clause, and the resolution of names.
//!
//! Layer: engine, part of `derive`. Grammar: <https://www.sqlite.org/syntax/join-clause.html>.

use super::select::{CLAUSES, Env};
use super::unify::unify;
use super::{Columns, Expr, Form, Home, Reader};
use crate::engine::types::ColType;

const JOIN_WORDS: [&str; 11] = [
    "JOIN", "INNER", "CROSS", "LEFT", "RIGHT", "FULL", "OUTER", "NATURAL", "ON", "USING", "INDEXED",
];
const ROWID: [&str; 3] = ["rowid", "oid", "_rowid_"];

/// The scope of column names in one query.
#[derive(Debug, Default)]
pub(super) struct Scope<'s> {
    sources: Vec<Source>,
    /// Whether a row of NULLs is possible, as in an aggregate without groups.
    pub(super) nullable: bool,
    /// The scope of the outer query.
    pub(super) outer: Option<&'s Scope<'s>>,
}

/// The source of a column that a join merged (<https://www.sqlite.org/lang_select.html>).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Merge {
    /// The previous table.
    #[default]
    Before,
    /// This table, for `RIGHT JOIN`.
    This,
    /// Either table, for `FULL JOIN`.
    Either,
}

/// A table, view, subquery or function of a `FROM` clause.
#[derive(Debug)]
pub(super) struct Source {
    alias: String,
    /// The columns; `None` if they are unknown.
    columns: Option<Columns>,
    /// Columns that `*` omits, because `USING` or `NATURAL` merged them with earlier ones.
    merged: Vec<String>,
    /// Source of the values of merged columns.
    merge: Merge,
    /// Whether an outer join may replace the table with NULLs.
    nullable: bool,
}

impl<'s> Scope<'s> {
    pub(super) fn of(sources: Vec<Source>) -> Self {
        Self {
            sources,
            ..Self::default()
        }
    }

    /// Returns the expression of a column name.
    pub(super) fn column(&self, qualifier: Option<&str>, name: &str) -> Expr {
        let mut scope = Some(self);
        while let Some(here) = scope {
            if let Some(found) = here.find(qualifier, name) {
                return found;
            }
            scope = here.outer;
        }
        Expr::unknown()
    }

    fn find(&self, qualifier: Option<&str>, name: &str) -> Option<Expr> {
        let mut opaque = false;
        let mut found: Option<Expr> = None;
        for source in self.sources.iter().filter(|source| source.is(qualifier)) {
            let Some(columns) = &source.columns else {
                opaque = true;
                continue;
            };
            let named = |(column, _): &&(String, Expr)| column.eq_ignore_ascii_case(name);
            let Some((_, expr)) = columns.iter().find(named) else {
                continue;
            };
            let expr = expr.clone().nullable(source.nullable || self.nullable);
            // SQLite rejects duplicates that are not merged.
            let merge = match qualifier.is_none() && source.is_merged(name) {
                true => source.merge,
                false => Merge::Before,
            };
            found = Some(match (merge, found) {
                (Merge::This, _) => expr,
                (Merge::Either, _) if opaque => Expr::unknown(),
                (Merge::Either, Some(before)) => unify(&before, &expr),
                (_, before) => before.unwrap_or(expr),
            });
        }
        if found.is_some() {
            return found;
        }
        if opaque {
            return Some(Expr::unknown());
        }
        if !ROWID.iter().any(|rowid| rowid.eq_ignore_ascii_case(name)) {
            return None;
        }
        let source = self.sources.iter().find(|source| {
            let stored = source.columns.iter().flatten().next();
            source.is(qualifier) && stored.is_some_and(|(_, e)| matches!(e.form, Form::Column(_)))
        })?;
        Some(Expr::of(ColType::Int64, source.nullable || self.nullable))
    }

    /// Returns the columns of `*` or `qualifier.*`.
    pub(super) fn star(&self, qualifier: Option<&str>) -> Option<Columns> {
        let mut all = Columns::new();
        for source in self.sources.iter().filter(|source| source.is(qualifier)) {
            let nullable = source.nullable || self.nullable;
            for (name, expr) in source.columns.as_ref()? {
                if qualifier.is_none() && source.is_merged(name) {
                    continue;
                }
                let mut later = self.sources.iter();
                let merged = qualifier.is_none()
                    && later.any(|s| s.merge != Merge::Before && s.is_merged(name));
                let expr = match self.find(None, name).filter(|_| merged) {
                    Some(merged) => merged,
                    None => expr.clone().nullable(nullable),
                };
                all.push((name.clone(), expr));
            }
        }
        Some(all)
    }
}

impl Source {
    pub(super) fn new(alias: String, columns: Option<Columns>) -> Self {
        Self {
            alias,
            columns,
            merged: Vec::new(),
            merge: Merge::default(),
            nullable: false,
        }
    }

    fn is(&self, qualifier: Option<&str>) -> bool {
        qualifier.is_none_or(|name| self.alias.eq_ignore_ascii_case(name))
    }

    fn is_merged(&self, name: &str) -> bool {
        self.merged.iter().any(|m| m.eq_ignore_ascii_case(name))
    }

    fn has(&self, name: &str) -> bool {
        let mut columns = self.columns.iter().flatten();
        columns.any(|(column, _)| column.eq_ignore_ascii_case(name))
    }
}

/// The kind of join between a table and the previous tables.
#[derive(Debug, Default)]
struct Join {
    left: bool,
    right: bool,
    natural: bool,
}

impl Reader<'_> {
    /// Parses the tables of a `FROM` clause.
    pub(super) fn from<'s>(
        &self,
        from: usize,
        to: usize,
        env: &Env<'_>,
        outer: &'s Scope<'s>,
    ) -> Option<Scope<'s>> {
        let sources = self.sources(from, to, env, outer)?;
        Some(Scope::of(sources))
    }

    fn sources(
        &self,
        from: usize,
        to: usize,
        env: &Env<'_>,
        outer: &Scope<'_>,
    ) -> Option<Vec<Source>> {
        let _depth = self.catalog.enter()?;
        let mut sources: Vec<Source> = Vec::new();
        let mut join = Join::default();
        let mut at = from;
        while at < to {
            let (mut added, after) = self.source(at, to, env, outer)?;
            at = after;
            if join.right {
                sources.iter_mut().for_each(|source| source.nullable = true);
            }
            let mut shared = Vec::new();
            if self.sql.is(at, "USING") {
                shared = self.names(at + 1);
                at = self.sql.close(at + 1);
            }
            for source in &mut added {
                source.nullable |= join.left;
                if join.natural {
                    let names = source
                        .columns
                        .iter()
                        .flatten()
                        .map(|(name, _)| name.clone());
                    let known = names.filter(|name| sources.iter().any(|s| s.has(name)));
                    shared = known.collect();
                }
                if !shared.is_empty() {
                    source.merged.append(&mut shared.clone());
                    source.merge = match (join.left, join.right) {
                        (_, false) => Merge::Before,
                        (false, true) => Merge::This,
                        (true, true) => Merge::Either,
                    };
                }
            }
            sources.append(&mut added);
            // Skip the condition of ON, up to the next join.
            let next = |index: &usize| *index >= at && self.joins(*index);
            let Some(op) = self.top(at, to).into_iter().find(next) else {
                return Some(sources);
            };
            (join, at) = self.join(op);
        }
        Some(sources)
    }

    /// Returns `true` if a join operator begins at a token.
    fn joins(&self, at: usize) -> bool {
        const OPERATORS: [&str; 7] = ["JOIN", "NATURAL", "LEFT", "RIGHT", "FULL", "INNER", "CROSS"];
        self.sql.at(at) == "," || (self.sql.is_any(at, &OPERATORS) && self.sql.at(at + 1) != "(")
    }

    fn join(&self, op: usize) -> (Join, usize) {
        let mut join = Join::default();
        if self.sql.at(op) == "," {
            return (join, op + 1);
        }
        let mut at = op;
        while self.sql.is_any(at, &JOIN_WORDS) && !self.sql.is(at, "JOIN") {
            join.natural |= self.sql.is(at, "NATURAL");
            // The optional side of the join.
            join.left |= self.sql.is_any(at, &["LEFT", "FULL"]);
            join.right |= self.sql.is_any(at, &["RIGHT", "FULL"]);
            at += 1;
        }
        (join, at + 1)
    }

    /// Parses a table or a join in parentheses. Returns the tables and the index after their alias.
    fn source(
        &self,
        at: usize,
        to: usize,
        env: &Env<'_>,
        outer: &Scope<'_>,
    ) -> Option<(Vec<Source>, usize)> {
        if self.sql.at(at) == "(" {
            let (open, close) = (at + 1, self.sql.close(at));
            if !self.is_query(open) {
                let mut inner = self.sources(open, close - 1, env, outer)?;
                let (alias, after) = self.alias(close, to);
                if let ([one], Some(alias)) = (inner.as_mut_slice(), alias) {
                    one.alias = alias;
                }
                return Some((inner, after));
            }
            let columns = self.query(open, close - 1, env, outer)?;
            let columns = columns.into_iter().map(super::select::computed_constant);
            let (alias, after) = self.alias(close, to);
            let source = Source::new(alias.unwrap_or_default(), Some(columns.collect()));
            return Some((vec![source], after));
        }
        let qualified = self.sql.at(at + 1) == ".";
        let home = self.home(at);
        let at = self.sql.qualified(at);
        let name = self.sql.name(at)?;
        let called = self.sql.at(at + 1) == "(";
        let after = if called {
            self.sql.close(at + 1)
        } else {
            at + 1
        };
        let cte = match qualified || called {
            true => None,
            false => self.cte(&name, env),
        };
        let (alias, after) = self.alias(after, to);
        let alias = alias.unwrap_or_else(|| name.clone());
        let source = match cte {
            // The columns are not known yet, because the arm depends on the first rows of its table.
            Some(None) if self.recursed.get() => return None,
            Some(columns) => Source::new(alias, columns),
            None => self.stored(home, &name, alias),
        };
        Some((vec![source], after))
    }

    /// Returns the schema of the table name at a token, or `None` if it may be either.
    pub(super) fn home(&self, at: usize) -> Option<Home> {
        match self.sql.at(at + 1) == "." {
            true => Home::of(&self.sql.name(at)?),
            // A temporary view can use both schemas.
            false => self.home.filter(|home| *home == Home::Main),
        }
    }

    /// Resolves a table or view of the database, or a table-valued function.
    fn stored(&self, home: Option<Home>, name: &str, alias: String) -> Source {
        let Some((home, table)) = self.catalog.find(home, name) else {
            return Source::new(alias, None);
        };
        let names: Vec<String> = table.columns.iter().map(|c| c.name.clone()).collect();
        match self.view(home, name, &names) {
            Some(columns) => Source::new(alias, Some(columns)),
            None => Source::table(&table, alias),
        }
    }

    /// Parses an optional alias. Returns the index after it.
    fn alias(&self, at: usize, to: usize) -> (Option<String>, usize) {
        let found = if self.sql.is(at, "AS") && at < to {
            (self.sql.name(at + 1), at + 2)
        } else if at < to
            && !self.sql.is_any(at, &CLAUSES)
            && !self.sql.is_any(at, &JOIN_WORDS)
            && !self.sql.is(at, "NOT")
            && let Some(name) = self.sql.name(at)
        {
            (Some(name), at + 1)
        } else {
            (None, at)
        };
        let (alias, mut at) = found;
        if self.sql.is(at, "NOT") && self.sql.is(at + 1, "INDEXED") {
            at += 2;
        } else if self.sql.is(at, "INDEXED") {
            at += 3;
        }
        (alias, at)
    }
}
