//! Descriptions in files: one each in `.sqlx`, next to those of other drivers, or all in one snapshot.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use flightsql::{Database as _, FlightSql};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::failure::Failure;

/// By the statement's text: its file's name, and what the file holds.
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

/// The file of a snapshot. Statements and keys are sorted, so that equal servers give equal files.
#[derive(Serialize, Deserialize)]
struct Snapshot {
    format: u32,
    server: Server,
    queries: BTreeMap<String, Value>,
}

const FORMAT: u32 = 1;

/// Reads this driver's files of a folder. A missing folder has none.
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
            return Err(at(&path, "there is no text of a statement in it"));
        };
        let file = PathBuf::from(name);
        saved.insert(query.to_owned(), Entry { file, content });
    }
    Ok(saved)
}

/// Makes the folder hold these and what other drivers saved.
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

/// A snapshot, as if each statement had a file.
pub(super) fn read_snapshot(file: &Path) -> Result<Saved, Failure> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Saved::new()),
        Err(error) => return Err(at(file, error)),
    };
    let snapshot: Snapshot = serde_json::from_str(&text).map_err(|error| at(file, error))?;
    if snapshot.format != FORMAT {
        return Err(at(file, format!("form {} is not known", snapshot.format)));
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

/// One line for each statement that is missing, other or no longer there.
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

/// A statement on one line.
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
