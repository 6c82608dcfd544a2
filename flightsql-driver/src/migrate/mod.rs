//! SQLx's migrations over Flight SQL (layer 5): `impl Migrate` and `impl MigrateDatabase`.
//!
//! Every statement of a file is a call of its own, since Flight SQL has one statement in a command:
//! <https://arrow.apache.org/docs/format/FlightSql.html#query-execution>. The lock is a row, since it has no advisory
//! lock either: see [`lock`].

mod apply;
mod database;
mod lock;
mod record;

#[cfg(test)]
mod tests;

use std::time::Duration;

use futures_core::future::BoxFuture;
use sqlx_core::migrate::{AppliedMigration, Migrate, MigrateError, Migration};

pub(crate) use database::databases;

use crate::connection::FlightSqlConnection;
use crate::dialect::{Dialect, MigrationSql};
use crate::error::Error;
use lock::MigrationLockGuard;

/// One step of a run, under the lock if the connection has it.
macro_rules! step {
    ($connection:ident, |$locked:ident| $step:expr) => {
        Box::pin(async move {
            let mut guard = MigrationLockGuard::new($connection);
            let $locked = guard.connection();
            let done = $step.await;
            guard.end(done).await
        })
    };
}

/// Migrations on engines that keep tables: see
/// [`DialectProfile::migrations`](crate::dialect::DialectProfile::migrations).
///
/// A migration runs in a transaction where the server has them, DDL is part of them, and the file does not say
/// `-- no-transaction`; a failure then leaves nothing. Elsewhere its record is written first with `success = FALSE`, so
/// that a failure leaves a dirty version, which has to be repaired by hand before anything else is migrated.
///
/// The lock is given back when a run ends, fails or is dropped; after an error that only the `Migrator` sees (a missing
/// or changed migration), when the connection is next used, returned to its pool, or dropped.
///
/// Cancel-safe: a migration that is dropped in its transaction is rolled back; outside of one it stays dirty, as one that
/// failed does.
impl Migrate for FlightSqlConnection {
    fn create_schema_if_not_exists<'e>(
        &'e mut self,
        schema_name: &'e str,
    ) -> BoxFuture<'e, Result<(), MigrateError>> {
        step!(self, |connection| record::create_schema(
            connection,
            schema_name
        ))
    }

    fn ensure_migrations_table<'e>(
        &'e mut self,
        table_name: &'e str,
    ) -> BoxFuture<'e, Result<(), MigrateError>> {
        step!(self, |connection| record::create_table(
            connection, table_name
        ))
    }

    fn dirty_version<'e>(
        &'e mut self,
        table_name: &'e str,
    ) -> BoxFuture<'e, Result<Option<i64>, MigrateError>> {
        Box::pin(async move {
            let mut guard = MigrationLockGuard::new(self);
            let dirty = record::dirty_version(guard.connection(), table_name).await;
            if let Ok(Some(_)) = dirty {
                // The run ends here, without another call of this connection.
                guard.release().await;
                return dirty;
            }
            guard.end(dirty).await
        })
    }

    fn list_applied_migrations<'e>(
        &'e mut self,
        table_name: &'e str,
    ) -> BoxFuture<'e, Result<Vec<AppliedMigration>, MigrateError>> {
        step!(self, |connection| record::applied(connection, table_name))
    }

    fn lock(&mut self) -> BoxFuture<'_, Result<(), MigrateError>> {
        Box::pin(lock::lock(self))
    }

    fn unlock(&mut self) -> BoxFuture<'_, Result<(), MigrateError>> {
        Box::pin(lock::unlock(self))
    }

    fn apply<'e>(
        &'e mut self,
        table_name: &'e str,
        migration: &'e Migration,
    ) -> BoxFuture<'e, Result<Duration, MigrateError>> {
        step!(self, |connection| apply::apply(
            connection, table_name, migration
        ))
    }

    fn revert<'e>(
        &'e mut self,
        table_name: &'e str,
        migration: &'e Migration,
    ) -> BoxFuture<'e, Result<Duration, MigrateError>> {
        step!(self, |connection| apply::revert(
            connection, table_name, migration
        ))
    }

    fn skip<'e>(
        &'e mut self,
        table_name: &'e str,
        migration: &'e Migration,
    ) -> BoxFuture<'e, Result<(), MigrateError>> {
        step!(self, |connection| record::insert(
            connection, table_name, migration, true, 0
        ))
    }
}

/// What the dialect says about migrations, or the error of one that has none.
fn sql_of(dialect: &dyn Dialect) -> Result<&MigrationSql, MigrateError> {
    dialect.profile().migrations.as_ref().ok_or_else(|| {
        let why = format!(
            "the engine of the dialect `{}` cannot keep a record of migrations, so nothing was sent: prepare its \
             tables with the engine's own tools, or give a dialect whose `migrations` says how",
            dialect.name()
        );
        MigrateError::Execute(Error::unsupported(why).into())
    })
}
