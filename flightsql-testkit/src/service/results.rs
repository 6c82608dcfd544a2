//! Results of GetFlightInfo, until they are read, cancelled or expired.
//!
//! Layer: service. A ticket is valid for one DoGet, because clients must not rely on reading again (`FlightEndpoint`,
//! <https://arrow.apache.org/docs/format/Flight.html>); the outcome of a statement that has run stays for a second one.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use arrow_flight::sql::{ProstMessageExt, TicketStatementQuery};
use arrow_flight::{FlightEndpoint, Ticket};
use bytes::Bytes;
use prost::Message;
use tonic::Status;

use super::outcome::{Budget, Outcome};
use super::registry::{HANDLE, fresh};
use super::site::Site;
use crate::engine::{
    Bound, Cancel, Kind, Output, Plan, Result as EngineResult, SqliteError, Window, lock,
};

/// The time that a planned result waits for its reader, and a query in progress for its next poll.
pub(crate) const LIFETIME: Duration = Duration::from_secs(600);
/// Maximum number of waiting or active results.
const LIMIT: usize = 10_000;
/// Maximum number of stored outcomes after their first read.
const KEPT: usize = 1_000;

/// A planned result.
#[derive(Debug, Clone)]
pub(crate) struct Announced {
    pub(crate) plan: Arc<Plan>,
    pub(crate) bound: Arc<Bound>,
    pub(crate) output: Option<Output>,
    /// The outcome, after it has run.
    pub(crate) outcome: Option<Outcome>,
    pub(crate) site: Site,
}

/// All results that a client can still read.
#[derive(Debug, Default)]
pub(crate) struct Results {
    map: Mutex<HashMap<Vec<u8>, Entry>>,
    /// Outcomes that were read, oldest first.
    kept: Mutex<VecDeque<Vec<u8>>>,
    budget: Budget,
}

#[derive(Debug)]
struct Entry {
    announced: Announced,
    /// One part per endpoint; `None` after its DoGet.
    unread: Vec<Option<Window>>,
    running: Vec<Cancel>,
    alive: usize,
    expires: Instant,
}

/// A DoGet of a result, which counts as an open cursor until it is dropped.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) announced: Announced,
    pub(crate) window: Window,
    pub(crate) cancel: Cancel,
    results: Arc<Results>,
    id: Vec<u8>,
}

impl Results {
    /// Registers a result, and returns its endpoints in order.
    pub(crate) fn announce(
        &self,
        announced: Announced,
        windows: Vec<Window>,
    ) -> Result<Vec<FlightEndpoint>, Status> {
        let id = fresh();
        let count = windows.len();
        self.insert(&id, announced, windows.into_iter().map(Some).collect())?;
        let expires = SystemTime::now() + LIFETIME;
        (0..count)
            .map(|index| Ok(endpoint(&handle(&id, index)?, expires)))
            .collect()
    }

    /// Returns a result for a DoGet without a GetFlightInfo.
    pub(crate) fn direct(self: &Arc<Self>, announced: Announced) -> Result<Reading, Status> {
        let id = fresh();
        self.insert(&id, announced, vec![Some(Window::ALL)])?;
        self.read(&handle(&id, 0)?)
    }

    /// Takes the part of a result that a ticket names.
    pub(crate) fn read(self: &Arc<Self>, handle: &[u8]) -> Result<Reading, Status> {
        let (id, index) = split(handle).ok_or_else(missing)?;
        let mut map = lock(&self.map);
        let entry = map.get_mut(id).ok_or_else(missing)?;
        let again = entry.announced.outcome.is_some().then_some(Window::ALL);
        let first = entry.unread.get_mut(index).and_then(Option::take);
        let window = first.or(again).ok_or_else(missing)?;
        let cancel = Cancel::default();
        entry.alive += 1;
        entry.running.push(cancel.clone());
        let announced = entry.announced.clone();
        if first.is_some() && again.is_some() {
            lock(&self.kept).push_back(id.to_vec());
        }
        Ok(Reading {
            announced,
            window,
            cancel,
            results: Arc::clone(self),
            id: id.to_vec(),
        })
    }

    /// Removes a result and stops its readers. Returns `false` if there is nothing to stop.
    pub(crate) fn cancel(&self, handle: &[u8]) -> bool {
        let Some((id, _)) = split(handle) else {
            return false;
        };
        let mut map = lock(&self.map);
        let Some(entry) = map.get_mut(id) else {
            return false;
        };
        if entry.announced.outcome.is_some() {
            return false;
        }
        entry.unread.clear();
        entry.running.drain(..).for_each(|running| running.cancel());
        // Active readers remove the entry when they end.
        if entry.alive == 0 {
            map.remove(id);
        }
        true
    }

    /// Restarts the waiting time of a result.
    pub(crate) fn renew(&self, handle: &[u8]) -> Result<FlightEndpoint, Status> {
        let (id, _) = split(handle).ok_or_else(missing)?;
        let mut map = lock(&self.map);
        let entry = map.get_mut(id).ok_or_else(missing)?;
        entry.expires = Instant::now() + LIFETIME;
        Ok(endpoint(handle, SystemTime::now() + LIFETIME))
    }

    /// Returns the number of unread results and open streams.
    pub(crate) fn open(&self) -> usize {
        let mut map = lock(&self.map);
        purge(&mut map);
        map.values()
            .map(|entry| usize::from(entry.waits()) + entry.alive)
            .sum()
    }

    /// Frees space for an outcome before its statement runs.
    pub(crate) fn room(&self) -> EngineResult<&Budget> {
        let mut map = lock(&self.map);
        purge(&mut map);
        let mut kept = lock(&self.kept);
        while kept.len() > KEPT || (self.budget.is_tight() && !kept.is_empty()) {
            let oldest = kept.pop_front().unwrap_or_default();
            if map.get(&oldest).is_some_and(|entry| entry.alive == 0) {
                map.remove(&oldest);
            }
        }
        match map.len() >= LIMIT {
            true => Err(full()),
            false => Ok(&self.budget),
        }
    }

    fn insert(
        &self,
        id: &[u8],
        announced: Announced,
        unread: Vec<Option<Window>>,
    ) -> Result<(), Status> {
        let mut map = lock(&self.map);
        purge(&mut map);
        if map.len() >= LIMIT {
            return Err(full().into());
        }
        let expires = Instant::now() + LIFETIME;
        map.insert(
            id.to_vec(),
            Entry {
                announced,
                unread,
                running: Vec::new(),
                alive: 0,
                expires,
            },
        );
        Ok(())
    }
}

impl Entry {
    fn waits(&self) -> bool {
        self.unread.iter().any(Option::is_some)
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        let mut map = lock(&self.results.map);
        if let Some(entry) = map.get_mut(&self.id) {
            entry.alive -= 1;
            if entry.alive == 0 && !entry.waits() && entry.announced.outcome.is_none() {
                map.remove(&self.id);
            }
        }
    }
}

fn purge(map: &mut HashMap<Vec<u8>, Entry>) {
    let now = Instant::now();
    map.retain(|_, entry| entry.alive > 0 || entry.expires > now);
}

fn full() -> SqliteError {
    SqliteError::new(
        Kind::Exhausted,
        format!("{LIMIT} results wait to be read: read or cancel some"),
    )
}

fn missing() -> Status {
    Status::not_found("no such result: it was read, cancelled or has expired")
}

fn handle(id: &[u8], index: usize) -> Result<Bytes, Status> {
    let index = u32::try_from(index).map_err(|_| Status::internal("too many endpoints"))?;
    Ok([id, &index.to_be_bytes()].concat().into())
}

fn split(handle: &[u8]) -> Option<(&[u8], usize)> {
    let (id, index) = handle.split_at_checked(HANDLE)?;
    Some((
        id,
        usize::try_from(u32::from_be_bytes(index.try_into().ok()?)).ok()?,
    ))
}

fn endpoint(handle: &[u8], expires: SystemTime) -> FlightEndpoint {
    let ticket = TicketStatementQuery {
        statement_handle: Bytes::copy_from_slice(handle),
    };
    expiring(expires).with_ticket(Ticket::new(ticket.as_any().encode_to_vec()))
}

/// Returns an endpoint without a ticket that expires at this time.
pub(crate) fn expiring(expires: SystemTime) -> FlightEndpoint {
    let mut endpoint = FlightEndpoint::new();
    let since = expires.duration_since(UNIX_EPOCH).unwrap_or_default();
    let time = endpoint
        .expiration_time
        .get_or_insert_with(Default::default);
    time.seconds = i64::try_from(since.as_secs()).unwrap_or(i64::MAX);
    time.nanos = i32::try_from(since.subsec_nanos()).unwrap_or(0);
    endpoint
}
