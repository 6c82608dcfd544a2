//! Splits SQL into tokens as SQLite's tokenizer does.
//!
//! Layer: engine, pure. Rules: <https://www.sqlite.org/src/file/src/tokenize.c>. Comments and white space are dropped;
//! unterminated strings extend to the end of the SQL, and SQLite rejects them later.

/// A token: its kind and its byte range in the SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// The kind of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A bare identifier or keyword.
    Word,
    /// An identifier in `"…"`, `` `…` `` or `[…]`.
    Quoted,
    /// A string literal.
    Text,
    /// A blob literal.
    Blob,
    /// A numeric literal.
    Number,
    /// `?`, `?NNN`, `:name`, `@name`, `$name`.
    Placeholder,
    /// An operator or other punctuation.
    Punct,
}

/// Returns all tokens of the SQL.
pub(crate) fn tokenize(sql: &str) -> Vec<Token> {
    let mut lexer = Lexer {
        bytes: sql.as_bytes(),
        at: 0,
    };
    std::iter::from_fn(|| lexer.next()).collect()
}

struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn next(&mut self) -> Option<Token> {
        self.skip_blank();
        let start = self.at;
        let kind = match self.peek(0)? {
            b'x' | b'X' if self.peek(1) == Some(b'\'') => {
                self.at += 1;
                self.quoted(b'\'', TokenKind::Blob)
            }
            b'\'' => self.quoted(b'\'', TokenKind::Text),
            quote @ (b'"' | b'`') => self.quoted(quote, TokenKind::Quoted),
            b'[' => self.bracketed(),
            b'?' => {
                self.at += 1;
                self.while_byte(|b| b.is_ascii_digit());
                TokenKind::Placeholder
            }
            b':' | b'@' | b'$' if self.peek(1).is_some_and(is_word) => self.named(),
            b'0'..=b'9' => self.number(),
            b'.' if self.peek(1).is_some_and(|b| b.is_ascii_digit()) => self.number(),
            byte if is_word(byte) => {
                self.while_byte(is_word);
                TokenKind::Word
            }
            _ => self.punct(),
        };
        Some(Token {
            kind,
            start,
            end: self.at.min(self.bytes.len()),
        })
    }

    fn skip_blank(&mut self) {
        while let Some(byte) = self.peek(0) {
            match (byte, self.peek(1)) {
                (b'-', Some(b'-')) => self.while_byte(|b| b != b'\n'),
                (b'/', Some(b'*')) => self.block_comment(),
                (b' ' | b'\t' | b'\n' | b'\r' | 0x0c, _) => self.at += 1,
                // SQLite reads a byte-order mark as white space.
                (0xef, Some(0xbb)) if self.peek(2) == Some(0xbf) => self.at += 3,
                _ => return,
            }
        }
    }

    fn block_comment(&mut self) {
        self.at += 2;
        while self.at < self.bytes.len() && !self.bytes[self.at..].starts_with(b"*/") {
            self.at += 1;
        }
        self.at = (self.at + 2).min(self.bytes.len());
    }

    fn while_byte(&mut self, wanted: impl Fn(u8) -> bool) {
        while self.peek(0).is_some_and(&wanted) {
            self.at += 1;
        }
    }

    /// Skips a quoted token. A doubled quote is part of it.
    fn quoted(&mut self, quote: u8, kind: TokenKind) -> TokenKind {
        self.at += 1;
        while let Some(byte) = self.peek(0) {
            self.at += 1;
            if byte == quote {
                if self.peek(0) != Some(quote) {
                    break;
                }
                self.at += 1;
            }
        }
        kind
    }

    fn bracketed(&mut self) -> TokenKind {
        self.while_byte(|b| b != b']');
        self.at += 1;
        TokenKind::Quoted
    }

    /// Skips a `$name`, which may contain `::` and end with `(…)`, as Tcl variables do.
    fn named(&mut self) -> TokenKind {
        let tcl = self.peek(0) == Some(b'$');
        self.at += 1;
        loop {
            self.while_byte(is_word);
            if tcl && self.peek(0) == Some(b':') && self.peek(1) == Some(b':') {
                self.at += 2;
                continue;
            }
            return TokenKind::Placeholder;
        }
    }

    fn number(&mut self) -> TokenKind {
        if self.peek(0) == Some(b'0') && matches!(self.peek(1), Some(b'x' | b'X')) {
            self.at += 2;
            self.while_byte(|b| b.is_ascii_hexdigit());
            return TokenKind::Number;
        }
        self.while_byte(|b| b.is_ascii_digit() || b == b'.' || b == b'_');
        if matches!(self.peek(0), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.peek(1), Some(b'+' | b'-')));
            if self.peek(1 + sign).is_some_and(|b| b.is_ascii_digit()) {
                self.at += 1 + sign;
                self.while_byte(|b| b.is_ascii_digit());
            }
        }
        TokenKind::Number
    }

    fn punct(&mut self) -> TokenKind {
        let rest = &self.bytes[self.at..];
        const LONG: [&[u8]; 10] = [
            b"->>", b"->", b"==", b"<=", b">=", b"<>", b"!=", b"||", b"<<", b">>",
        ];
        self.at += LONG
            .iter()
            .find(|op| rest.starts_with(op))
            .map_or(1, |op| op.len());
        TokenKind::Punct
    }
}

/// Returns `true` for bytes of identifiers, including all bytes of multi-byte characters, as in SQLite.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}
