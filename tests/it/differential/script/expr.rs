//! Expressions of a kind: columns, constants and binds, with SQLite's results.

use std::fmt::Write as _;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use rust_decimal::Decimal;

use super::{Bind, KINDS, Kind, Maker};

impl Maker<'_, '_> {
    pub(super) fn expr(&mut self, kind: Kind) {
        self.depth += 1;
        let leaf = self.depth > 4;
        match self.choices.pick(if leaf { 3 } else { 10 }) {
            0 => self.column(kind),
            1 => self.literal(kind),
            2 => self.bind(kind),
            3 => {
                self.push("coalesce(");
                self.expr(kind);
                self.push(", ");
                let other = self.comparable(kind);
                self.expr(other);
                self.push(")");
            }
            4 => {
                self.push("CASE WHEN ");
                self.expr(Kind::Bool);
                self.push(" THEN ");
                let other = self.comparable(kind);
                self.expr(other);
                if self.choices.chance(7) {
                    self.push(" ELSE ");
                    self.expr(kind);
                }
                self.push(" END");
            }
            5 => {
                self.one(&["nullif(", "max(", "min("]);
                self.expr(kind);
                self.push(", ");
                self.expr(kind);
                self.push(")");
            }
            _ => self.own(kind),
        }
        self.depth -= 1;
    }

    /// Returns a kind whose values the type of `kind` can hold.
    fn comparable(&mut self, kind: Kind) -> Kind {
        match kind {
            Kind::Real if self.choices.chance(5) => Kind::Int,
            other => other,
        }
    }

    pub(super) fn column(&mut self, kind: Kind) {
        let mut fitting: Vec<String> = Vec::new();
        for (table, alias) in &self.scope {
            let columns = table.columns.iter().filter(|column| column.kind == kind);
            fitting.extend(columns.map(|column| format!("{alias}.{}", column.name)));
        }
        if fitting.is_empty() {
            return self.literal(kind);
        }
        let name = self.choices.of(&fitting).clone();
        self.push(&name);
    }

    fn pair(&mut self, operators: &[&str], kind: Kind) {
        self.push("(");
        self.expr(kind);
        let operator = *self.choices.of(operators);
        write!(self.sql, " {operator} ").unwrap();
        self.expr(kind);
        self.push(")");
    }

    /// Expressions of this kind only.
    fn own(&mut self, kind: Kind) {
        match (kind, self.choices.pick(6)) {
            (Kind::Int, 0 | 1) => self.pair(&["+", "-", "/", "%", "&", "|", ">>"], Kind::Int),
            (Kind::Int, 2) => self.call("length", Kind::Text),
            (Kind::Int, 3) => self.call("abs", Kind::Int),
            (Kind::Int, 4) if !self.tables.is_empty() => {
                let table = self.choices.of(self.tables);
                write!(self.sql, "(SELECT count(*) FROM {})", table.name).unwrap();
            }
            (Kind::Int, _) => self.pair(&["+", "-"], Kind::Int),
            (Kind::Real, 0) => self.call("round", Kind::Decimal),
            (Kind::Real, 1) => self.pair(&["+", "*"], Kind::Decimal),
            (Kind::Real, 2) => {
                self.push("-");
                self.column(Kind::Real);
            }
            (Kind::Real, _) => self.pair(&["+", "-", "*", "/"], Kind::Real),
            (Kind::Text, 0) => self.call("upper", Kind::Text),
            (Kind::Text, 1) => {
                let kind = *self.choices.of(&KINDS);
                self.call("typeof", kind);
            }
            (Kind::Text, 2) => {
                self.push("CAST(");
                self.expr(Kind::Int);
                self.push(" AS TEXT)");
            }
            (Kind::Text, _) => self.pair(&["||"], Kind::Text),
            (Kind::Bool, n) => self.truth(n),
            (kind, _) => self.column(kind),
        }
    }

    fn truth(&mut self, choice: usize) {
        let kind = *self.choices.of(&KINDS);
        match choice {
            0 | 1 => self.pair(&["=", "<", "<=", ">", ">=", "<>", "IS", "IS NOT"], kind),
            2 => {
                self.push("(");
                self.expr(kind);
                self.one(&[" IS NULL)", " NOTNULL)"]);
            }
            3 => {
                self.push("(");
                self.column(kind);
                self.one(&[" IN (", " NOT IN ("]);
                self.expr(kind);
                self.push(", ");
                self.expr(kind);
                self.push("))");
            }
            4 => {
                self.push("(");
                self.expr(Kind::Text);
                self.one(&[" LIKE 'a%')", " NOT LIKE '%b%')"]);
            }
            _ => {
                self.push("(");
                if self.choices.chance(3) {
                    self.push("NOT ");
                }
                self.expr(Kind::Bool);
                self.one(&[" AND ", " OR "]);
                self.expr(Kind::Bool);
                self.push(")");
            }
        }
    }

    pub(super) fn literal(&mut self, kind: Kind) {
        let text = match kind {
            Kind::Int => format!("{}", self.choices.pick(100)),
            Kind::Real => format!("{:?}", eighths(self.choices.pick(100))),
            Kind::Text => format!("'{}'", self.choices.of(&TEXTS).replace('\'', "''")),
            Kind::Blob => (*self.choices.of(&["x''", "x'00ff'", "x'61'"])).to_owned(),
            Kind::Bool => (*self.choices.of(&["TRUE", "FALSE"])).to_owned(),
            Kind::Date => format!("'{}'", date(self.choices.pick(50))),
            Kind::Time => format!("'{}'", spelled(stamp(self.choices.pick(50)), "%H:%M:%S")),
            Kind::Stamp | Kind::Instant => {
                let stamp = stamp(self.choices.pick(50));
                format!("'{}'", spelled(stamp, "%Y-%m-%d %H:%M:%S"))
            }
            Kind::Decimal => decimal(self.choices.pick(500)).to_string(),
        };
        self.push(&text);
    }

    pub(super) fn bind(&mut self, kind: Kind) {
        if !self.has_binds {
            return self.literal(kind);
        }
        let value = match kind {
            Kind::Int if self.choices.chance(1) => Bind::Int(None),
            Kind::Int => Bind::Int(i64::try_from(self.choices.pick(100)).ok()),
            Kind::Real => Bind::Real(eighths(self.choices.pick(100))),
            Kind::Text => Bind::Text((*self.choices.of(&TEXTS)).to_owned()),
            Kind::Blob => Bind::Blob(vec![0; self.choices.pick(3)]),
            Kind::Bool => Bind::Bool(self.choices.chance(5)),
            Kind::Date => Bind::Date(date(self.choices.pick(50))),
            Kind::Time => Bind::Time(stamp(self.choices.pick(50)).time()),
            Kind::Stamp => Bind::Stamp(stamp(self.choices.pick(50))),
            Kind::Instant => Bind::Instant(stamp(self.choices.pick(50))),
            Kind::Decimal => Bind::Decimal(decimal(self.choices.pick(500))),
        };
        self.push("?");
        self.binds.push(value);
    }
}
const TEXTS: [&str; 7] = ["a", "", "ab", "it's", "007", "ünï", "a%b_"];

fn eighths(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap()) / 8.0
}

fn decimal(n: usize) -> Decimal {
    Decimal::new(i64::try_from(n).unwrap(), 2)
}

fn date(n: usize) -> NaiveDate {
    NaiveDate::default() + TimeDelta::days(i64::try_from(n).unwrap() * 37)
}

/// Instants close to each other: whole seconds, halves, and microseconds.
fn stamp(n: usize) -> NaiveDateTime {
    const MICROS: [i64; 5] = [0, 1_000_000, 500_000, 250_000, 1];
    let step = i64::try_from(n).unwrap();
    NaiveDate::default().and_time(NaiveTime::MIN)
        + TimeDelta::hours(step / 5)
        + TimeDelta::microseconds(MICROS[n % 5])
}

/// A time as the server spells it: a fraction without zeros at its end.
pub(crate) fn spelled(stamp: NaiveDateTime, format: &str) -> String {
    let text = stamp.format(&format!("{format}%.6f")).to_string();
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
