//! The connection of `Any`: `impl AnyConnectionBackend`.

use either::Either;
use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;
use futures_util::{StreamExt as _, TryFutureExt as _, stream};
use sqlx_core::any::{
    Any, AnyArguments, AnyColumn, AnyConnectionBackend, AnyQueryResult, AnyRow, AnyStatement,
    AnyTypeInfo,
};
use sqlx_core::connection::Connection;
use sqlx_core::database::Database as _;
use sqlx_core::describe::Describe;
use sqlx_core::executor::Executor;
use sqlx_core::migrate::Migrate;
use sqlx_core::query::{Query, query_with};
use sqlx_core::raw_sql::raw_sql;
use sqlx_core::sql_str::SqlStr;
use sqlx_core::transaction::TransactionManager as _;

use super::convert;
use crate::arguments::FlightSqlArguments;
use crate::connection::{FlightSqlConnection, FlightSqlTransactionManager};
use crate::marker::FlightSql;
use crate::query_result::FlightSqlQueryResult;
use crate::row::FlightSqlRow;

type Result<T> = std::result::Result<T, sqlx_core::Error>;
type Steps<'c> = BoxStream<'c, Result<Either<FlightSqlQueryResult, FlightSqlRow>>>;

impl FlightSqlConnection {
    fn any_steps(
        &mut self,
        sql: SqlStr,
        persistent: bool,
        arguments: Option<AnyArguments>,
    ) -> Steps<'_> {
        let Some(arguments) = arguments else {
            return Executor::fetch_many(self, raw_sql(sql));
        };
        match bound(sql, persistent, arguments) {
            Ok(query) => Executor::fetch_many(self, query),
            Err(error) => stream::iter([Err(error)]).boxed(),
        }
    }
}

fn bound(
    sql: SqlStr,
    persistent: bool,
    arguments: AnyArguments,
) -> Result<Query<'static, FlightSql, FlightSqlArguments>> {
    let arguments = arguments.convert_into::<FlightSqlArguments>();
    let arguments = arguments.map_err(sqlx_core::Error::Encode)?;
    Ok(query_with(sql, arguments).persistent(persistent))
}

impl AnyConnectionBackend for FlightSqlConnection {
    fn name(&self) -> &str {
        FlightSql::NAME
    }

    fn close(self: Box<Self>) -> BoxFuture<'static, Result<()>> {
        Box::pin(Connection::close(*self))
    }

    fn close_hard(self: Box<Self>) -> BoxFuture<'static, Result<()>> {
        Box::pin(Connection::close_hard(*self))
    }

    fn ping(&mut self) -> BoxFuture<'_, Result<()>> {
        Box::pin(Connection::ping(self))
    }

    fn begin(&mut self, statement: Option<SqlStr>) -> BoxFuture<'_, Result<()>> {
        Box::pin(FlightSqlTransactionManager::begin(self, statement))
    }

    fn commit(&mut self) -> BoxFuture<'_, Result<()>> {
        Box::pin(FlightSqlTransactionManager::commit(self))
    }

    fn rollback(&mut self) -> BoxFuture<'_, Result<()>> {
        Box::pin(FlightSqlTransactionManager::rollback(self))
    }

    fn start_rollback(&mut self) {
        FlightSqlTransactionManager::start_rollback(self);
    }

    fn get_transaction_depth(&self) -> usize {
        FlightSqlTransactionManager::get_transaction_depth(self)
    }

    fn cached_statements_size(&self) -> usize {
        Connection::cached_statements_size(self)
    }

    fn clear_cached_statements(&mut self) -> BoxFuture<'_, Result<()>> {
        Box::pin(Connection::clear_cached_statements(self))
    }

    fn shrink_buffers(&mut self) {
        Connection::shrink_buffers(self);
    }

    fn flush(&mut self) -> BoxFuture<'_, Result<()>> {
        Box::pin(Connection::flush(self))
    }

    fn should_flush(&self) -> bool {
        Connection::should_flush(self)
    }

    fn as_migrate(&mut self) -> Result<&mut (dyn Migrate + Send + 'static)> {
        Ok(self)
    }

    fn fetch_many(
        &mut self,
        query: SqlStr,
        persistent: bool,
        arguments: Option<AnyArguments>,
    ) -> BoxStream<'_, Result<Either<AnyQueryResult, AnyRow>>> {
        let mut rows = convert::Rows::default();
        let steps = self.any_steps(query, persistent, arguments);
        let any = steps.map(move |step| match step? {
            Either::Left(result) => Ok(Either::Left(result.into())),
            Either::Right(row) => rows.row(&row).map(Either::Right),
        });
        any.boxed()
    }

    fn fetch_optional(
        &mut self,
        query: SqlStr,
        persistent: bool,
        arguments: Option<AnyArguments>,
    ) -> BoxFuture<'_, Result<Option<AnyRow>>> {
        Box::pin(async move {
            let row = match arguments {
                None => Executor::fetch_optional(self, raw_sql(query)).await?,
                Some(arguments) => {
                    let query = bound(query, persistent, arguments)?;
                    Executor::fetch_optional(self, query).await?
                }
            };
            row.map(|row| convert::Rows::default().row(&row))
                .transpose()
        })
    }

    fn prepare_with<'c, 'q: 'c>(
        &'c mut self,
        sql: SqlStr,
        _parameters: &[AnyTypeInfo],
    ) -> BoxFuture<'c, Result<AnyStatement>> {
        // Flight SQL has no field for the types, as in the driver's own `prepare_with`.
        Box::pin(
            Executor::prepare_with(self, sql, &[])
                .and_then(|statement| async { convert::statement(statement) }),
        )
    }

    fn describe(&mut self, sql: SqlStr) -> BoxFuture<'_, Result<Describe<Any>>> {
        Box::pin(async move {
            let described = Executor::describe(self, sql).await?;
            let parameters = match described.parameters {
                Some(Either::Left(types)) => {
                    let types = types.iter().map(AnyTypeInfo::try_from);
                    Some(Either::Left(types.collect::<Result<Vec<_>>>()?))
                }
                Some(Either::Right(count)) => Some(Either::Right(count)),
                None => None,
            };
            let columns = described.columns.iter().map(AnyColumn::try_from);
            Ok(Describe {
                columns: columns.collect::<Result<Vec<_>>>()?,
                parameters,
                nullable: described.nullable,
            })
        })
    }
}
