//! The part of [`Rpc`] that collects the response headers of one statement.

use std::sync::Arc;

use tonic::Status;
use tonic::metadata::MetadataMap;

use super::{Operation, Rpc, TimeoutClass};
use crate::error::Error;
use crate::response_headers::ResponseHeaders;
use crate::transport::call::Capture;

impl Rpc {
    /// Returns the RPCs of a statement that begins.
    pub(crate) fn capturing(&self) -> Self {
        Self(Arc::clone(&self.0), self.1.clone(), Some(Arc::default()))
    }

    /// Continues to collect the headers of a statement of another session.
    pub(crate) fn capturing_as(&self, other: &Self) -> Self {
        Self(Arc::clone(&self.0), self.1.clone(), other.2.clone())
    }

    /// Returns the response headers of the statement so far.
    pub fn response_headers(&self) -> ResponseHeaders {
        let capture = self.2.as_ref();
        capture.map_or_else(ResponseHeaders::default, |capture| capture.headers())
    }

    /// Forgets the response headers of an attempt that failed.
    pub(crate) fn forget_response_headers(&self) {
        if let Some(capture) = &self.2 {
            capture.clear();
        }
    }

    /// Keeps the headers or trailers of a response that the options list.
    pub(super) fn capture(&self, operation: Operation, metadata: &MetadataMap) {
        if let Some(capture) = self.capture_of(operation)
            && !metadata.is_empty()
        {
            let session = self.session();
            capture.extend(session.captured(self.options(), operation.name, metadata));
        }
    }

    /// Adds the response headers of a failure to those of the statement, and the latter to its error.
    pub(super) fn with_captured(
        &self,
        operation: Operation,
        status: &Status,
        error: Error,
    ) -> Error {
        let Some(capture) = self.capture_of(operation) else {
            return error;
        };
        error.map_server(|mut error| {
            self.capture(operation, status.metadata());
            error.set_response_headers(capture.headers());
            error
        })
    }

    /// Does the same for an error of another server, whose state does not contain all secrets of the session.
    pub(super) fn with_captured_of_other(
        &self,
        operation: Operation,
        status: &Status,
        error: Error,
    ) -> Error {
        let session = self.session();
        let error = error.map_server(|mut error| {
            let bytes = |bytes: &mut bytes::Bytes| session.mask_bytes(bytes);
            error.mask_details(&|text| session.mask(text), &bytes);
            error
        });
        self.with_captured(operation, status, error)
    }

    /// Returns no capture for cleanup, which runs at any time after its statement.
    fn capture_of(&self, operation: Operation) -> Option<&Capture> {
        match operation.timeout {
            TimeoutClass::Close => None,
            _ => self.2.as_deref(),
        }
    }
}
