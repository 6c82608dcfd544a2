//! Mutexes that are held for a few lines and never over an await.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A mutex whose holder cannot panic half-way keeps good data even when poisoned.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
