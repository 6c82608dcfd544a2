//! Timeouts of RPCs. The driver also sends them to the server, as `grpc-timeout`:
//! <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>.

use std::time::Duration;

use super::error::OptionsError;

/// The timeouts, which the setters of the options describe. `None` means no limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Timeouts {
    pub(crate) connect: Duration,
    pub(crate) query: Option<Duration>,
    pub(crate) fetch: Option<Duration>,
    pub(crate) update: Option<Duration>,
    pub(crate) metadata: Option<Duration>,
    pub(crate) idle: Option<Duration>,
    pub(crate) close: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts {
            // A TCP handshake with two lost packets takes 3 s; TLS and authentication need further round trips. JDBC also
            // uses 10 s.
            connect: Duration::from_secs(10),
            // As in every SQLx driver, the running time of a statement is unlimited.
            query: None,
            fetch: None,
            update: None,
            // The largest catalogs are listed within a minute.
            metadata: Some(Duration::from_secs(5 * 60)),
            // Some servers keep an RPC open indefinitely without sending data while still replying to HTTP/2 pings. A long
            // aggregation looks the same, so allow half an hour.
            idle: Some(Duration::from_secs(30 * 60)),
            // The next statement waits for rollbacks and cancellations, and a pool must not hang on a dead peer.
            close: Duration::from_secs(5),
        }
    }
}

/// The maximum of a timeout. A deadline is the current time plus a timeout, which must not overflow.
const MAX: Duration = Duration::from_secs(365 * 24 * 60 * 60);

impl Timeouts {
    pub(super) fn check(&self) -> Result<(), OptionsError> {
        for (key, value) in [
            ("connect_timeout", self.connect),
            ("close_timeout", self.close),
        ] {
            if value.is_zero() {
                let problem =
                    "must be more than 0, since a pool would wait forever for a dead server";
                return Err(OptionsError::value(key, problem));
            }
        }
        let all = [
            ("connect_timeout", Some(self.connect)),
            ("query_timeout", self.query),
            ("fetch_timeout", self.fetch),
            ("update_timeout", self.update),
            ("metadata_timeout", self.metadata),
            ("idle_timeout", self.idle),
            ("close_timeout", Some(self.close)),
        ];
        all.into_iter()
            .try_for_each(|(key, value)| check_max(key, value.unwrap_or_default()))
    }
}

pub(super) fn check_max(key: &str, value: Duration) -> Result<(), OptionsError> {
    if value > MAX {
        return Err(OptionsError::value(key, "must be at most 8760h, one year"));
    }
    Ok(())
}

/// Turns 0 into `None`: no limit.
pub(super) fn none_if_zero(limit: Option<Duration>) -> Option<Duration> {
    limit.filter(|limit| !limit.is_zero())
}
