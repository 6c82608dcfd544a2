//! Dialect files: TOML with the feature `dialect-file`, otherwise an error that names the feature.

#[cfg(feature = "dialect-file")]
mod toml;

#[cfg(feature = "dialect-file")]
pub use self::toml::load;

/// Returns the error that names the feature.
#[cfg(not(feature = "dialect-file"))]
pub fn load(
    path: &std::path::Path,
) -> Result<crate::dialect::DialectProfile, crate::dialect::FileError> {
    use crate::dialect::{FileError, FileProblem};
    Err(FileError::new(Some(path), FileProblem::NotBuilt))
}
