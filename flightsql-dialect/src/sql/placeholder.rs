//! Placeholders in SQL text: counted, and the `?` of a `QueryBuilder` rewritten.
//!
//! Flight SQL leaves the syntax to the server; `sqlx_core::query_builder` writes `?` because
//! it knows no connection: <https://docs.rs/sqlx-core/0.9.0/sqlx_core/query_builder/>.

use std::ops::Range;

use super::ParsedStatement;
use super::lexer::{Token, TokenKind, is_word_part};

#[cfg(test)]
mod tests;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholder {
    pub(crate) at: Range<usize>,
    pub(crate) kind: PlaceholderKind,
}

/// The way in which a placeholder names its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlaceholderKind {
    Question,
    Numbered,
    Named,
}

impl PlaceholderKind {
    pub(crate) fn of(token: TokenKind) -> Option<Self> {
        match token {
            TokenKind::Question => Some(Self::Question),
            TokenKind::Numbered => Some(Self::Numbered),
            TokenKind::Named => Some(Self::Named),
            _ => None,
        }
    }

    /// The kind of a placeholder that a dialect writes; `None` for one that the lexer does not know, such as `%s`.
    fn of_text(text: &str) -> Option<Self> {
        let mut chars = text.chars();
        match (chars.next()?, chars.next()) {
            ('?', None) => Some(Self::Question),
            ('?' | '$' | ':' | '@', Some(first)) if first.is_ascii_digit() => Some(Self::Numbered),
            ('$' | ':' | '@', Some(_)) => Some(Self::Named),
            _ => None,
        }
    }
}

impl Placeholder {
    /// The token as a placeholder, counted from the byte `start`.
    pub(super) fn of(token: Token<'_>, start: usize) -> Option<Self> {
        let at = token.start - start;
        Some(Self {
            at: at..at + token.text.len(),
            kind: PlaceholderKind::of(token.kind)?,
        })
    }
}

/// The placeholders of a text, counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Placeholders<'a> {
    /// The number of `?`.
    pub(crate) question: usize,
    /// The greatest `$N` or `?N`, at most `usize::MAX`. From the text: do not allocate by it.
    pub(crate) max_number: usize,
    /// The distinct `$name`, `:name`, `@name` with their sign, in the order they first occur.
    pub(crate) names: Vec<&'a str>,
}

impl<'a> Placeholders<'a> {
    pub(super) fn of(text: &'a str, placeholders: &[Placeholder]) -> Self {
        let mut found = Self::default();
        for placeholder in placeholders {
            let text = &text[placeholder.at.clone()];
            match placeholder.kind {
                PlaceholderKind::Question => found.question += 1,
                PlaceholderKind::Numbered => {
                    let number = text[1..].parse().unwrap_or(usize::MAX);
                    found.max_number = found.max_number.max(number);
                }
                PlaceholderKind::Named if !found.names.contains(&text) => found.names.push(text),
                PlaceholderKind::Named => {}
            }
        }
        found
    }

    /// The number of values that the text takes.
    pub(crate) fn arity(&self) -> usize {
        self.question
            .saturating_add(self.max_number)
            .saturating_add(self.names.len())
    }
}

impl ParsedStatement {
    /// Writes each `?` as the placeholder of the next number, beginning after the greatest number in the text. `write` returns
    /// the placeholder of a number. `casts` are the types by number; a placeholder with a type is cast to it.
    ///
    /// # Errors
    /// Returns `Count` if the text has another number of `?` than `expected`: one of them is an operator, or was written by
    /// hand, and a value would land in the wrong place. Returns `Unterminated` if a string never ends.
    pub fn with_numbers(
        &self,
        write: impl Fn(usize) -> String,
        casts: &[Option<String>],
        expected: usize,
    ) -> Result<Self, PlaceholderError> {
        let counted = self.placeholders();
        let (found, mut number) = (counted.question, counted.max_number);
        if found != expected {
            return Err(PlaceholderError::Count { found, expected });
        }
        if found == 0 {
            return Ok(self.clone());
        }
        if !self.is_terminated() {
            return Err(PlaceholderError::Unterminated);
        }
        let mut text = Rewritten {
            from: self.text(),
            copied: 0,
            text: String::with_capacity(self.text().len() + 2 * found),
            placeholders: Vec::with_capacity(self.positions().len()),
        };
        for placeholder in self.positions() {
            if placeholder.kind != PlaceholderKind::Question {
                text.keep(placeholder);
                continue;
            }
            number = number.saturating_add(1);
            let cast = number.checked_sub(1).and_then(|index| casts.get(index));
            text.write(
                &placeholder.at,
                &write(number),
                cast.and_then(Option::as_deref),
            );
        }
        let (text, placeholders) = text.finish();
        Ok(self.rewritten(text, placeholders))
    }
}

/// A text in which placeholders change, while it is written.
struct Rewritten<'a> {
    from: &'a str,
    /// The bytes of `from` that were copied or replaced.
    copied: usize,
    text: String,
    placeholders: Vec<Placeholder>,
}

impl Rewritten<'_> {
    fn keep(&mut self, placeholder: &Placeholder) {
        self.text
            .push_str(&self.from[self.copied..placeholder.at.start]);
        self.push(&self.from[placeholder.at.clone()], Some(placeholder.kind));
        self.copied = placeholder.at.end;
    }

    /// Writes another placeholder in the place of one. `LIMIT?` and `?AND` are two tokens each, `LIMIT$1` and `$1AND` would
    /// not be, and in `'a':p1` and `'a'@p1` the sign belongs to the string.
    fn write(&mut self, at: &Range<usize>, placeholder: &str, cast: Option<&str>) {
        self.text.push_str(&self.from[self.copied..at.start]);
        self.copied = at.end;
        let is_sign = placeholder.starts_with([':', '@']) && cast.is_none();
        let joins = |c| is_word_part(c) || matches!(c, ':' | '@') || (is_sign && ends_value(c));
        if self.text.ends_with(joins) {
            self.text.push(' ');
        }
        let kind = PlaceholderKind::of_text(placeholder);
        match cast {
            None => self.push(placeholder, kind),
            Some(cast) => {
                self.text.push_str("CAST(");
                self.push(placeholder, kind);
                self.text.push_str(&format!(" AS {cast})"));
            }
        }
        // A placeholder of the lexer does not end a value; a cast, or `%s`, does.
        let ends_value = kind.is_none() || cast.is_some();
        let joins = |c| is_word_part(c) || (ends_value && matches!(c, ':' | '@'));
        if self.from[self.copied..].starts_with(joins) {
            self.text.push(' ');
        }
    }

    fn push(&mut self, placeholder: &str, kind: Option<PlaceholderKind>) {
        let start = self.text.len();
        self.text.push_str(placeholder);
        let at = start..self.text.len();
        self.placeholders
            .extend(kind.map(|kind| Placeholder { at, kind }));
    }

    fn finish(mut self) -> (String, Vec<Placeholder>) {
        self.text.push_str(&self.from[self.copied..]);
        (self.text, self.placeholders)
    }
}

/// Returns `true` for the last character of a string, an identifier, an expression or a number such as `1.`, and for `[`: a
/// sign after it does not start a placeholder.
fn ends_value(c: char) -> bool {
    matches!(c, '\'' | '"' | '`' | ')' | '[' | ']' | '.')
}

/// The reason that a `?` in the SQL cannot be rewritten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceholderError {
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
