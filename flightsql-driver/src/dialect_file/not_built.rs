//! Dialect files in builds without the feature `dialect-file`: an error that names the feature.

use std::path::Path;

use crate::dialect::DialectProfile;
use crate::dialect::file::{FileError, FileProblem};

/// Returns the error that names the feature.
pub(crate) fn load(path: &Path) -> Result<DialectProfile, FileError> {
    Err(FileError::new(Some(path), FileProblem::NotBuilt))
}
