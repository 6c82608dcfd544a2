//! Values written into the text of a statement, for `binds=literal`. Layer D.
//!
//! `write` (one value as the dialect writes it) · `cell` (a cell of an Arrow column as a value).
//!
//! A value must never be read as SQL. So values stand only where the lexer finds a placeholder, each kind of value has
//! one way to be written, and the finished text goes through the lexer again: whatever is not one of the statement's own
//! tokens, in order, must lie inside a value. Values never appear in errors.

mod cell;
mod write;

use std::ops::Range;
use std::sync::Arc;

use arrow_array::RecordBatch;
use sqlx_core::error::Error;

use self::write::{Refused, Writer};
use super::{FlightSqlArguments, Scalar, wrong_number};
use crate::dialect::lexer::{Token, TokenKind, tokens};
use crate::dialect::{Dialect, placeholder};
use crate::value::{Batch, FlightSqlValueRef, Meta};

/// A statement and the values to be written into it, in one row or many.
pub(crate) struct Literals<'a> {
    template: Template<'a>,
    rows: Rows<'a>,
}

enum Rows<'a> {
    One(&'a [Scalar]),
    Many(Arc<Batch>),
}

impl<'a> Literals<'a> {
    /// # Errors
    /// `InvalidArgument` when the placeholders of `sql` cannot be told, or are not as many as the values.
    pub(super) fn new(
        sql: &'a str,
        dialect: &'a dyn Dialect,
        arguments: &'a FlightSqlArguments,
    ) -> Result<Self, Error> {
        let template = Template::new(sql, dialect, arguments.len(), arguments.emitted())?;
        let rows = match &arguments.rows {
            Some(rows) => Rows::Many(batch(rows)?),
            None => Rows::One(arguments.buffer.scalars()),
        };
        Ok(Self { template, rows })
    }

    /// How many rows of values there are, and so texts.
    pub(crate) fn len(&self) -> u32 {
        match &self.rows {
            Rows::One(_) => 1,
            Rows::Many(batch) => batch.num_rows(),
        }
    }

    /// The statement with the values of a row.
    ///
    /// # Errors
    /// `Encode` with the parameter and its type when the dialect has no exact literal for a value.
    pub(crate) fn text(&self, row: u32) -> Result<String, Error> {
        match &self.rows {
            Rows::One(scalars) => self.template.fill(scalars),
            Rows::Many(batch) => {
                let columns = 0..batch.record().num_columns();
                let scalars = columns.map(|column| {
                    FlightSqlValueRef::new(batch, column, row)
                        .ok_or_else(crate::value::read::outside)
                        .and_then(cell::scalar)
                        .map_err(|why| {
                            Error::Encode(format!("parameter {}: {why}", column + 1).into())
                        })
                });
                self.template.fill(&scalars.collect::<Result<Vec<_>, _>>()?)
            }
        }
    }
}

fn batch(rows: &RecordBatch) -> Result<Arc<Batch>, Error> {
    Batch::new(Meta::plain(rows.schema()), rows.clone())
}

/// The text of a statement and the places in it.
struct Template<'a> {
    sql: &'a str,
    dialect: &'a dyn Dialect,
    holes: Vec<Hole>,
}

/// A placeholder: where it stands, and the index of its value.
struct Hole {
    at: Range<usize>,
    value: usize,
}

impl<'a> Template<'a> {
    /// `emitted` is how many `?` a query builder wrote; they take the values behind those of the numbers written by
    /// hand, as when they are rewritten for a server.
    fn new(
        sql: &'a str,
        dialect: &'a dyn Dialect,
        bound: usize,
        emitted: u32,
    ) -> Result<Self, Error> {
        let syntax = &dialect.profile().syntax;
        let found = placeholder::count(sql, syntax);
        if let Some(name) = found.names.first() {
            return Err(Error::InvalidArgument(format!(
                "values are bound by position, so with binds=literal the placeholder {name} has none: write ? or $1"
            )));
        }
        let from_builder = usize::try_from(emitted) == Ok(found.question);
        if found.question > 0 && found.max_number > 0 && !from_builder {
            return Err(Error::InvalidArgument(
                "the statement has both ? and numbered placeholders, so it cannot be told which value each of them \
                 takes: write all of them in one way"
                    .to_owned(),
            ));
        }
        let wanted = found.question.saturating_add(found.max_number);
        if wanted != bound {
            return Err(Error::InvalidArgument(wrong_number(wanted, bound)));
        }
        let mut holes = Vec::new();
        let mut next = found.max_number;
        for token in tokens(sql, syntax) {
            if !token.terminated {
                return Err(unterminated());
            }
            let value = match token.kind {
                TokenKind::Question => {
                    next += 1;
                    next - 1
                }
                TokenKind::Numbered => number(&token, bound)?,
                _ => continue,
            };
            let at = token.start..token.start + token.text.len();
            holes.push(Hole { at, value });
        }
        Ok(Self {
            sql,
            dialect,
            holes,
        })
    }

    fn fill(&self, scalars: &[Scalar]) -> Result<String, Error> {
        let writer = Writer::new(self.dialect);
        let mut text = String::with_capacity(self.sql.len() + 16 * self.holes.len());
        let mut written = Vec::with_capacity(self.holes.len());
        let mut copied = 0;
        for hole in &self.holes {
            text.push_str(&self.sql[copied..hole.at.start]);
            copied = hole.at.end;
            let scalar = scalars.get(hole.value).ok_or_else(|| {
                Error::InvalidArgument(wrong_number(hole.value + 1, scalars.len()))
            })?;
            if !text.ends_with(stands_apart) && !text.is_empty() {
                text.push(' ');
            }
            let start = text.len();
            writer
                .write(scalar, &mut text)
                .map_err(|why| self.refused(hole.value, scalar, &why))?;
            written.push(start..text.len());
            let rest = &self.sql[copied..];
            if !rest.starts_with(stands_apart) && !rest.is_empty() {
                text.push(' ');
            }
        }
        text.push_str(&self.sql[copied..]);
        if self.keeps_its_tokens(&text, &written) {
            Ok(text)
        } else {
            Err(Error::Encode(
                format!(
                    "a value cannot be told from the statement around it: the literals and the syntax of dialect `{}` \
                     do not fit together",
                    self.dialect.name()
                )
                .into(),
            ))
        }
    }

    /// Whether `text` has the tokens of the statement, in order, and everything else lies in what was `written` and is
    /// neither a comment, a semicolon nor a placeholder.
    fn keeps_its_tokens(&self, text: &str, written: &[Range<usize>]) -> bool {
        let syntax = &self.dialect.profile().syntax;
        let mut own = tokens(self.sql, syntax).filter(|token| is_own(token.kind));
        let mut values = written.iter().peekable();
        for token in tokens(text, syntax).filter(|token| token.kind != TokenKind::Space) {
            let end = token.start + token.text.len();
            while values.next_if(|value| value.end <= token.start).is_some() {}
            let kept = match values.peek() {
                Some(value) if end > value.start => {
                    value.start <= token.start && end <= value.end && is_of_a_value(&token)
                }
                _ => own
                    .next()
                    .is_some_and(|own| (own.kind, own.text) == (token.kind, token.text)),
            };
            if !kept || !token.terminated {
                return false;
            }
        }
        own.next().is_none()
    }

    /// Which parameter, which type and why; never the value.
    fn refused(&self, index: usize, scalar: &Scalar, why: &Refused) -> Error {
        Error::Encode(
            format!(
                "parameter {}: a value of type {} cannot be written as a literal of dialect `{}`: {why}",
                index + 1,
                scalar.data_type(),
                self.dialect.name()
            )
            .into(),
        )
    }
}

/// A token of the statement that stays as it is.
fn is_own(kind: TokenKind) -> bool {
    !matches!(
        kind,
        TokenKind::Space | TokenKind::Question | TokenKind::Numbered
    )
}

fn is_of_a_value(token: &Token<'_>) -> bool {
    matches!(
        token.kind,
        TokenKind::Word | TokenKind::String | TokenKind::Number | TokenKind::Symbol
    )
}

/// A character beside which a value needs no space: it joins nothing.
fn stands_apart(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | ',')
}

/// The index of the value of `$1` or `?1`.
fn number(token: &Token<'_>, bound: usize) -> Result<usize, Error> {
    let number: Option<usize> = token.text.get(1..).and_then(|digits| digits.parse().ok());
    match number.and_then(|number| number.checked_sub(1)) {
        Some(index) if index < bound => Ok(index),
        _ => Err(Error::InvalidArgument(format!(
            "there is no value for the placeholder {}: they count from 1",
            token.text
        ))),
    }
}

fn unterminated() -> Error {
    Error::InvalidArgument(placeholder::PlaceholderError::Unterminated.to_string())
}

#[cfg(test)]
mod tests;
