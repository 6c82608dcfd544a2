//! A deadline around anything (layer 2): the error names the option that sets it.

use std::time::Duration;

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
