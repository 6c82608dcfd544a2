//! [`SharedSlot`]: what clones of one options value have in common.
//!
//! Layer 1. Opaque here, so that the options need not know the transport (`ARCHITECTURE.md`, decision 3).

use std::any::Any;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// A slot for one value of a type from a higher layer. Clones share it; every setter of the options
/// puts a fresh one in, so only equal options share.
#[derive(Clone, Default)]
pub(crate) struct SharedSlot(Arc<OnceLock<Arc<dyn Any + Send + Sync>>>);

impl SharedSlot {
    /// The value; the first caller's `make` fills the slot, the others wait for it.
    pub(crate) fn get_or_init<T: Any + Send + Sync>(&self, make: impl FnOnce() -> T) -> Arc<T> {
        let made = self.0.get_or_init(|| Arc::new(make()));
        Arc::clone(made)
            .downcast()
            .expect("one slot holds values of one type only")
    }
}

impl fmt::Debug for SharedSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.get().is_some() {
            "SharedSlot(filled)"
        } else {
            "SharedSlot(empty)"
        })
    }
}
