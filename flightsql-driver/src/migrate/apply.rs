//! Applies and reverts one migration.

use std::time::{Duration, Instant};

use sqlx_core::connection::Connection as _;
use sqlx_core::migrate::{MigrateError, Migration};

use super::{record, sql_of};
use crate::catalog::{ServerInfo, SqlInfoValue};
use crate::connection::FlightSqlConnection;
use crate::database::FlightSqlTransaction;
use crate::dialect::{TransactionMode, TransactionalDdl};
use crate::error::is_unsupported;

type Result<T> = std::result::Result<T, MigrateError>;

/// `SQL_DATA_DEFINITION_CAUSES_TRANSACTION_COMMIT` and `SQL_DATA_DEFINITIONS_IN_TRANSACTIONS_IGNORED`:
/// <https://github.com/apache/arrow/blob/main/format/FlightSql.proto>.
const DDL_IS_OUTSIDE: [u32; 2] = [565, 566];

pub(super) async fn apply(
    connection: &mut FlightSqlConnection,
    table: &str,
    migration: &Migration,
) -> Result<Duration> {
    let start = Instant::now();
    if let Some(mut transaction) = begin(connection, migration).await? {
        run_all(&mut transaction, migration).await?;
        let nanos = nanos(start.elapsed());
        record::insert(&mut transaction, table, migration, true, nanos).await?;
        commit(transaction, migration).await?;
        return Ok(start.elapsed());
    }
    record::insert(connection, table, migration, false, -1).await?;
    run_all(connection, migration).await?;
    let elapsed = start.elapsed();
    record::update(connection, table, migration.version, true, nanos(elapsed)).await?;
    Ok(elapsed)
}

pub(super) async fn revert(
    connection: &mut FlightSqlConnection,
    table: &str,
    migration: &Migration,
) -> Result<Duration> {
    let start = Instant::now();
    if let Some(mut transaction) = begin(connection, migration).await? {
        run_all(&mut transaction, migration).await?;
        record::delete(&mut transaction, table, migration.version).await?;
        commit(transaction, migration).await?;
        return Ok(start.elapsed());
    }
    record::update(connection, table, migration.version, false, -1).await?;
    run_all(connection, migration).await?;
    record::delete(connection, table, migration.version).await?;
    Ok(start.elapsed())
}

/// Begins a transaction that includes DDL; `None` if there is no such transaction, or the migration excludes it.
async fn begin<'c>(
    connection: &'c mut FlightSqlConnection,
    migration: &Migration,
) -> Result<Option<FlightSqlTransaction<'c>>> {
    if migration.no_tx || connection.dialect().profile().transactions.mode == TransactionMode::None
    {
        return Ok(None);
    }
    let has_ddl = match sql_of(connection.dialect())?.transactional_ddl {
        TransactionalDdl::Yes => true,
        TransactionalDdl::AskServer => server_has_ddl_in_transactions(connection).await?,
        _ => false,
    };
    if !has_ddl {
        return Ok(None);
    }
    match connection.begin().await {
        Ok(transaction) => Ok(Some(transaction)),
        Err(error) if is_unsupported(&error) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

async fn server_has_ddl_in_transactions(connection: &mut FlightSqlConnection) -> Result<bool> {
    match connection.catalog().server_info().await {
        Ok(info) => Ok(has_ddl_in_transactions(&info)),
        Err(error) if is_unsupported(&error) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// Returns `true` unless the server reports otherwise, as in the standard.
pub(super) fn has_ddl_in_transactions(info: &ServerInfo) -> bool {
    let outside = |id: &u32| matches!(info.get(*id), Some(SqlInfoValue::Bool(true)));
    !DDL_IS_OUTSIDE.iter().any(outside)
}

async fn commit(transaction: FlightSqlTransaction<'_>, migration: &Migration) -> Result<()> {
    let committed = transaction.commit().await;
    committed.map_err(|error| MigrateError::ExecuteMigration(error, migration.version))
}

/// Runs the statements of the file, one by one. A file with only comments has none.
async fn run_all(connection: &mut FlightSqlConnection, migration: &Migration) -> Result<()> {
    let sql = migration.sql.as_str();
    let statements = connection.dialect().parse_script(sql);
    let count = statements.len();
    for (index, statement) in statements.into_iter().enumerate() {
        let at = statement.first_token();
        if let Err(error) = connection.run_statement(statement).await {
            let line = line(sql, at);
            let place = format!("statement {} of {count} (line {line})", index + 1);
            let error = connection.shown(error.context(&place));
            return Err(MigrateError::ExecuteMigration(error, migration.version));
        }
    }
    Ok(())
}

/// Returns the line of a script at this byte, counted from 1.
pub(super) fn line(sql: &str, at: usize) -> usize {
    1 + sql[..at].matches('\n').count()
}

fn nanos(elapsed: Duration) -> i64 {
    i64::try_from(elapsed.as_nanos()).unwrap_or(i64::MAX)
}
