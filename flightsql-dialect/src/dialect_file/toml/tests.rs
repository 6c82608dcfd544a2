//! Tests of complete files, files that extend another dialect, and files that are not valid.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::dialect::presets::{PRESETS, doris, duckdb};
use crate::dialect::{
    CatalogTarget, ChecksumForm, DecimalLiteral, LiteralForm, LogicalType, Ping, Quote, Route,
    StatementClass, TransactionalDdl,
};

const SAMPLE: &str = include_str!("quarry.toml");

fn read(text: &str) -> Result<DialectProfile, String> {
    DialectProfile::from_toml(text).map_err(|error| error.to_string())
}

/// The text of the error.
#[track_caller]
fn refused(text: &str) -> String {
    read(text).unwrap_err()
}

fn named(rest: &str) -> String {
    format!("name = \"quarry\"\n{rest}")
}

#[test]
fn a_complete_file_is_read() {
    let quarry = read(SAMPLE).unwrap();
    assert_eq!(quarry.name, "quarry");
    assert_eq!(quarry.identifiers.quote, Quote('`', '`'));
    assert_eq!(quarry.missing.len(), 4);
    assert_eq!(quarry.parameters.placeholder(2), ":p2");
    assert_eq!(quarry.parameters.max_rows, Some(1));
    assert_eq!(quarry.literals.decimal, DecimalLiteral::Digits { max: 38 });
    assert_eq!(quarry.literals.time, LiteralForm::Unsupported);
    assert_eq!(
        quarry.literals.binary,
        LiteralForm::delimited("unhex('", "')")
    );
    assert_eq!(quarry.types.map.len(), 7);
    assert_eq!(quarry.types.bind[&LogicalType::Uuid], LogicalType::Text);
    assert_eq!(quarry.statements.route(StatementClass::Ddl), Route::Query);
    assert_eq!(quarry.session.ping, Ping::Statement("SELECT 1".into()));
    assert_eq!(quarry.session.reset, ["RESET ALL"]);
    let target = CatalogTarget::Headers {
        catalog: "x-quarry-database".into(),
        schema: None,
    };
    assert_eq!(quarry.session.catalog, target);
    let life = quarry.login.token_idle_life;
    assert_eq!(life, Some(Duration::from_secs(60)));
    let migrations = quarry.migrations.unwrap();
    assert_eq!(migrations.checksum, ChecksumForm::Hex);
    assert_eq!(migrations.transactional_ddl, TransactionalDdl::No);
}

#[test]
fn every_preset_is_written_and_read_again() {
    for name in PRESETS {
        let preset = by_name(name).unwrap();
        let text = preset.profile().to_toml();
        assert!(text.starts_with(&format!("name = \"{name}\"")), "{text}");
        assert_eq!(&read(&text).unwrap(), preset.profile(), "{name}: {text}");
    }
    assert_eq!(read(&read(SAMPLE).unwrap().to_toml()), read(SAMPLE));
}

#[test]
fn what_is_not_said_is_as_in_standard_sql() {
    let mut expected = DialectProfile::new("quarry");
    assert_eq!(read(&named("")).unwrap(), expected);
    expected.migrations = None;
    assert_eq!(read(&named("migrations = false")).unwrap(), expected);
}

#[test]
fn an_extending_file_merges_its_tables() {
    let quarry = read(
        r#"
        name = "quarry"
        extends = "duckdb"
        literals = { interval = false, decimal = { digits = { max = 20 } } }
        migrations = { lock-wait = 1.5 }
        parameters = { bind = { refused = "no parameters" } }
        [types]
        map = [{ sent = "int8", means = "bool" }]
        bind = { uuid = "text" }
        [session]
        ping = { statement = "SELECT 2" }
        "#,
    )
    .unwrap();
    let mut expected = duckdb();
    expected.name = "quarry".into();
    expected.literals.interval = LiteralForm::Unsupported;
    expected.literals.decimal = DecimalLiteral::Digits { max: 20 };
    expected.migrations.as_mut().unwrap().lock_wait = Some(Duration::from_millis(1500));
    expected.parameters.bind = crate::dialect::BindSupport::Refused("no parameters".into());
    let rule = crate::dialect::TypeRule::new(LogicalType::Int8, LogicalType::Bool);
    expected.types.map.insert(0, rule);
    let (own, sent) = (LogicalType::Uuid, LogicalType::Text);
    expected.types.bind.insert(own, sent);
    expected.session.ping = Ping::Statement("SELECT 2".into());
    assert_eq!(quarry, expected);

    // A choice is replaced, even if it contains the base's word.
    let text = "name = \"quarry\"\nextends = \"influxdb\"\nsession.catalog = { headers = { catalog = \"c\", schema = \"s\" } }";
    let target = CatalogTarget::Headers {
        catalog: "c".into(),
        schema: Some("s".into()),
    };
    assert_eq!(read(text).unwrap().session.catalog, target);

    let text = "name = \"quarry\"\nextends = \"doris\"\nstatements.route = false";
    let mut expected = doris();
    expected.name = "quarry".into();
    expected.statements.route = None;
    assert_eq!(read(text).unwrap(), expected);

    let error = refused("name = \"quarry\"\nextends = \"oracle\"");
    assert!(error.starts_with("`extends` names an unknown dialect; use one of ansi, "));
    assert!(!error.contains("oracle"), "{error}");
}

#[test]
fn a_mistake_has_its_line_column_and_the_known_keys() {
    assert_eq!(
        refused("name = \"quarry\"\n\n[parameters]\n  placholder = \":p{n}\"\n"),
        "line 4, column 3: unknown field `placholder`, expected one of `bind`, `placeholder`, `counted-by`, \
         `cast`, `max-rows`, `column-name`, `replaces-handle`"
    );
    let error = refused("nam = \"quarry\"");
    assert!(
        error.starts_with(
            "line 1, column 1: unknown field `nam`, expected one of `name`, `extends`, "
        ),
        "{error}"
    );
    let error = refused(&named("types.map = [{ sent = \"int8\", mean = \"bool\" }]"));
    assert!(
        error.contains("unknown field `mean`, expected one of `sent`, `sql-type`"),
        "{error}"
    );
    let error = refused(&named("types.map = [{ sent = \"int8\" }]"));
    assert!(error.contains("missing field `means`"), "{error}");
    assert_eq!(
        refused("extends = \"doris\""),
        "`name` is missing; name the dialect, as in `name = \"quarry\"`"
    );
}

#[test]
fn an_error_shows_no_value_of_the_file() {
    for rest in [
        "identifiers.quote = \"s3cret\"",
        "identifiers.case = \"s3cret\"",
        "missing = [\"s3cret\"]",
        "missing = \"s3cret\"",
        "migrations = \"s3cret\"",
        "migrations = { transactional-ddl = \"s3cret\" }",
        "migrations = { lock-wait = \"s3cret\" }",
        "literals.time = \"s3cret\"",
        "literals.decimal = { s3cret = 1 }",
        "literals.booleans = [\"s3cret\"]",
        "types.map = [{ means = \"s3cret\" }]",
        "types.map = [{ means = \"bool\", send = \"s3cret; use one of s3cret\" }]",
        "types.map = \"s3cret, expected s3cret\"",
        "types.bind = { s3cret = \"text\" }",
        "types.nulls = \"s3cret\"",
        "session.catalog = \"s3cret\"",
        "session.ping = [\"s3cret\"]",
        "statements.words = { OPTIMIZE = \"s3cret\" }",
        "parameters.max-rows = \"s3cret\"",
        "parameters.bind = \"s3cret\"",
        "syntax.string-quotes = [\"s3cret\"]",
        "s3cret",
        "= s3cret",
        "name = \"s3cret\"",
        "detect = { name = [\"s3cret ] }",
    ] {
        let error = refused(&named(rest));
        assert!(error.starts_with("line 2, column "), "{rest}: {error}");
        let keys = rest.contains("{ s3cret =");
        assert!(keys || !error.contains("s3cret"), "{rest}: {error}");
    }
    let passwd = "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1::/:/bin/false\n";
    let error = refused(passwd);
    assert!(error.starts_with("line 1, column 5: "), "{error}");
    assert!(
        !error.contains("bash") && !error.contains("root"),
        "{error}"
    );
    let key = format!("\"{}\\u001b[31m\" = 1", "k".repeat(5000));
    let error = refused(&key);
    assert!(
        error.len() < 3000 && !error.contains('\u{1b}'),
        "{}",
        error.len()
    );
}

fn folder(name: &str) -> PathBuf {
    let name = format!("flightsql-dialect-{name}-{}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn what_is_no_dialect_file_is_a_typed_error() {
    let folder = folder("wrong");
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let missing = folder.join("missing.toml");
    let cases = [
        (missing.clone(), FileProblem::NotFound(vec![missing])),
        (folder.clone(), FileProblem::NotAFile),
        (PathBuf::from("/dev/zero"), FileProblem::NotAFile),
        (
            file("latin1.toml", b"name = \"\xe9\""),
            FileProblem::NotUtf8,
        ),
    ];
    for (path, problem) in cases {
        let error = DialectProfile::from_file(&path).unwrap_err();
        assert_eq!(error.problem(), &problem);
        assert_eq!(error.path(), Some(&*path));
    }
    // A sparse file of 100 MiB, which is never read.
    let large = folder.join("large.toml");
    fs::File::create(&large)
        .unwrap()
        .set_len(100 << 20)
        .unwrap();
    let error = DialectProfile::from_file(&large).unwrap_err();
    assert_eq!(error.problem(), &FileProblem::TooLarge);

    let wrong = file(
        "wrong.toml",
        b"name = \"quarry\"\nliterals.fraction-digits = 10\nparameters.max-rows = 0\n",
    );
    let at = wrong.display();
    assert_eq!(
        DialectProfile::from_file(&wrong).unwrap_err().to_string(),
        format!(
            "{at}: parameters.max-rows must be at least 1, or false for no limit\n\
             {at}: literals.fraction-digits must be 9 or less"
        )
    );
    let good = file("good.toml", SAMPLE.as_bytes());
    assert_eq!(DialectProfile::from_file(good).unwrap().name, "quarry");
    fs::remove_dir_all(folder).unwrap();
}

/// Each value of a complete file in turn as another one.
#[test]
fn no_value_of_a_file_is_shown_wherever_it_stands() {
    let table: Table = toml::from_str(&duckdb().to_toml()).unwrap();
    let secrets = [
        Value::String("s3cret, expected s3cret; use one of s3cret".into()),
        Value::String("s3cret\ns3cret".into()),
        Value::Array(vec![Value::String("s3cret".into())]),
        Value::Array(vec![Value::Array(vec!["s3cret".into()]), 3.into()]),
        Value::Integer(4_815_162_342),
        Value::Float(4815.1623),
        Value::Boolean(true),
    ];
    let mut tried = 0;
    let mut places = Vec::new();
    paths(&Value::Table(table.clone()), &mut Vec::new(), &mut places);
    for place in places {
        for secret in &secrets {
            let mut changed = Value::Table(table.clone());
            let mut at = &mut changed;
            for step in &place {
                at = match at {
                    Value::Table(table) => table.get_mut(step).unwrap(),
                    Value::Array(items) => &mut items[step.parse::<usize>().unwrap()],
                    _ => unreachable!(),
                };
            }
            *at = secret.clone();
            let text = toml::to_string(&changed).unwrap();
            tried += 1;
            if let Err(error) = DialectProfile::from_toml(&text) {
                // The name and the placeholder are those of a dialect, and of no other file.
                let is_dialect = matches!(error.problem(), FileProblem::Contradictory(_));
                let error = error.to_string();
                let shown = error.contains("s3cret") || error.contains("4815");
                assert!(!shown || is_dialect, "{place:?}: {error}");
            }
        }
    }
    assert!(tried > 500, "{tried}");
}

#[test]
fn texts_that_other_programs_write() {
    assert!(read(&format!("\u{feff}{}", SAMPLE.replace('\n', "\r\n"))).is_ok());
    for (text, error) in [
        (
            "name = \"q\"\r\n\r\nnam = 1\r\n",
            "line 3, column 1: unknown field `nam`",
        ),
        ("PASSWORD=hunter2\n", "line 1, column 10: invalid value"),
        (
            "name = \"a\"\nname = \"hunter2\"",
            "line 2, column 1: duplicate key `name`",
        ),
        ("name = \"a\0hunter2\"", "line 1, column 10: invalid value"),
        (
            "name = \"quarry\"\nextends = \"quarry\"",
            "`extends` names an unknown dialect",
        ),
        (
            "name = \"quarry\"\nextends = \"auto\"",
            "`extends` names an unknown dialect",
        ),
    ] {
        let found = refused(text);
        assert!(
            found.starts_with(error) && !found.contains("hunter2"),
            "{found}"
        );
    }
    for nested in ["[", "{a="] {
        let found = refused(&format!("x = {}", nested.repeat(100_000)));
        assert!(found.ends_with("recursion limit exceeded"), "{found}");
    }
}

fn paths(value: &Value, at: &mut Vec<String>, all: &mut Vec<Vec<String>>) {
    if !at.is_empty() {
        all.push(at.clone());
    }
    let children: Vec<(String, &Value)> = match value {
        Value::Table(table) => table
            .iter()
            .map(|(key, value)| (key.clone(), value))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, value)| (index.to_string(), value))
            .collect(),
        _ => Vec::new(),
    };
    for (key, value) in children {
        at.push(key);
        paths(value, at, all);
        at.pop();
    }
}
