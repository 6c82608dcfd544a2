//! A type for two expressions, and the type of arithmetic.
//!
//! Layer: engine, part of `derive`, pure. SQLite itself has no such rules: a value keeps its storage class
//! (<https://www.sqlite.org/datatype3.html>). A common type must represent every value of both sides.

use rusqlite::types::{Value, ValueRef};

use super::{Expr, Form};
use crate::engine::decimal;
use crate::engine::read::Builder;
use crate::engine::types::ColType;

/// Number of digits of a 64-bit integer.
const INTEGER_DIGITS: u8 = 19;
const MAX_DIGITS: u8 = 76;

/// Returns an expression for the values of both sides.
pub(super) fn unify(left: &Expr, right: &Expr) -> Expr {
    Expr::new(common(left, right), left.nullable || right.nullable)
}

fn common(left: &Expr, right: &Expr) -> Option<ColType> {
    let (a, b) = (left.ty?, right.ty?);
    if a == b || b == ColType::Null {
        return Some(a);
    }
    if a == ColType::Null {
        return Some(b);
    }
    match (&left.form, &right.form) {
        (Form::Literal(_), Form::Literal(_)) => {}
        // The names of the current time are not JSON.
        (Form::Literal(_), _) if b == ColType::Json && is_temporal(a) => return None,
        (_, Form::Literal(_)) if a == ColType::Json && is_temporal(b) => return None,
        (Form::Literal(value), _) => {
            if let Some(ty) = adapt(value, b) {
                return Some(ty);
            }
        }
        (_, Form::Literal(value)) => {
            if let Some(ty) = adapt(value, a) {
                return Some(ty);
            }
        }
        _ => {}
    }
    wider(a, b).or_else(|| wider(b, a))
}

/// Returns the type of a constant next to a column: that of the column, or a decimal with more digits.
fn adapt(value: &Value, ty: ColType) -> Option<ColType> {
    match (value, ty) {
        // SQLite preserves text, even if it looks like a number.
        (Value::Text(_), _) if is_number(ty) => None,
        (Value::Integer(_) | Value::Real(_), ColType::Decimal(p, s)) => {
            decimals((p, s), digits(value)?)
        }
        (Value::Real(_), _) if is_integer(ty) || ty == ColType::Bool => None,
        // A number next to a date is a number and not a day.
        (Value::Integer(_) | Value::Real(_), _) if is_temporal(ty) => None,
        _ => holds(ty, value).then_some(ty),
    }
}

fn holds(ty: ColType, value: &Value) -> bool {
    let value = ValueRef::from(value);
    Builder::new(ty).is_ok_and(|mut builder| builder.append(value, "").is_ok())
}

/// Returns the digits before and after the point of a number with few enough digits.
fn digits(value: &Value) -> Option<(u8, i8)> {
    let text = match value {
        Value::Integer(number) => number.to_string(),
        Value::Real(number) if number.is_finite() => number.to_string(),
        _ => return None,
    };
    let plain = text.trim_start_matches('-');
    if decimal::significant_digits(plain)? > decimal::REAL_DIGITS {
        return None;
    }
    let (integer, fraction) = plain.split_once('.').unwrap_or((plain, ""));
    let integer = u8::try_from(integer.trim_start_matches('0').len()).ok()?;
    let scale = i8::try_from(fraction.len()).ok()?;
    Some((integer.checked_add(scale.unsigned_abs())?, scale))
}

/// Returns a decimal with the digits of both.
fn decimals((p, s): (u8, i8), (q, t): (u8, i8)) -> Option<ColType> {
    let integer = p
        .checked_sub(s.unsigned_abs())?
        .max(q.checked_sub(t.unsigned_abs())?);
    let scale = s.max(t);
    let digits = integer.checked_add(scale.unsigned_abs())?;
    (digits <= MAX_DIGITS).then_some(ColType::Decimal(digits.max(1), scale))
}

/// Returns a type for both, for one order of the arguments.
fn wider(a: ColType, b: ColType) -> Option<ColType> {
    use ColType::{
        Blob, Bool, Decimal, Float32, Float64, Int64, Json, Text, Timestamp, TimestampTz, UInt64,
        Uuid,
    };
    let float = |ty| matches!(ty, Float32 | Float64);
    Some(match (a, b) {
        // Text represents any value, and bytes represent any text.
        (Blob, Text | Json | Uuid) => Blob,
        (Text, Blob | Uuid) => return None,
        (Text, _) => Text,
        (Json, b) if is_number(b) => Json,
        // A time without a zone is in UTC.
        (TimestampTz, Timestamp) => TimestampTz,
        (UInt64, b) | (b, UInt64) if is_integer(b) => Decimal(INTEGER_DIGITS + 1, 0),
        (a, b) if is_integer(a) && (is_integer(b) || b == Bool) => Int64,
        (a, b) if float(a) && is_number(b) => Float64,
        (Decimal(p, s), Decimal(q, t)) => return decimals((p, s), (q, t)),
        (Decimal(p, s), b) if is_integer(b) => {
            return decimals((p, s), (INTEGER_DIGITS + u8::from(b == UInt64), 0));
        }
        (Decimal(p, s), Bool) => return decimals((p, s), (1, 0)),
        _ => return None,
    })
}

fn is_integer(ty: ColType) -> bool {
    use ColType::{Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64};
    matches!(
        ty,
        Int8 | Int16 | Int32 | Int64 | UInt8 | UInt16 | UInt32 | UInt64
    )
}

fn is_temporal(ty: ColType) -> bool {
    use ColType::{Date, Time, Timestamp, TimestampTz};
    matches!(ty, Date | Time | Timestamp | TimestampTz)
}

fn is_number(ty: ColType) -> bool {
    let other = matches!(
        ty,
        ColType::Bool | ColType::Float32 | ColType::Float64 | ColType::Decimal(..)
    );
    other || is_integer(ty)
}

/// Returns the type of `left op right` for `+ - * / %`. SQLite computes only with 64-bit integers and floats.
pub(super) fn arithmetic(left: &Expr, right: &Expr, op: &str) -> Expr {
    let integral = |ty: ColType| is_integer(ty) || matches!(ty, ColType::Bool | ColType::Null);
    let real = |ty: Option<ColType>| ty.is_some_and(|ty| is_number(ty) && !integral(ty));
    let ty = match (left.ty, right.ty) {
        (a, b) if real(a) || real(b) => Some(ColType::Float64),
        (Some(a), Some(b)) if integral(a) && integral(b) => Some(ColType::Int64),
        _ => None,
    };
    // The difference of infinities is NULL, like a division by zero.
    let total = ty == Some(ColType::Int64) && !matches!(op, "/" | "%");
    Expr::new(ty, left.nullable || right.nullable || !total)
}

/// Returns the type of `-operand`.
pub(super) fn negate(operand: &Expr) -> Expr {
    let negated = match &operand.form {
        Form::Literal(Value::Integer(number)) => number.checked_neg().map(Value::Integer),
        Form::Literal(Value::Real(number)) => Some(Value::Real(-number)),
        _ => None,
    };
    match (operand.ty, negated) {
        (Some(ColType::Bool), Some(value)) => Expr::literal(ColType::Int64, value),
        (Some(ty), Some(value)) => Expr::literal(ty, value),
        _ => {
            let zero = Expr::new(Some(ColType::Int64), false);
            let nullable = operand.nullable;
            Expr {
                nullable,
                ..arithmetic(&zero, operand, "-")
            }
        }
    }
}
