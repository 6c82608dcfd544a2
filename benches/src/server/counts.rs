//! Number of RPCs of each kind since the last reset.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The action that returns the counts as one JSON object.
pub(crate) const RPC_COUNTS: &str = "flightsql_bench.rpc_counts";

/// The action that sets all counts to zero.
pub(crate) const RESET_COUNTS: &str = "flightsql_bench.reset_rpc_counts";

/// RPCs by name; an action counts as `DoAction:` and its type.
#[derive(Debug, Default)]
pub(crate) struct Counts(Mutex<BTreeMap<&'static str, u64>>);

impl Counts {
    /// Counts an RPC named `name`.
    pub(crate) fn add(&self, name: &'static str) {
        *self.lock().entry(name).or_default() += 1;
    }

    /// Sets all counts to zero.
    pub(crate) fn reset(&self) {
        self.lock().clear();
    }

    /// Returns the current counts.
    pub(crate) fn snapshot(&self) -> BTreeMap<&'static str, u64> {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<&'static str, u64>> {
        // The counts are consistent after every step, so they are valid even in a poisoned lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
