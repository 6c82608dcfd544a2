//! The statements, and what each preset says.

use super::*;
use crate::dialect::by_name;
use crate::dialect::presets::ansi;

#[test]
fn the_migrations_table_has_the_columns_of_sqlx() {
    assert_eq!(
        MigrationSql::default().create_table(&ansi(), "\"my schema\".m"),
        "CREATE TABLE IF NOT EXISTS \"my schema\".m (version BIGINT PRIMARY KEY, description VARCHAR NOT NULL, \
         installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, \
         checksum BLOB NOT NULL, execution_time BIGINT NOT NULL)"
    );
    let text = |name: &str| Some(name.to_owned());
    let hex = MigrationSql {
        text: text("STRING"),
        integer: text("LONG"),
        timestamp: text("DATETIME"),
        boolean: text("BOOL"),
        primary_key: String::new(),
        checksum: ChecksumForm::Hex,
        ..MigrationSql::default()
    };
    assert_eq!(
        hex.create_table(&ansi(), "m"),
        "CREATE TABLE IF NOT EXISTS m (version LONG , description STRING NOT NULL, \
         installed_on DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOL NOT NULL, \
         checksum STRING NOT NULL, execution_time LONG NOT NULL)"
    );
}

#[test]
fn a_type_without_a_name_has_the_dialects() {
    let mut dialect = ansi();
    let names = [("int64", "LONG"), ("text", "STRING")];
    dialect.types.names = names
        .map(|(of, name)| (of.parse().expect("a logical type"), name.to_owned()))
        .into();
    assert_eq!(
        MigrationSql::default().create_lock_table(&dialect),
        "CREATE TABLE IF NOT EXISTS _sqlx_migrations_lock (id LONG PRIMARY KEY, owner STRING NOT NULL, \
         since TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)"
    );
}

#[test]
fn a_test_database_is_quoted() {
    let of = |level: TestDatabase| (level.create(&ansi(), "a\"b"), level.drop(&ansi(), "a\"b"));
    let text = |sql: &str| Some(sql.to_owned());
    assert_eq!(
        of(TestDatabase::Schema),
        (
            text("CREATE SCHEMA \"a\"\"b\""),
            text("DROP SCHEMA IF EXISTS \"a\"\"b\" CASCADE")
        )
    );
    assert_eq!(
        of(TestDatabase::Catalog),
        (
            text("CREATE DATABASE \"a\"\"b\""),
            text("DROP DATABASE IF EXISTS \"a\"\"b\"")
        )
    );
    assert_eq!(of(TestDatabase::None), (None, None));
}

#[test]
fn only_engines_that_were_seen_to_keep_a_table_have_migrations() {
    for name in crate::dialect::presets::PRESETS {
        let dialect = by_name(name).expect("a preset is found by its name");
        let has = ["ansi", "duckdb", "gizmosql", "sqlite"].contains(name);
        assert_eq!(dialect.profile().migrations.is_some(), has, "{name}");
        let schemas = ["ansi", "duckdb", "gizmosql"].contains(name);
        assert_eq!(
            dialect.profile().test_database == TestDatabase::Schema,
            schemas,
            "{name}"
        );
    }
}
