//! Queries: joins, groups, aggregates, subqueries, `WITH` and compounds.

use std::fmt::Write as _;

use super::{Bind, KINDS, Kind, Maker};

impl Maker<'_, '_> {
    /// Returns a table or a join, and sets the scope.
    pub(super) fn from(&mut self) -> String {
        let source = self.choices.of(self.tables);
        self.scope = vec![(source, "a".to_owned())];
        let mut from = format!(" FROM {} AS a", source.name);
        for alias in ["b", "c"] {
            if !self.choices.chance(3) {
                break;
            }
            let other = self.choices.of(self.tables);
            let join = *self
                .choices
                .of(&["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"]);
            write!(
                from,
                " {join} {} AS {alias} ON a.id = {alias}.id",
                other.name
            )
            .unwrap();
            self.scope.push((other, alias.to_owned()));
        }
        from
    }

    pub(super) fn select(&mut self, nested: usize) {
        let from = self.from();
        match self.choices.pick(8) {
            5 => return self.grouped(&from),
            6 => {
                self.push("SELECT ");
                self.aggregates();
                self.push(&from);
                return self.filter();
            }
            7 if nested == 0 => return self.derived(&from),
            _ => {}
        }
        self.push("SELECT ");
        if self.choices.chance(1) {
            self.push("DISTINCT ");
        }
        self.items();
        self.push(&from);
        self.filter();
        if nested == 0 && self.choices.chance(3) {
            self.push(" ORDER BY ");
            let kind = *self.choices.of(&KINDS);
            self.expr(kind);
            self.one(&["", " DESC", " NULLS LAST"]);
            if self.has_binds && self.choices.chance(3) {
                let limit = self.choices.pick(5);
                self.push(" LIMIT ?");
                self.binds.push(Bind::Int(i64::try_from(limit).ok()));
            }
        }
    }

    fn grouped(&mut self, from: &str) {
        let (table, alias) = self.scope[0].clone();
        let key = &self.choices.of(&table.columns).name;
        write!(self.sql, "SELECT {alias}.{key}, ").unwrap();
        self.aggregates();
        self.push(from);
        self.filter();
        write!(self.sql, " GROUP BY {alias}.{key}").unwrap();
        if self.choices.chance(3) {
            self.push(" HAVING count(*) > 1");
        }
    }

    fn aggregates(&mut self) {
        for index in 0..=self.choices.pick(3) {
            self.push(if index == 0 { "" } else { ", " });
            let kind = *self.choices.of(&KINDS);
            match self.choices.pick(5) {
                0 => self.push("count(*)"),
                1 => self.call("max", kind),
                2 => self.call("min", kind),
                3 if matches!(kind, Kind::Int | Kind::Real | Kind::Decimal | Kind::Bool) => {
                    let name = *self.choices.of(&["sum", "avg", "total"]);
                    self.call(name, kind);
                }
                3 => {
                    self.push("coalesce(");
                    self.call("avg", Kind::Int);
                    self.push(", 0)");
                }
                _ => self.call("count", kind),
            }
        }
    }

    pub(super) fn call(&mut self, name: &str, kind: Kind) {
        write!(self.sql, "{name}(").unwrap();
        self.expr(kind);
        self.push(")");
    }

    /// A subquery, a table of `WITH`, or a compound.
    fn derived(&mut self, from: &str) {
        let kind = *self.choices.of(&KINDS);
        match self.choices.pick(5) {
            3 => {
                let (table, alias) = self.scope[0].clone();
                let column = &self.choices.of(&table.columns).name;
                write!(
                    self.sql,
                    "WITH s AS (SELECT {alias}.{column} AS v, {alias}.id AS i{from}), \
                     r AS (SELECT i, v FROM s WHERE v IS NOT NULL) \
                     SELECT s.v, r.v, r.i FROM s LEFT JOIN r ON r.i = s.i"
                )
                .unwrap();
            }
            4 => {
                let other = self.choices.of(self.tables);
                let column = &self.choices.of(&other.columns).name;
                write!(
                    self.sql,
                    "SELECT a.id, (SELECT o.{column} FROM {0} AS o WHERE o.id = a.id), \
                     (SELECT max(o.{column}) FROM {0} AS o), \
                     EXISTS (SELECT 1 FROM {0} AS o WHERE o.id = a.id), \
                     a.id IN (SELECT o.id FROM {0} AS o){from}",
                    other.name
                )
                .unwrap();
            }
            0 => {
                self.push("SELECT s.v, s.v IS NULL, coalesce(s.v, s.v) FROM (SELECT ");
                self.expr(kind);
                write!(self.sql, " AS v{from}) AS s").unwrap();
            }
            1 => {
                self.push("WITH s (v) AS (SELECT ");
                self.expr(kind);
                write!(self.sql, "{from}) SELECT max(v), count(v) FROM s").unwrap();
            }
            _ => {
                self.push("SELECT ");
                self.expr(kind);
                self.push(from);
                self.one(&[" UNION ALL ", " UNION ", " EXCEPT "]);
                self.push("SELECT ");
                let kinds = match kind {
                    Kind::Int | Kind::Real => [Kind::Int, Kind::Real],
                    same => [same, same],
                };
                let kind = *self.choices.of(&kinds);
                self.expr(kind);
                self.push(from);
            }
        }
    }
}
