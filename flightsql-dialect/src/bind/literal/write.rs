//! The literal of a value in a dialect. A value without an exact literal is an error.

use std::borrow::Cow;
use std::fmt;

use arrow_array::Array as _;
use arrow_buffer::i256;
use arrow_schema::Field;

use crate::arrow::coerce::plain;
use crate::arrow::convert::Plain;
use crate::arrow::convert::numbers::parts;
use crate::arrow::convert::temporal::date;
use crate::arrow::convert::text::{DecimalText, UuidText, put};
use crate::arrow::convert::units::{NANOS_PER_SECOND, SECONDS_PER_DAY};
use crate::arrow::scalar::Scalar;
use crate::arrow::scalar_of::scalar_of;
use crate::dialect::{DecimalLiteral, Dialect, FloatLiteral, LiteralForm, LiteralSyntax, Syntax};

/// The reason why a value has no literal. Never shows the value.
pub(super) type LiteralError = Cow<'static, str>;

const NO_SUCH: LiteralError =
    Cow::Borrowed("it has none for this type; bind another Rust type and cast in the SQL");
const NUL: LiteralError = Cow::Borrowed("text with a NUL character ends there on some engines");
const BACKSLASH: LiteralError = Cow::Borrowed(
    "the text has a backslash, and the dialect does not specify whether it escapes; select the dialect of the engine",
);
const NO_QUOTE: LiteralError = Cow::Borrowed("its strings are not written with '");
const YEARS: LiteralError = Cow::Borrowed("the year is not between 1 and 9999");
const NOT_A_NUMBER: LiteralError = Cow::Borrowed("it has none for a NaN");
const LEAST: LiteralError =
    Cow::Borrowed("it is the minimum of its type, which the engine reads as NULL");
const INFINITE: LiteralError = Cow::Borrowed("it has none for an infinity");

pub(super) struct Writer<'d> {
    syntax: &'d Syntax,
    forms: &'d LiteralSyntax,
    /// Whether dates and times are truncated to the digits that the dialect keeps.
    truncate: bool,
}

impl<'d> Writer<'d> {
    pub(super) fn new(dialect: &'d dyn Dialect, truncate: bool) -> Self {
        Self {
            syntax: &dialect.profile().syntax,
            forms: &dialect.profile().literals,
            truncate,
        }
    }

    /// Appends the literal of a value, which needs space around it unless it is next to a bracket or a comma.
    pub(super) fn write(&self, scalar: &Scalar, out: &mut String) -> Result<(), LiteralError> {
        match scalar {
            Scalar::Null(_) => out.push_str("NULL"),
            Scalar::Boolean(true) => out.push_str(&self.forms.booleans.0),
            Scalar::Boolean(false) => out.push_str(&self.forms.booleans.1),
            Scalar::Decimal(unscaled, scale) => return self.decimal(*unscaled, *scale, out),
            Scalar::Text(text) | Scalar::Json(text) => return self.text(text, out),
            Scalar::Binary(bytes) | Scalar::FixedSizeBinary(bytes, _) => {
                return around(&self.forms.binary, Hex(bytes), out);
            }
            Scalar::Uuid(bytes) => {
                return match self.forms.uuid_as_binary {
                    true => around(&self.forms.binary, Hex(bytes), out),
                    false => around(&self.forms.uuid, UuidText(bytes), out),
                };
            }
            Scalar::Date(days) => {
                let date = date((*days).into()).map_err(|_| YEARS)?;
                return around(&self.forms.date, date, out);
            }
            Scalar::Time(nanos) => {
                let time = self.time(*nanos)?;
                return around(&self.forms.time, time, out);
            }
            Scalar::Timestamp(seconds, nanos, offset) => {
                return self.timestamp(*seconds, *nanos, offset.is_some(), out);
            }
            Scalar::Interval {
                months,
                days,
                nanos,
            } => {
                let seconds = self.seconds((*nanos).into())?;
                let text =
                    format_args!("{months} months {days} days {seconds} seconds").to_string();
                return around(&self.forms.interval, text, out);
            }
            Scalar::Array(array) => {
                // An error of the conversion is about the type: nested ones are no literals.
                let field = Field::new("", array.data_type().clone(), true);
                let scalar = scalar_of(array, &field, 0).map_err(|_| NO_SUCH)?;
                return self.write(&scalar, out);
            }
            number => match plain(number) {
                Some(Plain::Integer(value)) => return self.integer(value, out),
                // The wider number and not the narrower text: 0.1 is another number in 64 bits than in 32.
                Some(Plain::Single(value)) => return self.float(value.into(), out),
                Some(Plain::Float(value)) => return self.float(value, out),
                _ => return Err(NO_SUCH),
            },
        }
        Ok(())
    }

    /// Writes a negative number in brackets: two minus signs would start a comment.
    fn integer(&self, value: i128, out: &mut String) -> Result<(), LiteralError> {
        if self.forms.least_is_null && value == i64::MIN.into() {
            return Err(LEAST);
        }
        if self.forms.least_is_null && value == i32::MIN.into() {
            put(out, format_args!("CAST(({value}) AS BIGINT)"));
        } else if value == i64::MIN.into() {
            // Its digits without the sign are beyond 64 bits.
            put(out, format_args!("({} - 1)", value + 1));
        } else if value > i64::MAX.into() && !self.forms.unsigned_integers {
            return self.decimal(i256::from_i128(value), 0, out);
        } else if value < 0 {
            put(out, format_args!("({value})"));
        } else {
            put(out, value);
        }
        Ok(())
    }

    fn decimal(&self, unscaled: i256, scale: i8, out: &mut String) -> Result<(), LiteralError> {
        let text = DecimalText(unscaled, scale).to_string();
        let whole = text.trim_start_matches('-').split('.').next();
        let whole = whole.unwrap_or_default().trim_start_matches('0').len();
        let scale = usize::from(scale.unsigned_abs());
        let precision = (whole + scale).max(1);
        let too_long = |max: u8| -> Result<(), LiteralError> {
            match precision <= max.into() {
                true => Ok(()),
                false => Err(
                    format!("the value has {precision} digits, but only {max} are exact").into(),
                ),
            }
        };
        match self.forms.decimal {
            DecimalLiteral::Digits { max } => {
                let small = unscaled
                    .to_i128()
                    .and_then(|value| i64::try_from(value).ok());
                if let (Some(value), 0) = (small, scale) {
                    return self.integer(value.into(), out);
                }
                too_long(max)?;
                match text.starts_with('-') {
                    false => out.push_str(&text),
                    true => put(out, format_args!("({text})")),
                }
            }
            DecimalLiteral::Cast { max } => {
                too_long(max)?;
                put(
                    out,
                    format_args!("CAST('{text}' AS DECIMAL({precision}, {scale}))"),
                );
            }
        }
        Ok(())
    }

    fn float(&self, value: f64, out: &mut String) -> Result<(), LiteralError> {
        if self.forms.least_is_null && value.to_bits() == f64::MIN.to_bits() {
            return Err(LEAST);
        }
        if value.is_nan() {
            out.push_str(self.forms.nan.as_deref().ok_or(NOT_A_NUMBER)?);
        } else if value.is_infinite() {
            let (positive, negative) = self.forms.infinities.as_ref().ok_or(INFINITE)?;
            out.push_str(if value > 0.0 { positive } else { negative });
        } else {
            // With an exponent it is a floating point number and no decimal; the digits are the fewest that give it back.
            let digits = format!("{:e}", value.abs());
            let sign = value.is_sign_negative();
            match self.forms.float {
                FloatLiteral::PowersOfTwo if !is_read_exactly(&digits) => powers_of_two(value, out),
                _ if sign => put(out, format_args!("(-{digits})")),
                _ => put(out, digits),
            }
        }
        Ok(())
    }

    fn text(&self, text: &str, out: &mut String) -> Result<(), LiteralError> {
        if text.contains('\0') {
            return Err(NUL);
        }
        if !self.syntax.string_quotes.contains(&'\'') {
            return Err(NO_QUOTE);
        }
        let escapes = self.syntax.backslash_escapes;
        if !escapes && !self.forms.plain_backslashes && text.contains('\\') {
            return Err(BACKSLASH);
        }
        let LiteralForm::Delimited { prefix, suffix } = &self.forms.text else {
            return Err(NO_SUCH);
        };
        out.reserve(prefix.len() + text.len() + suffix.len() + 2);
        out.push_str(prefix);
        out.push('\'');
        let before_quote = match escapes && self.forms.escaped_quotes {
            true => '\\',
            false => '\'',
        };
        for c in text.chars() {
            match c {
                '\'' => out.push(before_quote),
                '\\' if escapes => out.push(c),
                _ => {}
            }
            out.push(c);
        }
        out.push('\'');
        out.push_str(suffix);
        Ok(())
    }

    fn timestamp(
        &self,
        seconds: i64,
        nanos: u32,
        is_instant: bool,
        out: &mut String,
    ) -> Result<(), LiteralError> {
        let date = date(seconds.div_euclid(SECONDS_PER_DAY)).map_err(|_| YEARS)?;
        let of_day = seconds.rem_euclid(SECONDS_PER_DAY) * NANOS_PER_SECOND;
        let time = self.time(of_day + i64::from(nanos))?;
        let (form, zone) = match is_instant {
            true => (&self.forms.timestamptz, "+00:00"),
            false => (&self.forms.timestamp, ""),
        };
        around(form, format_args!("{date} {time}{zone}"), out)
    }

    /// `23:59:59.25` of nanoseconds since midnight.
    fn time(&self, nanos: i64) -> Result<String, LiteralError> {
        let seconds = nanos / NANOS_PER_SECOND;
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let fraction = self.fraction((nanos % NANOS_PER_SECOND).unsigned_abs(), self.truncate)?;
        Ok(format!("{hour:02}:{minute:02}:{second:02}{fraction}"))
    }

    /// `-1.5` of nanoseconds.
    fn seconds(&self, nanos: i128) -> Result<String, LiteralError> {
        let per_second = u64::try_from(NANOS_PER_SECOND).unwrap_or(1);
        let magnitude = u64::try_from(nanos.unsigned_abs()).map_err(|_| NO_SUCH)?;
        let fraction = self.fraction(magnitude % per_second, false)?;
        let sign = if nanos < 0 { "-" } else { "" };
        Ok(format!("{sign}{}{fraction}", magnitude / per_second))
    }

    /// A point and as many digits as the nanoseconds of a second need, or nothing.
    fn fraction(&self, nanos: u64, truncate: bool) -> Result<String, LiteralError> {
        if nanos == 0 {
            return Ok(String::new());
        }
        let digits = format!("{nanos:09}");
        let digits = digits.trim_end_matches('0');
        let kept = self.forms.fraction_digits;
        if digits.len() > kept.into() && !truncate {
            return Err(format!(
                "its seconds have {} digits after the point, and {kept} are kept; drop the rest, as with chrono's \
                 `trunc_subsecs({kept})`, or set datetime_precision=truncate",
                digits.len()
            )
            .into());
        }
        let digits = &digits[..digits.len().min(kept.into())];
        let digits = digits.trim_end_matches('0');
        if digits.is_empty() {
            return Ok(String::new());
        }
        Ok(format!(".{digits}"))
    }
}

fn around(
    form: &LiteralForm,
    text: impl fmt::Display,
    out: &mut String,
) -> Result<(), LiteralError> {
    let LiteralForm::Delimited { prefix, suffix } = form else {
        return Err(NO_SUCH);
    };
    put(out, format_args!("{prefix}{text}{suffix}"));
    Ok(())
}

/// Whether every engine reads a number like `1.25e3` correctly: its digits and its power of ten are both exact 64-bit
/// floats, so that one operation rounds once.
fn is_read_exactly(number: &str) -> bool {
    // 10^15 is below 2^53, and 10^22 is the greatest power of ten that a 64-bit float holds exactly.
    const DIGITS: usize = 15;
    const POWER: i32 = 22;
    let Some((digits, exponent)) = number.split_once('e') else {
        return false;
    };
    let count = digits.bytes().filter(u8::is_ascii_digit).count();
    let last = exponent
        .parse::<i32>()
        .ok()
        .zip(i32::try_from(count).ok())
        .map(|(exponent, count)| exponent - (count - 1));
    count <= DIGITS && last.is_some_and(|power| (-POWER..=POWER).contains(&power))
}

/// A whole number multiplied or divided by powers of two, each step of which is exact.
fn powers_of_two(value: f64, out: &mut String) {
    // 2^49 has 15 digits, which any engine reads exactly.
    const STEP: i32 = 49;
    let (mut whole, mut power) = parts(value);
    let zeros = whole.trailing_zeros().min(u64::BITS - 1);
    whole >>= zeros;
    power += i32::try_from(zeros).unwrap_or(0);
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let operator = if power < 0 { '/' } else { '*' };
    put(out, format_args!("({sign}{whole} {operator} 1.0"));
    let mut left = power.abs();
    while left > 0 {
        let step = left.min(STEP);
        put(out, format_args!(" {operator} {}.0", 1_u64 << step));
        left -= step;
    }
    out.push(')');
}

struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
