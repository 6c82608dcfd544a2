//! The kind of a statement, read off its keywords.
//!
//! A pool hides from the driver which method its user calls, while Flight SQL has one RPC for queries and one for updates:
//! <https://arrow.apache.org/docs/format/FlightSql.html>.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::Syntax;
use super::lexer::{Span, Token, TokenKind, tokens};

/// The kind of a statement, as far as its keywords tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum StatementClass {
    /// Returns rows and changes nothing: `SELECT`, `VALUES`, `SHOW`, `EXPLAIN`, …
    Query,
    /// Changes rows: `INSERT`, `UPDATE`, `DELETE`, `MERGE`, `COPY`.
    Dml,
    /// Changes rows and returns them: `… RETURNING …`.
    DmlReturning,
    /// Changes the schema or maintains it: `CREATE`, `DROP`, `ALTER`, `VACUUM`, …
    Ddl,
    /// Changes the session: `SET`, `USE`, `RESET`.
    Session,
    /// `BEGIN`, `COMMIT`, `ROLLBACK`, `SAVEPOINT`, `RELEASE`, …
    Transaction,
    /// Starts with a word that is not known.
    Unknown,
    /// Contains only white space, comments and semicolons.
    Empty,
}

/// A statement as its text and its significant tokens.
///
/// It is opaque, because its parser may change.
#[derive(Debug, Clone)]
pub struct StatementText<'a> {
    /// The text that the tokens are from: a whole script.
    script: &'a str,
    at: Range<usize>,
    tokens: Vec<Span>,
}

impl<'a> StatementText<'a> {
    /// Reads the statement with this text, in the syntax of a dialect.
    #[must_use]
    pub fn new(sql: &'a str, syntax: &Syntax) -> Self {
        let tokens = tokens(sql, syntax).filter(Token::is_significant);
        let tokens = tokens.map(|token| token.span()).collect();
        Self::from_tokens(sql, 0..sql.len(), tokens)
    }

    /// The statement at a place of a script, whose significant tokens are these.
    pub(super) fn from_tokens(script: &'a str, at: Range<usize>, tokens: Vec<Span>) -> Self {
        Self { script, at, tokens }
    }

    pub(super) fn significant(&self) -> impl Iterator<Item = Token<'a>> {
        let script = self.script;
        self.tokens.iter().map(move |span| span.of(script))
    }

    /// Returns the text, with its comments.
    #[must_use]
    pub fn as_str(&self) -> &'a str {
        &self.script[self.at.clone()]
    }

    /// Returns the text of each token except white space and comments: words, identifiers and strings in their quotes,
    /// numbers, placeholders, symbols.
    pub fn tokens(&self) -> impl Iterator<Item = &'a str> {
        self.significant().map(|token| token.text)
    }

    /// Returns `true` if the result of a statement of this class has columns, even without rows. `PRAGMA name` reads on
    /// some engines and sets on others.
    pub(super) fn has_columns(&self, class: StatementClass) -> bool {
        let is_pragma = |first: Token<'_>| first.is_word("PRAGMA");
        matches!(class, StatementClass::Query | StatementClass::DmlReturning)
            && !self.significant().next().is_none_or(is_pragma)
    }

    /// Returns `true` if a statement that reads may change something as well: a table expression with `INSERT`,
    /// `SELECT … INTO`, `EXPLAIN ANALYZE`, `PRAGMA … = …`. The text does not tell of a function that changes something.
    pub(super) fn may_change(&self) -> bool {
        const WORDS: [&str; 7] = [
            "INSERT", "UPDATE", "DELETE", "MERGE", "INTO", "CALL", "EXPLAIN",
        ];
        let mut is_pragma = false;
        self.significant().any(|token| {
            is_pragma |= token.is_word("PRAGMA");
            WORDS.iter().any(|word| token.is_word(word)) || (is_pragma && token.is_symbol("="))
        })
    }
}

/// Returns the class of the first statement in the SQL. `words` are leading keywords in addition to those below.
pub(crate) fn classify(
    statement: &StatementText<'_>,
    words: &BTreeMap<String, StatementClass>,
) -> StatementClass {
    let tokens = statement.significant();
    let mut rest = tokens
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
        class => class,
    }
}

/// The leading keywords of statements, of all presets together.
const KEYWORDS: [(StatementClass, &str); 5] = [
    (
        StatementClass::Query,
        "SELECT VALUES TABLE SHOW DESCRIBE DESC EXPLAIN PRAGMA FROM SUMMARIZE PIVOT UNPIVOT",
    ),
    (
        StatementClass::Dml,
        "INSERT UPDATE DELETE MERGE REPLACE UPSERT COPY",
    ),
    (
        StatementClass::Ddl,
        "CREATE DROP ALTER TRUNCATE COMMENT RENAME GRANT REVOKE ANALYZE VACUUM REINDEX REFRESH ATTACH DETACH INSTALL LOAD \
         CHECKPOINT",
    ),
    (StatementClass::Session, "SET RESET USE"),
    (
        StatementClass::Transaction,
        "BEGIN START COMMIT END ROLLBACK ABORT SAVEPOINT RELEASE",
    ),
];

pub(super) fn of_keyword(word: &str) -> StatementClass {
    let is_one = |words: &str| {
        words
            .split(' ')
            .any(|known| known.eq_ignore_ascii_case(word))
    };
    let class = KEYWORDS.iter().find(|(_, words)| is_one(words));
    class.map_or(StatementClass::Unknown, |(class, _)| *class)
}

/// The statement after the table expressions: the first keyword outside parentheses that is not a table expression's name.
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

fn nest(depth: usize, token: &Token<'_>) -> usize {
    match (token.kind, token.text) {
        (TokenKind::Symbol, "(") => depth + 1,
        (TokenKind::Symbol, ")") => depth.saturating_sub(1),
        _ => depth,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use StatementClass::{Ddl, Dml, DmlReturning, Empty, Query, Session, Transaction, Unknown};

    fn class(sql: &str) -> StatementClass {
        classify(
            &StatementText::new(sql, &Syntax::default()),
            &BTreeMap::new(),
        )
    }

    #[test]
    fn classes() {
        let cases: &[(StatementClass, &[&str])] = &[
            (
                Query,
                &[
                    "SELECT 1",
                    "select 1;",
                    " -- why\n /* not */ Select 1",
                    "(SELECT 1) UNION (SELECT 2)",
                    "((SELECT 1))",
                    "VALUES (1)",
                    "TABLE t",
                    "SHOW TABLES",
                    "DESCRIBE t",
                    "EXPLAIN ANALYZE INSERT INTO t VALUES (1)",
                    "PRAGMA table_info('t')",
                    "PRAGMA user_version",
                    // Some settings reply with a row, and some with none.
                    "PRAGMA busy_timeout = 100",
                    "FROM t",
                    "WITH a AS (SELECT 1) SELECT * FROM a",
                    "WITH RECURSIVE a(n) AS (SELECT 1 UNION SELECT n FROM a) SELECT * FROM a",
                    "WITH a AS (SELECT 1), b AS MATERIALIZED (SELECT 2) (SELECT * FROM a, b)",
                    "WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d",
                    "WITH replace AS (SELECT 1) SELECT * FROM replace",
                    "WITH a AS (SELECT 1), \"insert\" AS (SELECT 1), update AS (SELECT 2) SELECT 1",
                    "SELECT 'x' AS returning",
                    ";; SELECT 1",
                ],
            ),
            (
                Dml,
                &[
                    "INSERT INTO t VALUES (1)",
                    "insert into t select 'returning' from u",
                    "UPDATE t SET a = (SELECT max(returning) FROM u)",
                    "DELETE FROM t",
                    "MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE",
                    "REPLACE INTO t VALUES (1)",
                    "COPY t FROM 'f'",
                    "WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a",
                    "WITH a AS (SELECT 1) UPDATE t SET x = 1",
                    "WITH a AS (SELECT 1) DELETE FROM t",
                    "INSERT INTO t VALUES (1); SELECT 1 RETURNING",
                ],
            ),
            (
                DmlReturning,
                &[
                    "INSERT INTO t VALUES (1) RETURNING id",
                    "update t set a = 1 returning *",
                    "WITH a AS (SELECT 1) DELETE FROM t RETURNING id",
                ],
            ),
            (
                Ddl,
                &[
                    "CREATE TABLE t (a int)",
                    "drop table t",
                    "ALTER TABLE t ADD b int",
                    "TRUNCATE t",
                    "VACUUM",
                ],
            ),
            (Session, &["SET a = 1", "RESET a", "USE db"]),
            (
                Transaction,
                &[
                    "BEGIN",
                    "START TRANSACTION",
                    "COMMIT",
                    "END",
                    "ROLLBACK TO s",
                    "SAVEPOINT s",
                    "RELEASE s",
                ],
            ),
            (
                Unknown,
                &[
                    "CALL f()",
                    "FLY",
                    "\"SELECT\" 1",
                    "'SELECT'",
                    "1",
                    ") SELECT",
                ],
            ),
            (
                Empty,
                &["", "  \n", "-- SELECT 1", "/* a */ ; ;", "/* SELECT 1", "("],
            ),
        ];
        for (expected, texts) in cases {
            for sql in *texts {
                assert_eq!(class(sql), *expected, "{sql}");
            }
        }
    }
}
