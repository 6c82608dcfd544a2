//! The snapshot: one file with the descriptions of all statements of a crate, recorded by
//! `cargo flightsql prepare --snapshot`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use serde::Deserialize;

use super::description::Description;

/// The supported version of the file format.
const FORMAT: u32 = 1;

#[derive(Deserialize)]
struct Snapshot {
    format: u32,
    #[serde(default)]
    server: Server,
    queries: BTreeMap<String, serde_json::Value>,
}

#[derive(Default, Deserialize)]
struct Server {
    #[serde(default)]
    name: String,
    #[serde(default)]
    version: String,
}

pub(super) fn read(file: &Path, sql: &str) -> Result<Description, String> {
    let snapshot = load(file)?;
    let Some(describe) = snapshot.queries.get(sql) else {
        return Err(format!(
            "this statement is not among the {} of {} (recorded from {} {}): run \
             `cargo flightsql prepare --snapshot` where that server is",
            snapshot.queries.len(),
            file.display(),
            snapshot.server.name,
            snapshot.server.version,
        ));
    };
    Description::deserialize(describe.clone()).map_err(|error| {
        format!(
            "{} does not describe this statement ({error}); record it again",
            file.display()
        )
    })
}

/// A file, the time of its last change, and its content.
type Loaded = (PathBuf, Option<SystemTime>, Arc<Snapshot>);

/// Returns the file, which is read once for all statements of a crate.
fn load(file: &Path) -> Result<Arc<Snapshot>, String> {
    static LOADED: Mutex<Vec<Loaded>> = Mutex::new(Vec::new());
    let at = file.display();
    let changed = fs::metadata(file)
        .map_err(|error| format!("cannot read the schema snapshot {at}: {error}"))?
        .modified()
        .ok();
    let mut loaded = LOADED
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    let known = loaded
        .iter()
        .find(|(path, time, _)| path == file && *time == changed && changed.is_some());
    if let Some((_, _, snapshot)) = known {
        return Ok(Arc::clone(snapshot));
    }
    let text = fs::read_to_string(file)
        .map_err(|error| format!("cannot read the schema snapshot {at}: {error}"))?;
    let snapshot: Snapshot = serde_json::from_str(&text)
        .map_err(|error| format!("{at} is not a valid schema snapshot: {error}"))?;
    if snapshot.format != FORMAT {
        return Err(format!(
            "{at} is a schema snapshot of form {}, and this version reads form {FORMAT}; record it again",
            snapshot.format
        ));
    }
    let snapshot = Arc::new(snapshot);
    loaded.retain(|(path, _, _)| path != file);
    loaded.push((file.to_owned(), changed, Arc::clone(&snapshot)));
    Ok(snapshot)
}
