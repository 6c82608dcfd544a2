//! The file of a dialect: its path, its text, and its errors. With the feature `dialect-file`, `dialect_file` reads the TOML.

use std::fmt;
#[cfg(feature = "dialect-file")]
use std::fs::File;
use std::io::ErrorKind;
#[cfg(feature = "dialect-file")]
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::ProfileError;

/// The maximum size of a dialect file. Complete files have a few KiB.
pub(crate) const MAX_BYTES: u64 = 1 << 20;

/// The error of a dialect file that cannot be used. It contains keys of the file and none of its other text.
#[derive(Debug, Clone, PartialEq)]
pub struct FileError {
    path: Option<PathBuf>,
    problem: FileProblem,
}

/// The reason why a dialect file cannot be used.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum FileProblem {
    /// The file does not exist at any of these paths.
    NotFound(Vec<PathBuf>),
    /// The operating system refuses to read it.
    Unreadable(ErrorKind),
    /// It is a directory, a device or a pipe.
    NotAFile,
    /// It is larger than 1 MiB.
    TooLarge,
    /// It is not UTF-8.
    NotUtf8,
    /// It is not TOML, or not the TOML of a dialect. Line and column count from 1.
    Syntax {
        /// The line of the mistake; 0 if the mistake has no line.
        line: usize,
        /// The column of the mistake, in characters.
        column: usize,
        /// The mistake, and the keys that are valid there.
        message: String,
    },
    /// `extends` names an unknown dialect.
    UnknownBase,
    /// The dialect contradicts itself.
    Contradictory(ProfileError),
    /// This build does not support dialect files.
    NotBuilt,
}

impl FileError {
    pub(crate) fn new(path: Option<&Path>, problem: FileProblem) -> Self {
        Self {
            path: path.map(Path::to_owned),
            problem,
        }
    }

    /// Returns the path of the file; `None` for text without one, and for a file that was not found.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Returns the reason.
    #[must_use]
    pub fn problem(&self) -> &FileProblem {
        &self.problem
    }
}

impl From<FileProblem> for FileError {
    fn from(problem: FileProblem) -> Self {
        Self::new(None, problem)
    }
}

impl fmt::Display for FileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound(tried) => {
                let tried: Vec<_> = tried
                    .iter()
                    .map(|path| path.display().to_string())
                    .collect();
                write!(f, "no dialect file found; tried {}", tried.join(", "))
            }
            Self::Unreadable(kind) => write!(f, "cannot read the dialect file: {kind}"),
            Self::NotAFile => f.write_str("not a regular file; name a dialect file in TOML"),
            Self::TooLarge => write!(
                f,
                "larger than {MAX_BYTES} bytes; name a dialect file in TOML"
            ),
            Self::NotUtf8 => f.write_str("not UTF-8; name a dialect file in TOML"),
            Self::Syntax {
                line: 0, message, ..
            } => f.write_str(message),
            Self::Syntax {
                line,
                column,
                message,
            } => write!(f, "line {line}, column {column}: {message}"),
            Self::UnknownBase => write!(
                f,
                "`extends` names an unknown dialect; use one of {}",
                super::names().join(", ")
            ),
            Self::Contradictory(error) => error.fmt(f),
            Self::NotBuilt => f.write_str(
                "this build cannot read dialect files; enable the cargo feature `dialect-file`",
            ),
        }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.problem.to_string();
        let Some(path) = &self.path else {
            return f.write_str(&text);
        };
        for (index, line) in text.lines().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{}: {line}", path.display())?;
        }
        Ok(())
    }
}

impl std::error::Error for FileError {}

/// Returns the first existing path: `path` in each folder, or `path` alone if it is absolute or there is no folder.
pub fn find(path: &Path, folders: &[PathBuf]) -> Result<PathBuf, FileError> {
    let tried: Vec<PathBuf> = match path.is_absolute() || folders.is_empty() {
        true => vec![path.to_owned()],
        false => {
            let mut tried: Vec<_> = folders.iter().map(|folder| folder.join(path)).collect();
            tried.dedup();
            tried
        }
    };
    let found = tried.iter().find(|path| path.exists()).cloned();
    found.ok_or_else(|| FileProblem::NotFound(tried).into())
}

/// Reads the text of a file, after checks of its kind and size.
#[cfg(feature = "dialect-file")]
pub(crate) fn text(path: &Path) -> Result<String, FileError> {
    read(path).map_err(|problem| FileError::new(Some(path), problem))
}

#[cfg(feature = "dialect-file")]
fn read(path: &Path) -> Result<String, FileProblem> {
    let unreadable = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => FileProblem::NotFound(vec![path.to_owned()]),
        kind => FileProblem::Unreadable(kind),
    };
    // Opening a pipe would block until a writer opens it.
    let about = std::fs::metadata(path).map_err(unreadable)?;
    if !about.is_file() {
        return Err(FileProblem::NotAFile);
    }
    if about.len() > MAX_BYTES {
        return Err(FileProblem::TooLarge);
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if u64::try_from(bytes.len()).is_ok_and(|len| len > MAX_BYTES) {
        return Err(FileProblem::TooLarge);
    }
    String::from_utf8(bytes).map_err(|_| FileProblem::NotUtf8)
}
