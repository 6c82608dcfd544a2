//! Query metadata in files: one file per query in `.sqlx`, next to those of other drivers, or one snapshot for all.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use flightsql::{Database as _, FlightSql};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::failure::Failure;

/// The name and the content of each file, by the SQL of its query.
pub(super) type Saved = BTreeMap<String, Entry>;

pub(super) struct Entry {
    file: PathBuf,
    content: Value,
}

/// The described server, for readers of a snapshot and for its errors.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Server {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) dialect: String,
}

/// The file of a snapshot. Queries and keys are sorted, so that equal metadata produces equal files.
#[derive(Serialize, Deserialize)]
struct Snapshot {
    format: u32,
    server: Server,
    queries: BTreeMap<String, Value>,
}

const FORMAT: u32 = 1;

/// Reads the files of this driver in a folder. A missing folder contains none.
pub(super) fn read(folder: &Path) -> Result<Saved, Failure> {
    let mut saved = Saved::new();
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(saved);
    };
    for entry in entries {
        let path = entry?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if !name.starts_with("query-") || !name.ends_with(".json") {
            continue;
        }
        let text = fs::read_to_string(&path).map_err(|error| at(&path, error))?;
        let content: Value = serde_json::from_str(&text).map_err(|error| at(&path, error))?;
        if content.get("db_name").and_then(Value::as_str) != Some(FlightSql::NAME) {
            continue;
        }
        let Some(query) = content.get("query").and_then(Value::as_str) else {
            return Err(at(&path, "the file contains no `query`"));
        };
        let file = PathBuf::from(name);
        saved.insert(query.to_owned(), Entry { file, content });
    }
    Ok(saved)
}

/// Replaces this driver's files in the folder, and keeps those of other drivers.
pub(super) fn write(folder: &Path, fresh: &Saved) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| at(folder, error))?;
    for (query, old) in read(folder)? {
        if !fresh.contains_key(&query) {
            let path = folder.join(old.file);
            fs::remove_file(&path).map_err(|error| at(&path, error))?;
        }
    }
    for entry in fresh.values() {
        write_json(&folder.join(&entry.file), &entry.content)?;
    }
    Ok(())
}

pub(super) fn write_snapshot(file: &Path, fresh: &Saved, server: &Server) -> Result<(), Failure> {
    let describe = |entry: &Entry| entry.content.get("describe").cloned().unwrap_or_default();
    write_json(
        file,
        &serde_json::json!({
            "format": FORMAT,
            "server": server,
            "queries": fresh
                .iter()
                .map(|(query, entry)| (query.clone(), describe(entry)))
                .collect::<BTreeMap<_, _>>(),
        }),
    )
}

/// Reads a snapshot into one entry for each query.
pub(super) fn read_snapshot(file: &Path) -> Result<Saved, Failure> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Saved::new()),
        Err(error) => return Err(at(file, error)),
    };
    let snapshot: Snapshot = serde_json::from_str(&text).map_err(|error| at(file, error))?;
    if snapshot.format != FORMAT {
        return Err(at(file, format!("unknown format {}", snapshot.format)));
    }
    let entry = |describe| Entry {
        file: PathBuf::new(),
        content: serde_json::json!({ "describe": describe }),
    };
    let queries = snapshot.queries.into_iter();
    Ok(queries
        .map(|(query, describe)| (query, entry(describe)))
        .collect())
}

/// Returns one line for each query that is missing, different or no longer used.
pub(super) fn differences(kept: &Saved, fresh: &Saved) -> Vec<String> {
    let mut lines = Vec::new();
    for (query, entry) in fresh {
        match kept.get(query) {
            None => lines.push(format!("  not saved: {}", short(query))),
            Some(kept) if kept.content.get("describe") != entry.content.get("describe") => {
                lines.push(format!("  differs:   {}", short(query)));
            }
            Some(_) => {}
        }
    }
    let unused = kept.keys().filter(|query| !fresh.contains_key(*query));
    lines.extend(unused.map(|query| format!("  unused:    {}", short(query))));
    lines
}

/// Returns a query on one line.
fn short(query: &str) -> String {
    let line = query.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(100) {
        None => line,
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
    }
}

fn write_json(path: &Path, content: &impl Serialize) -> Result<(), Failure> {
    let mut text = serde_json::to_string_pretty(content).map_err(|error| at(path, error))?;
    text.push('\n');
    fs::write(path, text).map_err(|error| at(path, error))
}

fn at(path: &Path, error: impl std::fmt::Display) -> Failure {
    Failure::failed(format!("{}: {error}", path.display()))
}
