//! Queries: FlightInfo, schema and data of statements and prepared statements.
//!
//! Layer: service. Messages: `CommandStatementQuery`, `CommandPreparedStatementQuery`, `TicketStatementQuery`
//! (<https://arrow.apache.org/docs/format/FlightSql.html>). A statement without rows is announced with an empty schema and
//! one endpoint, and runs when that endpoint is read.

use std::sync::Arc;

use arrow_flight::sql::CommandStatementQuery;
use arrow_flight::{FlightDescriptor, FlightInfo};
use arrow_schema::{Schema, SchemaRef};
use bytes::Bytes;
use tonic::Status;

use super::Inner;
use super::results::{Announced, Reading};
use super::site::Site;
use super::status::{blocking, schema_bytes};
use super::stream::{self, DataStream};
use crate::engine::{
    Bound, Cancel, Plan, Result as EngineResult, Sql, Window, count, count_schema,
};

/// A statement ready to be announced, and how many rows each endpoint serves.
struct Ready {
    announced: Announced,
    schema: SchemaRef,
    windows: Vec<Window>,
}

impl Inner {
    /// GetFlightInfo of `CommandStatementQuery`.
    pub(crate) async fn info_statement(
        &self,
        command: CommandStatementQuery,
        descriptor: FlightDescriptor,
    ) -> Result<FlightInfo, Status> {
        let site = self.site(command.transaction_id.as_ref())?;
        let ready = self.ready_text(command.query, site).await?;
        self.announce(ready, descriptor)
    }

    /// GetFlightInfo of `CommandPreparedStatementQuery`.
    pub(crate) async fn info_prepared(
        &self,
        handle: &Bytes,
        descriptor: FlightDescriptor,
    ) -> Result<FlightInfo, Status> {
        let (site, plan, bound) = self.bound_prepared(handle).await?;
        let ready = self.ready(site, plan, bound).await?;
        self.announce(ready, descriptor)
    }

    /// GetSchema of `CommandStatementQuery`. Parameters need no values.
    pub(crate) async fn schema_statement(
        &self,
        command: CommandStatementQuery,
    ) -> Result<Schema, Status> {
        let site = self.site(command.transaction_id.as_ref())?;
        let sql = Sql::parse(&command.query)?;
        let (style, changes) = (self.config.placeholder, self.config.updates_as_queries);
        let cancel = Cancel::default();
        let watch = cancel.clone();
        blocking(&cancel, move || {
            site.plan(&watch, |conn, catalog| {
                let plan = Plan::new(conn, catalog, sql, style)?;
                site.permits(plan.sql.verb())?;
                schema(conn, &plan, changes)
            })
        })
        .await
    }

    /// GetSchema of `CommandPreparedStatementQuery`.
    pub(crate) async fn schema_prepared(&self, handle: &Bytes) -> Result<Schema, Status> {
        let (site, plan) = self.prepared_plan(handle).await?;
        let changes = self.config.updates_as_queries;
        let cancel = Cancel::default();
        let watch = cancel.clone();
        blocking(&cancel, move || {
            site.plan(&watch, |conn, _| schema(conn, &plan, changes))
        })
        .await
    }

    /// DoGet of `TicketStatementQuery`.
    pub(crate) async fn read_ticket(&self, handle: &[u8]) -> Result<DataStream, Status> {
        self.open(self.results.read(handle)?).await
    }

    /// DoGet with the statement itself as ticket.
    pub(crate) async fn read_statement(
        &self,
        command: CommandStatementQuery,
    ) -> Result<DataStream, Status> {
        let site = self.site(command.transaction_id.as_ref())?;
        let ready = self.ready_text(command.query, site).await?;
        self.open(self.results.direct(ready.announced)?).await
    }

    /// DoGet with the prepared statement itself as ticket.
    pub(crate) async fn read_prepared(&self, handle: &Bytes) -> Result<DataStream, Status> {
        let (site, plan, bound) = self.bound_prepared(handle).await?;
        let ready = self.ready(site, plan, bound).await?;
        self.open(self.results.direct(ready.announced)?).await
    }

    async fn open(&self, reading: Reading) -> Result<DataStream, Status> {
        stream::open(
            reading,
            self.config.batch_rows,
            self.config.updates_as_queries,
        )
        .await
    }

    async fn ready_text(&self, text: String, site: Site) -> Result<Ready, Status> {
        let sql = Sql::parse(&text)?;
        let style = self.config.placeholder;
        let (endpoints, changes) = (self.config.endpoints, self.config.updates_as_queries);
        let cancel = Cancel::default();
        let watch = cancel.clone();
        blocking(&cancel, move || {
            let plan = site.plan(&watch, |conn, catalog| Plan::new(conn, catalog, sql, style))?;
            let bound = Arc::new(plan.params.unbound()?);
            site.run(&watch, |conn| {
                ready(conn, &site, Arc::new(plan), bound, endpoints, changes)
            })
        })
        .await
    }

    async fn ready(&self, site: Site, plan: Arc<Plan>, bound: Arc<Bound>) -> Result<Ready, Status> {
        let (endpoints, changes) = (self.config.endpoints, self.config.updates_as_queries);
        let cancel = Cancel::default();
        let watch = cancel.clone();
        blocking(&cancel, move || {
            site.run(&watch, |conn| {
                ready(conn, &site, plan, bound, endpoints, changes)
            })
        })
        .await
    }

    fn announce(&self, ready: Ready, descriptor: FlightDescriptor) -> Result<FlightInfo, Status> {
        let schema = schema_bytes(&ready.schema)?;
        let endpoints = self.results.announce(ready.announced, ready.windows)?;
        let info = FlightInfo {
            schema,
            flight_descriptor: Some(descriptor),
            endpoint: endpoints,
            total_records: -1,
            total_bytes: -1,
            ordered: true,
            app_metadata: Bytes::new(),
        };
        Ok(info)
    }
}

fn ready(
    conn: &rusqlite::Connection,
    site: &Site,
    plan: Arc<Plan>,
    bound: Arc<Bound>,
    endpoints: usize,
    changes: bool,
) -> EngineResult<Ready> {
    site.permits(plan.sql.verb())?;
    let output = plan.output(conn, &bound)?;
    let schema = if changes && plan.is_change() {
        count_schema()
    } else {
        Arc::clone(&output.schema)
    };
    let windows = if plan.readonly && endpoints > 1 {
        split(count(conn, &plan, &bound)?, endpoints)
    } else {
        vec![Window::ALL]
    };
    let output = plan.readonly.then_some(output);
    Ok(Ready {
        announced: Announced {
            plan,
            bound,
            output,
            site: site.clone(),
        },
        schema,
        windows,
    })
}

/// `endpoints` contiguous parts whose sizes differ by one row at most. The last one is open ended.
fn split(rows: usize, endpoints: usize) -> Vec<Window> {
    let (size, rest) = (rows / endpoints, rows % endpoints);
    let mut skip = 0;
    let mut windows = Vec::with_capacity(endpoints);
    for index in 0..endpoints {
        let last = index + 1 == endpoints;
        let take = if last {
            usize::MAX
        } else {
            size + usize::from(index < rest)
        };
        windows.push(Window { skip, take });
        skip = skip.saturating_add(take);
    }
    windows
}

/// The schema before execution. Without parameters the types of expressions are looked up in the first rows.
pub(crate) fn schema(
    conn: &rusqlite::Connection,
    plan: &Plan,
    changes: bool,
) -> EngineResult<Schema> {
    if changes && plan.is_change() {
        return Ok(count_schema().as_ref().clone());
    }
    match plan.params.unbound() {
        Ok(bound) => Ok(plan.output(conn, &bound)?.schema.as_ref().clone()),
        Err(_) => Ok(plan.dataset_schema()),
    }
}
