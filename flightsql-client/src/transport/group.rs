//! The channels of one options value, which share the check of a broken network and the ping interval.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use super::monitored::SocketState;
use crate::lock::lock;

/// All channels of one options value.
#[derive(Debug, Default)]
pub(crate) struct Group {
    members: Mutex<Vec<Weak<SocketState>>>,
    /// The minimum time between two pings that a server requires, in milliseconds.
    interval: AtomicU64,
}

/// The maximum interval: more than any known server requires.
const SLOWEST: Duration = Duration::from_secs(2 * 60 * 60);

impl Group {
    pub(super) fn join(&self, socket: &Arc<SocketState>) {
        let mut members = lock(&self.members);
        members.retain(|member| member.upgrade().is_some_and(|socket| socket.is_open()));
        members.push(Arc::downgrade(socket));
    }

    /// Pings every channel, since the cause of one lost channel may affect all of them.
    pub(super) fn ask_all(&self) {
        let members = lock(&self.members).clone();
        for socket in members.iter().filter_map(Weak::upgrade) {
            socket.probe.want();
        }
    }

    /// Returns the interval in use, if the options specify `wanted`.
    pub(super) fn interval(&self, wanted: Duration) -> Duration {
        wanted.max(Duration::from_millis(self.interval.load(Ordering::Relaxed)))
    }

    /// Doubles the interval after a server complained about it. Several complaints about one interval double it once.
    pub(super) fn slow_down(&self, used: Duration) {
        let slower = used.saturating_mul(2).min(SLOWEST);
        let slower = u64::try_from(slower.as_millis()).unwrap_or(u64::MAX);
        if self.interval.fetch_max(slower, Ordering::Relaxed) < slower {
            log::warn!(
                "server reported too many pings at an interval of {used:?}; doubled `keep_alive_interval` for this pool"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Group, SLOWEST};

    #[test]
    fn i1_complaints_double_the_interval_once_each() {
        let group = Group::default();
        let wanted = Duration::from_secs(330);
        assert_eq!(group.interval(wanted), wanted);
        // Four channels that pinged at the same interval.
        for _ in 0..4 {
            group.slow_down(wanted);
        }
        assert_eq!(group.interval(wanted), wanted * 2);
        group.slow_down(wanted * 2);
        assert_eq!(group.interval(wanted), wanted * 4);
        group.slow_down(wanted);
        assert_eq!(group.interval(wanted), wanted * 4);
        group.slow_down(Duration::MAX);
        assert_eq!(group.interval(wanted), SLOWEST);
    }
}
