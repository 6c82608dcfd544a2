//! Scripts, texts and facts of statements.

use proptest::prelude::*;

use super::*;
use crate::dialect::presets::ansi;
use crate::dialect::{Dialect, Parameters};
use crate::sql::lexer::{Token, TokenKind, tokens};
use crate::sql::{PlaceholderError, placeholder::PlaceholderKind};

/// The statement of a text, for tests that need one. A text without a statement becomes one without placeholders.
pub(crate) fn parsed(sql: &str, dialect: &dyn Dialect) -> &'static ParsedStatement {
    let statement = dialect.parse_script(sql).pop();
    Box::leak(Box::new(
        statement.unwrap_or_else(|| dialect.parse("SELECT").unwrap()),
    ))
}

fn script(sql: &str) -> Vec<ParsedStatement> {
    (&ansi() as &dyn Dialect).parse_script(sql)
}

fn texts(sql: &str) -> Vec<String> {
    let statements = script(sql).into_iter();
    statements
        .map(|statement| statement.text().to_owned())
        .collect()
}

#[test]
fn statements_are_those_with_content() {
    for (sql, count) in [
        ("", 0),
        (";-- a\n;", 0),
        ("SELECT 1", 1),
        ("SELECT ';'; -- ;", 1),
        ("SELECT 1; SELECT 2", 2),
        // A transaction is not a body, nor is a table named so.
        ("BEGIN; INSERT INTO t VALUES (1); END", 3),
        ("CREATE TABLE x AS TABLE function; BEGIN; END", 3),
    ] {
        assert_eq!(script(sql).len(), count, "{sql}");
    }
}

#[test]
fn split_leaves_the_semicolons_out() {
    let sql = " INSERT INTO t VALUES (';') ;\n;-- next\nSELECT 1; ";
    assert_eq!(
        texts(sql),
        ["INSERT INTO t VALUES (';')", "-- next\nSELECT 1"]
    );
}

#[test]
fn a_trigger_is_one_statement() {
    let trigger = "CREATE TEMP TRIGGER g AFTER INSERT ON t BEGIN \
                   UPDATE t SET a = CASE WHEN b THEN 1 ELSE 2 END; DELETE FROM u; END";
    let sql = format!("{trigger}; SELECT 1");
    assert_eq!(texts(&sql), [trigger, "SELECT 1"]);
}

#[test]
fn f2_a_byte_order_mark_at_the_start_is_dropped() {
    let trigger = "CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET a = 1; DELETE FROM u; END";
    let sql = format!("\u{feff}{trigger}; SELECT '\u{feff}'");
    assert_eq!(texts(&sql), [trigger, "SELECT '\u{feff}'"]);
    assert_eq!(script("\u{feff}SELECT 1")[0].class(), StatementClass::Query);
}

#[test]
fn f3_the_server_decides_about_a_comment_that_may_be_nested() {
    let sql = "/* a /* b */ SELECT ?";
    let [statement] = &script(sql)[..] else {
        panic!("{sql}");
    };
    assert_eq!((statement.text(), statement.arity()), (sql, 1));
    assert_eq!(statement.class(), StatementClass::Query);
    // A value written into it may end the comment on an engine that nests.
    let written = statement.with_numbers(|_| "$1".to_owned(), &[], 1);
    assert_eq!(written, Err(PlaceholderError::Unterminated));
    assert_eq!(
        texts("/* a /* b */ c */ SELECT 1; /* d"),
        ["/* a /* b */ c */ SELECT 1"]
    );
}

#[test]
fn only_semicolons_at_the_end_are_stripped() {
    for (sql, text) in [
        ("SELECT 1;", "SELECT 1"),
        ("SELECT 1 ; ; -- done", "SELECT 1"),
        ("SELECT ';'", "SELECT ';'"),
        ("SELECT 1 -- ;", "SELECT 1 -- ;"),
        // Positions in the server's errors are those of the caller's text.
        ("\n  SELECT 1;", "\n  SELECT 1"),
    ] {
        assert_eq!(texts(sql), [text], "{sql}");
    }
}

#[test]
fn one_statement_is_one() {
    let parse = |sql| (&ansi() as &dyn Dialect).parse(sql);
    assert_eq!(parse("SELECT 1;").unwrap().text(), "SELECT 1");
    assert_eq!(parse(" ; "), Err(NotOneStatement(0)));
    assert_eq!(
        parse(";; -- a\n SELECT 1").unwrap().text(),
        " -- a\n SELECT 1"
    );
    let error = parse("SELECT 1; SELECT 2").unwrap_err();
    assert_eq!(error, NotOneStatement(2));
    assert!(
        error.to_string().contains("contains 2 statements"),
        "{error}"
    );
}

#[test]
fn j15_several_statements_name_raw_sql() {
    let error = (&ansi() as &dyn Dialect).parse("SELECT 1; SELECT 2");
    assert_eq!(
        error.unwrap_err().to_string(),
        "the SQL contains 2 statements, but only one can run per call; run them one by one, or without bound values with \
         `raw_sql` (in the client, `execute_script`)"
    );
}

#[test]
fn placeholders_are_counted_from_the_start_of_their_statement() {
    let found = script("SELECT '?'; \n SELECT :a, $2 -- ?");
    assert_eq!(found[0].positions(), []);
    let second = &found[1];
    let kinds: Vec<_> = second.positions().iter().map(|found| found.kind).collect();
    assert_eq!(kinds, [PlaceholderKind::Named, PlaceholderKind::Numbered]);
    let text = |at: usize| &second.text()[second.positions()[at].at.clone()];
    assert_eq!((text(0), text(1)), (":a", "$2"));
    assert_eq!(second.arity(), 3);
    assert_eq!(second.first_token(), 14);
}

#[test]
fn b1_a_query_with_a_word_of_change_may_change_something() {
    let may = |sql| script(sql)[0].may_change();
    for sql in [
        "WITH i AS (INSERT INTO t VALUES (?) RETURNING id) SELECT id FROM i",
        "SELECT a INTO b FROM t",
        "PRAGMA cache_size = 5",
        "explain analyze select 1",
        "SELECT * FROM t FOR UPDATE",
        "DELETE FROM t",
    ] {
        assert!(may(sql), "{sql}");
    }
    for sql in [
        "SELECT 'INSERT', \"update\", replace(a, 'x', 'y') FROM t -- DELETE",
        "WITH i AS (SELECT 1) SELECT * FROM i WHERE inserted = ?",
    ] {
        assert!(!may(sql), "{sql}");
    }
}

#[test]
fn h2_only_a_pragma_may_be_a_query_without_columns() {
    let has = |sql| script(sql)[0].has_columns();
    assert!(has("SELECT 1") && has("INSERT INTO t VALUES (1) RETURNING a"));
    assert!(!has("PRAGMA user_version") && !has("INSERT INTO t VALUES (1)"));
}

#[test]
fn debug_shows_no_text() {
    let shown = format!("{:?}", script("SELECT 'secret'"));
    assert!(
        shown.contains("Query") && !shown.contains("secret"),
        "{shown}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_panics_and_no_statement_is_blank(sql in any::<String>()) {
        let blank = tokens(&sql, &Syntax::default())
            .all(|token: Token<'_>| !token.is_significant() || token.kind == TokenKind::Semicolon);
        prop_assert_eq!(script(&sql).is_empty(), blank);
    }

    /// The facts of a rewritten statement are those of its text.
    #[test]
    fn a_rewritten_statement_is_the_one_that_its_text_says(sql in "[ ?'\"a:$*/-]{0,40}") {
        for style in ["${n}", ":p{n}", "@p{n}", "?", "%s"] {
            let parameters = Parameters { placeholder: style.to_owned(), ..Parameters::default() };
            let casts = [None, Some("TEXT".to_owned())];
            for (statement, casts) in script(&sql).iter().flat_map(|one| [(one, &casts[..0]), (one, &casts)]) {
                let count = statement.placeholders().question;
                let rewritten = statement.with_numbers(|number| parameters.placeholder(number), casts, count);
                match rewritten {
                    Ok(rewritten) => {
                        let read = script(rewritten.text());
                        prop_assert_eq!(read[0].positions(), rewritten.positions());
                        prop_assert_eq!(read[0].class(), rewritten.class());
                    }
                    Err(error) => prop_assert_eq!(error, PlaceholderError::Unterminated),
                }
            }
        }
    }
}
