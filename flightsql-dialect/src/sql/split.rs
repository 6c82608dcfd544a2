//! The ends of a script's statements: semicolons, except those in the body of a trigger, function or procedure.

use super::Syntax;
use super::lexer::{Span, Token, TokenKind, tokens};

#[derive(Debug, Default)]
pub(super) struct Piece {
    /// The significant tokens, without semicolons at the end. Never empty.
    pub(super) tokens: Vec<Span>,
    /// The bytes between the semicolons around it.
    pub(super) start: usize,
    pub(super) end: usize,
    /// False if a string, a quoted identifier or a comment in it never ends.
    pub(super) is_terminated: bool,
}

impl Piece {
    fn at(start: usize) -> Self {
        Self {
            start,
            is_terminated: true,
            ..Self::default()
        }
    }

    fn see(&mut self, token: Token<'_>) {
        self.is_terminated &= token.terminated;
        if token.is_significant() {
            self.tokens.push(token.span());
        }
    }

    /// Ends before the byte `end`, or before the semicolons in front of it. Returns `None` if there is no token.
    fn ended(mut self, end: usize) -> Option<Self> {
        self.end = end;
        while let Some(semicolon) = self.tokens.pop_if(|t| t.kind == TokenKind::Semicolon) {
            self.end = semicolon.start;
        }
        (!self.tokens.is_empty()).then_some(self)
    }
}

/// The statements of `sql`, tokenized once. A piece with nothing but comments is left out.
///
/// They are read one after the other, since the tokens of a text take more memory than the text.
pub(super) fn split(sql: &str, syntax: &Syntax) -> impl Iterator<Item = Piece> {
    let mut tokens = tokens(sql, syntax);
    let mut piece = Some(Piece::at(0));
    let mut body = Body::default();
    let pieces = std::iter::from_fn(move || {
        let mut current = piece.take()?;
        for token in tokens.by_ref() {
            if token.kind == TokenKind::Semicolon && !body.is_open() {
                body = Body::default();
                piece = Some(Piece::at(token.start + token.text.len()));
                return Some(current.ended(token.start));
            }
            if token.is_significant() {
                body.see(&token);
            }
            current.see(token);
        }
        Some(current.ended(sql.len()))
    });
    pieces.flatten()
}

/// The body of a routine while the tokens of its statement go by.
#[derive(Debug, Default)]
struct Body {
    began: bool,
    creates: bool,
    routine: bool,
    /// Open `BEGIN` and `CASE` of a routine.
    blocks: usize,
}

impl Body {
    fn is_open(&self) -> bool {
        self.blocks > 0
    }

    fn see(&mut self, token: &Token<'_>) {
        if !self.began {
            self.began = true;
            self.creates = token.is_word("CREATE");
        } else if self.routine {
            if token.is_word("BEGIN") || (self.is_open() && token.is_word("CASE")) {
                self.blocks += 1;
            } else if token.is_word("END") {
                self.blocks = self.blocks.saturating_sub(1);
            }
        } else if self.creates {
            let routines = ["TRIGGER", "FUNCTION", "PROCEDURE"];
            self.routine = routines.iter().any(|word| token.is_word(word));
            // `CREATE TABLE function (…)`: the kind of object comes before any other word.
            let before = ["OR", "REPLACE", "TEMP", "TEMPORARY"];
            self.creates = before.iter().any(|word| token.is_word(word));
        }
    }
}
