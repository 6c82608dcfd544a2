//! [`QueryMemory`]: the memory that the result of one statement uses at once, over all its endpoints.
//!
//! Arrow counts a buffer from its claim until its last user drops it. Rows and batches of the caller therefore count as long
//! as they live, and so do the dictionaries of a stream. Columns that share one buffer count it once.

use std::fmt;
use std::sync::Arc;

use arrow_array::{Array, RecordBatch};
use arrow_buffer::{MemoryPool as _, TrackingMemoryPool};

/// The limit `max_query_memory` of one result, and the bytes that the result uses.
#[derive(Debug)]
pub(crate) struct QueryMemory {
    limit: u64,
    pool: TrackingMemoryPool,
}

/// A result that needs more memory than it may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OverBudget {
    needed: u64,
    limit: u64,
}

impl QueryMemory {
    /// Returns the memory of one result; `None` without a limit, which then costs nothing.
    pub(crate) fn new(limit: Option<u64>) -> Option<Arc<Self>> {
        let pool = TrackingMemoryPool::default();
        limit.map(|limit| Arc::new(Self { limit, pool }))
    }

    /// Returns an error if the result would use more than its limit with `more` bytes. Call it before they are allocated.
    pub(crate) fn check(&self, more: u64) -> Result<(), OverBudget> {
        let used = u64::try_from(self.pool.used()).unwrap_or(u64::MAX);
        let needed = used.saturating_add(more);
        match needed <= self.limit {
            true => Ok(()),
            false => Err(OverBudget {
                needed,
                limit: self.limit,
            }),
        }
    }

    /// Counts the buffers of an array until they are freed. Returns an error if the result now uses more than its limit,
    /// since a buffer may be larger than its content.
    pub(crate) fn claim(&self, array: &dyn Array) -> Result<(), OverBudget> {
        array.claim(&self.pool);
        self.check(0)
    }

    /// Counts the buffers of a batch, as [`claim`](Self::claim) does.
    pub(crate) fn claim_batch(&self, batch: &RecordBatch) -> Result<(), OverBudget> {
        batch.claim(&self.pool);
        self.check(0)
    }
}

impl fmt::Display for OverBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "it needs {} bytes in memory at once, more than the option max_query_memory={} allows; read the rows as a \
             stream, query fewer, or raise the option",
            self.needed, self.limit
        )
    }
}
