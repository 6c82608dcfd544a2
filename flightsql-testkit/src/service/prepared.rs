//! Prepared statements: create, bind, find, close.
//!
//! Layer: service. Messages: `ActionCreatePreparedStatementRequest`, `ActionClosePreparedStatementRequest`,
//! `DoPutPreparedStatementResult` (<https://arrow.apache.org/docs/format/FlightSql.html>).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use arrow_array::RecordBatch;
use arrow_flight::sql::{
    ActionCreatePreparedStatementRequest, ActionCreatePreparedStatementResult,
};
use arrow_schema::{DataType, Field, Schema};
use bytes::Bytes;
use tonic::Status;

use super::Inner;
use super::caller::Caller;
use super::config::ParameterSchema;
use super::query;
use super::registry::HANDLE;
use super::site::Site;
use super::status::{blocking, schema_bytes};
use crate::engine::{Bound, Cancel, Plan, Sql, lock};

/// Maximum number of bound handles per statement if handles are replaced. Older ones are removed.
const BINDINGS: usize = 256;

/// A statement for which a client has a handle.
#[derive(Debug)]
pub(crate) struct Prepared {
    text: String,
    transaction: Option<Bytes>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    plan: Arc<Plan>,
    /// The values bound to the original handle.
    bound: Option<Binding>,
    /// The values of the handles that binds returned.
    bindings: BTreeMap<u64, Binding>,
    last: u64,
}

/// Bound values: the batches as sent, and their only row in the form for SQLite.
#[derive(Debug, Clone)]
struct Binding {
    batches: Arc<Vec<RecordBatch>>,
    row: Option<Arc<Bound>>,
}

impl Inner {
    /// `CreatePreparedStatement`.
    pub(crate) async fn create_prepared(
        &self,
        caller: &Caller,
        request: ActionCreatePreparedStatementRequest,
    ) -> Result<ActionCreatePreparedStatementResult, Status> {
        let (style, changes) = (self.config.placeholder, self.config.updates_as_queries);
        let sql = Sql::parse(&request.query)?;
        let site = self.site(caller, request.transaction_id.as_ref(), &sql)?;
        let cancel = Cancel::default();
        let watch = cancel.clone();
        let (plan, dataset) = blocking(&cancel, move || {
            site.plan(Some(&sql), &watch, |conn, catalog| {
                let plan = Plan::new(conn, catalog, sql.clone(), style)?;
                let dataset = query::schema(conn, &plan, changes)?;
                Ok((plan, dataset))
            })
        })
        .await?;
        let dataset_schema = schema_bytes(&dataset)?;
        let parameter_schema = self.parameter_schema(&plan)?;
        let state = State {
            plan: Arc::new(plan),
            bound: None,
            bindings: BTreeMap::new(),
            last: 0,
        };
        let prepared = Prepared {
            text: request.query,
            transaction: request.transaction_id,
            state: Mutex::new(state),
        };
        let (prepared_statement_handle, _) = self.prepared.insert(prepared)?;
        Ok(ActionCreatePreparedStatementResult {
            prepared_statement_handle,
            dataset_schema,
            parameter_schema,
        })
    }

    /// `ClosePreparedStatement`.
    pub(crate) fn close_prepared(&self, handle: &Bytes) -> Result<(), Status> {
        self.prepared.remove(split(handle).0).map(drop)
    }

    /// Binds values. Returns the new handle if handles are replaced. A query accepts one row. A change accepts any number, for
    /// clients that bind first and send the update without values, as arrow-rs does.
    pub(crate) async fn bind(
        &self,
        caller: &Caller,
        handle: &Bytes,
        batches: Vec<RecordBatch>,
    ) -> Result<Option<Bytes>, Status> {
        let (_, plan) = self.prepared_plan(caller, handle).await?;
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        let row = match (rows, batches.iter().find(|batch| batch.num_rows() > 0)) {
            (1, Some(batch)) => Some(Arc::new(plan.params.bind(batch, 0)?)),
            (0, _) if plan.params.list().is_empty() => Some(Arc::default()),
            _ if plan.has_rows() => return Err(one_row(rows)),
            _ => None,
        };
        let binding = Binding {
            batches: Arc::new(batches),
            row,
        };
        let (id, _) = split(handle);
        let prepared = self.prepared.get(id)?;
        let mut state = lock(&prepared.state);
        if !self.config.replace_handles {
            state.bound = Some(binding);
            return Ok(None);
        }
        state.last += 1;
        let number = state.last;
        state.bindings.insert(number, binding);
        if state.bindings.len() > BINDINGS {
            state.bindings.pop_first();
        }
        Ok(Some([id, &number.to_be_bytes()].concat().into()))
    }

    /// Returns the statement of a handle and its site. Plans it again if tables have changed.
    pub(crate) async fn prepared_plan(
        &self,
        caller: &Caller,
        handle: &Bytes,
    ) -> Result<(Site, Arc<Plan>), Status> {
        let prepared = self.prepared.get(split(handle).0)?;
        let planned = Arc::clone(&lock(&prepared.state).plan);
        let site = self.site(caller, prepared.transaction.as_ref(), &planned.sql)?;
        let style = self.config.placeholder;
        let place = site.clone();
        let cancel = Cancel::default();
        let watch = cancel.clone();
        let plan = blocking(&cancel, move || {
            place.plan(Some(&planned.sql), &watch, |conn, catalog| {
                if !planned.is_stale(conn, catalog)? {
                    return Ok(Arc::clone(&planned));
                }
                let fresh = Arc::new(Plan::new(conn, catalog, planned.sql.clone(), style)?);
                lock(&prepared.state).plan = Arc::clone(&fresh);
                Ok(fresh)
            })
        })
        .await?;
        Ok((site, plan))
    }

    /// Returns the statement of a handle with its only row of values.
    pub(crate) async fn bound_prepared(
        &self,
        caller: &Caller,
        handle: &Bytes,
    ) -> Result<(Site, Arc<Plan>, Arc<Bound>), Status> {
        let (site, plan) = self.prepared_plan(caller, handle).await?;
        let bound = match self.binding(handle)? {
            None => Arc::new(plan.params.unbound()?),
            Some(Binding { row: Some(row), .. }) => row,
            Some(binding) => {
                return Err(one_row(
                    binding.batches.iter().map(RecordBatch::num_rows).sum(),
                ));
            }
        };
        Ok((site, plan, bound))
    }

    /// Returns the bound batches, if there are any.
    pub(crate) fn bound_batches(&self, handle: &Bytes) -> Result<Vec<RecordBatch>, Status> {
        Ok(self
            .binding(handle)?
            .map(|binding| binding.batches.as_ref().clone())
            .unwrap_or_default())
    }

    /// Returns the SQL of a prepared statement.
    pub(crate) fn prepared_text(&self, handle: &Bytes) -> Result<String, Status> {
        Ok(self.prepared.get(split(handle).0)?.text.clone())
    }

    fn binding(&self, handle: &Bytes) -> Result<Option<Binding>, Status> {
        let (id, number) = split(handle);
        let prepared = self.prepared.get(id)?;
        let state = lock(&prepared.state);
        let Some(number) = number else {
            return Ok(state.bound.clone());
        };
        match state.bindings.get(&number) {
            None => Err(Status::not_found(
                "no such prepared statement: its values were replaced by newer ones",
            )),
            found => Ok(found.cloned()),
        }
    }

    fn parameter_schema(&self, plan: &Plan) -> Result<Bytes, Status> {
        let typed = plan.params.schema();
        let schema = match self.config.parameter_schema {
            ParameterSchema::Absent => return Ok(Bytes::new()),
            ParameterSchema::Empty => Schema::empty(),
            ParameterSchema::Typed => typed,
            ParameterSchema::Untyped => {
                let untyped = typed
                    .fields()
                    .iter()
                    .map(|field| Field::new(field.name(), DataType::Null, true));
                Schema::new(untyped.collect::<Vec<_>>())
            }
            ParameterSchema::SortedAsText => {
                let mut fields = typed.fields().to_vec();
                fields.sort_by(|left, right| left.name().cmp(right.name()));
                Schema::new(fields)
            }
        };
        schema_bytes(&schema)
    }
}

fn one_row(rows: usize) -> Status {
    Status::invalid_argument(format!(
        "a query takes exactly one row of parameters, got {rows}"
    ))
}

/// Splits a handle into the original handle and the number of the binding.
fn split(handle: &[u8]) -> (&[u8], Option<u64>) {
    match handle.split_at_checked(HANDLE) {
        Some((id, number)) => (id, number.try_into().ok().map(u64::from_be_bytes)),
        None => (handle, None),
    }
}
