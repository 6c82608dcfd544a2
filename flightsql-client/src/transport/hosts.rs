//! The choice among several hosts, and the connect to the first one that can be used.
//!
//! The next host is tried after a failure that another host may not have: a name without an address, a refused or lost
//! connection, no answer in time. A host with another certificate is an error, since a fallback would hide an attack or a wrong
//! configuration. The server decides about credentials, so that a wrong password is an error as well.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use super::channel::Channel;
use super::deadline::Budget;
use super::group::Group;
use super::proxy;
use crate::error::{Error, Kind, Result, StatusCode, TlsCause};
use crate::lock::lock;
use crate::options::{ConnectOptions, HostOrder};

#[cfg(test)]
mod tests;

/// The time for which a host is tried last after a slow failure: the default of `connect_timeout`.
const AVOIDED_FOR: Duration = Duration::from_secs(10);
/// The duration of a failed connect from which on the host is tried last. A fast failure costs little, and the order matters.
const SLOW: Duration = Duration::from_secs(1);
/// The number of hosts whose failures an error contains, and the length of each in characters.
const MAX_REASONS: usize = 8;
const MAX_REASON: usize = 300;

/// The hosts that a session may use, by their index in the options.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Choice<'c> {
    Any,
    /// The host of a session, which has its token and its prepared statements.
    Only(usize),
    /// Those that have not failed.
    Except(&'c [usize]),
}

impl Choice<'_> {
    pub(super) fn permits(self, host: usize) -> bool {
        match self {
            Self::Any => true,
            Self::Only(only) => host == only,
            Self::Except(failed) => !failed.contains(&host),
        }
    }
}

/// The hosts that failed lately, which all clones of one options value share.
#[derive(Debug, Default)]
pub(crate) struct HostHealth {
    /// The hosts to try last, and the end of that.
    avoided: Mutex<Vec<(usize, Instant)>>,
}

impl HostHealth {
    /// Lets new channels try this host last for a short time.
    pub(crate) fn avoid(&self, host: usize) {
        let mut avoided = lock(&self.avoided);
        avoided.retain(|(known, _)| *known != host);
        avoided.push((host, Instant::now() + AVOIDED_FOR));
    }

    fn is_avoided(&self, host: usize) -> bool {
        let mut avoided = lock(&self.avoided);
        let now = Instant::now();
        avoided.retain(|(_, until)| *until > now);
        avoided.iter().any(|(known, _)| *known == host)
    }

    /// Returns `true` if a session may use an open channel to this host.
    pub(super) fn permits(
        &self,
        options: &ConnectOptions,
        choice: Choice<'_>,
        host: usize,
    ) -> bool {
        let is_last_choice = || {
            let mut others = (0..options.hosts.more.len() + 1).filter(|host| choice.permits(*host));
            others.all(|host| self.is_avoided(host))
        };
        choice.permits(host) && (!self.is_avoided(host) || is_last_choice())
    }

    /// Returns the hosts in the order in which to try them.
    fn order(&self, options: &ConnectOptions, choice: Choice<'_>) -> Vec<usize> {
        let mut hosts: Vec<usize> = (0..options.hosts.more.len() + 1)
            .filter(|host| choice.permits(*host))
            .collect();
        if options.hosts.order == HostOrder::Random {
            // Each state has keys of its own.
            let random = RandomState::new();
            hosts.sort_by_cached_key(|host| random.hash_one(host));
        }
        // A stable sort.
        hosts.sort_by_key(|host| self.is_avoided(*host));
        hosts
    }

    /// Opens a channel to the first host that can be reached, each within its limit and all within the budget. Cancel-safe.
    ///
    /// # Errors
    /// Returns the error of the last host, with the reasons of the others, or the error that makes the choice of another host
    /// wrong.
    pub(super) async fn open(
        &self,
        options: &ConnectOptions,
        choice: Choice<'_>,
        budget: &Budget,
        group: &Arc<Group>,
    ) -> Result<Channel> {
        let order = self.order(options, choice);
        let mut failures = Failures::default();
        for (index, host) in order.iter().copied().enumerate() {
            let own = options.at_host(host);
            if index > 0 && budget.is_over() {
                failures.untried += 1;
                continue;
            }
            let begun = Instant::now();
            let limit = budget.of_host(options.hosts.connect_timeout, order.len() - index);
            let opening = Box::pin(Channel::open(&own, None, group));
            let opened = limit.within("connect", opening).await;
            let through = || own.proxy_address().ok().flatten();
            let error = match opened.map_err(|error| proxy::named(error, through)) {
                Ok(channel) => return Ok(channel.at_host(host)),
                Err(error) if !is_of_host(&error) => return Err(failures.before(error)),
                Err(error) => error,
            };
            if begun.elapsed() >= SLOW {
                self.avoid(host);
            }
            failures.push(&own.address(), error);
        }
        Err(failures.all(budget))
    }
}

/// The errors of the hosts that failed.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    failed: Vec<(String, Error)>,
    /// The number of hosts for which no time was left.
    untried: usize,
}

impl Failures {
    /// Adds the error of a host. The error contains no secret.
    pub(crate) fn push(&mut self, host: &str, error: Error) {
        log::debug!("the host {host} cannot be used: {error}");
        self.failed.push((host.to_owned(), error));
    }

    /// Returns the error of the last host, with the reasons of the others.
    fn all(mut self, budget: &Budget) -> Error {
        match self.failed.pop() {
            Some((_, error)) => self.before(error),
            None => budget.exceeded("connect"),
        }
    }

    /// Returns the last error, with the reasons of the hosts that failed before.
    pub(crate) fn before(self, last: Error) -> Error {
        if self.failed.is_empty() && self.untried == 0 {
            return last;
        }
        let mut reasons: Vec<String> = self.failed.iter().take(MAX_REASONS).map(reason).collect();
        if let Some(more) = self.failed.len().checked_sub(MAX_REASONS + 1) {
            reasons.push(format!("{} more hosts failed", more + 1));
        }
        if self.untried > 0 {
            reasons.push(format!("no time was left for {}", self.untried));
        }
        let reasons = reasons.join("; ");
        last.context(&format!("other hosts cannot be used ({reasons})"))
    }
}

/// Returns the text of a failure in one line of bounded length, with the host.
fn reason((host, error): &(String, Error)) -> String {
    let text = error.to_string();
    let short: String = text.chars().take(MAX_REASON).collect();
    match short.contains(host.as_str()) {
        true => short,
        false => format!("{host}: {short}"),
    }
}

/// Returns `true` if another host may not have this failure of a connect.
fn is_of_host(error: &Error) -> bool {
    match error.kind() {
        Kind::Io { .. } | Kind::Timeout { .. } => true,
        // A server that stops during a handshake looks like one without TLS.
        Kind::Tls { cause, .. } => *cause == TlsCause::NotTls,
        _ => false,
    }
}

/// Returns `true` if another host may not have this failure to open a session.
pub(crate) fn is_of_login_at_host(error: &Error) -> bool {
    let is_unavailable = error
        .server()
        .is_some_and(|error| error.status() == StatusCode::Unavailable);
    is_unavailable || is_of_host(error)
}
