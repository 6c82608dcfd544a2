//! Expressions: their type and nullability.
//!
//! Layer: engine, part of `derive`. Grammar and precedence: <https://www.sqlite.org/lang_expr.html>.

use rusqlite::types::Value;

use super::from::Scope;
use super::select::Env;
use super::unify::{arithmetic, negate, unify};
use super::{Expr, Form, Reader};
use crate::engine::lexer::TokenKind;
use crate::engine::types::ColType;

/// Operator precedences, from low to high.
const OR: u8 = 1;
const AND: u8 = 2;
const NOT: u8 = 3;
const EQUAL: u8 = 4;
const LESS: u8 = 5;
const ESCAPE: u8 = 6;
const BITS: u8 = 7;
const PLUS: u8 = 8;
const TIMES: u8 = 9;
const CONCAT: u8 = 10;
const COLLATE: u8 = 11;
const UNARY: u8 = 12;

/// Operators that may follow `NOT`.
const NEGATED: [&str; 7] = ["IN", "LIKE", "GLOB", "REGEXP", "MATCH", "BETWEEN", "NULL"];

/// The context of an expression: its last token and the scope of its names.
#[derive(Clone, Copy)]
pub(super) struct Site<'s> {
    end: usize,
    env: &'s Env<'s>,
    scope: &'s Scope<'s>,
}

/// An expression and the index after it; `None` if it cannot be parsed.
type Read = Option<(Expr, usize)>;

impl Reader<'_> {
    /// Parses the expression at a token.
    pub(super) fn expr(&self, from: usize, to: usize, env: &Env<'_>, scope: &Scope<'_>) -> Read {
        let site = Site {
            end: to,
            env,
            scope,
        };
        self.binary(site, from, 0)
    }

    fn binary(&self, site: Site<'_>, at: usize, min: u8) -> Read {
        let _depth = self.catalog.enter()?;
        let (mut left, mut at) = self.prefix(site, at)?;
        while at < site.end {
            let not = usize::from(self.sql.is(at, "NOT"));
            let word = self.sql.at(at + not).to_ascii_uppercase();
            if not == 1 && !NEGATED.contains(&word.as_str()) {
                break;
            }
            let Some(power) = power(&word, not == 1) else {
                break;
            };
            if power < min {
                break;
            }
            (left, at) = self.infix(site, left, &word, at + not + 1, power)?;
        }
        Some((left, at))
    }

    fn infix(&self, site: Site<'_>, left: Expr, word: &str, at: usize, power: u8) -> Read {
        if matches!(word, "NULL" | "ISNULL" | "NOTNULL") {
            return Some((boolean(false), at));
        }
        match word {
            "COLLATE" => return Some((left, at + 1)),
            "IN" => return self.in_list(site, &left, at),
            "IS" => {
                let at = at + usize::from(self.sql.is(at, "NOT"));
                let distinct = self.sql.is(at, "DISTINCT") && self.sql.is(at + 1, "FROM");
                let at = if distinct { at + 2 } else { at };
                let (_, at) = self.binary(site, at, power + 1)?;
                return Some((boolean(false), at));
            }
            "BETWEEN" => {
                let (low, at) = self.binary(site, at, power + 1)?;
                let at = self.sql.is(at, "AND").then_some(at + 1)?;
                let (high, at) = self.binary(site, at, power + 1)?;
                let nullable = left.nullable || low.nullable || high.nullable;
                return Some((boolean(nullable), at));
            }
            _ => {}
        }
        let (right, at) = self.binary(site, at, power + 1)?;
        let nullable = left.nullable || right.nullable;
        let expr = match word {
            "+" | "-" | "*" | "/" | "%" => arithmetic(&left, &right, word),
            "||" => Expr::of(ColType::Text, nullable),
            "->" => Expr::of(ColType::Json, true),
            "->>" => Expr::unknown(),
            "&" | "|" | "<<" | ">>" => Expr::of(ColType::Int64, nullable),
            "ESCAPE" => left,
            _ => boolean(nullable),
        };
        Some((expr, at))
    }

    fn in_list(&self, site: Site<'_>, left: &Expr, at: usize) -> Read {
        if self.sql.at(at) != "(" {
            let name = self.sql.qualified(at);
            let called = self.sql.at(name + 1) == "(";
            let after = if called {
                self.sql.close(name + 1)
            } else {
                name + 1
            };
            return Some((boolean(true), after));
        }
        let close = self.sql.close(at);
        let nullable = self.is_query(at + 1)
            || self
                .sql
                .split(at + 1, close - 1)
                .into_iter()
                .any(|(from, to)| {
                    to > from && self.complete(from, to, site.env, site.scope).nullable
                });
        Some((boolean(left.nullable || nullable), close))
    }

    fn prefix(&self, site: Site<'_>, at: usize) -> Read {
        if at >= site.end {
            return None;
        }
        if self.sql.is(at, "NOT") {
            let (operand, at) = self.binary(site, at + 1, NOT)?;
            return Some((boolean(operand.nullable), at));
        }
        match self.sql.at(at) {
            "-" if self.sql.at(at + 1) == "9223372036854775808" => {
                let least = Expr::literal(ColType::Int64, Value::Integer(i64::MIN));
                Some((least, at + 2))
            }
            "-" => {
                let (operand, at) = self.binary(site, at + 1, UNARY)?;
                Some((negate(&operand), at))
            }
            "+" => {
                let (operand, at) = self.binary(site, at + 1, UNARY)?;
                Some((operand.computed(), at))
            }
            "~" => {
                let (operand, at) = self.binary(site, at + 1, UNARY)?;
                Some((Expr::of(ColType::Int64, operand.nullable), at))
            }
            "(" => self.parenthesis(site, at),
            _ => self.primary(site, at),
        }
    }

    fn parenthesis(&self, site: Site<'_>, at: usize) -> Read {
        let (inner, close) = (at + 1, self.sql.close(at));
        let expr = if self.is_query(inner) {
            self.scalar(site, inner, close - 1)
        } else {
            // A row value has no type, but a comparison of row values has one.
            let expr = self.complete(inner, close - 1, site.env, site.scope);
            match expr.form {
                Form::Literal(_) => expr,
                _ => expr.computed(),
            }
        };
        Some((expr, close))
    }

    /// Returns the value of a scalar subquery, which is NULL without rows.
    fn scalar(&self, site: Site<'_>, from: usize, to: usize) -> Expr {
        match self.query(from, to, site.env, site.scope).as_deref() {
            Some([(_, expr)]) => expr.clone().computed().nullable(true),
            _ => Expr::unknown(),
        }
    }

    fn primary(&self, site: Site<'_>, at: usize) -> Read {
        let text = self.sql.at(at);
        let literal = match self.sql.kind(at)? {
            TokenKind::Number => number(text),
            TokenKind::Text => {
                let inner = text
                    .get(1..text.len().saturating_sub(1))
                    .unwrap_or_default();
                Expr::literal(ColType::Text, Value::Text(inner.replace("''", "'")))
            }
            TokenKind::Blob => Expr::of(ColType::Blob, false),
            TokenKind::Placeholder => Expr {
                form: Form::Placeholder(at),
                ..Expr::unknown()
            },
            TokenKind::Punct => return None,
            TokenKind::Word => return self.word(site, at),
            TokenKind::Quoted => return self.reference(site, at),
        };
        Some((literal, at + 1))
    }

    fn word(&self, site: Site<'_>, at: usize) -> Read {
        let fixed = match self.sql.at(at).to_ascii_uppercase().as_str() {
            "CASE" => return self.case(site, at + 1),
            "CAST" => return self.cast(site, at),
            "EXISTS" if self.sql.at(at + 1) == "(" => {
                return Some((boolean(false), self.sql.close(at + 1)));
            }
            "RAISE" => return Some((Expr::unknown(), self.sql.close(at + 1))),
            "NULL" => Expr::literal(ColType::Null, Value::Null),
            "TRUE" => Expr::literal(ColType::Bool, Value::Integer(1)),
            "FALSE" => Expr::literal(ColType::Bool, Value::Integer(0)),
            // Sample values in UTC: `unify` preserves the type of a column without a zone. Midnight would be a date.
            "CURRENT_TIMESTAMP" => moment(ColType::TimestampTz, "1970-01-01 00:00:01"),
            "CURRENT_DATE" => moment(ColType::Date, "1970-01-01"),
            "CURRENT_TIME" => moment(ColType::Time, "00:00:00"),
            _ => return self.reference(site, at),
        };
        Some((fixed, at + 1))
    }

    fn case(&self, site: Site<'_>, from: usize) -> Read {
        let mut at = from;
        if !self.sql.is(at, "WHEN") {
            (_, at) = self.binary(site, at, 0)?;
        }
        let mut result: Option<Expr> = None;
        while self.sql.is(at, "WHEN") {
            (_, at) = self.binary(site, at + 1, 0)?;
            at = self.sql.is(at, "THEN").then_some(at + 1)?;
            let (value, after) = self.binary(site, at, 0)?;
            result = Some(match result {
                None => value,
                Some(before) => unify(&before, &value),
            });
            at = after;
        }
        let mut otherwise = Expr::literal(ColType::Null, Value::Null);
        if self.sql.is(at, "ELSE") {
            (otherwise, at) = self.binary(site, at + 1, 0)?;
        }
        self.sql.is(at, "END").then_some(())?;
        Some((unify(&result?, &otherwise), at + 1))
    }

    fn cast(&self, site: Site<'_>, at: usize) -> Read {
        let (ty, as_at, end) = self.sql.cast(at)?;
        let operand = self.complete(at + 2, as_at, site.env, site.scope);
        // A bound value has the type that the client sent.
        Some((Expr::new(ty, operand.nullable), end))
    }

    /// Parses `column`, `table.column`, `schema.table.column`, or a function call.
    fn reference(&self, site: Site<'_>, at: usize) -> Read {
        let first = self.sql.name(at)?;
        if self.sql.at(at + 1) == "(" {
            return self.call(site, &first, at + 1);
        }
        if self.sql.at(at + 1) != "." {
            return Some((site.scope.column(None, &first), at + 1));
        }
        let second = self.sql.name(at + 2)?;
        if self.sql.at(at + 3) == "." {
            let third = self.sql.name(at + 4)?;
            return Some((site.scope.column(Some(&second), &third), at + 5));
        }
        Some((site.scope.column(Some(&first), &second), at + 3))
    }

    fn call(&self, site: Site<'_>, name: &str, open: usize) -> Read {
        let close = self.sql.close(open);
        let from = open + 1 + usize::from(self.sql.is_any(open + 1, &["DISTINCT", "ALL"]));
        let order = self.top(from, close - 1);
        let order = order.into_iter().find(|at| self.sql.is(*at, "ORDER"));
        let args: Vec<Expr> = self
            .sql
            .split(from, order.unwrap_or(close - 1))
            .into_iter()
            .filter(|(from, to)| to > from && self.sql.at(*from) != "*")
            .map(|(from, to)| self.complete(from, to, site.env, site.scope))
            .collect();
        let mut at = close;
        if self.sql.is(at, "FILTER") && self.sql.at(at + 1) == "(" {
            at = self.sql.close(at + 1);
        }
        if self.sql.is(at, "OVER") {
            at = if self.sql.at(at + 1) == "(" {
                self.sql.close(at + 1)
            } else {
                at + 2
            };
        }
        Some((self.function(name, &args), at))
    }
}

fn power(word: &str, not: bool) -> Option<u8> {
    Some(match word {
        "OR" => OR,
        "AND" => AND,
        "NULL" if not => EQUAL,
        "=" | "==" | "<>" | "!=" | "IS" | "IN" | "LIKE" | "GLOB" | "REGEXP" | "MATCH"
        | "BETWEEN" | "ISNULL" | "NOTNULL" => EQUAL,
        "<" | "<=" | ">" | ">=" => LESS,
        "ESCAPE" => ESCAPE,
        "&" | "|" | "<<" | ">>" => BITS,
        "+" | "-" => PLUS,
        "*" | "/" | "%" => TIMES,
        "||" | "->" | "->>" => CONCAT,
        "COLLATE" => COLLATE,
        _ => return None,
    })
}

fn boolean(nullable: bool) -> Expr {
    Expr::of(ColType::Bool, nullable)
}

fn moment(ty: ColType, text: &str) -> Expr {
    Expr::literal(ty, Value::Text(text.to_owned()))
}

fn number(text: &str) -> Expr {
    let digits = text.replace('_', "");
    let hex = digits
        .strip_prefix("0x")
        .or_else(|| digits.strip_prefix("0X"))
        .and_then(|hex| u64::from_str_radix(hex, 16).ok());
    if let Some(bits) = hex {
        // Sixteen hexadecimal digits are the bits of a signed number.
        return Expr::literal(ColType::Int64, Value::Integer(bits.cast_signed()));
    }
    match digits.parse::<i64>() {
        Ok(number) => Expr::literal(ColType::Int64, Value::Integer(number)),
        Err(_) => {
            let real = digits.parse().unwrap_or(f64::INFINITY);
            Expr::literal(ColType::Float64, Value::Real(real))
        }
    }
}
