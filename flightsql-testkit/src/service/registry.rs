//! Values for which clients have handles.
//!
//! Layer: service. Handles are random, so a client cannot guess them. The number of values is limited.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use tonic::Status;

use crate::engine::{lock, random};

/// The length of a handle in bytes.
pub(crate) const HANDLE: usize = 16;

/// Shared values by handle.
#[derive(Debug)]
pub(crate) struct Registry<T> {
    /// The name of the values in errors.
    what: &'static str,
    limit: usize,
    map: Mutex<HashMap<Vec<u8>, Arc<T>>>,
}

impl<T> Registry<T> {
    pub(crate) fn new(what: &'static str, limit: usize) -> Self {
        Self {
            what,
            limit,
            map: Mutex::default(),
        }
    }

    pub(crate) fn insert(&self, value: T) -> Result<(Bytes, Arc<T>), Status> {
        let id = fresh();
        let mut map = lock(&self.map);
        if map.len() >= self.limit {
            return Err(Status::resource_exhausted(format!(
                "{} {}s are open: close some",
                self.limit, self.what
            )));
        }
        let value = Arc::new(value);
        map.insert(id.to_vec(), Arc::clone(&value));
        Ok((id, value))
    }

    pub(crate) fn get(&self, id: &[u8]) -> Result<Arc<T>, Status> {
        lock(&self.map)
            .get(id)
            .cloned()
            .ok_or_else(|| self.missing())
    }

    pub(crate) fn remove(&self, id: &[u8]) -> Result<Arc<T>, Status> {
        lock(&self.map).remove(id).ok_or_else(|| self.missing())
    }

    pub(crate) fn clear(&self) {
        lock(&self.map).clear();
    }

    pub(crate) fn len(&self) -> usize {
        lock(&self.map).len()
    }

    /// Returns the first matching value, with its handle.
    pub(crate) fn find(&self, mut fits: impl FnMut(&T) -> bool) -> Option<Arc<T>> {
        lock(&self.map).values().find(|value| fits(value)).cloned()
    }

    fn missing(&self) -> Status {
        Status::not_found(format!(
            "no such {}: it was never opened, or it is closed",
            self.what
        ))
    }
}

/// Creates a handle.
pub(crate) fn fresh() -> Bytes {
    Bytes::copy_from_slice(&random().to_be_bytes())
}
