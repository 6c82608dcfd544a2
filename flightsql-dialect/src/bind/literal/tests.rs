//! Values as text: what is written for each, what is refused, and where.
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, Decimal128Array, Int8Array, ListArray, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, FieldRef};

use super::*;
use crate::dialect::presets::{ansi, datafusion, duckdb, sqlite};
use crate::dialect::{DialectProfile, FloatLiteral, LiteralForm, LiteralSyntax, Quote, Syntax};
use crate::sql::statement::tests::parsed;

mod mixed;
mod precision;
mod structure;

/// The text of a statement with the values, or the error's.
fn written(sql: &str, dialect: &dyn Dialect, scalars: &[Scalar]) -> Result<String, String> {
    SqlTemplate::new(
        parsed(sql, dialect),
        dialect,
        (scalars.len(), None),
        0,
        false,
    )
    .and_then(|template| template.fill(&all(scalars)))
    .map(|statement| statement.text().to_owned())
    .map_err(|error| error.to_string())
}

/// All of the values, to be written.
fn all(scalars: &[Scalar]) -> Vec<Option<Cow<'_, Scalar>>> {
    scalars
        .iter()
        .map(|scalar| Some(Cow::Borrowed(scalar)))
        .collect()
}

fn one(dialect: &dyn Dialect, scalar: Scalar) -> Result<String, String> {
    written("(?)", dialect, &[scalar]).map(|text| text[1..text.len() - 1].to_owned())
}

#[track_caller]
fn check(dialect: &dyn Dialect, cases: Vec<(Scalar, &str)>) {
    for (scalar, expected) in cases {
        assert_eq!(one(dialect, scalar).unwrap(), expected, "{dialect:?}");
    }
}

#[track_caller]
fn refused(dialect: &dyn Dialect, scalar: Scalar, why: &str) {
    let error = one(dialect, scalar).unwrap_err();
    assert!(error.contains("parameter 1"), "{error}");
    assert!(error.contains(dialect.name()), "{error}");
    assert!(error.contains(why), "{error}");
}

fn field(data_type: DataType) -> FieldRef {
    Arc::new(Field::new("", data_type, true))
}

fn text(text: &str) -> Scalar {
    Scalar::Text(text.to_owned())
}

fn decimal(digits: &str, scale: i64) -> Scalar {
    Scalar::decimal(digits.parse().unwrap(), scale).unwrap()
}

/// 2026-01-31 23:59:58 and the nanoseconds.
fn clock(nanos: u32, offset: Option<i32>) -> Scalar {
    Scalar::Timestamp(1_769_903_998, nanos, offset)
}

/// A dialect made of the two syntaxes.
fn made(syntax: Syntax, literals: LiteralSyntax) -> DialectProfile {
    let mut dialect = DialectProfile::new("made");
    dialect.syntax = syntax;
    dialect.literals = literals;
    dialect
}

fn mysql() -> DialectProfile {
    let syntax = Syntax {
        identifier_quotes: vec![Quote('`', '`')],
        string_quotes: vec!['\'', '"'],
        backslash_escapes: true,
        hash_comments: true,
        nested_comments: false,
        dollar_quotes: false,
        ..Syntax::default()
    };
    made(syntax, LiteralSyntax::default())
}

#[test]
fn standard_sql() {
    let null = Scalar::Null(field(DataType::Date32));
    check(
        &ansi(),
        vec![
            (null, "NULL"),
            (Scalar::Boolean(true), "TRUE"),
            (Scalar::Boolean(false), "FALSE"),
            (Scalar::Int8(-1), "(-1)"),
            (Scalar::Int64(i64::MAX), "9223372036854775807"),
            (Scalar::Int64(i64::MIN), "(-9223372036854775807 - 1)"),
            (
                Scalar::UInt64(1 << 63),
                "CAST('9223372036854775808' AS DECIMAL(19, 0))",
            ),
            (Scalar::Float64(1.0), "1e0"),
            (Scalar::Float64(-0.0), "(-0e0)"),
            (Scalar::Float64(f64::MAX), "1.7976931348623157e308"),
            (Scalar::Float64(f64::from_bits(1)), "5e-324"),
            (Scalar::Float32(0.1), "1.0000000149011612e-1"),
            (decimal("150", 2), "CAST('1.50' AS DECIMAL(3, 2))"),
            (decimal("-5", 3), "CAST('-0.005' AS DECIMAL(3, 3))"),
            (decimal("0", 0), "CAST('0' AS DECIMAL(1, 0))"),
            (text(""), "''"),
            (text("it's"), "'it''s'"),
            (text("Grüße 世界 🦀\n--"), "'Grüße 世界 🦀\n--'"),
            (Scalar::Binary(vec![]), "X''"),
            (Scalar::Binary(vec![0, 255]), "X'00ff'"),
            (
                Scalar::Uuid([0xa5; 16]),
                "'a5a5a5a5-a5a5-a5a5-a5a5-a5a5a5a5a5a5'",
            ),
            (Scalar::Date(-719_162), "DATE '0001-01-01'"),
            (Scalar::Date(2_932_896), "DATE '9999-12-31'"),
            (Scalar::Time(0), "TIME '00:00:00'"),
            (Scalar::Time(86_399_999_999_000), "TIME '23:59:59.999999'"),
            (
                clock(500_000_000, None),
                "TIMESTAMP '2026-01-31 23:59:58.5'",
            ),
            (
                clock(0, Some(3600)),
                "TIMESTAMP WITH TIME ZONE '2026-01-31 23:59:58+00:00'",
            ),
            (
                Scalar::Timestamp(-1, 1_000, None),
                "TIMESTAMP '1969-12-31 23:59:59.000001'",
            ),
        ],
    );
}

#[test]
fn the_presets_differ_where_their_engines_do() {
    let interval = || Scalar::Interval {
        months: -1,
        days: 2,
        nanos: -1_500_000_000,
    };
    check(
        &sqlite(),
        vec![
            (decimal("150", 2), "1.50"),
            (decimal("-150", 2), "(-1.50)"),
            (decimal("9223372036854775807", 0), "9223372036854775807"),
            (Scalar::Float64(0.1), "1e-1"),
            (
                Scalar::Float64(-0.3_f64.sqrt()),
                "(-2466723105882681 / 1.0 / 562949953421312.0 / 8.0)",
            ),
            (
                Scalar::Float64(2_f64.powi(70)),
                "(1 * 1.0 * 562949953421312.0 * 2097152.0)",
            ),
            (Scalar::Float64(f64::NEG_INFINITY), "(-9e999)"),
            (
                Scalar::Uuid([0xa5; 16]),
                "X'a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5'",
            ),
            (Scalar::Date(0), "'1970-01-01'"),
            (text("a\\'b"), "'a\\''b'"),
        ],
    );
    check(
        &datafusion(),
        vec![
            (Scalar::UInt64(u64::MAX), "18446744073709551615"),
            (clock(1, None), "TIMESTAMP '2026-01-31 23:59:58.000000001'"),
            (
                clock(1, Some(0)),
                "arrow_cast('2026-01-31 23:59:58.000000001+00:00', 'Timestamp(Nanosecond, Some(\"+00:00\"))')",
            ),
            (interval(), "INTERVAL '-1 months 2 days -1.5 seconds'"),
            (text("\\"), "'\\'"),
        ],
    );
    check(
        &duckdb(),
        vec![
            (Scalar::FixedSizeBinary(vec![0, 255], 2), "from_hex('00ff')"),
            (
                Scalar::Uuid([0; 16]),
                "CAST('00000000-0000-0000-0000-000000000000' AS UUID)",
            ),
            (interval(), "INTERVAL '-1 months 2 days -1.5 seconds'"),
        ],
    );
}

#[test]
fn where_backslashes_escape_they_are_doubled() {
    let dialect = mysql();
    check(
        &dialect,
        vec![
            (text("\\"), "'\\\\'"),
            (text("\\' OR 1=1 -- "), "'\\\\'' OR 1=1 -- '"),
            (text("\"it's\""), "'\"it''s\"'"),
        ],
    );
}

#[test]
fn what_a_literal_cannot_hold_is_refused() {
    refused(&sqlite(), text("a\0b"), "NUL");
    refused(&ansi(), text("a\\b"), "backslash");
    refused(&ansi(), Scalar::Date(-719_163), "year");
    refused(&ansi(), Scalar::Date(2_932_897), "year");
    refused(&ansi(), Scalar::Date(i32::MIN), "year");
    refused(&ansi(), Scalar::Timestamp(i64::MIN, 0, None), "year");
    refused(&ansi(), Scalar::Time(1), "9 digits");
    refused(&ansi(), clock(1, Some(0)), "9 digits");
    refused(&ansi(), Scalar::Duration(1), "none for this type");
    refused(&ansi(), Scalar::Struct(vec![]), "none for this type");
    refused(&ansi(), decimal(&"9".repeat(39), 0), "39 digits");
    refused(&sqlite(), decimal(&"9".repeat(16), 1), "16 digits");
    refused(&sqlite(), Scalar::UInt64(u64::MAX), "20 digits");
    refused(&sqlite(), Scalar::Float64(f64::NAN), "NaN");
    // A cast from text gives 0 on some engines.
    refused(&ansi(), Scalar::Float64(f64::NAN), "NaN");
    refused(&ansi(), Scalar::Float64(f64::INFINITY), "infinity");
    check(
        &datafusion(),
        vec![
            (Scalar::Float64(f64::NAN), "CAST('NaN' AS DOUBLE)"),
            (Scalar::Float64(f64::INFINITY), "CAST('Infinity' AS DOUBLE)"),
        ],
    );
    let nanos = Scalar::Interval {
        months: 0,
        days: 0,
        nanos: 1,
    };
    refused(&ansi(), Scalar::List(field(DataType::Int8), vec![]), "List");
    refused(&duckdb(), nanos, "9 digits");
    let literals = LiteralSyntax {
        binary: LiteralForm::Unsupported,
        ..LiteralSyntax::default()
    };
    let none = made(Syntax::default(), literals);
    refused(&none, Scalar::Binary(vec![1]), "none for this type");
    refused(&none, Scalar::Float64(f64::INFINITY), "infinity");
    let syntax = Syntax {
        string_quotes: vec!['"'],
        ..Syntax::default()
    };
    let no_quote = made(syntax, LiteralSyntax::default());
    refused(&no_quote, text("a"), "strings");
}

#[test]
fn errors_never_show_the_value() {
    let error = written("? ?", &ansi(), &[Scalar::Int8(1), text("secret\\")]).unwrap_err();
    assert!(
        error.contains("parameter 2: a value of type Utf8"),
        "{error}"
    );
    assert!(!error.contains("secret"), "{error}");
}

#[test]
fn values_stand_apart_from_what_is_beside_them() {
    let minus = [Scalar::Int64(-1)];
    for (sql, expected) in [
        ("SELECT 5-?", "SELECT 5- (-1)"),
        ("LIMIT?", "LIMIT (-1)"),
        ("?AND", "(-1) AND"),
        ("?", "(-1)"),
        ("f(?,2)", "f((-1),2)"),
        ("a=?+1", "a= (-1) +1"),
        ("?::int", "(-1) ::int"),
        ("?--c", "(-1) --c"),
    ] {
        assert_eq!(written(sql, &ansi(), &minus).unwrap(), expected);
    }
    let quote = [text("x")];
    for (sql, expected) in [
        ("E?", "E 'x'"),
        ("U&?", "U& 'x'"),
        ("'a'?'b'", "'a' 'x' 'b'"),
        ("\"a\"=?", "\"a\"= 'x'"),
    ] {
        assert_eq!(written(sql, &ansi(), &quote).unwrap(), expected);
    }
}

#[test]
fn values_go_by_position_or_by_number() {
    let two = [Scalar::Int8(1), text("?")];
    let ok = |sql| written(sql, &ansi(), &two).unwrap();
    assert_eq!(
        ok("? '?' \"?\" /* ? */ ? -- ?"),
        "1 '?' \"?\" /* ? */ '?' -- ?"
    );
    assert_eq!(ok("$2, $1, $2"), "'?', 1, '?'");
    assert_eq!(ok("?2, ?1"), "'?', 1");
    let no = |sql| written(sql, &ansi(), &two).unwrap_err();
    assert!(no("?").contains("1 parameter, 2 were bound"), "{}", no("?"));
    assert!(no("?, ?, ?").contains("3 parameters, 2 were bound"));
    assert!(no("$1").contains("1 parameter, 2"));
    assert!(no("$3").contains("3 parameters, 2"));
    assert!(no("$0, $2").contains("$0"));
    assert!(no("$99999999999999999999").contains("2 were bound"));
    assert!(no("?, $1").contains("both"));
    assert!(no(":a, ?").contains(":a"));
    assert!(no("$a, ?, ?").contains("$a"));
    for open in ["?, ? 'a", "?, ? /* a", "?, ? \"a", "?, ? $$a"] {
        assert!(no(open).contains("never ends"), "{open}");
    }
}

#[test]
fn a_query_builders_own_marks_count_behind_numbers_written_by_hand() {
    let ansi = ansi();
    let template = SqlTemplate::new(parsed("$2 ? $1", &ansi), &ansi, (3, None), 1, false).unwrap();
    let filled = template.fill(&all(&[Scalar::Int8(1), Scalar::Int8(2), Scalar::Int8(3)]));
    assert_eq!(filled.unwrap().text(), "2 3 1");
    // One of the two is an operator.
    assert!(SqlTemplate::new(parsed("a ? ?", &ansi), &ansi, (1, None), 1, false).is_err());
}

#[test]
fn a_form_that_is_no_whole_token_is_found_out() {
    for form in [
        LiteralForm::delimited("X'", ""),
        LiteralForm::delimited("", "--"),
        LiteralForm::delimited("/*", "*/"),
        LiteralForm::delimited("", ";"),
        LiteralForm::delimited("?", ""),
    ] {
        let mut dialect = ansi();
        dialect.literals.binary = form.clone();
        let error = written("SELECT ?, 'a'", &dialect, &[Scalar::Binary(vec![1])]).unwrap_err();
        assert!(error.contains("do not fit together"), "{form:?}: {error}");
    }
}

#[test]
fn many_rows_are_read_from_their_columns() {
    let numbers: ArrayRef = Arc::new(Int8Array::from(vec![Some(1), None]));
    let names: ArrayRef = Arc::new(StringArray::from(vec!["a", "b'"]));
    let prices = Decimal128Array::from(vec![150, -25]);
    let prices: ArrayRef = Arc::new(prices.with_precision_and_scale(5, 2).unwrap());
    let rows = RecordBatch::try_from_iter([("n", numbers), ("t", names), ("p", prices)]).unwrap();
    let parameters = Parameters::rows(rows, 0);
    let ansi = ansi();
    let literals = parameters
        .literals(parsed("VALUES (?, ?, ?)", &ansi), &ansi, false, true)
        .unwrap();
    let text = |row| {
        literals.statement(row).map(|(text, rest)| {
            assert!(rest.is_none());
            text.text().to_owned()
        })
    };
    assert_eq!(literals.num_rows(), 2);
    assert_eq!(
        text(0).unwrap(),
        "VALUES (1, 'a', CAST('1.50' AS DECIMAL(3, 2)))"
    );
    assert_eq!(
        text(1).unwrap(),
        "VALUES (NULL, 'b''', CAST('-0.25' AS DECIMAL(2, 2)))"
    );
    assert!(
        parameters
            .literals(parsed("VALUES (?)", &ansi), &ansi, false, true)
            .is_err()
    );
}

#[test]
fn an_arrow_scalar_is_its_value() {
    let number: ArrayRef = Arc::new(Int8Array::from(vec![-7]));
    assert_eq!(one(&ansi(), Scalar::Array(number)).unwrap(), "(-7)");
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some([Some(1)])]);
    refused(&ansi(), Scalar::Array(Arc::new(list)), "none for this type");
}

#[test]
fn powers_of_two_give_the_number_back() {
    let mut dialect = ansi();
    dialect.literals.float = FloatLiteral::PowersOfTwo;
    let mut numbers = vec![
        f64::MAX,
        f64::MIN_POSITIVE,
        f64::from_bits(1),
        f64::EPSILON,
        0.1,
        1e22,
        1e23,
        1.0 / 3.0,
        -2.5e-310,
        0.0,
        1e15,
    ];
    numbers
        .extend((0..200).map(|n| f64::from_bits(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(n) >> 1)));
    for number in numbers.into_iter().filter(|number| number.is_finite()) {
        let text = one(&dialect, Scalar::Float64(number)).unwrap();
        assert_eq!(computed(&text).to_bits(), number.to_bits(), "{text}");
    }
}

/// Computes a number as an engine does, with each operation rounded.
fn computed(text: &str) -> f64 {
    let mut operator = "";
    let mut value = 0.0;
    for word in text.trim_matches(['(', ')']).split(' ') {
        match (word, operator) {
            ("*" | "/", _) => operator = word,
            (number, "*") => value *= number.parse::<f64>().unwrap(),
            (number, "/") => value /= number.parse::<f64>().unwrap(),
            (number, _) => value = number.parse().unwrap(),
        }
    }
    value
}

#[test]
fn where_a_doubled_quote_is_lost_it_is_escaped() {
    let sail = crate::dialect::presets::sail();
    check(
        &sail,
        vec![
            (text("it's"), "'it\\'s'"),
            (text("\\' OR 1=1 -- "), "'\\\\\\' OR 1=1 -- '"),
            (decimal("125", 2), "1.25"),
        ],
    );
}

#[test]
fn where_the_least_number_is_null_it_is_not_written() {
    let deephaven = crate::dialect::presets::deephaven();
    check(
        &deephaven,
        vec![
            (Scalar::Int32(i32::MIN), "CAST((-2147483648) AS BIGINT)"),
            (
                Scalar::Int64(i32::MIN.into()),
                "CAST((-2147483648) AS BIGINT)",
            ),
            (Scalar::Int64(i64::MIN + 1), "(-9223372036854775807)"),
            (Scalar::Int16(i16::MIN), "(-32768)"),
            (Scalar::Float64(f64::MAX), "1.7976931348623157e308"),
            (
                Scalar::Float64(f64::NEG_INFINITY),
                "CAST('-Infinity' AS DOUBLE)",
            ),
        ],
    );
    refused(&deephaven, Scalar::Int64(i64::MIN), "reads as NULL");
    refused(&deephaven, Scalar::Float64(f64::MIN), "reads as NULL");
    check(
        &ansi(),
        vec![
            (Scalar::Int32(i32::MIN), "(-2147483648)"),
            (Scalar::Float64(f64::MIN), "(-1.7976931348623157e308)"),
        ],
    );
}

#[test]
fn where_a_short_string_is_no_text_it_is_cast() {
    let deephaven = crate::dialect::presets::deephaven();
    check(
        &deephaven,
        vec![
            (text("x"), "CAST('x' AS VARCHAR)"),
            (text("') --"), "CAST(''') --' AS VARCHAR)"),
        ],
    );
    let mut none = DialectProfile::new("made");
    none.literals.text = LiteralForm::Unsupported;
    refused(&none, text("x"), "none for this type");
}
