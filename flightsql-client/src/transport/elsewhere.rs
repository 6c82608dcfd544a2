//! Channels to the servers of endpoints on other addresses.
//!
//! The connections of a pool share these channels, as they share those to the server itself. A channel carries no session: an
//! endpoint is one `DoGet`. The cache keeps a bounded number of unused channels and never closes one in use. A host that
//! failed is tried last for a short time, and one that failed slowly is not tried at all.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use std::{fmt, io};

use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use super::channel::{Channel, MAX_CONNECTIONS_PER_CHANNEL};
use super::deadline::Budget;
use super::dial;
use super::group::Group;
use super::locations::{self, Origin};
use crate::error::{Error, Result};
use crate::lock::lock;
use crate::options::ConnectOptions;

#[cfg(test)]
mod tests;

/// The maximum number of channels that no result uses. Clusters have up to some dozens of nodes.
const MAX_UNUSED: usize = 64;
/// The time after which an unused channel is closed, at the next use of the cache. Cloud load balancers drop idle connections
/// after 240 s (Azure) to 350 s (AWS).
const MAX_IDLE: Duration = Duration::from_secs(240);
/// The number of channels to a server before results share one: a single task reads the socket of a channel.
const SPREAD: usize = 4;
/// The time for which a failed connect is remembered: the default of `connect_timeout`.
const FAILED_FOR: Duration = Duration::from_secs(10);
/// The duration of a failed connect from which on it is not repeated while it is remembered.
const SLOW: Duration = Duration::from_secs(1);
/// The minimum time for the connect to one of several locations: a lost SYN packet is sent again after 1 s.
const SHORTEST_TRY: Duration = Duration::from_secs(2);
/// The maximum number of failed hosts to remember.
const MAX_FAILED: usize = 256;

/// The channels to other servers, which all clones of one options value share.
#[derive(Debug, Default)]
pub(crate) struct Elsewhere(std::sync::Mutex<Cache>);

#[derive(Debug, Default)]
struct Cache {
    slots: Vec<Arc<Slot>>,
    failed: Vec<Failed>,
}

/// A channel to an origin, once it is open.
#[derive(Debug)]
struct Slot {
    origin: Origin,
    /// The options of this origin, without credentials unless the options permit them.
    options: Arc<ConnectOptions>,
    channel: Mutex<Option<Channel>>,
    /// The number of results that use the channel. It changes under the lock of the cache only.
    users: AtomicUsize,
    /// The number of results that the server last allowed.
    room: AtomicUsize,
    /// The end of the last use.
    used: std::sync::Mutex<Instant>,
    group: Arc<Group>,
}

#[derive(Debug)]
struct Failed {
    origin: Origin,
    until: Instant,
    /// The text of a failure that took long.
    slow: Option<String>,
}

/// The use of a slot; dropping it frees the slot.
#[derive(Debug)]
struct Lease {
    slot: Arc<Slot>,
    cache: Arc<Elsewhere>,
}

/// A channel to another server, for one result. Dropping it returns the channel to the cache.
pub(crate) struct Guest {
    channel: Channel,
    lease: Lease,
}

impl Guest {
    pub(crate) fn channel(&self) -> &Channel {
        &self.channel
    }

    /// Returns the options of this server, without credentials unless the options permit them.
    pub(crate) fn options(&self) -> &ConnectOptions {
        &self.lease.slot.options
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.lease.slot.origin
    }
}

impl fmt::Debug for Guest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Guest");
        shown.field("origin", self.origin()).finish_non_exhaustive()
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut cache = lock(&self.cache.0);
        self.slot.users.fetch_sub(1, Ordering::AcqRel);
        *lock(&self.slot.used) = Instant::now();
        cache.trim();
    }
}

impl Slot {
    fn new(options: &ConnectOptions, origin: &Origin) -> Self {
        Self {
            origin: origin.clone(),
            options: Arc::new(options.at_origin(origin.tls, &origin.host, origin.port)),
            channel: Mutex::default(),
            users: AtomicUsize::new(0),
            room: AtomicUsize::new(MAX_CONNECTIONS_PER_CHANNEL),
            used: std::sync::Mutex::new(Instant::now()),
            group: Arc::default(),
        }
    }

    fn load(&self) -> usize {
        self.users.load(Ordering::Acquire)
    }

    /// Returns `true` if an unused slot has an open channel.
    fn is_open(&self) -> bool {
        let channel = self.channel.try_lock();
        channel.is_ok_and(|channel| channel.as_ref().is_some_and(Channel::is_open))
    }

    fn idle(&self) -> Duration {
        lock(&self.used).elapsed()
    }
}

impl Cache {
    /// Drops closed channels, closes those that were unused for long, and the least recently used ones above the limit.
    fn trim(&mut self) {
        self.slots
            .retain(|slot| slot.load() > 0 || (slot.idle() < MAX_IDLE && slot.is_open()));
        let mut unused: Vec<_> = self.slots.iter().filter(|slot| slot.load() == 0).collect();
        let Some(excess) = unused
            .len()
            .checked_sub(MAX_UNUSED)
            .filter(|excess| *excess > 0)
        else {
            return;
        };
        unused.sort_by_key(|slot| std::cmp::Reverse(slot.idle()));
        let oldest: Vec<_> = unused.into_iter().take(excess).cloned().collect();
        self.slots
            .retain(|slot| !oldest.iter().any(|old| Arc::ptr_eq(old, slot)));
    }

    fn failure(&mut self, origin: &Origin) -> Option<&Failed> {
        let now = Instant::now();
        self.failed.retain(|failed| failed.until > now);
        self.failed.iter().find(|failed| failed.origin == *origin)
    }

    fn forget(&mut self, origin: &Origin) {
        self.failed.retain(|failed| failed.origin != *origin);
    }
}

impl Elsewhere {
    /// Returns a channel to the first of these servers that can be reached, within `connect_timeout` for all of them together.
    /// This method is cancel safe.
    ///
    /// # Errors
    /// Returns the error of the last server if none can be reached.
    pub(crate) async fn first(
        self: &Arc<Self>,
        options: &ConnectOptions,
        origins: &[Origin],
    ) -> Result<Guest> {
        let budget = Budget::new("connect_timeout", options.timeouts.connect);
        let mut last = None;
        let ordered = self.ordered(origins);
        for (index, origin) in ordered.iter().enumerate() {
            let end = share(budget.end(), ordered.len() - index);
            if end.is_some_and(|end| end <= Instant::now()) {
                break;
            }
            match self.get(options, origin, end).await {
                Ok(guest) => return Ok(guest),
                Err(error) => last = Some(error),
            }
        }
        let error = last.unwrap_or_else(|| budget.exceeded("connect"));
        Err(match ordered.len() {
            0 | 1 => error,
            count => error.context(&format!(
                "none of the {count} locations of the endpoint can be reached; the last error is"
            )),
        })
    }

    /// Returns the origins in order, and those that failed lately after the others.
    fn ordered<'o>(&self, origins: &'o [Origin]) -> Vec<&'o Origin> {
        let mut cache = lock(&self.0);
        let (failed, mut ordered): (Vec<_>, Vec<_>) = origins
            .iter()
            .partition(|origin| cache.failure(origin).is_some());
        ordered.extend(failed);
        ordered
    }

    /// Returns a channel to this origin. Callers of one slot wait for a single connect.
    async fn get(
        self: &Arc<Self>,
        options: &ConnectOptions,
        origin: &Origin,
        end: Option<Instant>,
    ) -> Result<Guest> {
        loop {
            let lease = self.lease(options, origin);
            let channel = self.channel(options, &lease.slot, end).await?;
            let room = channel.room();
            lease.slot.room.store(room, Ordering::Release);
            // Other results may have used the channel before the server reported its limit of streams.
            if lease.slot.load() <= room {
                return Ok(Guest { channel, lease });
            }
        }
    }

    fn lease(self: &Arc<Self>, options: &ConnectOptions, origin: &Origin) -> Lease {
        let mut cache = lock(&self.0);
        let of_origin = || cache.slots.iter().filter(|slot| slot.origin == *origin);
        let free = of_origin().filter(|slot| slot.load() < slot.room.load(Ordering::Acquire));
        let least = free.min_by_key(|slot| slot.load()).cloned();
        let count = of_origin().count();
        let slot = match least {
            Some(slot) if slot.load() == 0 || count >= SPREAD => slot,
            _ => {
                let slot = Arc::new(Slot::new(options, origin));
                cache.slots.push(Arc::clone(&slot));
                slot
            }
        };
        slot.users.fetch_add(1, Ordering::AcqRel);
        cache.trim();
        let cache = Arc::clone(self);
        Lease { slot, cache }
    }

    async fn channel(
        &self,
        options: &ConnectOptions,
        slot: &Slot,
        end: Option<Instant>,
    ) -> Result<Channel> {
        let origin = &slot.origin;
        let ready = async {
            let place = slot.channel.lock().await;
            let usable = match &*place {
                Some(channel) => !channel.has_ended() && channel.is_usable(options).await,
                None => false,
            };
            (place, usable)
        };
        let (mut place, usable) = until(end, ready).await.ok_or_else(|| late(slot))?;
        if let Some(channel) = place.as_ref().filter(|_| usable) {
            return Ok(channel.clone());
        }
        *place = None;
        if let Some(text) = lock(&self.0)
            .failure(origin)
            .and_then(|failed| failed.slow.clone())
        {
            let text = format!(
                "no connect to {origin} is tried, since one failed in the last {FAILED_FOR:?}: {text}"
            );
            return Err(Error::io(io::ErrorKind::TimedOut, text, None));
        }
        let begun = Instant::now();
        let opened = until(end, Box::pin(connect(options, slot))).await;
        let opened = opened.unwrap_or_else(|| Err(late(slot)));
        match &opened {
            Ok(channel) => {
                lock(&self.0).forget(origin);
                *place = Some(channel.clone());
            }
            // The options refuse its addresses, which cost no time.
            Err(error) if error.is_argument() || error.is_configuration() => {}
            Err(error) => self.remember(origin, begun.elapsed(), error),
        }
        opened
    }

    fn remember(&self, origin: &Origin, took: Duration, error: &Error) {
        let mut cache = lock(&self.0);
        cache.forget(origin);
        if cache.failed.len() >= MAX_FAILED {
            cache.failed.remove(0);
        }
        cache.failed.push(Failed {
            origin: origin.clone(),
            until: Instant::now() + FAILED_FOR,
            slow: (took >= SLOW).then(|| error.to_string()),
        });
    }

    #[cfg(test)]
    fn count(&self) -> usize {
        lock(&self.0).slots.len()
    }
}

/// The names of locations are checked by their addresses.
const LOOKED_UP_HERE: &str = "the name of a location is looked up before the proxy connects to its address; set `location_map` to an \
                              address if only the proxy can look it up";

/// Connects to one of the addresses of an origin, after all of them were checked.
async fn connect(options: &ConnectOptions, slot: &Slot) -> Result<Channel> {
    // Also with a proxy: a name that only the proxy looks up cannot be checked.
    let addresses =
        dial::look_up(&slot.options)
            .await
            .map_err(|error| match slot.options.proxy_address() {
                Ok(Some(_)) => error.context(LOOKED_UP_HERE),
                Ok(None) | Err(_) => error,
            })?;
    let hosts: Vec<_> = addresses.iter().map(SocketAddr::ip).collect();
    locations::check(options, &slot.origin, &hosts)?;
    Channel::open(&slot.options, Some(&addresses), &slot.group).await
}

/// Returns the end of a try, if this many locations are left to try until `end`.
fn share(end: Option<Instant>, left: usize) -> Option<Instant> {
    let end = end?;
    let now = Instant::now();
    let left = u32::try_from(left).unwrap_or(u32::MAX).max(1);
    let share = end.saturating_duration_since(now) / left;
    Some(end.min(now + share.max(SHORTEST_TRY)))
}

async fn until<T>(end: Option<Instant>, future: impl Future<Output = T>) -> Option<T> {
    match end {
        None => Some(future.await),
        Some(end) => timeout_at(end, future).await.ok(),
    }
}

fn late(slot: &Slot) -> Error {
    let origin = &slot.origin;
    let through = match slot.options.proxy_address() {
        Ok(Some(proxy)) => format!(" through the proxy {proxy} (`proxy`)"),
        Ok(None) | Err(_) => String::new(),
    };
    let text = format!(
        "{origin} was not reached{through} within its share of `connect_timeout`; check the network, or raise that option"
    );
    Error::io(io::ErrorKind::TimedOut, text, None)
}
