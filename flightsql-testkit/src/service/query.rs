//! Queries: FlightInfo, schema and data of statements and prepared statements.
//!
//! Layer: service. Messages: `CommandStatementQuery`, `CommandPreparedStatementQuery`, `TicketStatementQuery`
//! (<https://arrow.apache.org/docs/format/FlightSql.html>). A statement with effects runs when it is planned. Without rows, it
//! has an empty schema and one endpoint.

use std::sync::Arc;

use arrow_flight::sql::{CommandStatementQuery, ProstMessageExt, TicketStatementQuery};
use arrow_flight::{FlightDescriptor, FlightEndpoint, FlightInfo, Ticket};
use arrow_schema::{Schema, SchemaRef};
use bytes::Bytes;
use prost::Message;
use tonic::Status;

use super::Inner;
use super::caller::Caller;
use super::outcome::Outcome;
use super::registry::HANDLE;
use super::results::{Announced, Reading, Results};
use super::site::Site;
use super::status::{blocking, schema_bytes};
use super::stream::{self, DataStream};
use crate::engine::{
    Bound, Cancel, Job, Plan, Result as EngineResult, Sql, Window, count, count_schema,
};

/// The handle in the ticket of a statement that has run and returned no rows, which needs no stored outcome.
const DONE: [u8; HANDLE] = [0; HANDLE];

/// A planned statement, with the number of rows per endpoint.
struct Ready {
    /// The result; `None` for a statement that has run and returned no rows.
    announced: Option<Announced>,
    schema: SchemaRef,
    windows: Vec<Window>,
}

impl Inner {
    /// Handles GetFlightInfo of `CommandStatementQuery`.
    pub(crate) async fn info_statement(
        &self,
        caller: &Caller,
        command: CommandStatementQuery,
        descriptor: FlightDescriptor,
    ) -> Result<FlightInfo, Status> {
        let ready = self.ready_text(caller, command).await?;
        self.announce(ready, descriptor)
    }

    /// Handles GetFlightInfo of `CommandPreparedStatementQuery`.
    pub(crate) async fn info_prepared(
        &self,
        caller: &Caller,
        handle: &Bytes,
        descriptor: FlightDescriptor,
    ) -> Result<FlightInfo, Status> {
        let (site, plan, bound) = self.bound_prepared(caller, handle).await?;
        let ready = self.ready(site, plan, bound).await?;
        self.announce(ready, descriptor)
    }

    /// Handles GetSchema of `CommandStatementQuery`. Parameters need no values.
    pub(crate) async fn schema_statement(
        &self,
        caller: &Caller,
        command: CommandStatementQuery,
    ) -> Result<Schema, Status> {
        let sql = Sql::parse(&command.query)?;
        let site = self.site(caller, command.transaction_id.as_ref(), &sql)?;
        let (style, changes) = (self.config.placeholder, self.config.updates_as_queries);
        let cancel = Cancel::default();
        let watch = cancel.clone();
        blocking(&cancel, move || {
            site.plan(Some(&sql), &watch, |conn, catalog| {
                let plan = Plan::new(conn, catalog, sql.clone(), style)?;
                schema(conn, &plan, changes)
            })
        })
        .await
    }

    /// Handles GetSchema of `CommandPreparedStatementQuery`.
    pub(crate) async fn schema_prepared(
        &self,
        caller: &Caller,
        handle: &Bytes,
    ) -> Result<Schema, Status> {
        let (site, plan) = self.prepared_plan(caller, handle).await?;
        let changes = self.config.updates_as_queries;
        let cancel = Cancel::default();
        let watch = cancel.clone();
        blocking(&cancel, move || {
            site.plan(Some(&plan.sql), &watch, |conn, _| {
                schema(conn, &plan, changes)
            })
        })
        .await
    }

    /// Handles DoGet of `TicketStatementQuery`.
    pub(crate) async fn read_ticket(&self, handle: &[u8]) -> Result<DataStream, Status> {
        match handle == DONE {
            true => Ok(stream::nothing()),
            false => self.open(self.results.read(handle)?).await,
        }
    }

    /// Handles DoGet with the statement itself as the ticket.
    pub(crate) async fn read_statement(
        &self,
        caller: &Caller,
        command: CommandStatementQuery,
    ) -> Result<DataStream, Status> {
        let ready = self.ready_text(caller, command).await?;
        self.open_ready(ready).await
    }

    /// Handles DoGet with the prepared statement itself as the ticket.
    pub(crate) async fn read_prepared(
        &self,
        caller: &Caller,
        handle: &Bytes,
    ) -> Result<DataStream, Status> {
        let (site, plan, bound) = self.bound_prepared(caller, handle).await?;
        let ready = self.ready(site, plan, bound).await?;
        self.open_ready(ready).await
    }

    async fn open_ready(&self, ready: Ready) -> Result<DataStream, Status> {
        match ready.announced {
            Some(announced) => self.open(self.results.direct(announced)?).await,
            None => Ok(stream::nothing()),
        }
    }

    async fn open(&self, reading: Reading) -> Result<DataStream, Status> {
        stream::open(
            reading,
            self.config.batch_rows,
            self.config.updates_as_queries,
        )
        .await
    }

    async fn ready_text(
        &self,
        caller: &Caller,
        command: CommandStatementQuery,
    ) -> Result<Ready, Status> {
        let sql = Sql::parse(&command.query)?;
        let site = self.site(caller, command.transaction_id.as_ref(), &sql)?;
        let style = self.config.placeholder;
        let making = self.making(site);
        let cancel = Cancel::default();
        let watch = cancel.clone();
        blocking(&cancel, move || {
            let plan = making.site.plan(Some(&sql), &watch, |conn, catalog| {
                Plan::new(conn, catalog, sql.clone(), style)
            })?;
            let bound = Arc::new(plan.params.unbound()?);
            making.ready(Arc::new(plan), bound, &watch)
        })
        .await
    }

    async fn ready(&self, site: Site, plan: Arc<Plan>, bound: Arc<Bound>) -> Result<Ready, Status> {
        let making = self.making(site);
        let cancel = Cancel::default();
        let watch = cancel.clone();
        blocking(&cancel, move || making.ready(plan, bound, &watch)).await
    }

    fn making(&self, site: Site) -> Making {
        Making {
            site,
            results: Arc::clone(&self.results),
            endpoints: self.config.endpoints,
            batch_rows: self.config.batch_rows,
            changes: self.config.updates_as_queries,
        }
    }

    fn announce(&self, ready: Ready, descriptor: FlightDescriptor) -> Result<FlightInfo, Status> {
        let schema = schema_bytes(&ready.schema)?;
        let endpoints = match ready.announced {
            Some(announced) => self.results.announce(announced, ready.windows)?,
            None => {
                let statement_handle = Bytes::from_static(&DONE);
                let ticket = TicketStatementQuery { statement_handle };
                let ticket = Ticket::new(ticket.as_any().encode_to_vec());
                vec![FlightEndpoint::new().with_ticket(ticket)]
            }
        };
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

/// The site of a statement, and its preparation.
struct Making {
    site: Site,
    results: Arc<Results>,
    endpoints: usize,
    batch_rows: usize,
    /// Whether changes run when they are read, and return a count.
    changes: bool,
}

impl Making {
    /// Runs a statement with effects, and determines the columns of any other statement.
    fn ready(self, plan: Arc<Plan>, bound: Arc<Bound>, cancel: &Cancel) -> EngineResult<Ready> {
        if plan.acts() && !self.changes {
            let budget = self.results.room()?;
            let outcome = self.site.run(Job::of(&plan), cancel, |conn| {
                Outcome::of(conn, &plan, &bound, self.batch_rows, budget)
            })?;
            let schema = Arc::clone(&outcome.schema);
            let outcome = (!outcome.is_empty()).then_some(outcome);
            return Ok(Ready {
                announced: outcome.map(|outcome| Announced {
                    plan,
                    bound,
                    output: None,
                    outcome: Some(outcome),
                    site: self.site,
                }),
                schema,
                windows: vec![Window::ALL],
            });
        }
        let (output, windows) = self.site.run(Job::describing(&plan), cancel, |conn| {
            let output = plan.output(conn, &bound)?;
            let windows = if plan.readonly && self.endpoints > 1 {
                split(count(conn, &plan, &bound)?, self.endpoints)
            } else {
                vec![Window::ALL]
            };
            Ok((output, windows))
        })?;
        let schema = if self.changes && plan.is_change() {
            count_schema()
        } else {
            Arc::clone(&output.schema)
        };
        let output = plan.readonly.then_some(output);
        Ok(Ready {
            announced: Some(Announced {
                plan,
                bound,
                output,
                outcome: None,
                site: self.site,
            }),
            schema,
            windows,
        })
    }
}

/// Splits a result into contiguous parts whose sizes differ by at most one row. The last part has no end.
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

/// Returns the schema before execution. Without parameters, values determine the unknown types of columns.
pub(crate) fn schema(
    conn: &rusqlite::Connection,
    plan: &Plan,
    changes: bool,
) -> EngineResult<Schema> {
    if changes && plan.is_change() {
        return Ok(count_schema().as_ref().clone());
    }
    // Run nothing, because a statement planned outside its session would use the numbers of other clients.
    if plan.sql.numbers().next().is_some() {
        return Ok(plan.dataset_schema());
    }
    match plan.params.unbound() {
        Ok(bound) => Ok(plan.output(conn, &bound)?.schema.as_ref().clone()),
        Err(_) => Ok(plan.dataset_schema()),
    }
}
