//! SQLx's migrations over Flight SQL: `impl Migrate` and `impl MigrateDatabase`.
//!
//! Each statement of a file is sent separately, because a command of Flight SQL contains one statement:
//! <https://arrow.apache.org/docs/format/FlightSql.html#query-execution>. The lock is a row, because Flight SQL has no
//! advisory lock either: see [`lock`].

mod apply;
mod database;
mod lock;
mod record;

use std::time::Duration;

use futures_core::future::BoxFuture;
use sqlx_core::migrate::{AppliedMigration, Migrate, MigrateError, Migration};

pub(crate) use database::databases;

use crate::connection::FlightSqlConnection;
use crate::dialect::{Dialect, MigrationSql};
use crate::error::Error;
use lock::MigrationLockGuard;

type Step<'e, T> = BoxFuture<'e, Result<T, MigrateError>>;

/// Runs one step, under the lock if the connection has it.
macro_rules! step {
    ($connection:ident, $step:path, $($argument:expr),*) => {
        Box::pin(async move {
            let mut guard = MigrationLockGuard::new($connection);
            let done = $step(guard.connection(), $($argument),*).await;
            guard.end(done).await
        })
    };
}

/// Migrations on engines that keep tables: see [`DialectProfile::migrations`](crate::dialect::DialectProfile::migrations).
///
/// A migration runs in a transaction if the server supports transactions with DDL and the file does not start with
/// `-- no-transaction`. A failure is then rolled back. Otherwise, the driver first writes the record with `success = FALSE`. A
/// failure then leaves a dirty version, which must be repaired by hand before the next migration.
///
/// The lock is released when a run ends, fails or is dropped. After an error that only the `Migrator` detects (a missing or
/// changed migration), it is released when the connection is next used, returned to its pool, or dropped.
///
/// # Cancel safety
/// A migration that is dropped in its transaction is rolled back. Outside of a transaction it stays dirty, as after a failure.
impl Migrate for FlightSqlConnection {
    fn create_schema_if_not_exists<'e>(&'e mut self, schema: &'e str) -> Step<'e, ()> {
        step!(self, record::create_schema, schema)
    }

    fn ensure_migrations_table<'e>(&'e mut self, table: &'e str) -> Step<'e, ()> {
        step!(self, record::create_table, table)
    }

    fn dirty_version<'e>(&'e mut self, table: &'e str) -> Step<'e, Option<i64>> {
        Box::pin(async move {
            let mut guard = MigrationLockGuard::new(self);
            let dirty = record::dirty_version(guard.connection(), table).await;
            if let Ok(Some(_)) = dirty {
                // The run ends here, and makes no further call on this connection.
                guard.release().await;
                return dirty;
            }
            guard.end(dirty).await
        })
    }

    fn list_applied_migrations<'e>(
        &'e mut self,
        table: &'e str,
    ) -> Step<'e, Vec<AppliedMigration>> {
        step!(self, record::applied, table)
    }

    fn lock(&mut self) -> Step<'_, ()> {
        Box::pin(lock::lock(self))
    }

    fn unlock(&mut self) -> Step<'_, ()> {
        Box::pin(lock::unlock(self))
    }

    fn apply<'e>(&'e mut self, table: &'e str, migration: &'e Migration) -> Step<'e, Duration> {
        step!(self, apply::apply, table, migration)
    }

    fn revert<'e>(&'e mut self, table: &'e str, migration: &'e Migration) -> Step<'e, Duration> {
        step!(self, apply::revert, table, migration)
    }

    fn skip<'e>(&'e mut self, table: &'e str, migration: &'e Migration) -> Step<'e, ()> {
        step!(self, record::insert, table, migration, true, 0)
    }
}

/// Returns the SQL of the dialect for migrations, or an error if it has none.
fn sql_of(dialect: &dyn Dialect) -> Result<&MigrationSql, MigrateError> {
    dialect.profile().migrations.as_ref().ok_or_else(|| {
        let why = format!(
            "the engine of the dialect `{}` cannot record migrations, so nothing was sent; create the tables with \
             the engine's own tools, or use a dialect with `migrations`",
            dialect.name()
        );
        MigrateError::Execute(Error::unsupported(why).into())
    })
}

#[cfg(test)]
mod tests {
    use super::apply::{has_ddl_in_transactions, line};
    use super::record::{from_hex, to_hex};
    use crate::catalog::{ServerInfo, SqlInfoValue, sql_info_name};
    use crate::dialect::Dialect;
    use crate::dialect::presets::{ansi, sqlite};

    fn lines(sql: &str, dialect: &dyn Dialect) -> Vec<(String, usize)> {
        let statements = dialect.parse_script(sql).into_iter();
        statements
            .map(|found| (found.text().to_owned(), line(sql, found.first_token())))
            .collect()
    }

    fn owned<const N: usize>(found: [(&str, usize); N]) -> Vec<(String, usize)> {
        found.map(|(text, line)| (text.to_owned(), line)).to_vec()
    }

    #[test]
    fn a_statement_stands_on_the_line_of_its_first_word() {
        let sql = "a;\n\n-- c; d\n/* e;\n */ b\n  c; d\n;;\n";
        let found = lines(sql, &ansi());
        let expected = [("a", 1), ("-- c; d\n/* e;\n */ b\n  c", 5), ("d", 6)];
        assert_eq!(found, owned(expected));
        assert_eq!(lines("-- nothing;\n", &ansi()), owned([]));
        assert_eq!(lines("", &ansi()), owned([]));
    }

    #[test]
    fn what_is_quoted_does_not_separate() {
        let sql = "SELECT $tag$ ; $tag$;\nSELECT ';', \";\"";
        let expected = [("SELECT $tag$ ; $tag$", 1), ("SELECT ';', \";\"", 2)];
        assert_eq!(lines(sql, &ansi()), owned(expected));
        let trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; SELECT CASE 1 WHEN 1 THEN 2 END; END;\r\nb";
        let found = lines(trigger, &sqlite());
        assert_eq!(found.len(), 2);
        assert_eq!(found[1], ("b".to_owned(), 2));
    }

    #[test]
    fn a_checksum_goes_through_text() {
        let bytes: Vec<u8> = (0..=255).collect();
        let text = to_hex(&bytes);
        assert_eq!(text.len(), 512);
        assert!(text.starts_with("000102") && text.ends_with("fdfeff"));
        assert_eq!(from_hex(&text).as_ref(), Some(&bytes));
        assert_eq!(from_hex(&text.to_uppercase()), Some(bytes));
        assert_eq!(from_hex(""), Some(Vec::new()));
        for wrong in ["0", "0g", "zz", "+1", "ä"] {
            assert_eq!(from_hex(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn detects_ddl_outside_of_transactions() {
        let says = |id, yes| ServerInfo::new([(id, SqlInfoValue::Bool(yes))].into());
        assert!(has_ddl_in_transactions(&ServerInfo::default()));
        for id in [565, 566] {
            assert!(!has_ddl_in_transactions(&says(id, true)), "{id}");
            assert!(has_ddl_in_transactions(&says(id, false)), "{id}");
        }
        assert!(has_ddl_in_transactions(&says(564, true)));
        assert_eq!(
            sql_info_name(565),
            Some("SQL_DATA_DEFINITION_CAUSES_TRANSACTION_COMMIT")
        );
        assert_eq!(
            sql_info_name(566),
            Some("SQL_DATA_DEFINITIONS_IN_TRANSACTIONS_IGNORED")
        );
    }
}
