//! The files to serve, and the kind of each.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// Kind of a file, by its extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Csv,
    Parquet,
    Database,
}

/// A file that becomes a table.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TableFile {
    pub(super) path: PathBuf,
    pub(super) kind: Kind,
    /// The file's name without its extension.
    pub(super) table: String,
}

/// The files of one server.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Files {
    pub(super) database: Option<PathBuf>,
    pub(super) tables: Vec<TableFile>,
}

impl Files {
    /// Sorts the files by their kind. All files must exist, except a database that the server creates.
    pub(super) fn sort(paths: &[PathBuf], create: bool) -> Result<Self, Failure> {
        let mut files = Self::default();
        // SQLite ignores case in table names.
        let mut names: HashMap<String, &Path> = HashMap::new();
        for path in paths {
            let kind = Kind::of(path);
            if !path.is_file() {
                let is_new = !path.exists() && matches!(kind, Ok(Kind::Database));
                if !(is_new && create) {
                    let hint = match is_new {
                        true => "; use --create to create an empty database",
                        false => "",
                    };
                    return Err(Failure::usage(format!(
                        "file {} does not exist{hint}",
                        path.display()
                    )));
                }
            }
            let kind = kind?;
            if kind == Kind::Database {
                if let Some(other) = files.database.replace(path.clone()) {
                    return Err(Failure::usage(format!(
                        "{} and {} are both databases; start a server for each",
                        other.display(),
                        path.display()
                    )));
                }
                continue;
            }
            let Some(table) = path.file_stem().and_then(|stem| stem.to_str()) else {
                return Err(Failure::usage(format!(
                    "the name of {} is not valid Unicode; rename the file",
                    path.display()
                )));
            };
            if let Some(other) = names.insert(table.to_ascii_lowercase(), path) {
                return Err(Failure::usage(format!(
                    "{} and {} would both be table {table}; rename one",
                    other.display(),
                    path.display()
                )));
            }
            files.tables.push(TableFile {
                path: path.clone(),
                kind,
                table: table.to_owned(),
            });
        }
        Ok(files)
    }
}

impl Kind {
    fn of(path: &Path) -> Result<Self, Failure> {
        let extension = path.extension().and_then(|extension| extension.to_str());
        match extension.unwrap_or_default().to_ascii_lowercase().as_str() {
            "csv" => Ok(Self::Csv),
            "parquet" => Ok(Self::Parquet),
            "sqlite" | "sqlite3" | "db" => Ok(Self::Database),
            _ => Err(Failure::usage(format!(
                "{} has an unknown extension; use .csv, .parquet, .sqlite, .sqlite3 or .db",
                path.display()
            ))),
        }
    }
}
