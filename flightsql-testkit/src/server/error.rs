//! The error of a test server.
//!
//! Job: the error type of the harness. Layer: harness.

use std::{error::Error, fmt};

/// A server could not be started; the text states the failed step.
#[derive(Debug)]
pub struct TestServerError {
    doing: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl TestServerError {
    pub(crate) fn new(
        doing: impl Into<String>,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self {
            doing: doing.into(),
            source: Some(source.into()),
        }
    }

    pub(crate) fn tls(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new("could not set up TLS", source)
    }
}

impl fmt::Display for TestServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "test server: {}", self.doing)
    }
}

impl Error for TestServerError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}
