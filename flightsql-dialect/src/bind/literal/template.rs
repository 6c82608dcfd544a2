//! The text of a statement with its placeholders, and the values written in their place.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use arrow_schema::{DataType, Schema};

use super::write::Writer;
use crate::arrow::scalar::Scalar;
use crate::bind::BindError;
use crate::bind::batch::{bare, wrong_number};
use crate::dialect::Dialect;
use crate::sql::lexer::{Token, TokenKind, tokens};
use crate::sql::placeholder::PlaceholderKind;
use crate::sql::{ParsedStatement, Placeholder, PlaceholderError};

pub(super) struct SqlTemplate<'a> {
    statement: &'a ParsedStatement,
    dialect: &'a dyn Dialect,
    truncate: bool,
    placeholders: Vec<BoundPlaceholder>,
}

struct BoundPlaceholder {
    at: Range<usize>,
    value: usize,
    kind: PlaceholderKind,
}

impl<'a> SqlTemplate<'a> {
    /// `emitted` is the number of `?` that a query builder wrote. They take the values after those of the numbers written by
    /// hand, as in SQL rewritten for a server. With `truncate`, dates and times lose the digits that the dialect does not keep.
    pub(super) fn new(
        statement: &'a ParsedStatement,
        dialect: &'a dyn Dialect,
        (bound, columns): (usize, Option<&Schema>),
        emitted: u32,
        truncate: bool,
    ) -> Result<Self, BindError> {
        let found = statement.placeholders();
        // Only a column of the same name assigns a value to a name.
        // Where the server matches names, values are bound to them in the order of the text.
        let by_name = dialect.profile().parameters.column_name.is_some();
        let in_order = by_name && columns.is_none() && found.names.len() == bound;
        let column = |name: &str| match columns {
            Some(columns) => columns.index_of(bare(name)).ok(),
            None if in_order => found
                .names
                .iter()
                .position(|known| bare(known) == bare(name)),
            None => None,
        };
        if let Some(name) = found.names.iter().find(|name| column(name).is_none()) {
            return Err(BindError::Argument(format!(
                "cannot assign a value to the named placeholder {name}, because values are bound by position; write ? or $1"
            )));
        }
        let from_builder = usize::try_from(emitted) == Ok(found.question);
        if found.question > 0 && found.max_number > 0 && !from_builder {
            return Err(BindError::Argument(
                "the statement has both ? and numbered placeholders, so it cannot be told which value each of them \
                 takes: write all of them in one way"
                    .to_owned(),
            ));
        }
        let wanted = found.arity();
        if wanted != bound {
            return Err(BindError::Argument(wrong_number(wanted, bound)));
        }
        if !statement.is_terminated() {
            return Err(BindError::Argument(
                PlaceholderError::Unterminated.to_string(),
            ));
        }
        let mut placeholders = Vec::with_capacity(statement.positions().len());
        let mut next = found.max_number;
        for placeholder in statement.positions() {
            let text = &statement.text()[placeholder.at.clone()];
            let value = match placeholder.kind {
                PlaceholderKind::Question => {
                    next += 1;
                    next - 1
                }
                PlaceholderKind::Numbered => number(text, bound)?,
                PlaceholderKind::Named => match column(text) {
                    Some(column) => column,
                    None => continue,
                },
            };
            placeholders.push(BoundPlaceholder {
                at: placeholder.at.clone(),
                value,
                kind: placeholder.kind,
            });
        }
        Ok(Self {
            statement,
            dialect,
            truncate,
            placeholders,
        })
    }

    pub(super) fn dialect(&self) -> &'a dyn Dialect {
        self.dialect
    }

    /// Returns the number of `?` that remain for values that are not written.
    pub(super) fn questions(&self, written: &[bool]) -> usize {
        let stays =
            |placeholder: &&BoundPlaceholder| written.get(placeholder.value) == Some(&false);
        let questions = self
            .placeholders
            .iter()
            .filter(|placeholder| placeholder.kind == PlaceholderKind::Question);
        questions.filter(stays).count()
    }

    /// Returns the text with the values. A placeholder without a written value remains; remaining placeholders are renumbered.
    pub(super) fn fill(
        &self,
        values: &[Option<Cow<'_, Scalar>>],
    ) -> Result<ParsedStatement, BindError> {
        let writer = Writer::new(self.dialect, self.truncate);
        let sql = self.statement.text();
        let mut text = String::with_capacity(sql.len() + 16 * self.placeholders.len());
        let mut kept = Vec::new();
        let mut pieces = Vec::with_capacity(self.placeholders.len());
        let mut copied = 0;
        for placeholder in &self.placeholders {
            text.push_str(&sql[copied..placeholder.at.start]);
            copied = placeholder.at.end;
            let value = values.get(placeholder.value).ok_or_else(|| {
                BindError::Argument(wrong_number(placeholder.value + 1, values.len()))
            })?;
            let Some(scalar) = value else {
                let start = text.len();
                self.keep(placeholder, values, &mut text);
                let at = start..text.len();
                pieces.push((at.clone(), false));
                kept.push(Placeholder {
                    at,
                    kind: placeholder.kind,
                });
                continue;
            };
            if !text.ends_with(never_joins) && !text.is_empty() {
                text.push(' ');
            }
            let start = text.len();
            writer
                .write(scalar, &mut text)
                .map_err(|why| self.refused(placeholder.value, &scalar.data_type(), &why))?;
            pieces.push((start..text.len(), true));
            let rest = &sql[copied..];
            if !rest.starts_with(never_joins) && !rest.is_empty() {
                text.push(' ');
            }
        }
        text.push_str(&sql[copied..]);
        if self.keeps_its_tokens(&text, &pieces) {
            Ok(self.statement.rewritten(text, kept))
        } else {
            Err(BindError::encode(format!(
                "a value cannot be told from the statement around it: the literals and the syntax of dialect `{}` \
                 do not fit together",
                self.dialect.name()
            )))
        }
    }

    fn keep(
        &self,
        placeholder: &BoundPlaceholder,
        values: &[Option<Cow<'_, Scalar>>],
        text: &mut String,
    ) {
        let own = &self.statement.text()[placeholder.at.clone()];
        match (placeholder.kind, own.chars().next()) {
            (PlaceholderKind::Numbered, Some(sign)) => {
                let before = values.iter().take(placeholder.value);
                let number = before.filter(|value| value.is_none()).count() + 1;
                text.push(sign);
                text.push_str(&number.to_string());
            }
            _ => text.push_str(own),
        }
    }

    /// Returns `true` if `text` has the tokens of the statement in order, and every other token is inside one of the pieces.
    /// Inside a written value it must not be a comment, a semicolon or a placeholder; otherwise it is a placeholder that
    /// remains.
    fn keeps_its_tokens(&self, text: &str, pieces: &[(Range<usize>, bool)]) -> bool {
        let syntax = &self.dialect.profile().syntax;
        let placeholders = || {
            self.placeholders
                .iter()
                .map(|placeholder| placeholder.at.start)
        };
        let is_replaced = |token: &Token<'_>| placeholders().any(|start| start == token.start);
        let mut own = tokens(self.statement.text(), syntax)
            .filter(|token| token.kind != TokenKind::Space && !is_replaced(token));
        let mut pieces = pieces.iter().peekable();
        for token in tokens(text, syntax).filter(|token| token.kind != TokenKind::Space) {
            let end = token.start + token.text.len();
            while pieces
                .next_if(|(piece, _)| piece.end <= token.start)
                .is_some()
            {}
            let kept = match pieces.peek() {
                Some((piece, true)) if end > piece.start => {
                    piece.start <= token.start && end <= piece.end && is_of_a_value(&token)
                }
                Some((piece, false)) if end > piece.start => {
                    *piece == (token.start..end) && PlaceholderKind::of(token.kind).is_some()
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

    /// Returns the error with the parameter, its type and the reason, but never the value.
    pub(super) fn refused(
        &self,
        index: usize,
        data_type: &DataType,
        why: &dyn fmt::Display,
    ) -> BindError {
        BindError::encode(format!(
            "parameter {}: a value of type {data_type} cannot be written as a literal of dialect `{}`: {why}",
            index + 1,
            self.dialect.name()
        ))
    }
}

fn is_of_a_value(token: &Token<'_>) -> bool {
    matches!(
        token.kind,
        TokenKind::Word | TokenKind::String | TokenKind::Number | TokenKind::Symbol
    )
}

/// Returns `true` for a character that never joins with an adjacent value, so no space is needed.
fn never_joins(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | ')' | ',')
}

/// The index of the value of `$1` or `?1`.
fn number(text: &str, bound: usize) -> Result<usize, BindError> {
    let number: Option<usize> = text.get(1..).and_then(|digits| digits.parse().ok());
    match number.and_then(|number| number.checked_sub(1)) {
        Some(index) if index < bound => Ok(index),
        _ => Err(BindError::Argument(format!(
            "there is no value for the placeholder {text}; count placeholders from 1"
        ))),
    }
}
