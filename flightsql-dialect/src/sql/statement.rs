//! [`ParsedStatement`]: a statement that is tokenized once.

use std::fmt;
use std::sync::Arc;

use super::effect::{SessionEffect, effect};
use super::placeholder::{Placeholder, Placeholders};
use super::split::{Piece, split};
use super::{StatementClass, StatementText, Syntax};

#[cfg(test)]
pub(crate) mod tests;

/// A statement with its class and its placeholders.
///
/// `Debug` shows no text, since values may be written into it.
#[derive(Clone, PartialEq, Eq)]
pub struct ParsedStatement {
    text: Arc<str>,
    class: StatementClass,
    placeholders: Vec<Placeholder>,
    has_columns: bool,
    may_change: bool,
    effect: SessionEffect,
    is_terminated: bool,
    first: usize,
}

/// The number of statements in a text that must be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotOneStatement(pub usize);

impl fmt::Display for NotOneStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("the statement is empty"),
            count => write!(
                f,
                "the SQL contains {count} statements, but only one can run per call; run them one by one, or without bound \
                 values with `raw_sql` (in the client, `execute_script`)"
            ),
        }
    }
}

impl std::error::Error for NotOneStatement {}

/// Reads the class of a statement: the dialect does.
pub(crate) type Classify<'a> = &'a dyn Fn(&StatementText<'_>) -> StatementClass;

/// Returns the statements of `sql`, without the semicolons between them. Statements with nothing but comments are left out.
/// The text of a single statement keeps its leading whitespace and comments, so that positions in the server's errors are
/// those of the caller's text.
pub(crate) fn parse_script(
    sql: &str,
    syntax: &Syntax,
    classify: Classify<'_>,
) -> Vec<ParsedStatement> {
    // The byte-order mark of a file.
    let sql = sql.strip_prefix('\u{feff}').unwrap_or(sql);
    let mut pieces = split(sql, syntax);
    let Some(first) = pieces.next() else {
        return Vec::new();
    };
    let Some(second) = pieces.next() else {
        let text = sql[first.start..first.end].trim_end();
        return vec![ParsedStatement::new(sql, text, first, classify)];
    };
    let statement = |mut piece: Piece| {
        let untrimmed = &sql[piece.start..piece.end];
        piece.start += untrimmed.len() - untrimmed.trim_start().len();
        ParsedStatement::new(sql, untrimmed.trim(), piece, classify)
    };
    let pieces = [first, second].into_iter().chain(pieces);
    pieces.map(statement).collect()
}

impl ParsedStatement {
    fn new(script: &str, text: &str, piece: Piece, classify: Classify<'_>) -> Self {
        let Piece { start, end, .. } = piece;
        let spans = piece.tokens.iter();
        let placeholders = spans.filter_map(|span| Placeholder::of(span.of(script), start));
        let placeholders = placeholders.collect();
        let first = piece.tokens.first().map_or(start, |span| span.start);
        let own = StatementText::from_tokens(script, start..end, piece.tokens);
        let class = classify(&own);
        let may_change = class != StatementClass::Query || own.may_change();
        Self {
            text: text.into(),
            class,
            placeholders,
            has_columns: own.has_columns(class),
            effect: effect(own.significant(), class, may_change),
            may_change,
            is_terminated: piece.is_terminated,
            first,
        }
    }

    /// Returns the same statement with another text, in which values or other placeholders are written.
    pub(crate) fn rewritten(&self, text: String, placeholders: Vec<Placeholder>) -> Self {
        Self {
            text: text.into(),
            placeholders,
            effect: self.effect.clone(),
            ..*self
        }
    }

    /// The text without semicolons at its end, which some servers refuse.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn shared_text(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }

    pub fn class(&self) -> StatementClass {
        self.class
    }

    pub(crate) fn positions(&self) -> &[Placeholder] {
        &self.placeholders
    }

    pub(crate) fn placeholders(&self) -> Placeholders<'_> {
        Placeholders::of(&self.text, &self.placeholders)
    }

    pub fn arity(&self) -> usize {
        self.placeholders().arity()
    }

    pub fn has_columns(&self) -> bool {
        self.has_columns
    }

    pub fn may_change(&self) -> bool {
        self.may_change
    }

    /// Returns the effect on the session, as far as the text shows it.
    pub fn effect(&self) -> &SessionEffect {
        &self.effect
    }

    pub(crate) fn is_terminated(&self) -> bool {
        self.is_terminated
    }

    /// The byte of the script at which its first token starts.
    pub fn first_token(&self) -> usize {
        self.first
    }
}

debug_fields!(ParsedStatement, |it| {
    class: it.class,
    placeholders: it.placeholders.len(),
});
