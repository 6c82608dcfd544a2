//! The description of a statement that does not run.

use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Schema, SchemaRef};
use either::Either;

use super::Session;
use super::watch::watched;
use crate::dialect::{CountedBy, DescribeRoute, Dialect, Feature, Place, StatementClass};
use crate::error::{Error, Result};
use crate::protocol::prepared::{self, Prepared};
use crate::protocol::{query, schema};
use crate::result_schema::{ResultSchema, meant};
use crate::sql::ParsedStatement;

/// The columns and parameters of a statement, as far as the server reports them; returned by [`Session::describe`].
#[derive(Debug)]
pub struct Description {
    #[doc(hidden)]
    pub columns: ResultSchema,
    /// The types of the parameters if the server reports them, otherwise their number if it is known.
    #[doc(hidden)]
    pub parameters: Option<Either<Vec<FieldRef>, usize>>,
}

impl Description {
    /// Returns the columns of the result as the server reports them; without fields for a statement without a result.
    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        self.columns.sent()
    }

    /// Returns the columns as the type map of the dialect means them, which is what
    /// [`BatchStream::mapped`](crate::BatchStream::mapped) returns.
    #[must_use]
    pub fn mapped_schema(&self) -> SchemaRef {
        self.columns.mapped_schema()
    }

    /// Returns the types of the parameters, with NULL for a type that the server does not know; `None` if the server
    /// reports no types.
    #[must_use]
    pub fn parameters(&self) -> Option<&[FieldRef]> {
        self.parameters.as_ref()?.as_ref().left().map(Vec::as_slice)
    }

    /// Returns the number of parameters, if it is known.
    #[must_use]
    pub fn parameter_count(&self) -> Option<usize> {
        let parameters = self.parameters.as_ref()?;
        Some(parameters.as_ref().either(Vec::len, |count| *count))
    }

    fn has_columns(&self) -> bool {
        !self.columns.sent().fields().is_empty()
    }
}

impl Session {
    /// Describes a statement without running it, by the first of the dialect's routes that the server supports. A `persistent`
    /// statement may be a cached one, and stays prepared for who runs it; otherwise the driver queries the server now.
    #[doc(hidden)]
    pub async fn describe_statement(&mut self, sql: &str, persistent: bool) -> Result<Description> {
        let watch = self.watch_text("DESCRIBE", sql);
        watched(watch, self.describe_unwatched(sql, persistent)).await
    }

    async fn describe_unwatched(&mut self, sql: &str, persistent: bool) -> Result<Description> {
        self.ready().await?;
        let dialect = Arc::clone(&self.options().dialect);
        let statement = dialect.parse(sql)?;
        let mut attempts = self.attempts_of_read();
        loop {
            let described = Box::pin(self.describe_attempt(&statement, persistent));
            match described.await {
                Ok(described) => return Ok(described),
                Err(error) => Box::pin(self.recover(&mut attempts, error)).await?,
            }
        }
    }

    async fn describe_attempt(
        &mut self,
        statement: &ParsedStatement,
        persistent: bool,
    ) -> Result<Description> {
        let dialect = Arc::clone(&self.options().dialect);
        let mut missing = Feature::StatementSchema;
        // A statement whose columns no route has reported yet: absent columns are not an empty list.
        let mut partly: Option<Description> = None;
        for route in &dialect.profile().statements.describe {
            match self.describe_by(*route, statement, persistent).await {
                Ok(described) if statement.has_columns() && !described.has_columns() => {
                    partly.get_or_insert(described);
                }
                Ok(described) => {
                    let parameters =
                        partly.map_or(described.parameters, |partly| partly.parameters);
                    return Ok(Description {
                        parameters,
                        columns: described.columns,
                    });
                }
                Err(error) if error.is_unsupported() => {
                    if *route == DescribeRoute::Prepare {
                        missing = Feature::Prepare;
                    }
                }
                Err(error) if partly.is_some() && error.server().is_some() => {}
                Err(error) => return Err(error),
            }
        }
        match partly {
            // The statement can run nevertheless, so a caller that prepares it to run receives it.
            Some(partly) if persistent => Ok(partly),
            Some(_) => Err(Error::unsupported(
                "the server does not report the columns of this query before it runs; run it with `query`",
            )),
            None => Err(Error::unsupported(missing.missing())),
        }
    }

    async fn describe_by(
        &mut self,
        route: DescribeRoute,
        statement: &ParsedStatement,
        persistent: bool,
    ) -> Result<Description> {
        let text = statement.text();
        let columns = match route {
            DescribeRoute::Prepare => return self.describe_prepared(statement, persistent).await,
            DescribeRoute::StatementSchema => {
                query::columns(self.rpc(), text, self.transaction.id()).await?
            }
            DescribeRoute::Plan => self.planned(statement).await?,
            other => {
                return Err(Error::unsupported(format!(
                    "the route {other:?} is unknown"
                )));
            }
        };
        Ok(Description {
            parameters: self.parameters(statement, None),
            columns: self.columns(columns),
        })
    }

    async fn describe_prepared(
        &mut self,
        statement: &ParsedStatement,
        persistent: bool,
    ) -> Result<Description> {
        let (prepared, _close) = match persistent {
            true => {
                let kept = self.prepared(statement, true).await?;
                (kept.prepared, kept.close)
            }
            false => {
                let prepared = self.newly_prepared(statement).await?;
                let close = self.close_on_drop(&prepared);
                (prepared, Some(close))
            }
        };
        let columns = self.columns_of_handle(&prepared, statement.class()).await?;
        Ok(Description {
            parameters: self.parameters(statement, prepared.parameters.as_deref()),
            columns: self.columns(columns.or(prepared.dataset)),
        })
    }

    /// Returns the columns of a prepared statement for which the server reported none: the field is optional, and the servers
    /// of Arrow in Go and Java reply to `GetSchema` of the handle. `None` if it has columns already, or the server has none.
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
        match prepared::columns(self.rpc(), prepared.handle.clone()).await {
            Err(error) if error.server().is_some() => {
                let error = self.masked(error);
                log::debug!("failed to read the columns of a prepared statement: {error}");
                Ok(None)
            }
            columns => columns,
        }
    }

    /// Returns the columns of a statement, as the dialect means them.
    fn columns(&self, reported: Option<SchemaRef>) -> ResultSchema {
        let schema = reported.unwrap_or_else(|| SchemaRef::new(Schema::empty()));
        ResultSchema::new(schema, self.dialect())
    }

    /// Plans a query and returns its columns. Other statements are rejected, since some servers run them, and so are queries
    /// that may change something.
    async fn planned(&mut self, statement: &ParsedStatement) -> Result<Option<SchemaRef>> {
        if statement.class() != StatementClass::Query || statement.may_change() {
            return Err(Error::unsupported(
                "this server describes queries only, and this statement would run",
            ));
        }
        let info = query::info(self.rpc(), statement.text(), self.transaction.id()).await?;
        schema::read("GetFlightInfo", &info.schema, &self.options().limits)
    }

    /// Returns the types of the parameters if the server reports one of them, with NULL for an unknown type; otherwise their
    /// number.
    fn parameters(
        &self,
        statement: &ParsedStatement,
        reported: Option<&Schema>,
    ) -> Option<Either<Vec<FieldRef>, usize>> {
        match reported {
            Some(schema) if !schema.fields().is_empty() => {
                let fields = schema.fields().iter();
                let types: Vec<_> = fields.map(|field| known(field, self.dialect())).collect();
                // If all types are unknown, only the number is known.
                match types.iter().all(|field| field.data_type().is_null()) {
                    true => Some(Either::Right(types.len())),
                    false => Some(Either::Left(types)),
                }
            }
            // Many servers do not report the parameters of a statement.
            _ => match self.dialect().profile().parameters.counted_by {
                CountedBy::Driver => Some(Either::Right(statement.arity())),
                _ => None,
            },
        }
    }
}

/// Returns the type of a parameter; NULL if the server accepts any type.
fn known(field: &FieldRef, dialect: &dyn Dialect) -> FieldRef {
    match field.data_type() {
        DataType::Union(..) => Arc::new(Field::new(field.name(), DataType::Null, true)),
        _ => meant(field, Place::Parameter, dialect).field,
    }
}
