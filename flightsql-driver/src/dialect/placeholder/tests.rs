//! Counting and rewriting.

#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;

fn ansi(sql: &str) -> Placeholders<'_> {
    count(sql, &Syntax::default())
}

fn style(placeholder: &str) -> Parameters {
    Parameters {
        placeholder: placeholder.to_owned(),
        ..Parameters::default()
    }
}

fn dollars(sql: &str, expected: usize) -> Result<Cow<'_, str>, PlaceholderError> {
    rewrite_questions(sql, &Syntax::default(), &style("${n}"), &[], expected)
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
fn a_number_never_joins_its_neighbours() {
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
    let rewrite = |placeholder| {
        let parameters = style(placeholder);
        let sql = rewrite_questions("? ?", &Syntax::default(), &parameters, &[], 2);
        sql.unwrap()
    };
    assert_eq!(rewrite(":{n}"), ":1 :2");
    assert_eq!(rewrite("@p{n}"), "@p1 @p2");
    assert_eq!(rewrite("{p{n}:Int64}"), "{p1:Int64} {p2:Int64}");
    assert_eq!(rewrite("%s"), "%s %s");
    assert!(matches!(rewrite("?"), Cow::Borrowed("? ?")));
}

#[test]
fn placeholders_are_cast_by_their_number() {
    let rewrite = |placeholder| {
        let casts = [None, Some("BIGINT".to_owned()), None];
        let parameters = style(placeholder);
        let syntax = Syntax::default();
        let sql = rewrite_questions("$1 +? -?", &syntax, &parameters, &casts, 2);
        sql.unwrap().into_owned()
    };
    assert_eq!(rewrite(":p{n}"), "$1 +CAST(:p2 AS BIGINT) -:p3");
    assert_eq!(rewrite("?"), "$1 +CAST(? AS BIGINT) -?");
}

#[test]
fn a_text_without_questions_is_not_copied() {
    assert!(matches!(
        dollars("SELECT $1", 0),
        Ok(Cow::Borrowed("SELECT $1"))
    ));
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
    fn rewriting_keeps_all_other_tokens(sql in "[ ?'\"a$;:/*-]{0,40}") {
        let found = ansi(&sql).question;
        prop_assume!(tokens(&sql, &Syntax::default()).all(|token| token.terminated));
        let rewritten = dollars(&sql, found).unwrap();
        prop_assert_eq!(ansi(&rewritten).question, 0);
        prop_assert_eq!(ansi(&rewritten).max_number, found);
        prop_assert_eq!(others(&rewritten), others(&sql));
    }
}

fn others(sql: &str) -> Vec<&str> {
    let kept = |t: &super::super::lexer::Token<'_>| {
        t.is_significant() && !matches!(t.kind, TokenKind::Question | TokenKind::Numbered)
    };
    tokens(sql, &Syntax::default())
        .filter(kept)
        .map(|t| t.text)
        .collect()
}
