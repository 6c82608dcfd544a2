//! SQL text: tokens, statements, classes and placeholders, in the syntax of each dialect.

use flightsql_dialect::dialect::{Dialect, StatementText, Syntax};
use flightsql_dialect::sql::ParsedStatement;
use flightsql_dialect::sql::lexer::{Token, TokenKind, tokens};

use crate::input::Input;

/// The first byte is the dialect, and the rest is SQL.
///
/// Tokens are the text. Statements contain all tokens of the script except the semicolons between them. A statement that
/// is parsed alone is the same statement. Numbered placeholders replace `?` and nothing else, and can be turned back.
pub fn sql_text(data: &[u8]) {
    let mut input = Input::new(data);
    let dialect = input.dialect();
    let dialect = &*dialect;
    let text = String::from_utf8_lossy(input.rest());
    let syntax = &dialect.profile().syntax;
    check_tokens(&text, syntax);
    let statements = dialect.parse_script(&text);
    check_statements(&text, &statements, syntax);
    let is_complete = is_terminated(&text, syntax);
    for statement in &statements {
        check_alone(statement, dialect);
        check_numbers(statement, is_complete, dialect);
    }
    check_words(&text, dialect);
}

fn check_tokens(text: &str, syntax: &Syntax) {
    let mut at = 0;
    for token in tokens(text, syntax) {
        assert_eq!(token.start, at);
        assert!(!token.text.is_empty());
        at += token.text.len();
        assert_eq!(text.get(token.start..at), Some(token.text));
    }
    assert_eq!(at, text.len());
}

/// Returns the tokens except white space, comments and semicolons.
fn content<'t>(text: &'t str, syntax: &Syntax) -> Vec<&'t str> {
    significant(text, syntax).map(|token| token.text).collect()
}

fn significant<'t>(text: &'t str, syntax: &Syntax) -> impl Iterator<Item = Token<'t>> {
    use TokenKind::{Comment, Semicolon, Space};
    tokens(text, syntax).filter(|token| !matches!(token.kind, Space | Comment | Semicolon))
}

fn is_terminated(text: &str, syntax: &Syntax) -> bool {
    tokens(text, syntax).all(|token| token.terminated)
}

fn check_statements(text: &str, statements: &[ParsedStatement], syntax: &Syntax) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if !is_terminated(text, syntax) {
        return;
    }
    let of_statements = statements.iter();
    let of_statements = of_statements.flat_map(|statement| content(statement.text(), syntax));
    let of_statements: Vec<&str> = of_statements.collect();
    assert_eq!(of_statements, content(text, syntax));
}

/// A statement is the same in a script and alone.
fn check_alone(statement: &ParsedStatement, dialect: &dyn Dialect) {
    let text = statement.text();
    assert!(!text.is_empty());
    if !is_terminated(text, &dialect.profile().syntax) || text.starts_with('\u{feff}') {
        return;
    }
    let alone = dialect.parse(text);
    let alone = alone.unwrap_or_else(|error| panic!("{text:?} alone: {error}"));
    assert_eq!(alone.text(), text);
    assert_eq!(alone.class(), statement.class(), "{text:?}");
    assert_eq!(alone.arity(), statement.arity(), "{text:?}");
    assert_eq!(alone.has_columns(), statement.has_columns(), "{text:?}");
    assert_eq!(alone.may_change(), statement.may_change(), "{text:?}");
    assert_eq!(alone.effect(), statement.effect(), "{text:?}");
}

/// Writes each `?` as a number in each style of the dialect, and turns the numbers back. The driver refuses to write a part of
/// a script that is not complete.
fn check_numbers(statement: &ParsedStatement, is_complete: bool, dialect: &dyn Dialect) {
    let syntax = &dialect.profile().syntax;
    let text = statement.text();
    let questions = significant(text, syntax)
        .filter(|token| token.kind == TokenKind::Question)
        .count();
    let styles = [
        (true, "$"),
        (true, "?"),
        (syntax.colon_names, ":"),
        (syntax.colon_names, ":p"),
        (syntax.at_names, "@p"),
    ];
    for (_, style) in styles.into_iter().filter(|(reads, _)| *reads) {
        // Numbers of the text could overflow, or look like those that are written.
        let own = significant(text, syntax).any(|token| {
            token.text.starts_with(style)
                && matches!(token.kind, TokenKind::Named | TokenKind::Numbered)
        });
        let arity = statement.arity();
        if own || arity > 1000 {
            continue;
        }
        let write = |number: usize| format!("{style}{number}");
        let wrong = statement.with_numbers(write, &[], questions + 1);
        assert!(wrong.is_err(), "{text:?}");
        let Ok(written) = statement.with_numbers(write, &[], questions) else {
            assert!(!is_complete || !is_terminated(text, syntax), "{text:?}");
            continue;
        };
        if !is_terminated(text, syntax) {
            continue;
        }
        let text = written.text();
        let again = dialect.parse(text);
        let again = again.unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert_eq!(again.arity(), arity, "{text:?}");
        assert_eq!(written.arity(), arity, "{text:?}");
        assert_eq!(again.class(), statement.class(), "{text:?}");
        let back: Vec<&str> = significant(text, syntax)
            .map(|token| match token.kind {
                TokenKind::Numbered | TokenKind::Named if token.text.starts_with(style) => "?",
                _ => token.text,
            })
            .collect();
        assert_eq!(back, content(statement.text(), syntax), "{text:?}");
    }
}

/// Texts of the caller and of the server, which are not statements.
fn check_words(text: &str, dialect: &dyn Dialect) {
    let syntax = &dialect.profile().syntax;
    let quoted = dialect.quote_identifier(text);
    let read: Vec<Token<'_>> = tokens(&quoted, syntax).collect();
    assert!(
        matches!(
            *read,
            [Token {
                kind: TokenKind::Identifier,
                terminated: true,
                ..
            }]
        ),
        "{quoted:?} is not one identifier"
    );
    let statement = StatementText::new(text, syntax);
    assert_eq!(statement.as_str(), text);
    assert_eq!(statement.tokens().count(), {
        use TokenKind::{Comment, Space};
        let all = tokens(text, syntax);
        all.filter(|token| !matches!(token.kind, Space | Comment))
            .count()
    });
    let _ = dialect.classify(&statement);
    let _ = dialect.parse_error("INTERNAL", text);
    let _ = dialect.named_type(text);
    let _ = dialect.use_statement(Some(text), Some(text));
}
