//! Deadlines whose error names the option that sets them.

use std::time::Duration;

use tokio::time::Instant;

use crate::error::{Error, Result};

/// Runs `future` for at most `limit`; zero or absent means no limit. Cancel-safe if `future` is.
pub(crate) async fn within<T>(
    future: impl Future<Output = Result<T>>,
    operation: &'static str,
    option: &'static str,
    limit: impl Into<Option<Duration>>,
) -> Result<T> {
    match limit.into().filter(|limit| !limit.is_zero()) {
        None => future.await,
        Some(limit) => tokio::time::timeout(limit, future)
            .await
            .unwrap_or_else(|_| Err(Error::timeout(operation, option, limit))),
    }
}

/// A limit that several steps share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    option: &'static str,
    limit: Duration,
    /// `None` if the clock cannot represent it.
    end: Option<Instant>,
}

impl Budget {
    pub(crate) fn new(option: &'static str, limit: Duration) -> Self {
        Self {
            option,
            limit,
            end: Instant::now().checked_add(limit),
        }
    }

    /// Runs a step for as long as the budget lasts. The error names the step, and the limit as it was set. Cancel-safe if
    /// `future` is.
    pub(crate) async fn within<T>(
        &self,
        step: &'static str,
        future: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        match self.end {
            None => future.await,
            Some(end) => tokio::time::timeout_at(end, future)
                .await
                .unwrap_or_else(|_| Err(self.exceeded(step))),
        }
    }

    /// Returns the end of the budget; `None` if the clock cannot represent it.
    pub(crate) fn end(&self) -> Option<Instant> {
        self.end
    }

    /// Returns the option that sets the limit.
    pub(crate) fn option(&self) -> &'static str {
        self.option
    }

    /// Returns `true` if no time is left.
    pub(crate) fn is_over(&self) -> bool {
        self.end.is_some_and(|end| end <= Instant::now())
    }

    /// Returns the budget of one host, if this many are left to try: `limit`, or an equal share of what is left. It never ends
    /// after this budget.
    pub(crate) fn of_host(&self, limit: Option<Duration>, left: usize) -> Self {
        let now = Instant::now();
        let share = || {
            let left = u32::try_from(left).ok().filter(|left| *left > 1)?;
            let rest = self.end?.saturating_duration_since(now) / left;
            // In milliseconds, for the text of an error.
            u64::try_from(rest.as_millis())
                .ok()
                .map(Duration::from_millis)
        };
        let Some(limit) = limit.or_else(share) else {
            return *self;
        };
        match now.checked_add(limit) {
            Some(end) if self.end.is_none_or(|whole| end < whole) => Self {
                option: "host_connect_timeout",
                limit,
                end: Some(end),
            },
            _ => *self,
        }
    }

    pub(crate) fn exceeded(&self, step: &'static str) -> Error {
        Error::timeout(step, self.option, self.limit)
    }
}
