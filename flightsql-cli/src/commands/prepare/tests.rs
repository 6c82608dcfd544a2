//! Files of descriptions: what is written is read, other drivers' files stay, and differences are told.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::PathBuf;

use super::saved::{self, Server};

fn folder(name: &str) -> PathBuf {
    let folder =
        std::env::temp_dir().join(format!("flightsql-prepare-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn file(name: &str, database: &str, query: &str, columns: &str) -> (String, String) {
    let text = format!(
        r#"{{"db_name": "{database}", "query": "{query}", "describe": {{"columns": [{columns}]}}, "hash": "x"}}"#
    );
    (format!("query-{name}.json"), text)
}

fn put(folder: &std::path::Path, (name, text): (String, String)) {
    fs::write(folder.join(name), text).unwrap();
}

#[test]
fn what_another_driver_saved_stays() {
    let (old, new) = (folder("old"), folder("new"));
    put(&old, file("1", "SQLite", "SELECT 1", "1"));
    put(&old, file("2", "Flight SQL", "SELECT 2", "2"));
    put(&new, file("3", "Flight SQL", "SELECT 3", "3"));
    saved::write(&old, &saved::read(&new).unwrap()).unwrap();
    let mut names: Vec<_> = fs::read_dir(&old)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["query-1.json", "query-3.json"]);
}

#[test]
fn a_difference_names_the_statement() {
    let (kept, fresh) = (folder("kept"), folder("fresh"));
    put(&kept, file("1", "Flight SQL", "SELECT same", "1"));
    put(&fresh, file("1", "Flight SQL", "SELECT same", "1"));
    put(&kept, file("2", "Flight SQL", "SELECT other", "1"));
    put(&fresh, file("2", "Flight SQL", "SELECT other", "2"));
    put(&kept, file("3", "Flight SQL", "SELECT old", "1"));
    put(&fresh, file("4", "Flight SQL", "SELECT   new", "1"));
    let lines = saved::differences(&saved::read(&kept).unwrap(), &saved::read(&fresh).unwrap());
    assert_eq!(
        lines,
        [
            "  not saved: SELECT new",
            "  differs:   SELECT other",
            "  unused:    SELECT old"
        ]
    );
}

#[test]
fn a_snapshot_is_read_back() {
    let fresh = folder("snapshot");
    put(&fresh, file("1", "Flight SQL", "SELECT 1", "1"));
    let fresh_ = saved::read(&fresh).unwrap();
    let file = fresh.join("flightsql-schema.json");
    saved::write_snapshot(&file, &fresh_, &Server::default()).unwrap();
    let kept = saved::read_snapshot(&file).unwrap();
    assert_eq!(kept.len(), 1);
    assert!(saved::differences(&kept, &fresh_).is_empty());
    assert!(
        saved::read_snapshot(&fresh.join("none"))
            .unwrap()
            .is_empty()
    );
    fs::write(
        &file,
        r#"{"format": 2, "server": {"name":"","version":"","dialect":""}, "queries": {}}"#,
    )
    .unwrap();
    assert!(saved::read_snapshot(&file).is_err());
}
