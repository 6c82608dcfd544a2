//! Tests of the pure parts of the engine.

use arrow_buffer::i256;
use arrow_schema::{DataType, Field, TimeUnit};
use rusqlite::Connection;

use super::calendar::{
    DAY_US, format_date, format_time, format_timestamp, parse_date, parse_time, parse_timestamp,
};
use super::decimal::{parse, significant_digits};
use super::derive::{Catalog, derive};
use super::error::Kind;
use super::lexer::{TokenKind, tokenize};
use super::params::Placeholder;
use super::plan::Plan;

use super::sql::{Need, Sql, Verb};
use super::types::ColType;

fn tokens(sql: &str) -> Vec<(TokenKind, &str)> {
    tokenize(sql)
        .into_iter()
        .map(|token| (token.kind, &sql[token.start..token.end]))
        .collect()
}

#[test]
fn tokenizes_like_sqlite() {
    use TokenKind::{Blob, Number, Placeholder, Punct, Quoted, Text, Word};
    let sql = "sélect 'it''s' \"a\"\"b\" [c d] `e` x'0f' 1.5e-3 .5 0xFF ?12 :a @b $c::d ->> -- gone ?\n/* ? */ 'open";
    let expected = [
        (Word, "sélect"),
        (Text, "'it''s'"),
        (Quoted, "\"a\"\"b\""),
        (Quoted, "[c d]"),
        (Quoted, "`e`"),
        (Blob, "x'0f'"),
        (Number, "1.5e-3"),
        (Number, ".5"),
        (Number, "0xFF"),
        (Placeholder, "?12"),
        (Placeholder, ":a"),
        (Placeholder, "@b"),
        (Placeholder, "$c::d"),
        (Punct, "->>"),
        (Text, "'open"),
    ];
    assert_eq!(tokens(sql), expected);
    assert_eq!(tokens("/* open"), []);
    assert_eq!(tokens("1;"), [(Number, "1"), (Punct, ";")]);
}

#[test]
fn token_ranges_are_valid_for_any_text() {
    for sql in [
        "'",
        "\"",
        "[",
        "x'",
        "/*",
        "--",
        "$",
        "?",
        "0x",
        "1e",
        "1e+",
        "🦀'🦀",
        "$a::",
        "\\",
    ] {
        for token in tokenize(sql) {
            assert!(sql.get(token.start..token.end).is_some(), "{sql}");
        }
    }
}

#[test]
fn finds_verb_after_with() {
    let verb = |sql| Sql::parse(sql).unwrap().verb();
    assert_eq!(
        verb("with a as (select 1) insert into t select * from a"),
        Verb::Change
    );
    assert_eq!(verb("WITH a AS (INSERT) SELECT 1"), Verb::Select);
    assert_eq!(verb("/* hint */ select 1;"), Verb::Select);
    assert_eq!(verb("rollback to p"), Verb::Savepoint);
    assert_eq!(verb("CREATE TEMP TABLE t (a)"), Verb::Temporary);
    assert_eq!(
        verb("CREATE TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; SELECT 2; END"),
        Verb::Other
    );
}

#[test]
fn determines_connection_of_statement() {
    let need = |sql| Sql::parse(sql).unwrap().need();
    for sql in [
        "SELECT changes FROM t",
        "SELECT 'last_insert_rowid()'",
        "CREATE TRIGGER r AFTER INSERT ON t BEGIN INSERT INTO u VALUES (last_insert_rowid()); END",
        "CREATE TABLE temp (a)",
        "PRAGMA foreign_keys",
        "PRAGMA table_info(t)",
        "PRAGMA main.user_version = 3",
        "EXPLAIN SELECT changes()",
    ] {
        assert_eq!(need(sql), Need::Nothing, "{sql}");
    }
    assert_eq!(
        need("WITH c AS (SELECT 1) INSERT INTO t SELECT * FROM c"),
        Need::Changes
    );
    for sql in [
        "SELECT Changes ( )",
        "WITH c AS (SELECT last_insert_rowid()) DELETE FROM t",
        "CREATE UNIQUE INDEX IF NOT EXISTS \"TEMP\".i ON t (a)",
        "create temporary view v as select 1",
        "PRAGMA temp.cache_size(5)",
        "PRAGMA foreign_keys=0",
        "end",
        "ROLLBACK TO s",
    ] {
        assert_eq!(need(sql), Need::Session, "{sql}");
    }
}

#[test]
fn rejects_before_sqlite() {
    let kind = |sql: &str| Sql::parse(sql).unwrap_err().kind();
    assert_eq!(kind("SELECT 1; SELECT 2"), Kind::Invalid);
    assert_eq!(kind(" ; "), Kind::Invalid);
    assert_eq!(kind("SELECT '\0'"), Kind::Invalid);
    assert_eq!(kind("attach 'f' as f"), Kind::Unsupported);
    assert_eq!(kind(&"x".repeat(1_000_001)), Kind::Exhausted);
    assert_eq!(
        kind(&format!("SELECT {}", "(".repeat(2_000))),
        Kind::Invalid
    );
    assert!(Sql::parse("SELECT ';' AS \";\";").is_ok());
}

#[test]
fn unwraps_logical_casts() {
    let text = |sql| Sql::parse(sql).unwrap().for_sqlite();
    assert_eq!(text("SELECT CAST('x' AS DATE) d"), "SELECT ('x' ) d");
    assert_eq!(
        text("SELECT cast(CAST(a AS INT) as decimal(4, 2)) ;"),
        "SELECT (CAST(a AS INT) )"
    );
    assert_eq!(
        text("SELECT CAST(CAST(a AS DATE) AS TEXT)"),
        "SELECT CAST((a ) AS TEXT)"
    );
    assert_eq!(
        text("SELECT CAST(a AS TEXT), \"CAST(a AS DATE)\""),
        "SELECT CAST(a AS TEXT), \"CAST(a AS DATE)\""
    );
    assert_eq!(text("SELECT CAST(a AS"), "SELECT CAST(a AS");
}

#[test]
fn j2_normalizes_text_of_casts() {
    let text = |sql| Sql::parse(sql).unwrap().for_sqlite();
    assert_eq!(
        text("SELECT CAST('2024-01-02T01:00:00.500+01:00' AS TIMESTAMPTZ)"),
        "SELECT ('2024-01-02 00:00:00.5' )"
    );
    assert_eq!(text("SELECT CAST('9:00' AS TIME)"), "SELECT ('9:00' )");
    assert_eq!(
        text("SELECT CAST('a''b' || '10:00' AS TIME)"),
        "SELECT ('a''b' || '10:00' )"
    );
}

/// Returns the type and nullability of a result's columns, with two tables.
fn derived(sql: &str) -> Option<Vec<(Option<ColType>, bool)>> {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch(
        "CREATE TABLE t (a INTEGER NOT NULL, b TEXT, c SMALLINT);
         CREATE TABLE u (a INTEGER NOT NULL, d UBIGINT NOT NULL);
         CREATE VIEW again (x) AS SELECT a FROM t UNION SELECT 1.5",
    )
    .unwrap();
    let columns = derive(&Catalog::new(&conn, &conn), &Sql::parse(sql).unwrap())?;
    Some(columns.into_iter().map(|c| (c.ty, c.nullable)).collect())
}

#[test]
fn i11_resolves_columns_in_every_from_clause() {
    use ColType::{Decimal, Float64, Int16, Int64, Text, UInt64};
    let (a, b, c, d) = (
        (Some(Int64), false),
        (Some(Text), true),
        (Some(Int16), true),
        (Some(UInt64), false),
    );
    let unknown = (None, true);
    for (sql, expected) in [
        ("SELECT * FROM t", vec![a, b, c]),
        ("SELECT x.*, b FROM main.t AS x", vec![a, b, c, b]),
        ("SELECT * FROM t JOIN u USING (a)", vec![a, b, c, d]),
        ("SELECT * FROM t NATURAL JOIN u", vec![a, b, c, d]),
        ("SELECT u.* FROM t, u WHERE t.a = u.a", vec![a, d]),
        ("SELECT * FROM (t CROSS JOIN u)", vec![a, b, c, a, d]),
        (
            "SELECT u.d, t.a FROM t LEFT JOIN u ON t.a = u.a",
            vec![(d.0, true), a],
        ),
        (
            "SELECT u.d, t.a FROM t RIGHT JOIN u ON t.a = u.a",
            vec![d, (a.0, true)],
        ),
        ("SELECT d FROM t FULL JOIN u ON TRUE", vec![(d.0, true)]),
        (
            "SELECT a IS DISTINCT FROM 1, a FROM t",
            vec![(Some(ColType::Bool), false), a],
        ),
        ("SELECT x FROM again", vec![(Some(Float64), false)]),
        (
            "SELECT (SELECT d FROM u WHERE u.a = t.a) FROM t",
            vec![(d.0, true)],
        ),
        (
            "SELECT rowid, a + rowid FROM t",
            vec![(Some(Int64), false); 2],
        ),
        ("SELECT a, max(c) FROM t", vec![(a.0, true), c]),
        ("SELECT a FROM t GROUP BY a ORDER BY max(c)", vec![a]),
        ("SELECT max(a, c) FROM t", vec![(Some(Int64), true)]),
        (
            "SELECT a FROM t UNION SELECT d FROM u",
            vec![(Some(Decimal(20, 0)), false)],
        ),
        ("SELECT c FROM t EXCEPT SELECT b FROM t", vec![c]),
        (
            "VALUES (1, 'a'), (2.5, NULL)",
            vec![(Some(Float64), false), b],
        ),
        (
            "WITH x(n) AS (SELECT a FROM t), y AS (SELECT n FROM x) SELECT n FROM y",
            vec![a],
        ),
        (
            "WITH t AS (SELECT 'x' AS a) SELECT a FROM t",
            vec![(Some(Text), false)],
        ),
        ("DELETE FROM t RETURNING *, a + 1", vec![a, b, c, a]),
        ("SELECT nothing(a), ?, \"none\" FROM t", vec![unknown; 3]),
        (
            "SELECT a + ?, ? = 1 FROM t",
            vec![unknown, (Some(ColType::Bool), true)],
        ),
        ("SELECT json_extract(b, '$') FROM t", vec![unknown]),
        (
            "SELECT -9223372036854775808, 9223372036854775808",
            vec![a, (Some(Float64), false)],
        ),
        (
            "SELECT 0xff, -1, 1 >> 2, 'a' || 1",
            vec![a, a, a, (Some(Text), false)],
        ),
    ] {
        assert_eq!(derived(sql), Some(expected), "{sql}");
    }
    for unread in ["SELECT * FROM missing", "PRAGMA user_version", "SELECT"] {
        assert!(derived(unread).is_none_or(|c| c == [unknown]), "{unread}");
    }
}

#[test]
fn i11_limits_time_and_stack_of_hostile_sql() {
    let nested = format!("SELECT {}1{}", "(".repeat(900), ")".repeat(900));
    assert_eq!(derived(&nested), Some(vec![(None, true)]));
    let minus = format!("SELECT {}1", "- ".repeat(100_000));
    assert_eq!(derived(&minus), Some(vec![(None, true)]));
    let long = format!("SELECT 1{}", " + 1".repeat(100_000));
    assert_eq!(derived(&long).unwrap().len(), 1);
    // Each table reads the previous one twice.
    let mut doubled = "WITH t0 AS (SELECT 1 AS a)".to_owned();
    for n in 1..30 {
        doubled += &format!(", t{n} AS (SELECT x.a FROM t{0} x, t{0} y)", n - 1);
    }
    let one = derived(&format!("{doubled} SELECT a FROM t29"));
    assert_eq!(one, Some(vec![(Some(ColType::Int64), false)]));
    let recursive = "WITH RECURSIVE a(x) AS (SELECT x FROM a) SELECT x FROM a";
    assert!(derived(recursive).is_none_or(|c| c == [(None, true)]));
}

#[test]
fn finds_changed_table() {
    let name = |sql| Sql::parse(sql).unwrap().target();
    assert_eq!(
        name("INSERT OR IGNORE INTO main.\"t\" VALUES (1)").as_deref(),
        Some("t")
    );
    assert_eq!(name("UPDATE OR FAIL t SET a = 1").as_deref(), Some("t"));
    assert_eq!(
        name("WITH x AS (SELECT 1) DELETE FROM t").as_deref(),
        Some("t")
    );
    assert_eq!(name("SELECT 1"), None);
}

#[test]
fn round_trips_dates_and_times() {
    for (text, days) in [
        ("1970-01-01", 0),
        ("0000-03-01", -719_468),
        ("9999-12-31", 2_932_896),
        ("2024-02-29", 19_782),
    ] {
        assert_eq!(parse_date(text), Some(days), "{text}");
        assert_eq!(format_date(days).as_deref(), Some(text));
    }
    for bad in [
        "2023-02-29",
        "2024-13-01",
        "2024-00-01",
        "2024-1-1",
        "24-01-01",
        "",
        "2024-01-01x",
        "2024-01-01 00:01",
    ] {
        assert_eq!(parse_date(bad), None, "{bad}");
    }
    assert_eq!(format_date(2_932_897), None);
    assert_eq!(format_date(i64::MAX), None);
    assert_eq!(parse_time("23:59:59.999999"), Some(DAY_US - 1));
    assert_eq!(parse_time("01:02"), Some(3_720_000_000));
    assert_eq!(parse_time("00:00:00.1234567"), None);
    assert_eq!(parse_time("24:00:00"), None);
    assert_eq!(format_time(1).as_deref(), Some("00:00:00.000000001"));
    assert_eq!(format_time(-1), None);
    assert_eq!(
        format_timestamp(-1_000).as_deref(),
        Some("1969-12-31 23:59:59.999999")
    );
    assert_eq!(
        parse_timestamp("1970-01-01T01:00:00+01:00"),
        Some((0, true))
    );
    assert_eq!(
        parse_timestamp("1970-01-01 00:00:00.5Z"),
        Some((500_000, true))
    );
    assert_eq!(
        parse_timestamp("1970-01-01 00:00:00-0030"),
        Some((1_800_000_000, true))
    );
    assert_eq!(parse_timestamp("1970-01-02"), Some((DAY_US, false)));
    for bad in [
        "1970-01-01 00",
        "1970-01-01 00:00:00+1",
        "1970-01-01 00:00:00+é",
        "é",
        "1970-01-0é",
    ] {
        assert_eq!(parse_timestamp(bad), None, "{bad}");
    }
}

#[test]
fn parses_decimals_exactly() {
    let exact = |text, precision, scale| parse(text, precision, scale).map(i256::as_i128);
    assert_eq!(exact("-12.34", 4, 2), Some(-1234));
    assert_eq!(exact("12.340", 4, 2), Some(1234));
    assert_eq!(exact("12.345", 5, 2), None);
    assert_eq!(exact("123.4", 4, 2), None);
    assert_eq!(exact("1e3", 4, 0), Some(1000));
    assert_eq!(exact("1.5e-1", 4, 2), Some(15));
    assert_eq!(exact("0e999999999", 4, 2), Some(0));
    for bad in ["", "-", "1e", "1.2.3", "x", "1e999999999", "é"] {
        assert_eq!(exact(bad, 38, 2), None, "{bad}");
    }
    assert_eq!(exact("3.00000000000000e-1", 4, 2), Some(30));
    assert_eq!(exact("1e-9", 4, 2), None);
    assert_eq!(significant_digits("-00.1020"), Some(4));
    assert_eq!(significant_digits("1e5"), None);
    assert_eq!(significant_digits("."), None);
}

#[test]
fn round_trips_declared_types() {
    for decl in [
        "TINYINT",
        "UBIGINT",
        "FLOAT",
        "UUID",
        "JSON",
        "DECIMAL(5,2)",
        "DECIMAL(76,0)",
        "TIMESTAMPTZ",
        "BLOB",
    ] {
        let ty = ColType::from_decl(decl).unwrap();
        assert_eq!(ty.decl(), decl);
        assert_eq!(ColType::from_arrow(&ty.field("x", true)), Some(ty));
    }
    assert_eq!(ColType::from_decl("varchar ( 20 )"), Some(ColType::Text));
    assert_eq!(
        ColType::from_decl("double precision"),
        Some(ColType::Float64)
    );
    assert_eq!(ColType::from_decl("numeric"), Some(ColType::Float64));
    for unknown in [
        "",
        "GEOMETRY",
        "DECIMAL(0)",
        "DECIMAL(77,1)",
        "DECIMAL(2,3)",
        "DECIMAL(x)",
    ] {
        assert_eq!(ColType::from_decl(unknown), None, "{unknown}");
    }
    let nanos = Field::new("x", DataType::Timestamp(TimeUnit::Nanosecond, None), true);
    assert_eq!(ColType::from_arrow(&nanos), Some(ColType::Timestamp));
    assert_eq!(
        ColType::from_arrow(&Field::new(
            "x",
            DataType::new_list(DataType::Int8, true),
            true
        )),
        None
    );
}

#[test]
fn i11_infers_parameter_from_named_schema() {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch("CREATE TABLE same (a DATE); CREATE TEMP TABLE same (a TEXT)")
        .unwrap();
    for (sql, ty) in [
        ("INSERT INTO main.same VALUES (?)", ColType::Date),
        ("INSERT INTO temp.same VALUES (?)", ColType::Text),
        ("INSERT INTO same VALUES (?)", ColType::Text),
        ("SELECT 1 FROM main.same WHERE a = ?", ColType::Date),
        ("UPDATE main.same SET a = ?", ColType::Date),
    ] {
        let sql = Sql::parse(sql).unwrap();
        let plan = Plan::new(&conn, &conn, sql, Placeholder::Any).unwrap();
        assert_eq!(plan.params.list()[0].hint, Some(ty), "{}", plan.text);
    }
}

#[test]
fn i11_temporary_table_makes_plan_stale() {
    let conn = Connection::open_in_memory().unwrap();
    conn.execute_batch("CREATE TABLE same (a DATE)").unwrap();
    let sql = Sql::parse("SELECT a FROM same").unwrap();
    let plan = Plan::new(&conn, &conn, sql, Placeholder::Any).unwrap();
    assert!(!plan.is_stale(&conn, &conn).unwrap());
    conn.execute_batch("CREATE TEMP TABLE same (a TEXT)")
        .unwrap();
    assert!(plan.is_stale(&conn, &conn).unwrap());
}
