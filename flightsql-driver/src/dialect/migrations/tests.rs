//! The statements, and what each preset says.

use super::*;
use crate::dialect::{Ansi, Sqlite, by_name};

#[test]
fn the_migrations_table_has_the_columns_of_sqlx() {
    assert_eq!(
        MigrationSql::ANSI.create_table("\"my schema\".m"),
        "CREATE TABLE IF NOT EXISTS \"my schema\".m (version BIGINT PRIMARY KEY, description VARCHAR NOT NULL, \
         installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, \
         checksum BLOB NOT NULL, execution_time BIGINT NOT NULL)"
    );
    let hex = MigrationSql::ANSI
        .with_text("STRING")
        .with_integer("LONG")
        .with_timestamp("DATETIME")
        .with_boolean("BOOL")
        .with_primary_key("")
        .with_checksum(ChecksumForm::Hex);
    assert_eq!(
        hex.create_table("m"),
        "CREATE TABLE IF NOT EXISTS m (version LONG , description STRING NOT NULL, \
         installed_on DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOL NOT NULL, \
         checksum STRING NOT NULL, execution_time LONG NOT NULL)"
    );
}

#[test]
fn a_test_database_is_quoted() {
    let of = |level: TestDatabase| (level.create(&Ansi, "a\"b"), level.drop(&Ansi, "a\"b"));
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
        assert_eq!(dialect.migrations().is_some(), has, "{name}");
        let schemas = ["ansi", "duckdb", "gizmosql"].contains(name);
        assert_eq!(
            dialect.test_database() == TestDatabase::Schema,
            schemas,
            "{name}"
        );
    }
    assert_eq!(Sqlite.test_database(), TestDatabase::None);
}
