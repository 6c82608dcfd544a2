//! Number of RPCs of each kind since the last reset.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The action that answers the counts as one JSON object.
pub(crate) const RPC_COUNTS: &str = "flightsql_bench.rpc_counts";

/// The action that sets all counts to zero.
pub(crate) const RESET_COUNTS: &str = "flightsql_bench.reset_rpc_counts";

/// RPCs by name; an action counts as `DoAction:` and its type.
#[derive(Debug, Default)]
pub(crate) struct Counts(Mutex<BTreeMap<&'static str, u64>>);

impl Counts {
    /// One more RPC called `name`.
    pub(crate) fn add(&self, name: &'static str) {
        *self.lock().entry(name).or_default() += 1;
    }

    /// Forgets all.
    pub(crate) fn reset(&self) {
        self.lock().clear();
    }

    /// The counts now.
    pub(crate) fn snapshot(&self) -> BTreeMap<&'static str, u64> {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<&'static str, u64>> {
        // A count is whole after every step, so a poisoned lock still holds true counts.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
