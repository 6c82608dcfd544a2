//! Values written into SQL text as literals.

use flightsql_dialect::arrow::scalar::Scalar;
use flightsql_dialect::bind::Parameters;
use flightsql_dialect::dialect::{Dialect, DialectProfile, LiteralForm, Syntax};
use flightsql_dialect::sql::lexer::{Token, TokenKind, tokens};

use crate::arrays::{array, large};
use crate::input::Input;
use crate::types::field;

/// Statements with one placeholder, each as the text before and after it.
const STATEMENTS: [(&str, &str); 8] = [
    ("SELECT ?", ""),
    ("SELECT a-?", "-b FROM t"),
    ("SELECT (?", ") AS \"it's\" -- ?'"),
    (
        "INSERT INTO t VALUES ('a', ?",
        ", 'b;') /* ? */ RETURNING id",
    ),
    ("SELECT * FROM t WHERE a =?", "AND b = 'x'"),
    ("SELECT * FROM t WHERE a LIKE 'it''s'||?", "||'%'"),
    ("SELECT E'\\''||$1", "::text"),
    ("UPDATE t SET a=?1", " WHERE b IN (1,2)"),
];

/// The bytes are a dialect, a statement and a value.
///
/// The statement keeps its tokens, and the value is made of words, strings, numbers and symbols in their place. A string
/// that is read by the rules of the dialect is the value again, and so are integers and bytes.
pub fn literals(data: &[u8]) {
    let mut input = Input::new(data);
    let named = input.dialect();
    let own = made(&mut input);
    let dialect: &dyn Dialect = own.as_ref().map_or(&*named, |own| own as &dyn Dialect);
    let (mut before, after) = input.one_of(&STATEMENTS);
    let truncate = input.flag();
    let value = scalar(&mut input, 2);
    let sql = format!("{before}{after}");
    let Ok(statement) = dialect.parse(&sql) else {
        return;
    };
    before = before.trim_end_matches(|c: char| c == '?' || c == '$' || c.is_ascii_digit());
    let parameters = Parameters::row(vec![value.clone()], 0);
    let Ok(literals) = parameters.literals(&statement, dialect, truncate, true) else {
        return;
    };
    let (written, rest) = match literals.statement(0) {
        Ok(written) => written,
        Err(error) => {
            check_error(&value, &error.to_string());
            return;
        }
    };
    assert!(rest.is_none());
    let written = written.text();
    check(&value, written, (before, after), dialect);
    // The literals of one row are the literals of a batch.
    let again = parameters.literals(&statement, dialect, truncate, true);
    let again = again.and_then(|literals| literals.statement(0));
    assert_eq!(again.expect("the same value").0.text(), written);
}

/// Returns a dialect with any combination of the rules for strings, or none.
fn made(input: &mut Input<'_>) -> Option<DialectProfile> {
    let rules = input.byte();
    if rules < 128 {
        return None;
    }
    let mut profile = DialectProfile::new("made");
    profile.syntax.backslash_escapes = rules & 1 > 0;
    profile.syntax.escape_strings = rules & 2 > 0;
    profile.syntax.hash_comments = rules & 4 > 0;
    profile.syntax.dollar_quotes = rules & 8 > 0;
    profile.literals.plain_backslashes = rules & 16 > 0;
    profile.literals.escaped_quotes = rules & 32 > 0;
    if rules & 64 > 0 {
        profile.syntax.string_quotes.push('"');
        profile.syntax.identifier_quotes.clear();
        profile.literals.text = LiteralForm::delimited("CAST(", " AS VARCHAR)");
    }
    Some(profile)
}

fn scalar(input: &mut Input<'_>, depth: u8) -> Scalar {
    let int = |input: &mut Input<'_>| i64::try_from(input.number()).unwrap_or(i64::MIN);
    let short = |input: &mut Input<'_>| i32::try_from(input.number()).unwrap_or(i32::MIN);
    match input.below(if depth == 0 { 24 } else { 28 }) {
        // Strings are what an attacker controls.
        0..=3 => Scalar::Text(String::from_utf8_lossy(input.rest()).into_owned()),
        4 => Scalar::Json(input.text()),
        5 => Scalar::Binary(input.chunk().to_vec()),
        6 => Scalar::FixedSizeBinary(input.array::<4>().to_vec(), 4),
        7 => Scalar::Uuid(input.array()),
        8 => Scalar::Boolean(input.flag()),
        9 => Scalar::Int8(i8::from_le_bytes(input.array())),
        10 => Scalar::Int16(i16::from_le_bytes(input.array())),
        11 => Scalar::Int32(short(input)),
        12 | 13 => Scalar::Int64(int(input)),
        14 => Scalar::UInt32(u32::from_le_bytes(input.array())),
        15 => Scalar::UInt64(u64::try_from(input.number()).unwrap_or(u64::MAX)),
        16 => Scalar::Float32(f32::from_bits(u32::from_le_bytes(input.array()))),
        17 => Scalar::Float64(f64::from_bits(u64::from_le_bytes(input.array()))),
        18 => {
            let scale = i8::from_le_bytes(input.array());
            Scalar::decimal(large(input), scale.into()).unwrap_or(Scalar::Boolean(false))
        }
        19 => Scalar::Date(short(input)),
        20 => {
            let seconds = u32::from_le_bytes(input.array());
            let nanos = u32::from_le_bytes(input.array());
            Scalar::time(seconds, nanos % 1_000_000_000).unwrap_or(Scalar::Time(0))
        }
        21 => {
            let nanos = u32::from_le_bytes(input.array()) % 1_000_000_000;
            let offset = input.flag().then(|| short(input) % 86_400);
            Scalar::Timestamp(int(input), nanos, offset)
        }
        22 => Scalar::Duration(input.number()),
        23 => Scalar::Interval {
            months: short(input),
            days: short(input),
            nanos: int(input),
        },
        24 => {
            let field = field(input, "item");
            let items = (0..input.below(4)).map(|_| scalar(input, depth - 1));
            Scalar::List(field.into(), items.collect())
        }
        25 => Scalar::Struct(vec![("a".into(), scalar(input, depth - 1))]),
        26 => Scalar::Null(field(input, "").into()),
        _ => {
            let field = field(input, "");
            Scalar::Array(array(input, field.data_type(), 1))
        }
    }
}

fn check_error(value: &Scalar, error: &str) {
    if let Scalar::Text(text) = value {
        let is_long = text.len() > 24 && text.is_ascii();
        assert!(!(is_long && error.contains(text.as_str())), "{error}");
    }
    assert!(error.len() < 5000);
}

fn check(value: &Scalar, written: &str, (before, after): (&str, &str), dialect: &dyn Dialect) {
    let syntax = &dialect.profile().syntax;
    let value_text = written
        .strip_prefix(before)
        .and_then(|rest| rest.strip_suffix(after))
        .unwrap_or_else(|| panic!("{written:?} is another statement"));
    let start = before.len();
    let end = start + value_text.len();
    let all: Vec<Token<'_>> = tokens(written, syntax).collect();
    // No token is partly in the value, and outside are the tokens of the statement.
    for token in &all {
        let (from, to) = (token.start, token.start + token.text.len());
        assert!(token.terminated, "{written:?}");
        assert!(
            to <= start || from >= end || (from >= start && to <= end),
            "{written:?}"
        );
    }
    let outside = all.iter();
    let outside = outside.filter(|token| token.start < start || token.start >= end);
    let outside: Vec<_> = outside.map(|token| (token.kind, token.text)).collect();
    let expected = tokens(before, syntax).chain(tokens(after, syntax));
    let expected: Vec<_> = expected.map(|token| (token.kind, token.text)).collect();
    assert_eq!(outside, expected, "{written:?}");
    let inside: Vec<&Token<'_>> = all
        .iter()
        .filter(|token| token.start >= start && token.start < end)
        .collect();
    for token in &inside {
        use TokenKind::{Number, Space, String, Symbol, Word};
        let is_value = matches!(token.kind, Space | Word | String | Number | Symbol);
        assert!(is_value, "{written:?} has {token:?}");
    }
    check_value(value, &inside, value_text, dialect);
}

fn check_value(value: &Scalar, inside: &[&Token<'_>], text: &str, dialect: &dyn Dialect) {
    let strings: Vec<&str> = inside
        .iter()
        .filter(|token| token.kind == TokenKind::String)
        .map(|token| token.text)
        .collect();
    let number = text.trim().trim_matches(['(', ')']);
    match value {
        Scalar::Text(value) | Scalar::Json(value) => {
            let [string] = *strings else {
                panic!("{text:?} has {} strings", strings.len());
            };
            assert_eq!(
                unescaped(string, &dialect.profile().syntax),
                *value,
                "{text:?}"
            );
        }
        Scalar::Binary(bytes) | Scalar::FixedSizeBinary(bytes, _) => {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            assert!(text.contains(&digits), "{text:?}");
        }
        Scalar::Int8(value) => assert_eq!(number.parse(), Ok(*value), "{text:?}"),
        Scalar::Int16(value) => assert_eq!(number.parse(), Ok(*value), "{text:?}"),
        Scalar::Int64(value) if *value > i32::MIN.into() => {
            assert_eq!(number.parse(), Ok(*value), "{text:?}");
        }
        Scalar::Null(_) => assert_eq!(text.trim(), "NULL"),
        _ => {}
    }
}

/// Reads a string as an engine does.
fn unescaped(string: &str, syntax: &Syntax) -> String {
    let inner = string
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''));
    let mut chars = inner.expect("the string has quotes").chars();
    let mut text = String::new();
    while let Some(c) = chars.next() {
        let is_escape = c == '\'' || (c == '\\' && syntax.backslash_escapes);
        text.extend(if is_escape { chars.next() } else { Some(c) });
    }
    text
}
