//! The types of SQLite's functions.
//!
//! Layer: engine, part of `derive`. Lists: <https://www.sqlite.org/lang_corefunc.html>,
//! <https://www.sqlite.org/lang_aggfunc.html>, <https://www.sqlite.org/windowfunctions.html>,
//! <https://www.sqlite.org/lang_mathfunc.html>, <https://www.sqlite.org/json1.html>.

use super::unify::{arithmetic, unify};
use super::{Expr, Form, Reader};
use crate::engine::decimal::REAL_DIGITS;
use crate::engine::types::ColType;

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

impl Reader<'_> {
    /// Returns `true` if the call at a token is an aggregate.
    pub(super) fn is_aggregate(&self, at: usize) -> bool {
        if !self.sql.is_any(at, &AGGREGATES) {
            return false;
        }
        let close = self.sql.close(at + 1);
        let scalar =
            self.sql.is_any(at, &["max", "min"]) && self.sql.split(at + 2, close - 1).len() > 1;
        let filter = self.sql.is(close, "FILTER");
        let over = if filter {
            self.sql.close(close + 1)
        } else {
            close
        };
        !scalar && !self.sql.is(over, "OVER")
    }

    /// Returns the expression of a call.
    pub(super) fn function(&self, name: &str, args: &[Expr]) -> Expr {
        let name = name.to_ascii_lowercase();
        let any_null = args.iter().any(|arg| arg.nullable);
        let first = || {
            args.first()
                .cloned()
                .unwrap_or_else(Expr::unknown)
                .computed()
        };
        match name.as_str() {
            "count" | "row_number" | "rank" | "dense_rank" | "ntile" | "random" | "changes"
            | "total_changes" | "last_insert_rowid" => Expr::of(ColType::Int64, false),
            "total" | "percent_rank" | "cume_dist" | "pi" => Expr::of(ColType::Float64, false),
            "typeof" | "quote" | "sqlite_version" | "sqlite_source_id" | "concat" => {
                Expr::of(ColType::Text, false)
            }
            "length" | "octet_length" | "instr" => Expr::of(ColType::Int64, any_null),
            "upper" | "lower" | "trim" | "ltrim" | "rtrim" | "replace" => {
                Expr::of(ColType::Text, any_null)
            }
            "zeroblob" | "randomblob" => Expr::of(ColType::Blob, false),
            "max" | "min" if args.len() > 1 => all(args),
            "coalesce" | "ifnull" => {
                let nullable = args.iter().all(|arg| arg.nullable);
                Expr {
                    nullable,
                    ..all(args)
                }
            }
            "iif" | "if" => choices(args),
            "likely" | "unlikely" | "likelihood" => first(),
            "max" | "min" | "nullif" | "first_value" | "last_value" | "nth_value" => {
                first().nullable(true)
            }
            "lag" | "lead" if args.len() > 2 => unify(&args[0], &args[2]).nullable(true),
            "lag" | "lead" => first().nullable(true),
            "sum" => sum(&first()),
            // The result has the numeric type of the argument.
            "abs" | "ceil" | "ceiling" | "floor" | "trunc" => {
                let zero = Expr::of(ColType::Int64, false);
                arithmetic(&first(), &zero, "+").nullable(any_null)
            }
            "substr" | "substring" => match args.first().and_then(|arg| arg.ty) {
                Some(ColType::Blob | ColType::Uuid) => Expr::of(ColType::Blob, true),
                Some(_) => Expr::of(ColType::Text, any_null),
                None => Expr::unknown(),
            },
            // An argument can request a fraction.
            "unixepoch" => match args.iter().enumerate().all(is_plain) {
                true => Expr::of(ColType::Int64, true),
                false => Expr::unknown(),
            },
            other => Expr::new(nullable_type(other), true),
        }
    }
}

/// Returns the type of functions whose value may be NULL for any arguments.
fn nullable_type(name: &str) -> Option<ColType> {
    Some(match name {
        "unicode" | "sign" | "json_array_length" | "json_valid" | "json_error_position" => {
            ColType::Int64
        }
        "avg" | "round" | "julianday" | "acos" | "acosh" | "asin" | "asinh" | "atan" | "atan2"
        | "atanh" | "cos" | "cosh" | "degrees" | "exp" | "ln" | "log" | "log10" | "log2"
        | "mod" | "pow" | "power" | "radians" | "sin" | "sinh" | "sqrt" | "tan" | "tanh"
        | "median" => ColType::Float64,
        "group_concat" | "string_agg" | "date" | "time" | "datetime" | "strftime" | "timediff"
        | "printf" | "format" | "hex" | "char" | "concat_ws" | "soundex" | "unistr"
        | "unistr_quote" | "json_type" => ColType::Text,
        "json" | "json_array" | "json_object" | "json_insert" | "json_replace" | "json_set"
        | "json_remove" | "json_patch" | "json_pretty" | "json_quote" | "json_group_array"
        | "json_group_object" => ColType::Json,
        "unhex" | "jsonb" | "jsonb_array" | "jsonb_object" | "jsonb_insert" | "jsonb_replace"
        | "jsonb_set" | "jsonb_remove" | "jsonb_patch" | "jsonb_group_array"
        | "jsonb_group_object" => ColType::Blob,
        _ => return None,
    })
}

/// Returns one type for all arguments, which is NULL if one of them is NULL.
fn all(args: &[Expr]) -> Expr {
    let Some((first, rest)) = args.split_first() else {
        return Expr::unknown();
    };
    let start = first.clone();
    rest.iter().fold(start, |left, right| unify(&left, right))
}

/// Returns the expression of `iif(condition, value, … [, otherwise])`.
fn choices(args: &[Expr]) -> Expr {
    let values = args.chunks(2).map(|pair| &pair[pair.len() - 1]);
    let merged = values.cloned().reduce(|left, right| unify(&left, &right));
    // Without a default value, it may be NULL.
    merged
        .unwrap_or_else(Expr::unknown)
        .computed()
        .nullable(args.len().is_multiple_of(2))
}

/// Returns the type of a sum. Integers produce an integer. SQLite adds all other numbers as floats, which are exact to 15
/// digits. A decimal with up to 15 digits therefore stays a decimal, and a wider one becomes a float.
fn sum(of: &Expr) -> Expr {
    let ty = match of.ty {
        Some(ColType::Decimal(p, s)) if usize::from(p) <= REAL_DIGITS => {
            Some(ColType::Decimal(38, s))
        }
        Some(ColType::Decimal(..)) => Some(ColType::Float64),
        Some(ColType::Null) => Some(ColType::Null),
        _ => arithmetic(of, &Expr::of(ColType::Int64, false), "+").ty,
    };
    Expr::new(ty, true)
}

/// Returns `true` if an argument of a date function is not `subsec` or `subsecond`. Without a constant, the first argument is a
/// time, and the others are unknown.
fn is_plain((at, arg): (usize, &Expr)) -> bool {
    match &arg.form {
        Form::Literal(rusqlite::types::Value::Text(text)) => {
            !text.trim().to_ascii_lowercase().starts_with("subsec")
        }
        Form::Literal(_) => true,
        _ => at == 0,
    }
}
