//! Making and keeping prepared statements (layer 4).

use std::sync::Arc;

use arrow_schema::{DataType, FieldRef, Schema, SchemaRef};
use either::Either;
use prost::bytes::Bytes;
use sqlx_core::sql_str::SqlStr;
use sqlx_core::type_info::TypeInfo;

use super::FlightSqlConnection;
use super::cache::{CachedStatement, Scope};
use super::orphan::adopt;
use super::pending::{Debt, Debts};
use crate::arguments::wrong_number;
use crate::dialect::{
    CountedBy, DescribeRoute, Dialect, Feature, Place, StatementClass, classify, placeholder,
};
use crate::error::{Error, Result};
use crate::protocol::prepared::{self, Prepared};
use crate::protocol::{query, schema};
use crate::result_schema::{ResultSchema, meant};
use crate::statement::FlightSqlStatement;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::Meta;

/// Gives a prepared statement back when its last user is gone.
#[derive(Debug)]
pub(crate) struct CloseOnDrop {
    debts: Arc<Debts>,
    handle: Bytes,
}

impl CloseOnDrop {
    /// The server put a new handle in the place of the old one.
    pub(crate) fn replace(&mut self, handle: Bytes) {
        self.handle = handle;
    }
}

impl Drop for CloseOnDrop {
    fn drop(&mut self) {
        self.debts
            .owe(Debt::ClosePrepared(std::mem::take(&mut self.handle)));
    }
}

/// A statement that is ready to run.
#[derive(Debug)]
pub(crate) struct PreparedStatement {
    pub(crate) statement: CachedStatement,
    /// Closes a statement that is not kept.
    pub(crate) close: Option<CloseOnDrop>,
    /// Whether it was prepared by an earlier call.
    pub(crate) is_cached: bool,
    /// The number of times in a row that its text has failed.
    pub(crate) failures: u8,
}

/// What a server announces of a statement.
pub(crate) struct Announced {
    pub(crate) columns: Arc<Meta>,
    /// Their types where the server knows them, their number where only that is known.
    pub(crate) parameters: Option<Either<Vec<FlightSqlTypeInfo>, usize>>,
}

impl FlightSqlConnection {
    /// The statement, prepared: from the cache, or new. One that is not kept comes with the guard that closes
    /// it. Cancel-safe: a handle that arrives after its future was dropped is closed.
    pub(crate) async fn prepared(&mut self, sql: &str, keep: bool) -> Result<PreparedStatement> {
        let scope = self.scope();
        if let Some((cached, failures)) = self.inner.statements.get(scope, sql) {
            return Ok(PreparedStatement {
                statement: cached.clone(),
                close: None,
                is_cached: true,
                failures,
            });
        }
        let statement = self.newly_prepared(sql).await?;
        let kept = keep && self.inner.statements.is_enabled();
        let close = (!kept).then(|| self.close_on_drop(&statement));
        let mut failures = 0;
        if kept {
            let statements = &mut self.inner.statements;
            failures = statements.failures(scope, sql);
            if let Some(out) = statements.insert(scope, sql, statement.clone()) {
                self.inner.debts.owe(Debt::ClosePrepared(out));
            }
        }
        Ok(PreparedStatement {
            statement,
            close,
            is_cached: false,
            failures,
        })
    }

    /// The statement, prepared by the server now.
    async fn newly_prepared(&mut self, sql: &str) -> Result<CachedStatement> {
        if self.dialect().lacks(Feature::Prepare) {
            return Err(Error::unsupported(Feature::Prepare.missing()));
        }
        let prepared = self.create_prepared(sql).await?;
        let columns = self.columns(prepared.dataset.clone());
        Ok(CachedStatement { prepared, columns })
    }

    fn close_on_drop(&self, statement: &CachedStatement) -> CloseOnDrop {
        CloseOnDrop {
            debts: Arc::clone(&self.inner.debts),
            handle: statement.prepared.handle.clone(),
        }
    }

    async fn create_prepared(&mut self, sql: &str) -> Result<Prepared> {
        let (rpc, text, transaction) = (
            self.inner.rpc.clone(),
            sql.to_owned(),
            self.inner.levels.transaction(),
        );
        let debts = Arc::clone(&self.inner.debts);
        adopt(
            async move { prepared::create(&rpc, &text, transaction).await },
            move |orphan: Prepared| debts.owe(Debt::ClosePrepared(orphan.handle)),
        )
        .await
    }

    /// Whether statements belong to a transaction now.
    pub(crate) fn scope(&self) -> Scope {
        match self.inner.levels.depth() {
            0 => Scope::Autocommit,
            _ => Scope::Transaction,
        }
    }

    /// SQLx's statement: the columns and parameters as the server announces them.
    pub(crate) async fn prepare_statement(&mut self, sql: SqlStr) -> Result<FlightSqlStatement> {
        let described = self.announced(sql.as_str(), true).await?;
        Ok(FlightSqlStatement::new(
            sql,
            described.columns,
            described.parameters,
        ))
    }

    /// What the server says of a statement without running it: by the first of the dialect's ways that the server has.
    /// With `keep` a prepared statement may be a cached one, and stays for who runs it; without, the server is asked now.
    pub(crate) async fn announced(&mut self, sql: &str, keep: bool) -> Result<Announced> {
        self.ready().await?;
        let text = self.normalized(sql)?.to_owned();
        let dialect = Arc::clone(&self.options().dialect);
        let class = dialect.class_of(&text);
        let has_columns = classify::has_columns(&text, &dialect.profile().syntax, class);
        let mut missing = Feature::StatementSchema;
        // A statement whose columns no route has reported yet: absent columns are not an empty list.
        let mut partly: Option<Announced> = None;
        for route in &dialect.profile().statements.describe {
            match self.announced_by(*route, &text, class, keep).await {
                Ok(announced) if has_columns && announced.columns.columns().is_empty() => {
                    partly.get_or_insert(announced);
                }
                Ok(announced) => {
                    let parameters =
                        partly.map_or(announced.parameters, |partly| partly.parameters);
                    return Ok(Announced {
                        parameters,
                        columns: announced.columns,
                    });
                }
                Err(error) if error.is_unimplemented() => {
                    if *route == DescribeRoute::Prepare {
                        missing = Feature::Prepare;
                    }
                }
                Err(error) if partly.is_some() && error.as_server().is_some() => {}
                Err(error) => return Err(error),
            }
        }
        match partly {
            // It runs all the same, so whoever prepares it to run it gets it.
            Some(partly) if keep => Ok(partly),
            Some(_) => Err(Error::unsupported(
                "the server does not report the columns of this query before it runs; run it with `query` or `query_as`",
            )),
            None => Err(Error::unsupported(missing.missing())),
        }
    }

    async fn announced_by(
        &mut self,
        route: DescribeRoute,
        text: &str,
        class: StatementClass,
        keep: bool,
    ) -> Result<Announced> {
        let columns = match route {
            DescribeRoute::Prepare => {
                let (statement, _close) = match keep {
                    true => {
                        let prepared = self.prepared(text, true).await?;
                        (prepared.statement, prepared.close)
                    }
                    false => {
                        let statement = self.newly_prepared(text).await?;
                        let close = self.close_on_drop(&statement);
                        (statement, Some(close))
                    }
                };
                let columns = match self.columns_of_handle(&statement.prepared, class).await? {
                    Some(schema) => self.columns(Some(schema)),
                    None => statement.columns,
                };
                return Ok(Announced {
                    parameters: self.parameters(text, statement.prepared.parameters.as_deref()),
                    columns,
                });
            }
            DescribeRoute::StatementSchema => {
                let transaction = self.inner.levels.transaction();
                query::columns(&self.inner.rpc, text, transaction).await?
            }
            DescribeRoute::Plan => self.planned(text).await?,
        };
        Ok(Announced {
            parameters: self.parameters(text, None),
            columns: self.columns(columns),
        })
    }

    /// The columns of a prepared statement that came without them: the field is optional, and Arrow's servers in Go and
    /// Java reply to `GetSchema` of the handle. `None` where it came with them, has none, or the server does not say.
    async fn columns_of_handle(
        &mut self,
        prepared: &Prepared,
        class: StatementClass,
    ) -> Result<Option<SchemaRef>> {
        let may_return_rows = match (&prepared.dataset, class) {
            (Some(schema), _) if !schema.fields().is_empty() => false,
            (_, StatementClass::Query | StatementClass::DmlReturning) => true,
            (None, StatementClass::Unknown) => prepared.is_update != Some(true),
            _ => false,
        };
        if !may_return_rows {
            return Ok(None);
        }
        match prepared::columns(&self.inner.rpc, prepared.handle.clone()).await {
            Err(error) if error.as_server().is_some() => {
                log::debug!("failed to read the columns of a prepared statement: {error}");
                Ok(None)
            }
            columns => columns,
        }
    }

    /// The columns of a statement, as the dialect means them.
    fn columns(&self, reported: Option<SchemaRef>) -> Arc<Meta> {
        let schema = reported.unwrap_or_else(|| SchemaRef::new(Schema::empty()));
        Meta::new(ResultSchema::new(schema, self.dialect()))
    }

    /// The columns of a query whose plan is asked for; the statement may run then, so no other kind is asked for.
    async fn planned(&mut self, text: &str) -> Result<Option<SchemaRef>> {
        if self.dialect().class_of(text) != StatementClass::Query {
            return Err(Error::unsupported(
                "this server describes queries only, and this statement would run",
            ));
        }
        let transaction = self.inner.levels.transaction();
        let info = query::info(&self.inner.rpc, text, transaction).await?;
        schema::read("GetFlightInfo", &info.schema, &self.options().limits)
    }

    /// The parameters: their types where the server knows one of them (NULL stands for one that it does not know), else
    /// their number.
    fn parameters(
        &self,
        sql: &str,
        announced: Option<&Schema>,
    ) -> Option<Either<Vec<FlightSqlTypeInfo>, usize>> {
        match announced {
            Some(schema) if !schema.fields().is_empty() => {
                let fields = schema.fields().iter();
                let types: Vec<_> = fields.map(|field| known(field, self.dialect())).collect();
                // Of a statement none of whose types is known, the number is all there is to say.
                match types.iter().all(TypeInfo::is_null) {
                    true => Some(Either::Right(types.len())),
                    false => Some(Either::Left(types)),
                }
            }
            // Many servers announce no parameters for statements that have some.
            _ => {
                let profile = self.dialect().profile();
                match profile.parameters.counted_by {
                    CountedBy::Server => None,
                    CountedBy::Driver => {
                        let counted = placeholder::count(sql, &profile.syntax);
                        Some(Either::Right(counted.arity()))
                    }
                }
            }
        }
    }

    /// The announced and the counted parameters against the bound ones, where one of the two is known.
    pub(crate) fn check_arity(&self, sql: &str, prepared: &Prepared, bound: usize) -> Result<()> {
        if prepared
            .parameters
            .as_ref()
            .is_some_and(|schema| !schema.fields().is_empty())
        {
            // The batch of arguments is built from these fields and checks their number.
            return Ok(());
        }
        let profile = self.dialect().profile();
        if profile.parameters.counted_by == CountedBy::Server {
            return Ok(());
        }
        let counted = placeholder::count(sql, &profile.syntax).arity();
        if counted == bound {
            return Ok(());
        }
        Err(Error::argument(wrong_number(counted, bound)))
    }
}

/// The type of a parameter; NULL where the server takes any.
fn known(field: &FieldRef, dialect: &dyn Dialect) -> FlightSqlTypeInfo {
    match field.data_type() {
        DataType::Union(..) => FlightSqlTypeInfo::new(DataType::Null),
        _ => FlightSqlTypeInfo::from_field(&meant(field, Place::Parameter, dialect).field),
    }
}
