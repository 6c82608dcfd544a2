//! Counting and rewriting.

use proptest::prelude::*;

use super::*;
use crate::dialect::presets::ansi as standard;
use crate::dialect::{Parameters, Syntax};
use crate::sql::lexer::tokens;
use crate::sql::statement::tests::parsed;

fn ansi(sql: &str) -> Placeholders<'static> {
    parsed(sql, &standard()).placeholders()
}

fn rewrite(
    sql: &str,
    placeholder: &str,
    casts: &[Option<String>],
    expected: usize,
) -> Result<String, PlaceholderError> {
    let parameters = Parameters {
        placeholder: placeholder.to_owned(),
        ..Parameters::default()
    };
    let write = |number| parameters.placeholder(number);
    let statement = parsed(sql, &standard()).with_numbers(write, casts, expected)?;
    Ok(statement.text().to_owned())
}

fn dollars(sql: &str, expected: usize) -> Result<String, PlaceholderError> {
    rewrite(sql, "${n}", &[], expected)
}

#[test]
fn counts() {
    assert_eq!(ansi("SELECT '?', \"?\" -- ?"), Placeholders::default());
    assert_eq!(ansi("? + ?").question, 2);
    assert_eq!(ansi("$2 + $10 + $2").max_number, 10);
    assert_eq!(ansi("$a + :b + $a").names, ["$a", ":b"]);
    assert_eq!(ansi("$99999999999999999999999").max_number, usize::MAX);
}

#[test]
fn arity_counts_each_value_once() {
    assert_eq!(ansi("SELECT 1").arity(), 0);
    assert_eq!(ansi("? ?").arity(), 2);
    assert_eq!(ansi("$1 $1 $3").arity(), 3);
    assert_eq!(ansi(":a :b :a").arity(), 2);
    assert_eq!(ansi("? $99999999999999999999999").arity(), usize::MAX);
}

#[test]
fn questions_become_numbers() {
    assert_eq!(
        dollars("a = ? AND b <> 'a?' AND c = ?", 2).unwrap(),
        "a = $1 AND b <> 'a?' AND c = $2"
    );
    assert_eq!(dollars("?::int", 1).unwrap(), "$1::int");
    let many = ["?"; 11].join(",");
    assert!(dollars(&many, 11).unwrap().ends_with("$10,$11"));
}

#[test]
fn a_number_never_joins_adjacent_tokens() {
    assert_eq!(dollars("LIMIT?OFFSET?", 2).unwrap(), "LIMIT $1 OFFSET $2");
    assert_eq!(dollars("$?:", 1).unwrap(), "$ $1:");
    assert_eq!(dollars("(?,?)", 2).unwrap(), "($1,$2)");
}

#[test]
fn numbers_go_on_after_those_in_the_text() {
    assert_eq!(dollars("a = $1 AND b = ?", 1).unwrap(), "a = $1 AND b = $2");
}

#[test]
fn other_styles() {
    assert_eq!(rewrite("? ?", ":{n}", &[], 2).unwrap(), ":1 :2");
    assert_eq!(rewrite("? ?", "@p{n}", &[], 2).unwrap(), "@p1 @p2");
    assert_eq!(
        rewrite("'a'?,f()?", ":p{n}", &[], 2).unwrap(),
        "'a' :p1,f() :p2"
    );
    // The point belongs to the number, so `1.:1` has no placeholder.
    assert_eq!(rewrite("1.?", ":{n}", &[], 1).unwrap(), "1. :1");
    assert_eq!(rewrite("? ?", "?", &[], 2).unwrap(), "? ?");
}

#[test]
fn placeholders_are_cast_by_their_number() {
    let casts = [None, Some("BIGINT".to_owned()), None];
    assert_eq!(
        rewrite("$1 +? -?", ":p{n}", &casts, 2).unwrap(),
        "$1 +CAST(:p2 AS BIGINT) -:p3"
    );
    assert_eq!(
        rewrite("$1 +? -?", "?", &casts, 2).unwrap(),
        "$1 +CAST(? AS BIGINT) -?"
    );
}

#[test]
fn a_text_without_questions_stays() {
    assert_eq!(dollars("SELECT $1", 0).unwrap(), "SELECT $1");
}

#[test]
fn another_count_is_an_error_that_says_what_to_do() {
    let error = dollars("data ? 'key' AND a = ?", 1).unwrap_err();
    assert_eq!(
        error,
        PlaceholderError::Count {
            found: 2,
            expected: 1
        }
    );
    let text = error.to_string();
    assert!(
        text.starts_with("2 `?` in the statement but 1 bound"),
        "{text}"
    );
}

#[test]
fn a_string_that_never_ends_is_refused() {
    assert_eq!(
        dollars("a = ? AND b = 'c", 1),
        Err(PlaceholderError::Unterminated)
    );
    assert!(dollars("a = $1 AND b = 'c", 0).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Numbers replace questions one for one, and every other token stays.
    #[test]
    fn rewriting_keeps_all_other_tokens(sql in "[ ?'\"a$:/*-]{0,40}") {
        let all: Vec<_> = tokens(&sql, &Syntax::default()).collect();
        if !all.iter().all(|token| token.terminated) || !all.iter().any(Token::is_significant) {
            return Ok(());
        }
        let found = ansi(&sql).question;
        let rewritten = dollars(&sql, found).unwrap();
        prop_assert_eq!(ansi(&rewritten).question, 0);
        prop_assert_eq!(ansi(&rewritten).max_number, found);
        prop_assert_eq!(others(&rewritten), others(&sql));
    }
}

fn others(sql: &str) -> Vec<&str> {
    let kept = |t: &Token<'_>| {
        t.is_significant() && !matches!(t.kind, TokenKind::Question | TokenKind::Numbered)
    };
    tokens(sql, &Syntax::default())
        .filter(kept)
        .map(|t| t.text)
        .collect()
}
