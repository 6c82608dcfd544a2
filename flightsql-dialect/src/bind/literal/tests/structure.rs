//! For any values in any statement: the text has the tokens that it has with harmless values, in every syntax.

use proptest::collection::vec;
use proptest::prelude::*;
use std::sync::Arc;

use super::*;
use crate::arrow::convert::numbers::Half;
use crate::sql::lexer::{TokenKind, tokens};

fn dialects() -> Vec<Arc<dyn Dialect>> {
    let mut spark = ansi();
    spark.syntax.backslash_escapes = true;
    spark.literals.booleans = ("1".to_owned(), "0".to_owned());
    let mut postgres = ansi();
    postgres.literals.plain_backslashes = true;
    postgres.literals.binary = LiteralForm::delimited("'\\x", "'::bytea");
    postgres.literals.uuid = LiteralForm::delimited("CAST('", "' AS UUID)");
    let presets = crate::dialect::names().into_iter();
    let presets = presets.filter_map(|name| crate::dialect::by_name(&name));
    let made = [mysql(), spark, postgres].map(|dialect| Arc::new(dialect) as Arc<dyn Dialect>);
    presets.chain(made).collect()
}

/// Shows the cases that fail; outside of tests values have no `Debug`.
impl std::fmt::Debug for Scalar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = one(&sqlite(), self.clone()).unwrap_or_else(|error| error);
        write!(f, "{} {text}", self.data_type())
    }
}

/// Text made of what ends strings, opens comments and looks like placeholders.
fn hostile() -> impl Strategy<Value = String> {
    let pieces = [
        "'", "''", "\\", "\\'", "\"", "`", "--", "/*", "*/", "#", ";", "$$", "$t$", "?", "$1",
        ":a", "@a", "\n", "\r", "E'", "X'", "(", ")", ",", " OR 1=1 ", "\u{2019}", "\u{2028}", "é",
        "🦀", "NULL", "0", "\u{1}", "[", "]", "%",
    ];
    let made =
        vec(proptest::sample::select(pieces.to_vec()), 0..12).prop_map(|pieces| pieces.concat());
    prop_oneof![made, any::<String>()]
}

/// Any value that has a literal somewhere.
fn value() -> impl Strategy<Value = Scalar> {
    prop_oneof![
        4 => hostile().prop_map(Scalar::Text),
        1 => hostile().prop_map(Scalar::Json),
        1 => Just(()).prop_map(|()| Scalar::Null(field(DataType::Int8))),
        1 => any::<bool>().prop_map(Scalar::Boolean),
        1 => any::<i8>().prop_map(Scalar::Int8),
        1 => any::<i16>().prop_map(Scalar::Int16),
        1 => any::<i32>().prop_map(Scalar::Int32),
        1 => any::<i64>().prop_map(Scalar::Int64),
        1 => any::<u8>().prop_map(Scalar::UInt8),
        1 => any::<u16>().prop_map(Scalar::UInt16),
        1 => any::<u32>().prop_map(Scalar::UInt32),
        1 => any::<u64>().prop_map(Scalar::UInt64),
        1 => any::<u16>().prop_map(|bits| Scalar::Float16(Half::from_bits(bits))),
        1 => any::<u32>().prop_map(|bits| Scalar::Float32(f32::from_bits(bits))),
        1 => any::<u64>().prop_map(|bits| Scalar::Float64(f64::from_bits(bits))),
        1 => (any::<i128>(), -5..50_i64)
            .prop_filter_map("76 digits", |(digits, scale)| {
                Scalar::decimal(arrow_buffer::i256::from_i128(digits), scale).ok()
            }),
        1 => vec(any::<u8>(), 0..20).prop_map(Scalar::Binary),
        1 => any::<[u8; 16]>().prop_map(Scalar::Uuid),
        1 => any::<i32>().prop_map(Scalar::Date),
        1 => (-800_000..3_000_000).prop_map(Scalar::Date),
        1 => (0..86_400_000_000_i64).prop_map(|micros| Scalar::Time(micros * 1_000)),
        1 => (any::<i64>(), any::<Option<i32>>()).prop_map(|(s, zone)| Scalar::Timestamp(s, 0, zone)),
        1 => (-62_000_000_000..250_000_000_000_i64, 0..1_000_000_u32, any::<Option<i32>>())
            .prop_map(|(s, us, zone)| Scalar::Timestamp(s, us * 1_000, zone)),
        1 => any::<(i32, i32, i64)>()
            .prop_map(|(months, days, nanos)| Scalar::Interval { months, days, nanos }),
    ]
}

/// Statements with one placeholder next to every kind of token, and one more.
fn statement() -> impl Strategy<Value = String> {
    let adjacent = [
        "", " ", "(", ")", ",", "-", "+", "=", "a", "1", "'b'", "\"c\"", "`d`", "E", "X", "N", "_",
        ".", "::", "/", "*", "/* e */", "--f\n", "::int", "|", "é", "[", "]",
    ];
    let adjacent = proptest::sample::select(adjacent.to_vec());
    vec(adjacent, 4).prop_map(|parts| {
        format!(
            "SELECT {}?{} , {}?{}",
            parts[0], parts[1], parts[2], parts[3]
        )
    })
}

/// The tokens outside of values: those of the text, without what the filled places hold.
fn kept(text: &str, syntax: &Syntax, place: &str) -> Vec<String> {
    tokens(text, syntax)
        .filter(|token| token.kind != TokenKind::Space && token.text != place)
        .map(|token| format!("{:?} {}", token.kind, token.text))
        .collect()
}

/// Unescapes the text between the quotes as the engine does: drops the first of two quotes, or a backslash.
fn read(inside: &str, escapes: bool) -> String {
    let mut chars = inside.chars();
    let mut read = String::new();
    while let Some(c) = chars.next() {
        match c {
            '\'' => read.extend(chars.next()),
            '\\' if escapes => read.extend(chars.next()),
            plain => read.push(plain),
        }
    }
    read
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_value_changes_the_tokens(sql in statement(), first in value(), second in value()) {
        for dialect in dialects() {
            let syntax = &dialect.profile().syntax;
            let Ok(template) = SqlTemplate::new(parsed(&sql, &*dialect), &*dialect, (2, None), 0, false) else {
                continue;
            };
            // The guard at the end of `fill` is what a mistake of the writer would meet: no value may reach it.
            let text = match template.fill(&all(&[first.clone(), second.clone()])) {
                Ok(statement) => statement.text().to_owned(),
                Err(error) => {
                    prop_assert!(!error.to_string().contains("do not fit"), "{sql}: {error}");
                    continue;
                }
            };
            let harmless = template.fill(&all(&[Scalar::Int8(77), Scalar::Int8(77)])).unwrap();
            let harmless = harmless.text();
            let mut rest = kept(&text, syntax, "");
            let expected = kept(harmless, syntax, "77");
            prop_assert!(tokens(&text, syntax).all(|token| token.terminated), "{text}");
            // What is left after the statement's own tokens are taken out, in order, is the values'.
            for own in &expected {
                let at = rest.iter().position(|token| token == own);
                prop_assert!(at.is_some(), "{own} is missing in {text}");
                rest.remove(at.unwrap());
            }
            // The remaining placeholder is the only one, and is next to the value.
            let mixed = template.fill(&[Some(Cow::Borrowed(&first)), None]).unwrap();
            let mixed = mixed.text();
            let left = tokens(mixed, syntax).filter(|token| token.kind == TokenKind::Question);
            prop_assert_eq!(left.count(), 1, "{}", mixed);
            for token in rest {
                let value = ["Word", "String", "Number", "Symbol"].iter().any(|kind| token.starts_with(kind));
                prop_assert!(value, "{token} in {text}");
            }
        }
    }

    #[test]
    fn a_text_is_one_string_token_that_reads_back(text in hostile()) {
        for dialect in dialects() {
            let Ok(written) = one(&*dialect, Scalar::Text(text.clone())) else {
                let profile = dialect.profile();
                let plain = profile.literals.plain_backslashes || profile.syntax.backslash_escapes;
                prop_assert!(text.contains('\0') || (text.contains('\\') && !plain));
                continue;
            };
            let LiteralForm::Delimited { prefix, suffix } = &dialect.profile().literals.text else {
                continue;
            };
            let inner = written.strip_prefix(prefix.as_str());
            let inner = inner.and_then(|text| text.strip_suffix(suffix.as_str()));
            prop_assert!(inner.is_some(), "{written}");
            let written = inner.unwrap();
            let all: Vec<_> = tokens(written, &dialect.profile().syntax).collect();
            prop_assert_eq!(all.len(), 1);
            prop_assert!(all[0].kind == TokenKind::String && all[0].terminated);
            let inside = &written[1..written.len() - 1];
            let escapes = dialect.profile().syntax.backslash_escapes;
            prop_assert_eq!(read(inside, escapes), text.clone());
        }
    }
}
