//! Placeholders in SQL text: counted, and the `?` of a `QueryBuilder` rewritten.
//!
//! Layer 0. Flight SQL leaves the syntax to the server; `sqlx_core::query_builder` writes `?` because
//! it knows no connection: <https://docs.rs/sqlx-core/0.9.0/sqlx_core/query_builder/>.

use std::borrow::Cow;

use super::lexer::{TokenKind, is_word_part, tokens};
use super::{Parameters, Syntax};

#[cfg(test)]
mod tests;

/// The placeholders of a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Placeholders<'a> {
    /// How many `?`.
    pub(crate) question: usize,
    /// The greatest `$N` or `?N`, at most `usize::MAX`. From the text: do not allocate by it.
    pub(crate) max_number: usize,
    /// The distinct `$name`, `:name`, `@name` with their sign, in the order they first occur.
    pub(crate) names: Vec<&'a str>,
}

impl Placeholders<'_> {
    /// How many values the text takes.
    pub(crate) fn arity(&self) -> usize {
        self.question
            .saturating_add(self.max_number)
            .saturating_add(self.names.len())
    }
}

/// Counts the placeholders outside strings, identifiers and comments.
pub(crate) fn count<'a>(sql: &'a str, syntax: &Syntax) -> Placeholders<'a> {
    let mut found = Placeholders::default();
    for token in tokens(sql, syntax) {
        match token.kind {
            TokenKind::Question => found.question += 1,
            TokenKind::Numbered => {
                let number = token.text[1..].parse().unwrap_or(usize::MAX);
                found.max_number = found.max_number.max(number);
            }
            TokenKind::Named if !found.names.contains(&token.text) => {
                found.names.push(token.text);
            }
            _ => {}
        }
    }
    found
}

/// Writes each `?` as the `placeholder` of the next number, beginning after the greatest number in the text. The
/// placeholder `?` leaves the text unchanged. `casts` are the types by number; a placeholder with a type is cast to it.
///
/// # Errors
/// When the text holds another number of `?` than `expected`: one of them is an operator, or was
/// written by hand, and a value would land in the wrong place. Also when a string never ends.
pub(crate) fn rewrite_questions<'a>(
    sql: &'a str,
    syntax: &Syntax,
    parameters: &Parameters,
    casts: &[Option<String>],
    expected: usize,
) -> Result<Cow<'a, str>, PlaceholderError> {
    if parameters.placeholder == "?" && casts.is_empty() {
        return Ok(Cow::Borrowed(sql));
    }
    let Placeholders {
        question: found,
        max_number,
        ..
    } = count(sql, syntax);
    if found != expected {
        return Err(PlaceholderError::Count { found, expected });
    }
    if found == 0 {
        return Ok(Cow::Borrowed(sql));
    }
    if tokens(sql, syntax).any(|token| !token.terminated) {
        return Err(PlaceholderError::Unterminated);
    }
    let mut number = max_number;
    let mut rewritten = String::with_capacity(sql.len() + 2 * found);
    let mut after_number = false;
    for token in tokens(sql, syntax) {
        // `LIMIT?` and `?AND` are two tokens each, `LIMIT$1` and `$1AND` would not be.
        if token.kind == TokenKind::Question {
            number = number.saturating_add(1);
            let joins = |c| is_word_part(c) || matches!(c, ':' | '@');
            let space = if rewritten.ends_with(joins) { " " } else { "" };
            rewritten.push_str(space);
            let placeholder = parameters.placeholder(number);
            match number.checked_sub(1).and_then(|index| casts.get(index)) {
                Some(Some(cast)) => {
                    rewritten.push_str(&format!("CAST({placeholder} AS {cast})"));
                }
                _ => rewritten.push_str(&placeholder),
            }
            after_number = true;
        } else {
            if std::mem::take(&mut after_number) && token.text.starts_with(is_word_part) {
                rewritten.push(' ');
            }
            rewritten.push_str(token.text);
        }
    }
    Ok(Cow::Owned(rewritten))
}

/// Why the `?` of a text cannot be rewritten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlaceholderError {
    /// The text holds another number of `?` than values were bound.
    Count { found: usize, expected: usize },
    /// A string, a quoted identifier or a comment never ends.
    Unterminated,
}

impl std::fmt::Display for PlaceholderError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Count { found, expected } => write!(
                f,
                "{found} `?` in the statement but {expected} bound by the query builder: write other \
                 placeholders in the server's own style, and operators that hold `?` as functions"
            ),
            Self::Unterminated => f.write_str(
                "a string, a quoted identifier or a comment in the statement never ends, so its \
                 placeholders cannot be told: close it, or choose the server's dialect",
            ),
        }
    }
}

impl std::error::Error for PlaceholderError {}
