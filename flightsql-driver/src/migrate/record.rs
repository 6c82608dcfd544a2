//! The migrations table, with SQLx's columns.

use std::borrow::Cow;

use sqlx_core::executor::Executor as _;
use sqlx_core::migrate::{AppliedMigration, MigrateError, Migration};
use sqlx_core::query_builder::QueryBuilder;
use sqlx_core::row::Row as _;
use sqlx_core::sql_str::AssertSqlSafe;

use super::sql_of;
use crate::connection::FlightSqlConnection;
use crate::dialect::{ChecksumForm, TestDatabase};
use crate::error::to_sqlx;
use crate::marker::FlightSql;
use crate::row::FlightSqlRow;

type Result<T> = std::result::Result<T, MigrateError>;

/// Creates the schema. `name` is SQL of the user, as is the name of the table.
pub(super) async fn create_schema(connection: &mut FlightSqlConnection, name: &str) -> Result<()> {
    let dialect = connection.dialect();
    sql_of(dialect)?;
    if dialect.profile().test_database != TestDatabase::Schema {
        return Err(MigrateError::CreateSchemasNotSupported(format!(
            "cannot create the schema {name}: the engine of the dialect `{}` creates no schemas with SQL",
            dialect.name()
        )));
    }
    run(connection, format!("CREATE SCHEMA IF NOT EXISTS {name}")).await
}

pub(super) async fn create_table(connection: &mut FlightSqlConnection, table: &str) -> Result<()> {
    let dialect = connection.dialect();
    let create = sql_of(dialect)?.create_table(dialect, table);
    run(connection, create).await
}

pub(super) async fn dirty_version(
    connection: &mut FlightSqlConnection,
    table: &str,
) -> Result<Option<i64>> {
    let sql = format!("SELECT version FROM {table} WHERE success = FALSE ORDER BY version LIMIT 1");
    let row = connection.fetch_optional(AssertSqlSafe(sql)).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

pub(super) async fn applied(
    connection: &mut FlightSqlConnection,
    table: &str,
) -> Result<Vec<AppliedMigration>> {
    let form = sql_of(connection.dialect())?.checksum.clone();
    let sql = format!("SELECT version, checksum FROM {table} ORDER BY version");
    let rows = connection.fetch_all(AssertSqlSafe(sql)).await?;
    rows.iter().map(|row| one_applied(row, &form)).collect()
}

fn one_applied(row: &FlightSqlRow, form: &ChecksumForm) -> Result<AppliedMigration> {
    let version = row.try_get(0)?;
    let checksum = match form {
        ChecksumForm::Binary(_) | ChecksumForm::BinaryLiteral(_) => row.try_get(1)?,
        _ => {
            let text: &str = row.try_get(1)?;
            from_hex(text).ok_or_else(|| {
                let error = format!("the checksum of migration {version} is not hexadecimal");
                sqlx_core::Error::Decode(error.into())
            })?
        }
    };
    Ok(AppliedMigration {
        version,
        checksum: Cow::Owned(checksum),
    })
}

/// Records a migration. `nanos` is its duration; -1 if unknown.
pub(super) async fn insert(
    connection: &mut FlightSqlConnection,
    table: &str,
    migration: &Migration,
    success: bool,
    nanos: i64,
) -> Result<()> {
    let form = sql_of(connection.dialect())?.checksum.clone();
    let columns = "(version, description, success, checksum, execution_time)";
    let mut query =
        QueryBuilder::<FlightSql>::new(format!("INSERT INTO {table} {columns} VALUES ("));
    let mut values = query.separated(", ");
    values.push_bind(migration.version);
    values.push_bind(migration.description.clone().into_owned());
    values.push(boolean(success));
    match form {
        ChecksumForm::Binary(_) => values.push_bind(migration.checksum.to_vec()),
        ChecksumForm::BinaryLiteral(_) => {
            values.push(format!("X'{}'", to_hex(&migration.checksum)))
        }
        _ => values.push_bind(to_hex(&migration.checksum)),
    };
    values.push_bind(nanos);
    query.push(")");
    change(connection, query).await
}

/// Returns a boolean as SQL, because Arrow Go's SQLite server does not support bound booleans.
fn boolean(value: bool) -> &'static str {
    match value {
        true => "TRUE",
        false => "FALSE",
    }
}

/// Marks a recorded migration as applied or as being reverted.
pub(super) async fn update(
    connection: &mut FlightSqlConnection,
    table: &str,
    version: i64,
    success: bool,
    nanos: i64,
) -> Result<()> {
    let success = boolean(success);
    let update = format!("UPDATE {table} SET success = {success}, execution_time = ");
    let mut query = QueryBuilder::<FlightSql>::new(update);
    query.push_bind(nanos);
    query.push(" WHERE version = ").push_bind(version);
    change(connection, query).await
}

pub(super) async fn delete(
    connection: &mut FlightSqlConnection,
    table: &str,
    version: i64,
) -> Result<()> {
    let mut query = QueryBuilder::<FlightSql>::new(format!("DELETE FROM {table} WHERE version = "));
    query.push_bind(version);
    change(connection, query).await
}

/// Changes one row; any other count that the server reports is an error.
async fn change(
    connection: &mut FlightSqlConnection,
    mut query: QueryBuilder<FlightSql>,
) -> Result<()> {
    let done = connection.execute(query.build().persistent(false)).await?;
    match done.known_rows_affected() {
        None | Some(1) => Ok(()),
        Some(other) => {
            let why = format!(
                "expected 1 row to be written, got {other}; another program may be writing to the table"
            );
            let error = flightsql_client::Error::protocol("migration record", why);
            Err(MigrateError::Execute(to_sqlx(error)))
        }
    }
}

async fn run(connection: &mut FlightSqlConnection, sql: String) -> Result<()> {
    let done = connection.run_text(&sql).await;
    done.map_err(MigrateError::Execute)
}

pub(super) fn to_hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        _ = write!(text, "{byte:02x}");
        text
    })
}

pub(super) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim().as_bytes();
    // `from_str_radix` accepts a sign, too.
    if !digits.len().is_multiple_of(2) || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let pair = |pair: &[u8]| {
        let text = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(text, 16).ok()
    };
    digits.chunks(2).map(pair).collect()
}
