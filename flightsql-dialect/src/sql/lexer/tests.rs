//! Token by token, and for any text: the tokens are the text.

use proptest::prelude::*;

use super::TokenKind::*;
use super::*;
use crate::dialect::presets::{datafusion, duckdb, sqlite};

fn mysql() -> Syntax {
    Syntax {
        identifier_quotes: vec![Quote('`', '`')],
        string_quotes: vec!['\'', '"'],
        backslash_escapes: true,
        hash_comments: true,
        nested_comments: false,
        ..Syntax::default()
    }
}

/// The significant tokens.
fn lex<'a>(sql: &'a str, syntax: &Syntax) -> Vec<(TokenKind, &'a str)> {
    tokens(sql, syntax)
        .filter(Token::is_significant)
        .map(|t| (t.kind, t.text))
        .collect()
}

fn ansi(sql: &str) -> Vec<(TokenKind, &str)> {
    lex(sql, &Syntax::default())
}

/// The placeholders.
fn holes<'a>(sql: &'a str, syntax: &Syntax) -> Vec<&'a str> {
    let is = |kind| matches!(kind, Question | Numbered | Named);
    tokens(sql, syntax)
        .filter(|t| is(t.kind))
        .map(|t| t.text)
        .collect()
}

#[test]
fn a_statement() {
    assert_eq!(
        ansi("SELECT a.\"b c\", 1.5e-3 FROM t -- end\nWHERE x='it''s';"),
        [
            (Word, "SELECT"),
            (Word, "a"),
            (Symbol, "."),
            (Identifier, "\"b c\""),
            (Symbol, ","),
            (Number, "1.5e-3"),
            (Word, "FROM"),
            (Word, "t"),
            (Word, "WHERE"),
            (Word, "x"),
            (Symbol, "="),
            (String, "'it''s'"),
            (Semicolon, ";"),
        ]
    );
}

#[test]
fn numbers() {
    for number in [
        "0", "12", "1.5", ".5", "1.", "1e5", "1E+5", "2.5e-7", "0xFf", "1_000",
    ] {
        assert_eq!(ansi(number), [(Number, number)], "{number}");
    }
    assert_eq!(ansi("1e"), [(Number, "1"), (Word, "e")]);
    assert_eq!(ansi("1..2"), [(Number, "1"), (Symbol, "."), (Number, ".2")]);
}

#[test]
fn strings_hide_what_is_in_them() {
    assert_eq!(ansi("'? $1 -- ;'"), [(String, "'? $1 -- ;'")]);
    assert_eq!(ansi(r"E'\'?'"), [(String, r"E'\'?'")]);
    assert_eq!(ansi(r"'\'?"), [(String, r"'\'"), (Question, "?")]);
    assert_eq!(ansi("$$ ' ? $$"), [(String, "$$ ' ? $$")]);
    assert_eq!(ansi("$x$ $$ ? $x$"), [(String, "$x$ $$ ? $x$")]);
    assert_eq!(lex(r#""\"?""#, &mysql()), [(String, r#""\"?""#)]);
    assert_eq!(lex("`?`", &mysql()), [(Identifier, "`?`")]);
    assert_eq!(lex("[?]`?`\"?\"", &sqlite().syntax).len(), 3);
}

#[test]
fn an_escape_string_is_one_only_where_the_dialect_has_it() {
    assert_eq!(
        lex(r"E'\'", &sqlite().syntax),
        [(Word, "E"), (String, r"'\'")]
    );
    assert_eq!(ansi("nameE'a'"), [(Word, "nameE"), (String, "'a'")]);
}

#[test]
fn comments() {
    assert_eq!(ansi("-- ?\n?"), [(Question, "?")]);
    assert_eq!(ansi("/* ? /* ? */ ? */ ?"), [(Question, "?")]);
    assert_eq!(lex("/* /* */ ?", &sqlite().syntax), [(Question, "?")]);
    assert_eq!(lex("# ?\n?", &mysql()), [(Question, "?")]);
    assert_eq!(ansi("a - -1 / 2"), ansi("a  -  - 1  /  2"));
}

#[test]
fn placeholders() {
    assert_eq!(
        holes("?, ?12, $1, $name, :a, @b_1", &Syntax::default()),
        ["?", "?12", "$1", "$name", ":a", "@b_1"]
    );
    assert_eq!(holes("(:a,:b)=:c", &Syntax::default()), [":a", ":b", ":c"]);
    assert_eq!(holes(":1 + @2", &Syntax::default()), [":1", "@2"]);
}

#[test]
fn what_only_looks_like_a_placeholder() {
    for sql in [
        "a::text",
        "x[lo:hi]",
        "x[:hi]",
        "{'a':b}",
        "f(a := 1)",
        "data:path",
        "@@version",
        "a$1",
        "$",
        ":",
        "@",
        "a @> b",
        "'a':b",
    ] {
        assert_eq!(holes(sql, &Syntax::default()), [""; 0], "{sql}");
    }
    assert_eq!(holes("?::int", &Syntax::default()), ["?"]);
    for syntax in [&duckdb().syntax, &datafusion().syntax] {
        assert_eq!(holes("SELECT @x, [1, 2][ :y], $z, ?", syntax), ["$z", "?"]);
    }
    assert_eq!(holes("$a$b", &sqlite().syntax), ["$a", "$b"]);
}

#[test]
fn what_never_ends_is_one_token_that_says_so() {
    for sql in [
        "'a", "'a''", "\"a", "/* a", "/* /* */", "$$ a", "$x$ a $$", r"E'a\'",
    ] {
        let all: Vec<_> = tokens(sql, &Syntax::default()).collect();
        assert_eq!(all.len(), 1, "{sql}");
        assert!(!all[0].terminated, "{sql}");
    }
    assert!(tokens("-- a", &Syntax::default()).all(|t| t.terminated));
}

/// Text made of what the lexer looks at.
fn sql_like() -> impl Strategy<Value = std::string::String> {
    let piece = prop_oneof![
        Just("'"),
        Just("''"),
        Just("\""),
        Just("`"),
        Just("["),
        Just("]"),
        Just("\\"),
        Just("$"),
        Just("$$"),
        Just("$t$"),
        Just("--"),
        Just("\n"),
        Just("/*"),
        Just("*/"),
        Just("?"),
        Just("?1"),
        Just("$1"),
        Just(":"),
        Just("::"),
        Just("@"),
        Just("@@"),
        Just("E'"),
        Just("e"),
        Just("0x"),
        Just("1."),
        Just("."),
        Just("#"),
        Just(";"),
        Just(" "),
        Just("ä"),
        Just("😀"),
        Just("name"),
        Just("\u{2028}"),
        Just("\0"),
        Just("+"),
        Just("1e"),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn covers(sql: &str) {
    for syntax in [
        &Syntax::default(),
        &sqlite().syntax,
        &duckdb().syntax,
        &mysql(),
    ] {
        let mut at = 0;
        for token in tokens(sql, syntax) {
            assert_eq!(token.start, at);
            assert!(!token.text.is_empty());
            assert_eq!(&sql[at..at + token.text.len()], token.text);
            at += token.text.len();
        }
        assert_eq!(at, sql.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_tokens_are_the_text(sql in sql_like()) {
        covers(&sql);
    }

    #[test]
    fn any_text_is_covered(sql in any::<std::string::String>()) {
        covers(&sql);
    }
}

/// A dense text has a token in every byte.
#[test]
fn spans_stay_small() {
    assert!(size_of::<Span>() <= 16);
    let text = "SELECT 'ä', a";
    for token in tokens(text, &Syntax::default()) {
        assert_eq!(token.span().of(text), token);
    }
}
