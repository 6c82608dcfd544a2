//! The SQL of a dialect for migrations and for test databases, as data.
//!
//! The table's columns are SQLx's own, so that its tools read them: <https://github.com/launchbadge/sqlx/tree/main/sqlx-cli>.

use std::fmt;
use std::time::Duration;

use arrow_schema::{DataType, Field, TimeUnit};
use serde::{Deserialize, Serialize};

use super::Dialect;
use super::form::seconds_or_false;

/// The lock table: one for each database, since SQLx locks before it names its migrations table.
pub const LOCK_TABLE: &str = "_sqlx_migrations_lock";

/// The SQL by which an engine keeps the record of its migrations.
///
/// The default is standard SQL: `PRIMARY KEY`, the checksum in a `BLOB`, and the server's report about DDL in
/// transactions. The driver waits for the lock up to 60 s, which is longer than most migrations take and short enough
/// for the start of a service to fail visibly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct MigrationSql {
    /// The type of a 64-bit integer. `None`: the dialect's name of `int64`, otherwise `BIGINT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integer: Option<String>,
    /// The type of a string without a maximum length. `None`: the dialect's name of `text`, otherwise `VARCHAR`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The type of a timestamp whose default can be `CURRENT_TIMESTAMP`. `None`: the dialect's name of `timestamp`,
    /// otherwise `TIMESTAMP`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<String>,
    /// The type of `TRUE` and `FALSE`. `None`: the dialect's name of `bool`, otherwise `BOOLEAN`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boolean: Option<String>,
    /// The clause after the type of a column that is the primary key; empty for an engine without keys.
    pub primary_key: String,
    /// The form of the checksum.
    pub checksum: ChecksumForm,
    /// Whether DDL is part of a transaction.
    pub transactional_ddl: TransactionalDdl,
    /// The time to wait for another migrator, in seconds in a dialect file. The lock is a row that can exist only once, so
    /// `None` is for an engine that does not enforce a primary key. The driver logs a warning when it migrates without a lock.
    #[serde(with = "seconds_or_false")]
    pub lock_wait: Option<Duration>,
}

/// The form in which the checksum of a migration is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ChecksumForm {
    /// Bytes, in a column of this type.
    Binary(String),
    /// Bytes, in a column of this type, written as `X'…'`: for an engine that loses bound bytes.
    BinaryLiteral(String),
    /// Hexadecimal text, for an engine without a type for bytes.
    Hex,
}

/// Whether `CREATE TABLE` and similar statements are part of a transaction.
///
/// Written in a dialect file as `true`, `false` or `"ask-server"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TransactionalDdl {
    /// A rollback undoes them.
    Yes,
    /// They commit, or are not part of it: a migration then runs statement by statement.
    No,
    /// The server reports it in `GetSqlInfo`. A server that reports nothing is expected to undo them, as the standard
    /// requires. The default.
    #[default]
    AskServer,
}

impl Serialize for TransactionalDdl {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Yes => serializer.serialize_bool(true),
            Self::No => serializer.serialize_bool(false),
            Self::AskServer => serializer.serialize_str(ASK_SERVER),
        }
    }
}

impl<'de> Deserialize<'de> for TransactionalDdl {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Form;

        impl serde::de::Visitor<'_> for Form {
            type Value = TransactionalDdl;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "true, false or \"{ASK_SERVER}\"")
            }

            fn visit_bool<E: serde::de::Error>(self, on: bool) -> Result<Self::Value, E> {
                Ok(match on {
                    true => TransactionalDdl::Yes,
                    false => TransactionalDdl::No,
                })
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
                match text == ASK_SERVER {
                    true => Ok(TransactionalDdl::AskServer),
                    false => Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)),
                }
            }
        }

        deserializer.deserialize_any(Form)
    }
}

const ASK_SERVER: &str = "ask-server";

impl Default for MigrationSql {
    fn default() -> Self {
        Self {
            integer: None,
            text: None,
            timestamp: None,
            boolean: None,
            primary_key: "PRIMARY KEY".to_owned(),
            checksum: ChecksumForm::Binary("BLOB".to_owned()),
            transactional_ddl: TransactionalDdl::AskServer,
            lock_wait: Some(Duration::from_secs(60)),
        }
    }
}

impl MigrationSql {
    /// Returns the statement that creates the migrations table. `table` is SQL as the user wrote it, which may be qualified
    /// and quoted.
    pub fn create_table(&self, dialect: &dyn Dialect, table: &str) -> String {
        let [integer, text, timestamp, boolean] = self.types(dialect);
        let primary_key = &self.primary_key;
        let checksum = match &self.checksum {
            ChecksumForm::Binary(name) | ChecksumForm::BinaryLiteral(name) => name,
            ChecksumForm::Hex => &text,
        };
        format!(
            "CREATE TABLE IF NOT EXISTS {table} (version {integer} {primary_key}, description {text} NOT NULL, \
             installed_on {timestamp} NOT NULL DEFAULT CURRENT_TIMESTAMP, success {boolean} NOT NULL, \
             checksum {checksum} NOT NULL, execution_time {integer} NOT NULL)"
        )
    }

    /// Returns the statement that creates the table whose one row is the lock.
    pub fn create_lock_table(&self, dialect: &dyn Dialect) -> String {
        let [integer, text, timestamp, _] = self.types(dialect);
        let primary_key = &self.primary_key;
        format!(
            "CREATE TABLE IF NOT EXISTS {LOCK_TABLE} (id {integer} {primary_key}, owner {text} NOT NULL, \
             since {timestamp} NOT NULL DEFAULT CURRENT_TIMESTAMP)"
        )
    }

    /// Returns the names of the types: integer, text, timestamp, boolean.
    fn types(&self, dialect: &dyn Dialect) -> [String; 4] {
        let name = |own: &Option<String>, of: DataType, ansi: &str| {
            own.clone()
                .or_else(|| dialect.type_name(&Field::new("", of, true)))
                .unwrap_or_else(|| ansi.to_owned())
        };
        let micros = DataType::Timestamp(TimeUnit::Microsecond, None);
        [
            name(&self.integer, DataType::Int64, "BIGINT"),
            name(&self.text, DataType::Utf8, "VARCHAR"),
            name(&self.timestamp, micros, "TIMESTAMP"),
            name(&self.boolean, DataType::Boolean, "BOOLEAN"),
        ]
    }
}

/// The kind of database for one test, and for `database create`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TestDatabase {
    /// A schema, in the catalog that the URL names: `CREATE SCHEMA x`, `DROP SCHEMA IF EXISTS x CASCADE`. The default.
    #[default]
    Schema,
    /// A catalog: `CREATE DATABASE x`, `DROP DATABASE IF EXISTS x`.
    Catalog,
    /// The engine has neither, or they cannot be made by SQL.
    None,
}

impl TestDatabase {
    /// The statement that makes the one of this name; `None` where there are none.
    pub fn create(self, dialect: &dyn Dialect, name: &str) -> Option<String> {
        let word = self.word()?;
        Some(format!("CREATE {word} {}", dialect.quote_identifier(name)))
    }

    /// The statement that drops it with all that is in it, if it is there.
    pub fn drop(self, dialect: &dyn Dialect, name: &str) -> Option<String> {
        let (word, name) = (self.word()?, dialect.quote_identifier(name));
        let cascade = if self == Self::Schema { " CASCADE" } else { "" };
        Some(format!("DROP {word} IF EXISTS {name}{cascade}"))
    }

    fn word(self) -> Option<&'static str> {
        match self {
            Self::Schema => Some("SCHEMA"),
            Self::Catalog => Some("DATABASE"),
            Self::None => None,
        }
    }
}

#[cfg(test)]
mod tests {
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
}
