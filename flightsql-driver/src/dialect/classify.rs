//! What kind of statement a text is, and where its statements end. Keywords only, no parser.
//!
//! Layer 0. Needed because a pool hides `execute` from the driver, while Flight SQL has one call for
//! queries and one for updates: <https://arrow.apache.org/docs/format/FlightSql.html>.

use std::collections::BTreeMap;

use super::lexer::{Token, TokenKind, tokens};
use super::{StatementClass, Syntax};

#[cfg(test)]
mod tests;

/// A statement as its text and its significant tokens.
///
/// It is opaque, because its parser may change.
#[derive(Debug, Clone, Copy)]
pub struct StatementText<'a> {
    sql: &'a str,
    syntax: &'a Syntax,
}

impl<'a> StatementText<'a> {
    /// Returns the statement with this text, in the syntax of a dialect.
    #[must_use]
    pub fn new(sql: &'a str, syntax: &'a Syntax) -> Self {
        Self { sql, syntax }
    }

    /// Returns the text, with its comments.
    #[must_use]
    pub fn as_str(&self) -> &'a str {
        self.sql
    }

    /// Returns the text of each token except white space and comments: words, identifiers and strings in their quotes,
    /// numbers, placeholders, symbols.
    pub fn tokens(&self) -> impl Iterator<Item = &'a str> {
        tokens(self.sql, self.syntax)
            .filter(Token::is_significant)
            .map(|token| token.text)
    }
}

/// Returns the class of the first statement in the SQL. `words` are leading keywords in addition to those below.
pub(crate) fn classify(
    statement: &StatementText<'_>,
    words: &BTreeMap<String, StatementClass>,
) -> StatementClass {
    let mut rest = tokens(statement.sql, statement.syntax)
        .filter(Token::is_significant)
        .skip_while(|token| token.kind == TokenKind::Semicolon || token.is_symbol("("))
        .take_while(|token| token.kind != TokenKind::Semicolon);
    let Some(first) = rest.next() else {
        return StatementClass::Empty;
    };
    if first.kind != TokenKind::Word {
        return StatementClass::Unknown;
    }
    if first.is_word("WITH") {
        return after_with(&mut rest);
    }
    let own = words
        .iter()
        .find(|(word, _)| word.eq_ignore_ascii_case(first.text));
    let class = own.map_or_else(|| of_keyword(first.text), |(_, class)| *class);
    match class {
        StatementClass::Dml => dml(&mut rest),
        StatementClass::Query if first.is_word("PRAGMA") => pragma(&mut rest),
        class => class,
    }
}

/// The first words of statements; SQL of all presets together.
const KEYWORDS: &[(StatementClass, &[&str])] = &[
    (
        StatementClass::Query,
        &[
            "SELECT",
            "VALUES",
            "TABLE",
            "SHOW",
            "DESCRIBE",
            "DESC",
            "EXPLAIN",
            "PRAGMA",
            "FROM",
            "SUMMARIZE",
            "PIVOT",
            "UNPIVOT",
        ],
    ),
    (
        StatementClass::Dml,
        &[
            "INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE", "UPSERT", "COPY",
        ],
    ),
    (
        StatementClass::Ddl,
        &[
            "CREATE",
            "DROP",
            "ALTER",
            "TRUNCATE",
            "COMMENT",
            "RENAME",
            "GRANT",
            "REVOKE",
            "ANALYZE",
            "VACUUM",
            "REINDEX",
            "REFRESH",
            "ATTACH",
            "DETACH",
            "INSTALL",
            "LOAD",
            "CHECKPOINT",
        ],
    ),
    (StatementClass::Session, &["SET", "RESET", "USE"]),
    (
        StatementClass::Transaction,
        &[
            "BEGIN",
            "START",
            "COMMIT",
            "END",
            "ROLLBACK",
            "ABORT",
            "SAVEPOINT",
            "RELEASE",
        ],
    ),
];

fn of_keyword(word: &str) -> StatementClass {
    let known = |words: &[&str]| words.iter().any(|known| known.eq_ignore_ascii_case(word));
    KEYWORDS
        .iter()
        .find(|(_, words)| known(words))
        .map_or(StatementClass::Unknown, |(class, _)| *class)
}

/// The statement behind the table expressions: the first keyword outside parentheses that is not a
/// table expression's name.
fn after_with<'a>(rest: &mut impl Iterator<Item = Token<'a>>) -> StatementClass {
    let mut depth = 0_usize;
    let mut names_next = true;
    while let Some(token) = rest.next() {
        depth = nest(depth, &token);
        if depth == 0 && token.kind == TokenKind::Word && !names_next {
            match of_keyword(token.text) {
                StatementClass::Dml => return dml(rest),
                StatementClass::Query => return StatementClass::Query,
                _ => {}
            }
        }
        names_next = token.is_symbol(",") || (names_next && token.is_word("RECURSIVE"));
    }
    // `WITH … (SELECT …)`, or nothing that runs.
    StatementClass::Query
}

fn dml<'a>(rest: &mut impl Iterator<Item = Token<'a>>) -> StatementClass {
    let mut depth = 0_usize;
    for token in rest {
        depth = nest(depth, &token);
        if depth == 0 && token.is_word("RETURNING") {
            return StatementClass::DmlReturning;
        }
    }
    StatementClass::Dml
}

/// Returns `true` if the result of a statement of this class has columns, even without rows. `PRAGMA name` reads on
/// some engines and sets on others.
pub(crate) fn has_columns(sql: &str, syntax: &Syntax, class: StatementClass) -> bool {
    let mut significant = tokens(sql, syntax).filter(Token::is_significant);
    matches!(class, StatementClass::Query | StatementClass::DmlReturning)
        && significant
            .next()
            .is_some_and(|first| !first.is_word("PRAGMA"))
}

/// Returns `true` if a statement that reads may change something as well: a table expression with `INSERT`,
/// `SELECT … INTO`, `EXPLAIN ANALYZE`. The text does not tell of a function that changes something.
pub(crate) fn may_change(sql: &str, syntax: &Syntax) -> bool {
    const WORDS: [&str; 7] = [
        "INSERT", "UPDATE", "DELETE", "MERGE", "INTO", "CALL", "EXPLAIN",
    ];
    tokens(sql, syntax)
        .filter(Token::is_significant)
        .any(|token| WORDS.iter().any(|word| token.is_word(word)))
}

/// `PRAGMA name = value` sets, every other form reads.
fn pragma<'a>(rest: &mut impl Iterator<Item = Token<'a>>) -> StatementClass {
    if rest.any(|token| token.is_symbol("=")) {
        StatementClass::Session
    } else {
        StatementClass::Query
    }
}

fn nest(depth: usize, token: &Token<'_>) -> usize {
    match (token.kind, token.text) {
        (TokenKind::Symbol, "(") => depth + 1,
        (TokenKind::Symbol, ")") => depth.saturating_sub(1),
        _ => depth,
    }
}

/// The number of statements in `sql` that hold more than comments.
pub(crate) fn statements(sql: &str, syntax: &Syntax) -> usize {
    split(sql, syntax).len()
}

/// The statements of `sql` without the semicolons between them; those with nothing but comments are
/// left out. Semicolons in the body of a trigger, function or procedure do not separate.
pub(crate) fn split<'a>(sql: &'a str, syntax: &Syntax) -> Vec<&'a str> {
    let mut found = Vec::new();
    let mut current = Statement::default();
    for token in tokens(sql, syntax) {
        if token.kind == TokenKind::Semicolon && !current.in_body() {
            let end = std::mem::take(&mut current);
            found.extend(end.significant.then(|| sql[end.start..token.start].trim()));
            current.start = token.start + 1;
        } else if token.is_significant() {
            current.see(&token);
        }
    }
    found.extend(current.significant.then(|| sql[current.start..].trim()));
    found
}

/// `sql` up to the semicolons that end it: some servers refuse them. Comments behind them go too.
pub(crate) fn strip_trailing_semicolon<'a>(sql: &'a str, syntax: &Syntax) -> &'a str {
    let mut end = None;
    for token in tokens(sql, syntax) {
        if token.kind == TokenKind::Semicolon {
            end = end.or(Some(token.start));
        } else if token.is_significant() {
            end = None;
        }
    }
    end.map_or(sql, |end| &sql[..end])
}

/// One statement while its tokens go by.
#[derive(Debug, Default)]
struct Statement {
    start: usize,
    significant: bool,
    creates: bool,
    routine: bool,
    /// Open `BEGIN` and `CASE` of a routine.
    blocks: usize,
}

impl Statement {
    fn in_body(&self) -> bool {
        self.blocks > 0
    }

    fn see(&mut self, token: &Token<'_>) {
        if !self.significant {
            self.significant = true;
            self.creates = token.is_word("CREATE");
        } else if self.routine {
            if token.is_word("BEGIN") || (self.in_body() && token.is_word("CASE")) {
                self.blocks += 1;
            } else if token.is_word("END") {
                self.blocks = self.blocks.saturating_sub(1);
            }
        } else if self.creates {
            let routines = ["TRIGGER", "FUNCTION", "PROCEDURE"];
            self.routine = routines.iter().any(|word| token.is_word(word));
            // `CREATE TABLE function (…)`: what is created stands before any other word.
            let before = ["OR", "REPLACE", "TEMP", "TEMPORARY"];
            self.creates = before.iter().any(|word| token.is_word(word));
        }
    }
}
