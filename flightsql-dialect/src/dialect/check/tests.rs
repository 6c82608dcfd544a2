//! Tests that each contradiction is reported with its place, and that the presets have none.

use super::*;
use crate::dialect::presets::PRESETS;
use crate::dialect::{
    BindSupport, Encoding, LogicalType, MigrationSql, Place, Quote, SentAs, StatementClass,
    TypeRule, by_name,
};

fn problems(change: impl FnOnce(&mut DialectProfile)) -> Vec<String> {
    let mut profile = DialectProfile::new("quarry");
    change(&mut profile);
    match profile.check() {
        Ok(()) => Vec::new(),
        Err(error) => error.problems().to_vec(),
    }
}

/// The only problem.
#[track_caller]
fn problem(change: impl FnOnce(&mut DialectProfile)) -> String {
    let found = problems(change);
    assert_eq!(found.len(), 1, "{found:?}");
    found.concat()
}

fn logical(text: &str) -> LogicalType {
    text.parse().expect("a logical type")
}

fn rule(sent: &str, sql_type: &str, means: &str) -> TypeRule {
    let rule = TypeRule::new(logical(sent), logical(means));
    match sql_type {
        "" => rule,
        name => rule.with_sql_type(name),
    }
}

#[test]
fn presets_do_not_contradict_themselves() {
    for name in PRESETS {
        let preset = by_name(name).expect("a preset is found by its name");
        assert_eq!(preset.profile().check(), Ok(()), "{name}");
    }
}

#[test]
fn all_contradictions_are_reported_at_once() {
    let found = problems(|p| {
        p.name = "Quarry".into();
        p.identifiers.quote = Quote('`', '`');
        p.parameters.placeholder = ":p{n}".into();
        p.syntax.colon_names = false;
        p.types.map = vec![rule("int8", "", "uuid"), rule("int64", "", "timestamptz")];
    });
    assert_eq!(
        found,
        [
            "name = \"Quarry\" is not a valid name; use lower-case ASCII letters, digits and `-`, starting with a letter",
            "identifiers.quote = \"`\" is not among syntax.identifier-quotes",
            "parameters.placeholder = \":p{n}\" is not a valid placeholder while syntax.colon-names is false",
            "types.map[0]: cannot convert `int8` to `uuid`",
            "types.map[1].means = \"timestamptz\" needs a unit, since `int64` has none: write timestamptz(ms)",
        ]
    );
}

#[test]
fn a_rule_behind_one_that_matches_more_never_applies() {
    let never = |first: TypeRule, second: TypeRule| {
        let found = problems(|p| {
            p.types.map = vec![rule("date", "", "text"), first, second];
        });
        match &found[..] {
            [] => false,
            [one] => {
                let expected = "types.map[2] never applies: types.map[1] matches all of its columns first; put it before \
                                that rule";
                assert_eq!(one, expected);
                true
            }
            more => panic!("{more:?}"),
        }
    };
    let column = |pattern: &str| {
        let mut rule = rule("int8", "", "bool");
        rule.column = Some(pattern.into());
        rule
    };
    let at = |place| rule("int8", "", "bool").with_place(place);
    for (first, second, expected) in [
        (rule("text", "", "json"), rule("text", "UUID", "uuid"), true),
        (
            rule("text", "UUID", "uuid"),
            rule("text", "", "json"),
            false,
        ),
        (rule("any", "", "text"), rule("int8", "", "bool"), true),
        (
            rule("text", "DECIMAL", "decimal"),
            rule("text", "decimal(9,2)", "text"),
            true,
        ),
        (
            rule("text", "DECIMAL(9,2)", "decimal"),
            rule("text", "DECIMAL", "decimal"),
            false,
        ),
        (
            rule("int8", "BOOL*", "bool"),
            rule("int8", "BOOLEAN", "bool"),
            true,
        ),
        (
            rule("int8", "BOOL*", "bool"),
            rule("int8", "BOOLE*", "bool"),
            true,
        ),
        (
            rule("int8", "BOOL", "bool"),
            rule("int8", "BOOL*", "bool"),
            false,
        ),
        (
            rule("timestamp", "", "timestamptz"),
            rule("timestamp(ms)", "", "date"),
            true,
        ),
        (
            rule("timestamp(ms)", "", "date"),
            rule("timestamp", "", "timestamptz"),
            false,
        ),
        (column("is_*"), column("is_open"), true),
        (column("is_open"), column("is_*"), false),
        (column("is_*"), rule("int8", "", "bool"), false),
        (at(Place::Result), at(Place::Result), true),
        (at(Place::Result), at(Place::Table), false),
        (at(Place::Result), rule("int8", "", "bool"), false),
    ] {
        let names = format!("{first:?} {second:?}");
        assert_eq!(never(first, second), expected, "{names}");
    }
}

#[test]
fn conversions_that_do_not_exist() {
    let encoded = |sent| rule(sent, "", "decimal(39,0)").with_encoding(Encoding::LittleEndian);
    assert_eq!(
        problem(|p| p.types.map = vec![encoded("text")]),
        "types.map[0]: cannot convert `text` to `decimal(39,0)`"
    );
    assert!(problems(|p| p.types.map = vec![encoded("binary")]).is_empty());
    assert_eq!(
        problem(|p| p.types.map = vec![rule("text", "", "any")]),
        "types.map[0].means = \"any\" is not one type"
    );
    // A wrong report of a parameter needs no conversion from it.
    let time = |place| rule("timestamp(ms)", "TIME", "time").with_place(place);
    let sent = |send| time(Place::Parameter).with_send(SentAs::Type(logical(send)));
    assert!(problems(|p| p.types.map = vec![sent("time(ms)")]).is_empty());
    assert_eq!(
        problem(|p| p.types.map = vec![sent("uuid")]),
        "types.map[0].send: cannot convert `time` to `uuid`"
    );
    assert_eq!(
        problem(|p| p.types.map = vec![time(Place::Result)]),
        "types.map[0]: cannot convert `timestamp(ms)` to `time`"
    );
    let placed = rule("text", "", "uuid").with_send(SentAs::Own);
    let placed = placed.with_place(Place::Result);
    assert_eq!(
        problem(|p| p.types.map = vec![placed]),
        "types.map[0].send applies to parameters only"
    );
    assert_eq!(
        problem(|p| {
            p.types.bind.insert(logical("uuid"), logical("int64"));
        }),
        "types.bind.uuid: cannot convert `uuid` to `int64`"
    );
    let name = problem(|p| {
        p.types
            .names
            .insert(logical("decimal"), "DECIMAL({p})".into());
    });
    assert!(
        name.starts_with("types.names.decimal is not a valid name"),
        "{name}"
    );
}

#[test]
fn fields_that_contradict_each_other() {
    type Change = fn(&mut DialectProfile);
    let cases: Vec<(&str, Change)> = vec![
        ("syntax.identifier-quotes contains \"\\\"\", which", |p| {
            p.syntax.string_quotes.push('"');
        }),
        ("literals.escaped-quotes has no effect", |p| {
            p.literals.escaped_quotes = true
        }),
        ("literals.plain-backslashes contradicts", |p| {
            p.literals.plain_backslashes = true;
            p.syntax.backslash_escapes = true;
        }),
        (
            "parameters.placeholder = \"%s\" is not a valid placeholder of",
            |p| {
                p.parameters.placeholder = "%s".into();
            },
        ),
        ("parameters.max-rows must be", |p| {
            p.parameters.max_rows = Some(0)
        }),
        ("parameters.column-name gives", |p| {
            p.parameters.column_name = Some("p".into())
        }),
        ("literals.decimal must", |p| {
            p.literals.decimal = DecimalLiteral::Cast { max: 0 }
        }),
        ("literals.fraction-digits must", |p| {
            p.literals.fraction_digits = 10
        }),
        ("literals.binary = \"X'{}\" does not end", |p| {
            p.literals.binary = LiteralForm::delimited("X'", "");
        }),
        ("literals.date = \"{}--\" does not end", |p| {
            p.literals.date = LiteralForm::delimited("", "--");
        }),
        ("transactions.savepoint-statements has no effect", |p| {
            p.transactions.savepoint_statements = true;
            p.transactions.mode = TransactionMode::None;
        }),
        ("statements.words.\"A B\" is not one word", |p| {
            p.statements.words.insert("A B".into(), StatementClass::Ddl);
        }),
        ("session.reset contains an empty string", |p| {
            p.session.reset.push(" ".into());
        }),
        ("session.use-statement does not contain {path}", |p| {
            p.session.catalog = CatalogTarget::Statement;
            p.session.use_statement = "USE".into();
        }),
        ("session names the header \"Data Base\"", |p| {
            p.session.header_keys.push("Data Base".into());
        }),
        ("session.response-headers contains \"X-Id\"", |p| {
            p.session.response_headers.push("X-Id".into());
        }),
        (
            "session.response-headers contains \"set-cookie\", a header with credentials",
            |p| {
                p.session.response_headers.push("set-cookie".into());
            },
        ),
        ("session names the header \"\"", |p| {
            p.session.catalog = CatalogTarget::Headers {
                catalog: String::new(),
                schema: None,
            };
        }),
        ("login.token-idle-life = 0 would", |p| {
            p.login.token_idle_life = Some(std::time::Duration::ZERO);
        }),
        ("migrations.lock-wait needs", |p| {
            let mut sql = MigrationSql::default();
            sql.primary_key.clear();
            p.migrations = Some(sql);
        }),
        ("errors.retryable contains an empty string", |p| {
            p.errors.retryable.push(" ".into())
        }),
        ("detect.name contains an empty string", |p| {
            p.detect.name.push(String::new())
        }),
    ];
    for (expected, change) in cases {
        let found = problem(change);
        assert!(found.starts_with(expected), "{expected}: {found}");
    }
    assert!(problems(|p| p.parameters.bind = BindSupport::Refused("none".into())).is_empty());
    assert!(
        problems(|p| {
            p.parameters.placeholder = "%s".into();
            p.parameters.counted_by = CountedBy::Server;
        })
        .is_empty()
    );
}

#[test]
fn values_are_written_only_where_the_driver_sees_a_placeholder() {
    let percent = |p: &mut DialectProfile| {
        p.parameters.counted_by = CountedBy::Server;
        p.parameters.placeholder = "%s".into();
    };
    assert_eq!(problems(percent), Vec::<String>::new());
    let found = problem(|p| {
        percent(p);
        p.types.nulls = NullBinding::Literal;
    });
    assert_eq!(
        found,
        "parameters.placeholder = \"%s\" is not known to the driver, which writes values in its place; empty types.literal, \
         and set types.nulls to \"typed\""
    );
}
