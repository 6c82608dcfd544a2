//! What a dialect says about migrations and about databases made for one test: SQL as data.
//!
//! Layer 0. The table's columns are SQLx's own, so that its tools read them:
//! <https://github.com/launchbadge/sqlx/tree/main/sqlx-cli>.

use std::time::Duration;

use super::Dialect;

#[cfg(test)]
mod tests;

/// The lock table: one for each database, since SQLx locks before it says which migrations table it will use.
pub(crate) const LOCK_TABLE: &str = "_sqlx_migrations_lock";

/// How an engine keeps the record of its migrations.
///
/// Start from [`MigrationSql::ANSI`] and change what differs:
///
/// ```
/// use flightsql_driver::{ChecksumForm, MigrationSql};
/// const NO_BINARY: MigrationSql = MigrationSql::ANSI
///     .with_text("STRING")
///     .with_checksum(ChecksumForm::Hex);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationSql {
    pub(crate) integer: &'static str,
    pub(crate) text: &'static str,
    pub(crate) timestamp: &'static str,
    pub(crate) boolean: &'static str,
    pub(crate) primary_key: &'static str,
    pub(crate) checksum: ChecksumForm,
    pub(crate) transactional: TransactionalDdl,
    pub(crate) lock_wait: Option<Duration>,
}

/// How the checksum of a migration is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChecksumForm {
    /// As bytes, in a column of this type.
    Binary(&'static str),
    /// As bytes, in a column of this type, written as `X'…'`: for an engine that reads them and loses bound ones.
    BinaryLiteral(&'static str),
    /// As hexadecimal text, where the engine has no type for bytes.
    Hex,
}

/// Whether `CREATE TABLE` and its like are part of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransactionalDdl {
    /// They are undone by a rollback.
    Yes,
    /// They commit, or are not part of it: a migration then runs statement by statement.
    No,
    /// The server is asked by `GetSqlInfo`; one that says nothing is taken to follow the standard, and to undo them.
    AskServer,
}

impl MigrationSql {
    /// `BIGINT`, `VARCHAR`, `TIMESTAMP`, `BOOLEAN`, `BLOB`; the server is asked about DDL in transactions; a lock that is
    /// waited for up to 60 s: longer than most migrations take, and short enough for the start of a service to fail visibly.
    pub const ANSI: MigrationSql = MigrationSql {
        integer: "BIGINT",
        text: "VARCHAR",
        timestamp: "TIMESTAMP",
        boolean: "BOOLEAN",
        primary_key: "PRIMARY KEY",
        checksum: ChecksumForm::Binary("BLOB"),
        transactional: TransactionalDdl::AskServer,
        lock_wait: Some(Duration::from_secs(60)),
    };

    /// The type of a text without a limit on its length.
    #[must_use]
    pub const fn with_text(mut self, name: &'static str) -> Self {
        self.text = name;
        self
    }

    /// The type of a 64-bit integer.
    #[must_use]
    pub const fn with_integer(mut self, name: &'static str) -> Self {
        self.integer = name;
        self
    }

    /// The type of a timestamp whose default can be `CURRENT_TIMESTAMP`.
    #[must_use]
    pub const fn with_timestamp(mut self, name: &'static str) -> Self {
        self.timestamp = name;
        self
    }

    /// The type of `TRUE` and `FALSE`.
    #[must_use]
    pub const fn with_boolean(mut self, name: &'static str) -> Self {
        self.boolean = name;
        self
    }

    /// What follows the type of a column that is the primary key; empty for an engine without keys.
    #[must_use]
    pub const fn with_primary_key(mut self, clause: &'static str) -> Self {
        self.primary_key = clause;
        self
    }

    /// How the checksum is stored.
    #[must_use]
    pub const fn with_checksum(mut self, form: ChecksumForm) -> Self {
        self.checksum = form;
        self
    }

    /// Whether DDL is part of a transaction.
    #[must_use]
    pub const fn with_transactional_ddl(mut self, transactional: TransactionalDdl) -> Self {
        self.transactional = transactional;
        self
    }

    /// How long another migrator is waited for. The lock is a row that can be there only once, so an engine that does not
    /// enforce a primary key has none: `None`. Migrating without a lock is logged as a warning.
    #[must_use]
    pub const fn with_lock_wait(mut self, wait: Option<Duration>) -> Self {
        self.lock_wait = wait;
        self
    }

    /// Makes the migrations table. `table` is SQL as the user wrote it: it may be qualified and quoted.
    pub(crate) fn create_table(&self, table: &str) -> String {
        let Self {
            integer,
            text,
            timestamp,
            boolean,
            primary_key,
            ..
        } = self;
        let checksum = match self.checksum {
            ChecksumForm::Binary(name) | ChecksumForm::BinaryLiteral(name) => name,
            ChecksumForm::Hex => text,
        };
        format!(
            "CREATE TABLE IF NOT EXISTS {table} (version {integer} {primary_key}, description {text} NOT NULL, \
             installed_on {timestamp} NOT NULL DEFAULT CURRENT_TIMESTAMP, success {boolean} NOT NULL, \
             checksum {checksum} NOT NULL, execution_time {integer} NOT NULL)"
        )
    }

    /// Makes the table whose one row is the lock.
    pub(crate) fn create_lock_table(&self) -> String {
        let Self {
            integer,
            text,
            timestamp,
            primary_key,
            ..
        } = self;
        format!(
            "CREATE TABLE IF NOT EXISTS {LOCK_TABLE} (id {integer} {primary_key}, owner {text} NOT NULL, \
             since {timestamp} NOT NULL DEFAULT CURRENT_TIMESTAMP)"
        )
    }
}

/// Where a database for one test is made, and how; also what `database create` and `database drop` run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TestDatabase {
    /// A schema, in the catalog that the URL names: `CREATE SCHEMA x`, `DROP SCHEMA IF EXISTS x CASCADE`.
    Schema,
    /// A catalog: `CREATE DATABASE x`, `DROP DATABASE IF EXISTS x`.
    Catalog,
    /// The engine has neither, or they cannot be made by SQL.
    None,
}

impl TestDatabase {
    /// The statement that makes the one of this name; `None` where there are none.
    pub(crate) fn create(self, dialect: &dyn Dialect, name: &str) -> Option<String> {
        let word = self.word()?;
        Some(format!("CREATE {word} {}", dialect.quote_identifier(name)))
    }

    /// The statement that drops it with all that is in it, if it is there.
    pub(crate) fn drop(self, dialect: &dyn Dialect, name: &str) -> Option<String> {
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
