//! The shape of a result: which items a statement selects, and from which tables.
//!
//! Layer: engine, pure. Recognised are plain column references, bare placeholders, casts, literals and a few functions;
//! everything else is [`Item::Other`] and gets its type from the first row.

use super::lexer::TokenKind;
use super::sql::{Sql, Verb};
use super::types::ColType;

/// What a statement's result columns are made of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shape {
    /// The items of the outermost select list, in order; empty when it cannot be told.
    pub(crate) items: Vec<Item>,
    /// The tables a plain `FROM` names; empty when rows come from anywhere else.
    pub(crate) sources: Vec<Source>,
    /// An outer join or an aggregate may replace any column by NULL.
    pub(crate) outer: bool,
}

/// One table of a `FROM` clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) table: String,
    pub(crate) alias: String,
}

/// One item of a select list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Item {
    /// `*`, or `t.*` with the qualifier.
    Star(Option<String>),
    /// A plain column reference.
    Column {
        qualifier: Option<String>,
        name: String,
    },
    /// A bare placeholder; the index of its token.
    Placeholder(usize),
    /// A cast, literal or function of known type.
    Typed { ty: ColType, nullable: bool },
    /// Any other expression.
    Other,
}

const CLAUSES: [&str; 7] = [
    "FROM", "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT",
];
const COMPOUND: [&str; 3] = ["UNION", "INTERSECT", "EXCEPT"];
const AGGREGATES: [&str; 14] = [
    "avg",
    "count",
    "group_concat",
    "json_group_array",
    "json_group_object",
    "jsonb_group_array",
    "jsonb_group_object",
    "max",
    "median",
    "min",
    "percentile",
    "string_agg",
    "sum",
    "total",
];
const OUTER: [&str; 3] = ["LEFT", "RIGHT", "FULL"];
const JOIN_WORDS: [&str; 9] = [
    "JOIN", "INNER", "CROSS", "LEFT", "RIGHT", "FULL", "OUTER", "NATURAL", "ON",
];

/// Reads the shape of a statement.
pub(crate) fn shape(sql: &Sql) -> Shape {
    match sql.verb() {
        Verb::Select => select(sql),
        Verb::Values => values(sql),
        Verb::Change => returning(sql),
        _ => Shape::default(),
    }
}

fn select(sql: &Sql) -> Shape {
    let top = sql.top_level(sql.main() + 1);
    if top.iter().any(|at| sql.is_any(*at, &COMPOUND)) {
        return Shape::default();
    }
    let end = top
        .iter()
        .copied()
        .find(|at| sql.is_any(*at, &CLAUSES))
        .unwrap_or(sql.tokens().len());
    let start = sql.main() + 1 + usize::from(sql.is_any(sql.main() + 1, &["DISTINCT", "ALL"]));
    let items = split(sql, start, end)
        .into_iter()
        .map(|(from, to)| item(sql, from, to))
        .collect();
    // An aggregate without GROUP BY gives a row of NULLs when there are no rows.
    let grouped = top.iter().any(|at| sql.is(*at, "GROUP"));
    let aggregate = !grouped && (start..sql.tokens().len()).any(|at| is_aggregate(sql, at));
    // A name after WITH may be one of its own tables.
    let (sources, outer) = match sql.main() == 0 && sql.is(end, "FROM") {
        true => from_clause(sql, end + 1).unwrap_or_default(),
        false => Default::default(),
    };
    Shape {
        items,
        sources,
        outer: outer || aggregate,
    }
}

fn is_aggregate(sql: &Sql, at: usize) -> bool {
    sql.at(at + 1) == "(" && sql.is_any(at, &AGGREGATES)
}

fn values(sql: &Sql) -> Shape {
    let open = sql.main() + 1;
    let close = sql.close(open);
    if sql.at(open) != "(" || close != sql.tokens().len() {
        return Shape::default();
    }
    let items = split(sql, open + 1, close - 1)
        .into_iter()
        .map(|(from, to)| item(sql, from, to))
        .collect();
    Shape {
        items,
        ..Shape::default()
    }
}

fn returning(sql: &Sql) -> Shape {
    let top = sql.top_level(sql.main());
    let Some(at) = top.iter().copied().rfind(|at| sql.is(*at, "RETURNING")) else {
        return Shape::default();
    };
    let items = split(sql, at + 1, sql.tokens().len())
        .into_iter()
        .map(|(from, to)| item(sql, from, to))
        .collect();
    let sources = target(sql)
        .map(|table| Source {
            alias: table.clone(),
            table,
        })
        .into_iter()
        .collect();
    Shape {
        items,
        sources,
        outer: false,
    }
}

/// The table an `INSERT`, `UPDATE` or `DELETE` changes.
pub(crate) fn target(sql: &Sql) -> Option<String> {
    let after = |word: &str| {
        sql.top_level(sql.main())
            .into_iter()
            .find(|at| sql.is(*at, word))
            .map(|at| at + 1)
    };
    let at = match sql.at(sql.main()).to_ascii_uppercase().as_str() {
        "INSERT" | "REPLACE" => after("INTO")?,
        "DELETE" => after("FROM")?,
        "UPDATE" => sql.main() + if sql.is(sql.main() + 1, "OR") { 3 } else { 1 },
        _ => return None,
    };
    sql.name(qualified(sql, at))
}

/// Index of the table's own name in `schema.table`.
pub(crate) fn qualified(sql: &Sql, at: usize) -> usize {
    if sql.at(at + 1) == "." { at + 2 } else { at }
}

/// Ranges between the commas of the outermost level.
pub(crate) fn split(sql: &Sql, start: usize, end: usize) -> Vec<(usize, usize)> {
    let mut parts = Vec::new();
    let mut from = start;
    for at in sql.top_level(start).into_iter().filter(|at| *at < end) {
        if sql.at(at) == "," {
            parts.push((from, at));
            from = at + 1;
        }
    }
    parts.push((from, end));
    parts
}

fn item(sql: &Sql, from: usize, to: usize) -> Item {
    if sql.at(from) == "*" && to == from + 1 {
        return Item::Star(None);
    }
    if sql.at(from + 1) == "." && sql.at(from + 2) == "*" {
        return Item::Star(sql.name(from));
    }
    if let Some((ty, _, end)) = sql.cast(from) {
        return match ty {
            Some(ty) if is_alias(sql, end, to) => Item::Typed { ty, nullable: true },
            _ => Item::Other,
        };
    }
    if let Some(literal) = literal(sql, from, to) {
        return literal;
    }
    match sql.kind(from) {
        Some(TokenKind::Placeholder) if is_alias(sql, from + 1, to) => Item::Placeholder(from),
        Some(TokenKind::Word | TokenKind::Quoted) => reference(sql, from, to),
        _ => Item::Other,
    }
}

/// `column`, `table.column`, or a function call of known type.
fn reference(sql: &Sql, from: usize, to: usize) -> Item {
    if sql.at(from + 1) == "." && is_alias(sql, from + 3, to) {
        return match sql.name(from + 2) {
            Some(name) => Item::Column {
                qualifier: sql.name(from),
                name,
            },
            None => Item::Other,
        };
    }
    if sql.at(from + 1) == "(" {
        return match is_alias(sql, sql.close(from + 1), to) {
            true => function(sql.at(from)),
            false => Item::Other,
        };
    }
    match sql.name(from) {
        Some(name) if is_alias(sql, from + 1, to) => Item::Column {
            qualifier: None,
            name,
        },
        _ => Item::Other,
    }
}

fn function(name: &str) -> Item {
    match name.to_ascii_lowercase().as_str() {
        "count" => Item::Typed {
            ty: ColType::Int64,
            nullable: false,
        },
        "avg" => Item::Typed {
            ty: ColType::Float64,
            nullable: true,
        },
        "total" => Item::Typed {
            ty: ColType::Float64,
            nullable: false,
        },
        "group_concat" | "string_agg" | "date" | "time" | "datetime" | "strftime" | "printf"
        | "format" | "hex" => Item::Typed {
            ty: ColType::Text,
            nullable: true,
        },
        _ => Item::Other,
    }
}

fn literal(sql: &Sql, from: usize, to: usize) -> Option<Item> {
    let sign = usize::from(matches!(sql.at(from), "-" | "+"));
    let at = from + sign;
    if !is_alias(sql, at + 1, to) {
        return None;
    }
    let ty = match sql.kind(at)? {
        TokenKind::Number => {
            let digits = sql.at(at).replace('_', "");
            let signed = if sql.at(from) == "-" {
                format!("-{digits}")
            } else {
                digits.clone()
            };
            let whole = signed.parse::<i64>().is_ok()
                || digits.starts_with("0x")
                || digits.starts_with("0X");
            if whole {
                ColType::Int64
            } else {
                ColType::Float64
            }
        }
        TokenKind::Text if sign == 0 => ColType::Text,
        TokenKind::Blob if sign == 0 => ColType::Blob,
        TokenKind::Word if sql.is(at, "NULL") && sign == 0 => {
            return Some(Item::Typed {
                ty: ColType::Null,
                nullable: true,
            });
        }
        TokenKind::Word if sql.is_any(at, &["TRUE", "FALSE"]) && sign == 0 => ColType::Bool,
        TokenKind::Word
            if sql.is_any(at, &["CURRENT_TIMESTAMP", "CURRENT_DATE", "CURRENT_TIME"]) =>
        {
            ColType::Text
        }
        _ => return None,
    };
    Some(Item::Typed {
        ty,
        nullable: false,
    })
}

/// Whether nothing or only an alias is left.
fn is_alias(sql: &Sql, from: usize, to: usize) -> bool {
    let named = |at: usize| {
        matches!(
            sql.kind(at),
            Some(TokenKind::Word | TokenKind::Quoted | TokenKind::Text)
        )
    };
    match to.checked_sub(from) {
        Some(0) => true,
        Some(1) => named(from) && !sql.is_any(from, &["ISNULL", "NOTNULL"]),
        Some(2) => sql.is(from, "AS") && named(from + 1),
        _ => false,
    }
}

/// The tables of `FROM`, `None` when one of them is not a plain name.
fn from_clause(sql: &Sql, start: usize) -> Option<(Vec<Source>, bool)> {
    let mut sources = Vec::new();
    let mut outer = false;
    let mut expected = true;
    let mut skip_to = start;
    for at in sql.top_level(start) {
        if sql.is_any(at, &CLAUSES) {
            break;
        }
        outer |= sql.is_any(at, &OUTER);
        if at < skip_to {
            continue;
        }
        if expected {
            let (source, behind) = source(sql, at)?;
            sources.push(source);
            (expected, skip_to) = (false, behind);
        } else {
            expected = sql.at(at) == "," || sql.is(at, "JOIN");
        }
    }
    Some((sources, outer))
}

fn source(sql: &Sql, at: usize) -> Option<(Source, usize)> {
    let at = qualified(sql, at);
    let table = sql.name(at)?;
    let mut behind = at + 1;
    if sql.at(behind) == "(" {
        return None;
    }
    let mut alias = table.clone();
    let stop = sql.is_any(behind, &CLAUSES)
        || sql.is_any(behind, &JOIN_WORDS)
        || sql.is_any(behind, &["USING", "INDEXED", "NOT"]);
    if sql.is(behind, "AS") {
        alias = sql.name(behind + 1)?;
        behind += 2;
    } else if !stop && let Some(name) = sql.name(behind) {
        alias = name;
        behind += 1;
    }
    Some((Source { table, alias }, behind))
}
