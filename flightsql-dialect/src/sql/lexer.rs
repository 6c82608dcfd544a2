//! A zero-copy SQL tokenizer: enough to know what is a string, a comment, a word or a placeholder.
//!
//! It accepts every text, and the tokens put together are the text again. Rules:
//! <https://www.postgresql.org/docs/current/sql-syntax-lexical.html>.

use super::{Quote, Syntax};

#[cfg(test)]
mod tests;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    Space,
    /// A line or block comment.
    Comment,
    /// A keyword or an identifier without quotes.
    Word,
    /// An identifier in quotes.
    Identifier,
    /// A string, with its quotes.
    String,
    Number,
    /// `?`.
    Question,
    /// `?1`, `$1`, `:1` or `@1`.
    Numbered,
    /// `$name`, `:name` or `@name`.
    Named,
    /// `;`.
    Semicolon,
    /// Any other character, or `::`.
    Symbol,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    pub kind: TokenKind,
    pub text: &'a str,
    /// The offset in the text, in bytes.
    pub start: usize,
    /// `false` for a string, identifier or block comment without its end.
    pub terminated: bool,
}

impl Token<'_> {
    pub(super) fn span(&self) -> Span {
        Span {
            start: self.start,
            len: u32::try_from(self.text.len()).unwrap_or(u32::MAX),
            kind: self.kind,
        }
    }

    /// Returns `true` unless this is white space or a comment.
    pub(crate) fn is_significant(&self) -> bool {
        !matches!(self.kind, TokenKind::Space | TokenKind::Comment)
    }

    /// Returns `true` for this keyword, in any case.
    pub(crate) fn is_word(&self, keyword: &str) -> bool {
        self.kind == TokenKind::Word && self.text.eq_ignore_ascii_case(keyword)
    }

    pub(crate) fn is_symbol(&self, symbol: &str) -> bool {
        self.kind == TokenKind::Symbol && self.text == symbol
    }
}

/// The place of a token in a text, for a list of them: half the size of a [`Token`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(super) start: usize,
    len: u32,
    pub(super) kind: TokenKind,
}

impl Span {
    /// The token of the text. A token of more than 4 GiB, which no message has room for, ends early.
    pub(super) fn of(self, text: &str) -> Token<'_> {
        let end = self.start.saturating_add(self.len as usize);
        Token {
            kind: self.kind,
            text: text.get(self.start..end).unwrap_or_default(),
            start: self.start,
            terminated: true,
        }
    }
}

/// The tokens of `sql`, in order and without gaps.
pub fn tokens<'a, 's>(sql: &'a str, syntax: &'s Syntax) -> Lexer<'a, 's> {
    log::trace!(target: "flightsql::sql", "tokenizing {} bytes", sql.len());
    Lexer {
        sql,
        syntax,
        at: 0,
        glued: false,
    }
}

#[derive(Debug, Clone)]
pub struct Lexer<'a, 's> {
    sql: &'a str,
    syntax: &'s Syntax,
    at: usize,
    /// Whether a value ends here, or a subscript opens, so that `:` is not a placeholder: `a:b`, `a[x:y]`, `a[:y]`, `'k':v`.
    glued: bool,
}

impl<'a> Iterator for Lexer<'a, '_> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let rest = self.sql.get(self.at..)?;
        let first = rest.chars().next()?;
        let (kind, len, terminated) = self.read(first, rest);
        let start = self.at;
        self.at += len;
        self.glued = match kind {
            TokenKind::Word | TokenKind::Identifier | TokenKind::String | TokenKind::Number => true,
            TokenKind::Symbol => matches!(first, ')' | '[' | ']' | ':'),
            _ => false,
        };
        Some(Token {
            kind,
            text: &rest[..len],
            start,
            terminated,
        })
    }
}

impl Lexer<'_, '_> {
    /// Kind, length in bytes (more than 0, at a character boundary) and whether it is complete.
    fn read(&self, first: char, rest: &str) -> (TokenKind, usize, bool) {
        use TokenKind::{
            Comment, Identifier, Number, Numbered, Question, Semicolon, Space, String, Symbol, Word,
        };
        let syntax = self.syntax;
        let whole = |kind, len| (kind, len, true);

        if first.is_whitespace() {
            return whole(Space, run(rest, char::is_whitespace));
        }
        if rest.starts_with("--") || (first == '#' && syntax.hash_comments) {
            return whole(Comment, rest.find('\n').unwrap_or(rest.len()));
        }
        if rest.starts_with("/*") {
            let (len, terminated) = block_comment(rest, syntax.nested_comments);
            return (Comment, len, terminated);
        }
        if syntax.escape_strings && (rest.starts_with("E'") || rest.starts_with("e'")) {
            let (len, terminated) = quoted(&rest[1..], '\'', true);
            return (String, len + 1, terminated);
        }
        if syntax.string_quotes.contains(&first) {
            let (len, terminated) = quoted(rest, first, syntax.backslash_escapes);
            return (String, len, terminated);
        }
        if let Some(Quote(_, close)) = syntax
            .identifier_quotes
            .iter()
            .find(|Quote(open, _)| *open == first)
        {
            let (len, terminated) = quoted(rest, *close, false);
            return (Identifier, len, terminated);
        }
        if is_word_start(first) {
            return whole(Word, run(rest, is_word_part));
        }
        if first.is_ascii_digit() || (first == '.' && !self.glued && digits(&rest[1..]) > 0) {
            return whole(Number, number(rest));
        }
        match first {
            ';' => whole(Semicolon, 1),
            '?' => match digits(&rest[1..]) {
                0 => whole(Question, 1),
                n => whole(Numbered, 1 + n),
            },
            '$' => self.dollar(rest),
            ':' if rest.starts_with("::") => whole(Symbol, 2),
            // `@@name` is a system variable.
            '@' if rest.starts_with("@@") => whole(Symbol, 2 + name(&rest[2..])),
            ':' if syntax.colon_names && !self.glued => sigil(rest),
            '@' if syntax.at_names && !self.glued => sigil(rest),
            other => whole(Symbol, other.len_utf8()),
        }
    }

    /// `$1`, `$name`, `$tag$ … $tag$` or a lone `$`.
    fn dollar(&self, rest: &str) -> (TokenKind, usize, bool) {
        let after = &rest[1..];
        let number = digits(after);
        if number > 0 {
            return (TokenKind::Numbered, 1 + number, true);
        }
        // A tag holds no `$`, unlike a word.
        let tag = match after.chars().next() {
            Some(c) if is_word_start(c) => run(after, |c| c != '$' && is_word_part(c)),
            _ => 0,
        };
        if self.syntax.dollar_quotes && after[tag..].starts_with('$') {
            let open = &rest[..tag + 2];
            return match rest[open.len()..].find(open) {
                Some(at) => (TokenKind::String, open.len() + at + open.len(), true),
                None => (TokenKind::String, rest.len(), false),
            };
        }
        match tag {
            0 => (TokenKind::Symbol, 1, true),
            n => (TokenKind::Named, 1 + n, true),
        }
    }
}

/// Length of the longest start of `text` whose characters all pass.
fn run(text: &str, pass: impl Fn(char) -> bool) -> usize {
    text.find(|c| !pass(c)).unwrap_or(text.len())
}

fn digits(text: &str) -> usize {
    run(text, |c| c.is_ascii_digit())
}

/// `:name`, `:1`, `@name` or a lone sign.
fn sigil(rest: &str) -> (TokenKind, usize, bool) {
    match (name(&rest[1..]), digits(&rest[1..])) {
        (0, 0) => (TokenKind::Symbol, 1, true),
        (0, n) => (TokenKind::Numbered, 1 + n, true),
        (n, _) => (TokenKind::Named, 1 + n, true),
    }
}

/// Length of a placeholder's name; 0 when there is none.
fn name(text: &str) -> usize {
    match text.chars().next() {
        Some(c) if is_word_start(c) => run(text, |c| c != '$' && is_word_part(c)),
        _ => 0,
    }
}

fn is_word_start(c: char) -> bool {
    c == '_' || c.is_alphabetic()
}

/// Whether the character continues a word or a number.
pub(super) fn is_word_part(c: char) -> bool {
    c == '_' || c == '$' || c.is_alphanumeric()
}

/// `text` starts with a quote; a doubled `close` is one character of it.
fn quoted(text: &str, close: char, backslash: bool) -> (usize, bool) {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == close {
            match chars.peek() {
                Some((_, next)) if *next == close => _ = chars.next(),
                _ => return (at + c.len_utf8(), true),
            }
        } else if backslash && c == '\\' {
            chars.next();
        }
    }
    (text.len(), false)
}

/// `text` starts with `/*`. A nested comment that never ends may be one of an engine that does not nest comments: it then ends
/// at the first `*/`, unterminated, and the server decides.
fn block_comment(text: &str, nested: bool) -> (usize, bool) {
    match (comment_end(text, nested), nested) {
        (Some(end), _) => (end, true),
        (None, true) => (comment_end(text, false).unwrap_or(text.len()), false),
        (None, false) => (text.len(), false),
    }
}

fn comment_end(text: &str, nested: bool) -> Option<usize> {
    let mut depth = 1_usize;
    let mut at = 2;
    while let Some(next) = text[at..].find(['*', '/']) {
        at += next;
        if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return Some(at);
            }
        } else if nested && text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else {
            at += 1;
        }
    }
    None
}

/// `text` starts with a digit or with `.` and a digit.
fn number(text: &str) -> usize {
    if text.starts_with("0x") || text.starts_with("0X") {
        return 2 + run(&text[2..], |c| c == '_' || c.is_ascii_hexdigit());
    }
    let digit = |c: char| c == '_' || c.is_ascii_digit();
    let mut len = run(text, digit);
    // `1..2` is a range: its dots are not part of the number.
    if text[len..].starts_with('.') && !text[len..].starts_with("..") {
        len += 1;
        len += run(&text[len..], digit);
    }
    if text[len..].starts_with(['e', 'E']) {
        let sign = usize::from(text[len + 1..].starts_with(['+', '-']));
        let exponent = digits(&text[len + 1 + sign..]);
        if exponent > 0 {
            len += 1 + sign + exponent;
        }
    }
    len
}
