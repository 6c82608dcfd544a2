//! `impl Database for FlightSql`, which names the types of all layers, and the aliases for users.

use sqlx_core::database::{Database, HasStatementCache};

use crate::arguments::{FlightSqlArgumentBuffer, FlightSqlArguments};
use crate::column::FlightSqlColumn;
use crate::connection::{FlightSqlConnection, FlightSqlTransactionManager};
use crate::dialect::presets::URL_SCHEMES;
use crate::marker::FlightSql;
use crate::query_result::FlightSqlQueryResult;
use crate::row::FlightSqlRow;
use crate::statement::FlightSqlStatement;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::{FlightSqlValue, FlightSqlValueRef};

impl Database for FlightSql {
    type Connection = FlightSqlConnection;
    type TransactionManager = FlightSqlTransactionManager;
    type Row = FlightSqlRow;
    type QueryResult = FlightSqlQueryResult;
    type Column = FlightSqlColumn;
    type TypeInfo = FlightSqlTypeInfo;
    type Value = FlightSqlValue;
    type ValueRef<'r> = FlightSqlValueRef<'r>;
    type Arguments = FlightSqlArguments;
    type ArgumentBuffer = FlightSqlArgumentBuffer;
    type Statement = FlightSqlStatement;

    const NAME: &'static str = "Flight SQL";
    const URL_SCHEMES: &'static [&'static str] = URL_SCHEMES;
}

impl HasStatementCache for FlightSql {}

sqlx_core::impl_acquire!(FlightSql, FlightSqlConnection);

/// A pool of Flight SQL connections.
pub type FlightSqlPool = sqlx_core::pool::Pool<FlightSql>;
/// The options of a [`FlightSqlPool`].
pub type FlightSqlPoolOptions = sqlx_core::pool::PoolOptions<FlightSql>;
/// A transaction on a Flight SQL connection.
pub type FlightSqlTransaction<'c> = sqlx_core::transaction::Transaction<'c, FlightSql>;

/// An [`Executor`](sqlx_core::executor::Executor) that runs on Flight SQL.
pub trait FlightSqlExecutor<'c>: sqlx_core::executor::Executor<'c, Database = FlightSql> {}
impl<'c, T: sqlx_core::executor::Executor<'c, Database = FlightSql>> FlightSqlExecutor<'c> for T {}
