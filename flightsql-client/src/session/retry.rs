//! Running a statement again that has failed before its first row.
//!
//! A read runs again after a failure that is over soon: a lost connection, `UNAVAILABLE`, or what the server or the dialect
//! reports as temporary. Any statement runs again, once, after the server has refused the session, since it then has not run.
//! A session that was lost is opened again, unless the server had state of it: a transaction, or changes by the caller. A
//! write never runs again after any other failure, because it may have happened.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_core::future::BoxFuture;
use tokio::time::Instant;

use super::{Session, open};
use crate::error::{Error, Kind, Result, ServerError, StatusCode, is_lost_connection};
use crate::options::Retries;
use crate::transport::auth;

/// The first delay, which doubles with each retry.
const FIRST_DELAY: Duration = Duration::from_millis(50);
/// The longest delay.
const LONGEST_DELAY: Duration = Duration::from_secs(2);
/// The longest delay that a server may ask for. After a longer one, a caller has given up.
const LONGEST_ASKED: Duration = Duration::from_secs(10);

/// The time after which a statement is not tried again, since its caller has given up.
const LONGEST: Duration = Duration::from_secs(30);

/// The connections that one statement may lose, since it may be what stops the server.
const MOST_LOST: u32 = 2;

/// The retries that a pool may still add to its load, so that an outage is not made worse.
///
/// It is the token bucket of [gRFC A6](https://github.com/grpc/proposal/blob/master/A6-client-retries.md): each retry takes
/// one token, each success gives a share of one.
#[derive(Debug)]
pub(crate) struct RetryBudget {
    /// Thousandths of a token.
    left: AtomicU32,
    per_success: u32,
}

/// A thousandth of a token is the unit.
const TOKEN: u32 = 1000;
/// The most tokens: the retries of a pool whose server stops, before any success.
const MOST: u32 = 100 * TOKEN;

impl RetryBudget {
    pub(crate) fn new(retries: Retries) -> Self {
        Self {
            left: AtomicU32::new(MOST),
            per_success: u32::from(retries.per_thousand),
        }
    }

    fn succeeded(&self) {
        // Nearly always: a pool without failures writes nothing.
        if self.left.load(Ordering::Relaxed) < MOST {
            self.change(|left| Some(left.saturating_add(self.per_success).min(MOST)));
        }
    }

    fn take(&self) -> bool {
        self.change(|left| left.checked_sub(TOKEN))
    }

    fn change(&self, change: impl FnMut(u32) -> Option<u32>) -> bool {
        self.left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, change)
            .is_ok()
    }
}

/// The attempts of one statement.
#[derive(Debug)]
pub(super) struct Attempts {
    /// Whether the statement changes nothing.
    is_read: bool,
    begun: Instant,
    retries: u32,
    /// The connections that it lost.
    lost: u32,
    /// Whether the session was opened again because the server had refused it.
    has_logged_in: bool,
}

impl Attempts {
    pub(super) fn new(is_read: bool) -> Self {
        Self {
            is_read,
            begun: Instant::now(),
            retries: 0,
            lost: 0,
            has_logged_in: false,
        }
    }

    /// Returns the delay of the next retry: random, so that the connections of a pool do not return all at once.
    fn delay(&mut self) -> Duration {
        let doubled = FIRST_DELAY.saturating_mul(1 << self.retries.min(16));
        self.retries += 1;
        let longest = doubled.min(LONGEST_DELAY);
        let random = RandomState::new().hash_one(self.retries) % 1024;
        let half = longest / 2;
        half + half.mul_f64(f64::from(u32::try_from(random).unwrap_or(0)) / 1024.0)
    }
}

impl Session {
    /// Returns the attempts of a call that only reads.
    pub(super) fn attempts_of_read(&self) -> Attempts {
        Attempts::new(!self.is_in_transaction())
    }

    pub(super) fn succeeded(&self) {
        self.shared.retries.succeeded();
    }

    /// Prepares the session for another attempt after this failure, which has delivered nothing to the caller. Returns the
    /// error if no attempt is left. Cancel-safe.
    pub(super) async fn recover(&mut self, attempts: &mut Attempts, error: Error) -> Result<()> {
        let may_run = self.recovered(attempts, error).await;
        if may_run.is_ok() {
            // A result has the response headers of its own attempt.
            self.rpc().forget_response_headers();
        }
        may_run
    }

    async fn recovered(&mut self, attempts: &mut Attempts, error: Error) -> Result<()> {
        if error.server().is_some_and(ServerError::is_session_lost) {
            return self.log_in_again(attempts, error).await;
        }
        let is_read = attempts.is_read && !self.is_update;
        if !is_read || self.is_in_transaction() || !is_transient(&error) {
            return Err(error);
        }
        self.try_again(attempts, error).await
    }

    /// Opens the session again after the server has refused it, once for each statement.
    async fn log_in_again(&mut self, attempts: &mut Attempts, error: Error) -> Result<()> {
        let may = !attempts.has_logged_in
            && !self.has_effects
            && self.is_renewable()
            && auth::can_renew(self.options());
        if !may {
            return Err(error);
        }
        attempts.has_logged_in = true;
        log::debug!("opening a session again that the server has refused");
        self.renew().await
    }

    async fn try_again(&mut self, attempts: &mut Attempts, error: Error) -> Result<()> {
        let asked = error.server().and_then(ServerError::retry_delay);
        if asked.is_some_and(|asked| asked > LONGEST_ASKED) {
            return Err(error);
        }
        let is_lost = self.is_broken();
        attempts.lost += u32::from(is_lost);
        if attempts.lost > MOST_LOST {
            return Err(error);
        }
        loop {
            let may = attempts.retries < self.options().retries.most
                && attempts.begun.elapsed() < LONGEST
                && (!is_lost || self.is_renewable())
                && self.shared.retries.take();
            if !may {
                return Err(error);
            }
            let delay = attempts.delay().max(asked.unwrap_or_default());
            log::debug!("retry {} of a read in {delay:?}", attempts.retries);
            tokio::time::sleep(delay).await;
            if !is_lost {
                return Ok(());
            }
            match self.renew().await {
                Ok(()) => return Ok(()),
                // The server is starting.
                Err(error) if is_transient_at_connect(&error) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Opens a session again whose connection was lost before the next call, which has sent nothing yet. Returns the error
    /// of the lost connection if it cannot be opened. Cancel-safe.
    pub(super) async fn reopen(&mut self, lost: Error) -> Result<()> {
        if self.options().retries.most == 0 || !self.is_renewable() {
            return Err(lost);
        }
        match self.renew().await {
            Ok(()) => Ok(()),
            Err(error) if is_transient_at_connect(&error) => {
                self.try_again(&mut Attempts::new(true), lost).await
            }
            Err(error) => Err(error),
        }
    }

    /// Returns `true` if the session can be opened again, since the server has no state that the caller relies on.
    pub(super) fn is_renewable(&self) -> bool {
        self.is_set_up
            && !self.is_closing
            && !self.is_in_transaction()
            && !self.is_changed()
            && self.on_next_use.is_none()
            && !self.rpc().session().is_in_doubt()
    }

    /// Opens the session again in place: on another channel if its own is lost, with a new authentication, and with the
    /// session options and first statements of the connection. Its prepared statements are forgotten. Cancel-safe: the old
    /// session stays until the new one is complete.
    pub(super) fn renew(&mut self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            let options = Arc::clone(self.rpc().shared_options());
            let mut renewed = open::reopen(&options, &self.shared).await?;
            renewed.capabilities = self.capabilities;
            // The server may repeat an old token in an error.
            renewed.rpc().session().keep_tokens_of(self.rpc().session());
            if let Some(scope) = self.rpc().statement().cloned() {
                renewed.rpc().session().mask_headers_of(&scope);
                renewed.context.rpc = renewed.context.rpc.of_statement(Some(scope));
            }
            renewed.context.rpc = renewed.context.rpc.capturing_as(self.rpc());
            renewed.last_scope = self.last_scope.take();
            // Drops the old one, whose cleanup runs if its connection is open.
            *self = renewed;
            Ok(())
        })
    }
}

/// Returns `true` if the same read may succeed soon.
fn is_transient(error: &Error) -> bool {
    match error.kind() {
        Kind::Io { kind, .. } => is_lost_connection(*kind),
        Kind::Server(error) => match error.status() {
            StatusCode::Unavailable => true,
            _ => error.retry_delay().is_some() || error.is_named_retryable(),
        },
        _ => false,
    }
}

/// Returns `true` if a connection that once was open may be opened soon. A server that stops in the middle of a TLS handshake
/// looks like one without TLS.
fn is_transient_at_connect(error: &Error) -> bool {
    use crate::error::TlsCause;
    is_transient(error) || error.tls_cause() == Some(TlsCause::NotTls)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Attempts, MOST, RetryBudget, TOKEN};
    use crate::options::Retries;

    #[test]
    fn delays_double_with_jitter_up_to_two_seconds() {
        let mut attempts = Attempts::new(true);
        for longest in [50, 100, 200, 400, 800, 1600, 2000, 2000].map(Duration::from_millis) {
            let delay = attempts.delay();
            assert!(delay >= longest / 2 && delay < longest, "{delay:?}");
        }
        attempts.retries = u32::MAX - 1;
        assert!(attempts.delay() < Duration::from_secs(2));
    }

    #[test]
    fn a_pool_has_a_reserve_and_then_a_share_of_its_successes() {
        let budget = RetryBudget::new(Retries {
            most: 3,
            per_thousand: 250,
        });
        assert_eq!((0..1000).filter(|_| budget.take()).count(), 100);
        for _ in 0..3 {
            budget.succeeded();
            assert!(!budget.take());
        }
        budget.succeeded();
        assert!(budget.take() && !budget.take());
        for _ in 0..10_000 {
            budget.succeeded();
        }
        assert_eq!((0..1000).filter(|_| budget.take()).count(), 100);
        assert_eq!(MOST / TOKEN, 100);
    }
}
