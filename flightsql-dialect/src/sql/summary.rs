//! The summary of a statement for traces: its operations and tables, without values.
//!
//! <https://opentelemetry.io/docs/specs/semconv/db/database-spans/#generating-a-summary-of-the-query>

use std::iter::Peekable;

use super::class::of_keyword;
use super::lexer::{Token, TokenKind, tokens};
use super::{ParsedStatement, StatementClass, Syntax};

/// The longest summary, in bytes. OpenTelemetry allows 255 characters, and the client adds a word such as `DESCRIBE`.
const LONGEST: usize = 246;
/// Keywords between the verb of a definition and the kind of its object.
const MODIFIERS: &str =
    "OR REPLACE TEMP TEMPORARY UNIQUE EXTERNAL UNLOGGED GLOBAL LOCAL MATERIALIZED TRANSIENT";
/// Objects whose definition names them.
const OBJECTS: &str =
    "TABLE VIEW INDEX SCHEMA DATABASE CATALOG SEQUENCE TYPE FUNCTION MACRO TRIGGER";
/// Keywords between the kind of an object and its name.
const EXISTENCE: &str = "IF NOT EXISTS ONLY";

/// The operations and tables of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The leading keyword as written, such as `SELECT`; after table expressions, the keyword that follows them.
    pub operation: String,
    /// The operations and tables in their order, such as `INSERT archive SELECT orders`.
    pub text: String,
}

/// Summarizes a statement. Strings, numbers and placeholders are never in it, and neither are words of a statement whose kind
/// is unknown: `None`.
#[must_use]
pub fn summarize(statement: &ParsedStatement, syntax: &Syntax) -> Option<Summary> {
    if matches!(
        statement.class(),
        StatementClass::Unknown | StatementClass::Empty
    ) {
        return None;
    }
    let mut rest = tokens(statement.text(), syntax)
        .filter(Token::is_significant)
        .peekable();
    while rest.next_if(|token| token.is_symbol("(")).is_some() {}
    let first = rest.next().filter(|token| token.kind == TokenKind::Word)?;
    let mut writer = Writer::default();
    if !first.is_word("WITH") {
        writer.verb(&first);
        match statement.class() {
            StatementClass::Ddl => object(&mut rest, &mut writer),
            _ if first.is_word("UPDATE") || first.is_word("TABLE") => list(&mut rest, &mut writer),
            _ if first.is_word("COPY") => {
                rest.next_if(|token| token.is_word("INTO"));
                name(&mut rest, &mut writer);
            }
            _ if first.is_word("FROM") => list(&mut rest, &mut writer),
            StatementClass::Session | StatementClass::Transaction => return writer.end(),
            _ => {}
        }
    }
    body(&mut rest, &mut writer);
    writer.end()
}

#[derive(Default)]
struct Writer {
    operation: Option<String>,
    text: String,
    is_full: bool,
}

impl Writer {
    fn word(&mut self, word: &str) {
        let gap = usize::from(!self.text.is_empty());
        self.is_full |= self.text.len() + gap + word.len() > LONGEST;
        if !self.is_full {
            self.text.extend([" "].into_iter().take(gap).chain([word]));
        }
    }

    fn verb(&mut self, token: &Token<'_>) {
        self.operation.get_or_insert_with(|| token.text.to_owned());
        self.word(token.text);
    }

    fn end(self) -> Option<Summary> {
        let text = self.text;
        self.operation.map(|operation| Summary { operation, text })
    }
}

fn is_one(token: &Token<'_>, words: &str) -> bool {
    token.kind == TokenKind::Word
        && words
            .split(' ')
            .any(|word| word.eq_ignore_ascii_case(token.text))
}

/// The kind and the name of a defined object.
fn object<'a>(rest: &mut Peekable<impl Iterator<Item = Token<'a>>>, writer: &mut Writer) {
    while rest.next_if(|token| is_one(token, MODIFIERS)).is_some() {}
    if let Some(kind) = rest.next_if(|token| is_one(token, OBJECTS)) {
        writer.word(kind.text);
        while rest.next_if(|token| is_one(token, EXISTENCE)).is_some() {}
        name(rest, writer);
    } else if writer.text.eq_ignore_ascii_case("TRUNCATE") {
        name(rest, writer);
    }
}

/// Functions with a `FROM` before their last argument.
const FUNCTIONS: &str = "EXTRACT TRIM SUBSTRING OVERLAY";

/// The operations and tables in the rest of a statement.
fn body<'a>(rest: &mut Peekable<impl Iterator<Item = Token<'a>>>, writer: &mut Writer) {
    // Whether a statement may begin here: at the start, and after a parenthesis.
    let mut begins = writer.operation.is_none();
    // Whether a `FROM` that follows belongs to an expression.
    let (mut is_function, mut is_distinct) = (false, false);
    // The open parentheses, and whether each is that of such a function.
    let mut functions = Vec::new();
    while let Some(token) = rest.next() {
        if token.kind == TokenKind::Symbol {
            match token.text {
                "(" => functions.push(is_function),
                ")" => drop(functions.pop()),
                _ => {}
            }
            (is_function, is_distinct) = (false, false);
            begins = matches!(token.text, "(" | ")");
            continue;
        }
        is_function = is_one(&token, FUNCTIONS);
        let in_expression = is_distinct || functions.last() == Some(&true);
        is_distinct = token.is_word("DISTINCT");
        if token.is_word("FROM") && in_expression {
            continue;
        }
        let is_change = is_one(&token, "INSERT UPDATE DELETE MERGE");
        if token.is_word("SELECT") || (begins && is_change) {
            // Of table expressions, the operation is the statement that follows them.
            match functions.len() {
                0 => writer.verb(&token),
                _ => writer.word(token.text),
            }
            if token.is_word("UPDATE") {
                list(rest, writer);
            }
        } else if is_one(&token, "FROM JOIN INTO USING") {
            list(rest, writer);
        }
        begins = false;
    }
}

/// Names of tables, separated by commas and each with an optional alias.
fn list<'a>(rest: &mut Peekable<impl Iterator<Item = Token<'a>>>, writer: &mut Writer) {
    loop {
        while rest
            .next_if(|token| is_one(token, "ONLY LATERAL TABLE"))
            .is_some()
        {}
        name(rest, writer);
        rest.next_if(|token| token.is_word("AS"));
        rest.next_if(|token| {
            token.kind == TokenKind::Identifier
                || (token.kind == TokenKind::Word
                    && of_keyword(token.text) == StatementClass::Unknown
                    && !is_one(token, CLAUSES))
        });
        if rest.next_if(|token| token.is_symbol(",")).is_none() {
            return;
        }
    }
}

/// Keywords that may follow the name of a table, and are no alias of it.
const CLAUSES: &str = "WHERE JOIN INNER LEFT RIGHT FULL CROSS NATURAL ON USING GROUP ORDER HAVING LIMIT OFFSET UNION \
    INTERSECT EXCEPT WINDOW FETCH FOR RETURNING WHEN DEFAULT QUALIFY SAMPLE ASOF SEMI ANTI POSITIONAL INTO";

/// A name with its parts, if one is next; nothing for a string, a number or a placeholder.
fn name<'a>(rest: &mut Peekable<impl Iterator<Item = Token<'a>>>, writer: &mut Writer) {
    let is_name = |token: &Token<'_>| {
        token.kind == TokenKind::Identifier
            || (token.kind == TokenKind::Word && !token.is_word("SELECT"))
    };
    let Some(first) = rest.next_if(is_name) else {
        return;
    };
    let mut name = first.text.to_owned();
    while rest.next_if(|token| token.is_symbol(".")).is_some() {
        let Some(part) = rest.next_if(is_name) else {
            break;
        };
        name.extend([".", part.text]);
    }
    writer.word(&name);
}

#[cfg(test)]
mod tests {
    use crate::dialect::{Dialect, presets};

    fn summary(sql: &str) -> Option<(String, String)> {
        let dialect = presets::sqlite();
        let statement = (&dialect as &dyn Dialect).parse(sql).unwrap();
        let summary = super::summarize(&statement, &dialect.profile().syntax)?;
        Some((summary.operation, summary.text))
    }

    #[test]
    fn names_operations_and_tables() {
        let long = format!("SELECT 1 FROM a, {}, b", "x".repeat(300));
        for (sql, operation, text) in [
            (
                "SELECT * FROM wuser_table WHERE username = 'ann'",
                "SELECT",
                "SELECT wuser_table",
            ),
            (
                "select a from s.t as x, \"song list\" y join c on 1 = 2",
                "select",
                "select s.t \"song list\" c",
            ),
            (
                "INSERT INTO shipping_details (order_id, address) SELECT order_id FROM orders WHERE id = ?",
                "INSERT",
                "INSERT shipping_details SELECT orders",
            ),
            (
                "INSERT INTO t VALUES ('FROM secret', 17)",
                "INSERT",
                "INSERT t",
            ),
            (
                "SELECT d FROM (SELECT * FROM orders o JOIN customers c ON o.id = c.id)",
                "SELECT",
                "SELECT SELECT orders customers",
            ),
            (
                "UPDATE t SET a = (SELECT max(b) FROM u)",
                "UPDATE",
                "UPDATE t SELECT u",
            ),
            ("DELETE FROM t WHERE a = 1", "DELETE", "DELETE t"),
            (
                "INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET b = 2",
                "INSERT",
                "INSERT t",
            ),
            (
                "WITH a AS (SELECT 1 FROM u) INSERT INTO t SELECT * FROM a",
                "INSERT",
                "SELECT u INSERT t SELECT a",
            ),
            (
                "CREATE TABLE IF NOT EXISTS s.t (a INT)",
                "CREATE",
                "CREATE TABLE s.t",
            ),
            (
                "CREATE OR REPLACE TEMP VIEW v AS SELECT 1 FROM t",
                "CREATE",
                "CREATE VIEW v SELECT t",
            ),
            ("DROP TABLE t", "DROP", "DROP TABLE t"),
            ("SET password = 'x'", "SET", "SET"),
            ("ATTACH 'file:secret' AS x", "ATTACH", "ATTACH"),
            ("COPY t FROM 'secret'", "COPY", "COPY t"),
            ("COPY INTO t FROM 'secret'", "COPY", "COPY t"),
            (
                "SELECT extract(YEAR FROM a), trim(b FROM (SELECT c FROM u)) FROM t WHERE a IS NOT DISTINCT FROM d",
                "SELECT",
                "SELECT SELECT u t",
            ),
            ("SELECT * FROM 'secret.csv'", "SELECT", "SELECT"),
            ("((SELECT 1))", "SELECT", "SELECT"),
            ("BEGIN", "BEGIN", "BEGIN"),
            (&*long, "SELECT", "SELECT a"),
        ] {
            let expected = Some((operation.to_owned(), text.to_owned()));
            assert_eq!(summary(sql), expected, "{sql}");
        }
    }

    #[test]
    fn shows_nothing_of_unknown_statements() {
        for sql in ["hunter2", "CALL f('x')", "'SELECT'"] {
            assert_eq!(summary(sql), None, "{sql}");
        }
    }
}
