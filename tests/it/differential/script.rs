//! Random scripts: tables, and statements on them, from lists of numbers that shrink.

mod batch;
mod expr;
mod query;
mod view;

use std::fmt::Write as _;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use rust_decimal::Decimal;

pub(crate) use self::expr::spelled;

/// Sources of decisions for the tables, and for each step.
pub(crate) type Seeds = (Vec<u16>, Vec<Vec<u16>>);

/// Connections that take turns.
pub(crate) const CONNECTIONS: usize = 3;

#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) tables: Vec<Table>,
    pub(crate) steps: Vec<Step>,
}

#[derive(Debug)]
pub(crate) struct Table {
    name: String,
    columns: Vec<Column>,
    /// The text of a view.
    view: Option<String>,
}

#[derive(Debug)]
struct Column {
    name: String,
    decl: &'static str,
    kind: Kind,
    rest: String,
}

#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) connection: usize,
    pub(crate) action: Action,
}

#[derive(Debug)]
pub(crate) enum Action {
    Begin,
    Commit,
    Rollback,
    Run(Statement),
    /// Statements in one text.
    Batch(String, Vec<Statement>),
}

#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) sql: String,
    pub(crate) binds: Vec<Bind>,
    pub(crate) writes: bool,
    pub(crate) rows: bool,
}

/// A value to bind, in the driver's form.
#[derive(Debug, Clone)]
pub(crate) enum Bind {
    Int(Option<i64>),
    Real(f64),
    Text(String),
    Blob(Vec<u8>),
    Bool(bool),
    Date(NaiveDate),
    Time(NaiveTime),
    Stamp(NaiveDateTime),
    Instant(NaiveDateTime),
    Decimal(Decimal),
}

/// Kind of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Int,
    Real,
    Text,
    Blob,
    Bool,
    Date,
    Time,
    Stamp,
    Instant,
    Decimal,
}

const KINDS: [Kind; 10] = [
    Kind::Int,
    Kind::Real,
    Kind::Text,
    Kind::Bool,
    Kind::Decimal,
    Kind::Stamp,
    Kind::Instant,
    Kind::Date,
    Kind::Time,
    Kind::Blob,
];

const DECLARED: [(&str, Kind); 21] = [
    ("BIGINT", Kind::Int),
    ("TEXT", Kind::Text),
    ("DOUBLE", Kind::Real),
    ("SMALLINT", Kind::Int),
    ("BOOLEAN", Kind::Bool),
    ("TIMESTAMPTZ", Kind::Instant),
    ("DECIMAL(10,2)", Kind::Decimal),
    ("TIMESTAMP", Kind::Stamp),
    ("DATE", Kind::Date),
    ("TIME", Kind::Time),
    ("BLOB", Kind::Blob),
    ("INT", Kind::Int),
    ("UBIGINT", Kind::Int),
    ("VARCHAR(9)", Kind::Text),
    ("REAL", Kind::Real),
    ("BIGSERIAL", Kind::Int),
    // Types by SQLite's rules of affinity.
    ("STRING", Kind::Text),
    ("NVARCHAR(20)", Kind::Text),
    ("INTEGER INTEGER", Kind::Int),
    ("FLOATING POINT", Kind::Int),
    ("DOUBLE PRECISION", Kind::Real),
];

/// Decisions, each a small number; 0, the simplest, when there are no more.
struct Choices<'c> {
    seeds: std::slice::Iter<'c, u16>,
}

impl Choices<'_> {
    fn pick(&mut self, of: usize) -> usize {
        usize::from(self.seeds.next().copied().unwrap_or(0)) % of.max(1)
    }

    fn of<'v, T>(&mut self, values: &'v [T]) -> &'v T {
        &values[self.pick(values.len())]
    }

    fn chance(&mut self, in_ten: usize) -> bool {
        self.pick(10) >= 10 - in_ten
    }
}

pub(crate) fn script((tables, steps): &Seeds) -> Script {
    let mut choices = Choices {
        seeds: tables.iter(),
    };
    let count = 1 + choices.pick(3);
    let mut tables: Vec<Table> = (0..count).map(|n| table(n, &mut choices)).collect();
    for n in 0..choices.pick(3) {
        let view = view::view(n, &tables, &mut choices);
        tables.push(view);
    }
    let mut state = State {
        stored: count,
        ..State::default()
    };
    // Something to read, before anything else.
    let filled = (0..count * 3).map(|n| {
        let mut maker = Maker::new(&mut choices, &[]);
        maker.insert(&tables[n % count]);
        Step {
            connection: 0,
            action: Action::Run(maker.finish(true, false)),
        }
    });
    let filled: Vec<Step> = filled.collect();
    let steps = steps.iter().map(|seeds| {
        let mut choices = Choices {
            seeds: seeds.iter(),
        };
        state.step(&tables, &mut choices)
    });
    let steps = filled.into_iter().chain(steps).collect();
    Script { tables, steps }
}

fn table(n: usize, choices: &mut Choices<'_>) -> Table {
    let mut columns = vec![Column {
        name: "id".to_owned(),
        decl: "INTEGER",
        kind: Kind::Int,
        rest: " PRIMARY KEY".to_owned(),
    }];
    for index in 0..=choices.pick(5) {
        let (decl, kind) = *choices.of(&DECLARED);
        let mut rest = String::new();
        if choices.chance(3) {
            let mut made = Maker::new(choices, &[]);
            made.literal(kind);
            write!(rest, " NOT NULL DEFAULT {}", made.sql).unwrap();
        } else if matches!(kind, Kind::Stamp | Kind::Instant) && choices.chance(2) {
            // Not CURRENT_TIMESTAMP: two databases have two clocks.
            rest.push_str(" DEFAULT '2024-05-06 07:08:09'");
        }
        if choices.chance(1) {
            rest.push_str(" UNIQUE");
        }
        columns.push(Column {
            name: format!("c{index}"),
            decl,
            kind,
            rest,
        });
    }
    Table {
        name: format!("t{n}"),
        columns,
        view: None,
    }
}

impl Table {
    pub(crate) fn create(&self) -> String {
        if let Some(view) = &self.view {
            return view.clone();
        }
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|column| format!("{} {}{}", column.name, column.decl, column.rest))
            .collect();
        format!("CREATE TABLE {} ({})", self.name, columns.join(", "))
    }

    /// Everything in it, as SQLite stores it; `None` for a view.
    pub(crate) fn contents(&self) -> Option<String> {
        if self.view.is_some() {
            return None;
        }
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|column| format!("typeof({0}) || quote({0})", column.name))
            .collect();
        let columns = columns.join(", ");
        Some(format!("SELECT {columns} FROM {} ORDER BY id", self.name))
    }
}

/// Connections in a transaction, and those that wrote in one: others would wait for it.
#[derive(Debug, Default)]
struct State {
    /// The number of tables; the rest are views.
    stored: usize,
    open: [bool; CONNECTIONS],
    writer: Option<usize>,
}

impl State {
    fn step(&mut self, tables: &[Table], choices: &mut Choices<'_>) -> Step {
        let connection = choices.pick(CONNECTIONS);
        let open = self.open[connection];
        let action = match choices.pick(10) {
            9 if !open => {
                self.open[connection] = true;
                Action::Begin
            }
            8 | 9 if open => {
                self.open[connection] = false;
                self.writer = self.writer.filter(|writer| *writer != connection);
                if choices.chance(7) {
                    Action::Commit
                } else {
                    Action::Rollback
                }
            }
            n if n < 4 && self.writer.is_none_or(|writer| writer == connection) => {
                if open {
                    self.writer = Some(connection);
                }
                match choices.chance(2) {
                    true => batch::batch(tables, self.stored, choices),
                    false => Action::Run(change(tables, self.stored, choices, true)),
                }
            }
            _ if choices.chance(1) => Action::Run(batch::pragma(tables, choices)),
            _ => Action::Run(select(tables, choices, true)),
        };
        Step { connection, action }
    }
}

fn change(
    tables: &[Table],
    stored: usize,
    choices: &mut Choices<'_>,
    has_binds: bool,
) -> Statement {
    let table = choices.of(&tables[..stored]);
    let kind = choices.pick(6);
    let mut maker = Maker::new(choices, &[]);
    maker.has_binds = has_binds;
    match kind {
        4 => {
            maker.scope = vec![(table, table.name.clone())];
            let column = 1 + maker.choices.pick(table.columns.len() - 1);
            let column = &table.columns[column];
            write!(maker.sql, "UPDATE {} SET {} = ", table.name, column.name).unwrap();
            maker.stored(column);
            maker.filter();
        }
        5 => {
            maker.scope = vec![(table, table.name.clone())];
            write!(maker.sql, "DELETE FROM {}", table.name).unwrap();
            maker.filter();
        }
        _ => {
            maker.tables = tables;
            maker.insert(table);
            let conflict = [
                "",
                "",
                " ON CONFLICT DO NOTHING",
                " ON CONFLICT (id) DO UPDATE SET c0 = excluded.c0",
            ];
            maker.one(&conflict);
        }
    }
    maker.scope = vec![(table, table.name.clone())];
    let returning = maker.choices.chance(3);
    if returning {
        maker.sql.push_str(" RETURNING ");
        maker.items();
    }
    maker.finish(true, returning)
}

fn select(tables: &[Table], choices: &mut Choices<'_>, has_binds: bool) -> Statement {
    let mut maker = Maker::new(choices, tables);
    maker.has_binds = has_binds;
    maker.select(0);
    maker.finish(false, true)
}

/// Writes one statement, from left to right, so that binds are in order.
struct Maker<'m, 'c> {
    choices: &'m mut Choices<'c>,
    tables: &'m [Table],
    scope: Vec<(&'m Table, String)>,
    sql: String,
    binds: Vec<Bind>,
    has_binds: bool,
    depth: usize,
}

impl<'m, 'c> Maker<'m, 'c> {
    fn new(choices: &'m mut Choices<'c>, tables: &'m [Table]) -> Self {
        Self {
            choices,
            tables,
            scope: Vec::new(),
            sql: String::new(),
            binds: Vec::new(),
            has_binds: true,
            depth: 0,
        }
    }

    fn finish(self, writes: bool, rows: bool) -> Statement {
        Statement {
            sql: self.sql,
            binds: self.binds,
            writes,
            rows,
        }
    }

    /// Returns one of these strings.
    fn one(&mut self, texts: &[&str]) {
        let text = *self.choices.of(texts);
        self.push(text);
    }

    fn push(&mut self, text: &str) {
        self.sql.push_str(text);
    }

    fn insert(&mut self, table: &'m Table) {
        let or = *self.choices.of(&["", "", "", " OR IGNORE", " OR REPLACE"]);
        let from = self.choices.pick(table.columns.len());
        let columns: Vec<&Column> = table.columns[from..].iter().collect();
        let names: Vec<&str> = columns.iter().map(|column| &*column.name).collect();
        write!(
            self.sql,
            "INSERT{or} INTO {} ({}) ",
            table.name,
            names.join(", ")
        )
        .unwrap();
        if !self.tables.is_empty() && self.choices.chance(2) {
            return self.copied(&columns);
        }
        self.push("VALUES ");
        for row in 0..=self.choices.pick(3) {
            self.push(if row == 0 { "(" } else { ", (" });
            for (index, column) in columns.iter().enumerate() {
                self.push(if index == 0 { "" } else { ", " });
                self.stored(column);
            }
            self.push(")");
        }
    }

    /// `INSERT … SELECT`.
    fn copied(&mut self, columns: &[&Column]) {
        let source = self.choices.of(self.tables);
        self.scope = vec![(source, "a".to_owned())];
        self.push("SELECT ");
        for (index, column) in columns.iter().enumerate() {
            self.push(if index == 0 { "" } else { ", " });
            match column.rest.contains("PRIMARY") {
                true => self.push("a.id + 100"),
                false => self.stored(column),
            }
        }
        write!(self.sql, " FROM {} AS a WHERE ", source.name).unwrap();
        self.expr(Kind::Bool);
    }

    /// A value that its column can hold and give back.
    fn stored(&mut self, column: &Column) {
        // Computed integers may be negative, or too large for the smaller types.
        let computed = column.kind != Kind::Int || column.decl.starts_with("BIG");
        if column.rest.contains("PRIMARY") {
            match self.choices.pick(30) {
                number if number > 20 => write!(self.sql, "{number}").unwrap(),
                _ => self.push("NULL"),
            }
        } else if computed && self.choices.chance(3) {
            self.expr(column.kind);
        } else if self.choices.chance(1) {
            self.push("NULL");
        } else if self.choices.chance(5) {
            self.bind(column.kind);
        } else {
            self.literal(column.kind);
        }
    }

    fn filter(&mut self) {
        if self.choices.chance(8) {
            self.push(" WHERE ");
            self.expr(Kind::Bool);
        }
    }

    fn items(&mut self) {
        if self.choices.chance(2) {
            return self.push("*");
        }
        for index in 0..=self.choices.pick(4) {
            self.push(if index == 0 { "" } else { ", " });
            let kind = *self.choices.of(&KINDS);
            self.expr(kind);
            if self.choices.chance(5) {
                write!(self.sql, " AS x{index}").unwrap();
            }
        }
    }
}
