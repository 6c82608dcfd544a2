//! The sources of descriptions, saved descriptions, and the positions of a server's errors.
#![allow(clippy::unwrap_used, reason = "tests")]

mod description;
mod expanded;
mod kind;
mod live;
mod types;

use std::fs;
use std::path::{Path, PathBuf};

use super::environment::{Environment, Source};
use super::{message, saved, snapshot};

const SQL: &str = "SELECT 1";
const OURS: &str = "flightsql+tcp://127.0.0.1:1";

/// A crate's folder, with these files.
fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder =
        std::env::temp_dir().join(format!("flightsql-macros-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    let manifest = "[package]\nname = \"x\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n[lib]\npath = \"x.rs\"\n";
    let usual = [("Cargo.toml", manifest), ("x.rs", "")];
    for (file, text) in usual.iter().chain(files) {
        let path = folder.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn source(folder: &Path, variables: &[(&str, &str)]) -> Result<Source, String> {
    let variable = |name: &str| {
        let found = variables.iter().find(|(given, _)| *given == name);
        Ok(found.map(|(_, value)| (*value).to_owned()))
    };
    let source = Environment::of(folder.to_owned(), variable)?.source(SQL)?;
    Ok(match source {
        Source::Live { url, .. } => live(&url),
        other => other,
    })
}

/// Another test covers the folders of dialect files.
fn live(url: &str) -> Source {
    Source::Live {
        url: url.to_owned(),
        folders: Vec::new(),
        save_in: None,
    }
}

#[test]
fn this_drivers_own_variable_comes_first() {
    let folder = folder("own", &[]);
    let both = [
        ("DATABASE_URL", "flightsql://a:1"),
        ("FLIGHTSQL_DATABASE_URL", OURS),
    ];
    assert_eq!(source(&folder, &both).unwrap(), live(OURS));
    assert_eq!(
        source(&folder, &both[..1]).unwrap(),
        live("flightsql://a:1")
    );
    let prepare = [both[1], ("FLIGHTSQL_PREPARE_URL", "flightsql://b:1")];
    assert_eq!(source(&folder, &prepare).unwrap(), live("flightsql://b:1"));
}

#[test]
fn finds_dialect_file_next_to_dotenv() {
    let dotenv = "FLIGHTSQL_DATABASE_URL=flightsql://a:1\n";
    let root = folder("dialect-folders", &[(".env", dotenv), ("crate/x.rs", "")]);
    let crate_ = root.join("crate");
    let folders = |variable: Option<&str>| {
        let environment = Environment::of(crate_.clone(), |name| {
            Ok(variable
                .filter(|_| name == "FLIGHTSQL_DATABASE_URL")
                .map(str::to_owned))
        });
        match environment.unwrap().source(SQL).unwrap() {
            Source::Live { folders, .. } => folders,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(folders(None), [root.clone(), crate_.clone()]);
    assert_eq!(
        folders(Some("flightsql://b:1")),
        std::slice::from_ref(&crate_)
    );
}

#[test]
fn another_databases_url_is_not_taken() {
    let folder = folder("other", &[]);
    let error = source(&folder, &[("DATABASE_URL", "postgres://u:secret@h/d")]).unwrap_err();
    assert!(
        error.starts_with("`DATABASE_URL` is a URL of another database (`postgres`)"),
        "{error}"
    );
    assert!(error.contains("set `FLIGHTSQL_DATABASE_URL`"), "{error}");
    assert!(!error.contains("secret"), "{error}");
}

#[test]
fn a_profile_is_a_url_of_this_driver() {
    let folder = folder("profile", &[]);
    let url = "profile://sales";
    assert_eq!(
        source(&folder, &[("DATABASE_URL", url)]).unwrap(),
        live(url)
    );
}

#[test]
fn dotenv_and_sqlx_toml_name_the_server() {
    let toml = "[common]\ndatabase-url-var = \"WAREHOUSE\"\n";
    let dotenv = "WAREHOUSE=flightsql://from-dotenv:1\nDATABASE_URL=flightsql://never:1\n";
    let common = folder("common", &[("sqlx.toml", toml), (".env", dotenv)]);
    assert_eq!(
        source(&common, &[]).unwrap(),
        live("flightsql://from-dotenv:1")
    );
    assert_eq!(source(&common, &[("WAREHOUSE", OURS)]).unwrap(), live(OURS));
    let toml = "[drivers.external.flightsql]\ndatabase-url-var = \"LAKE\"\ndialect = \"duckdb\"\n";
    let external = folder("external", &[("sqlx.toml", toml)]);
    let all = [
        ("LAKE", OURS),
        ("DATABASE_URL", "sqlite://x"),
        ("FLIGHTSQL_DATABASE_URL", "flightsql://no:1"),
    ];
    assert_eq!(source(&external, &all).unwrap(), live(OURS));
    let unknown = folder(
        "unknown",
        &[("sqlx.toml", "[drivers.external.flightsql]\nurl = \"x\"\n")],
    );
    let error = source(&unknown, &[]).unwrap_err();
    assert!(error.contains("unknown field `url`"), "{error}");
}

#[test]
fn a_bad_line_of_dotenv_is_not_shown() {
    let folder = folder("dotenv", &[(".env", "PASSWORD 'secret\n")]);
    let error = source(&folder, &[]).unwrap_err();
    assert!(error.contains(".env is not `NAME=value`"), "{error}");
    assert!(!error.contains("secret"), "{error}");
}

#[test]
fn files_are_looked_at_without_a_server() {
    let file = format!(".sqlx/{}", saved::file_name(SQL));
    let folder = folder("files", &[(&file, "{}"), ("flightsql-schema.json", "{}")]);
    assert_eq!(
        source(&folder, &[]).unwrap(),
        Source::Saved(folder.join(&file))
    );
    let offline = [("SQLX_OFFLINE", "true"), ("DATABASE_URL", OURS)];
    assert_eq!(
        source(&folder, &offline).unwrap(),
        Source::Saved(folder.join(&file))
    );
    let named = [
        ("FLIGHTSQL_SCHEMA_SNAPSHOT", "s.json"),
        ("DATABASE_URL", OURS),
    ];
    assert_eq!(
        source(&folder, &named).unwrap(),
        Source::Snapshot(folder.join("s.json"))
    );
    let recording = [named[0], named[1], ("SQLX_OFFLINE", "false")];
    assert_eq!(source(&folder, &recording).unwrap(), live(OURS));
    fs::remove_dir_all(folder.join(".sqlx")).unwrap();
    let recorded = folder.join("flightsql-schema.json");
    assert_eq!(
        source(&folder, &[]).unwrap(),
        Source::Snapshot(recorded.clone())
    );
    fs::remove_file(recorded).unwrap();
    let error = source(&folder, &[("SQLX_OFFLINE", "1")]).unwrap_err();
    assert!(
        error.contains("run `cargo flightsql prepare` with `DATABASE_URL` set"),
        "{error}"
    );
}

#[test]
fn j15_unsaved_statement_names_all_targets() {
    let folder = folder("unsaved", &[]);
    let error = source(&folder, &[("SQLX_OFFLINE", "true")]).unwrap_err();
    assert_eq!(
        error,
        "`SQLX_OFFLINE` is set and nothing is saved for this statement; run `cargo flightsql prepare` with `DATABASE_URL` \
         set (for tests and examples, `cargo flightsql prepare -- --all-targets`) and commit the folder `.sqlx`, or unset \
         `SQLX_OFFLINE`"
    );
}

#[test]
fn a_saved_description_is_of_this_statement_and_this_database() {
    let written = |database: &str, query: &str| {
        format!(
            r#"{{"db_name":"{database}","query":"{query}","describe":{{"columns":[],"parameters":null,"nullable":[]}}}}"#
        )
    };
    let files = [
        ("good.json", written("Flight SQL", SQL)),
        ("other.json", written("Flight SQL", "SELECT 2")),
        ("sqlite.json", written("SQLite", SQL)),
    ];
    let files: Vec<_> = files
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    let folder = folder("saved", &files);
    let read = |name: &str| saved::read(&folder.join(name), SQL);
    assert_eq!(read("good.json").unwrap().columns.len(), 0);
    assert!(
        read("other.json")
            .unwrap_err()
            .contains("describes another statement")
    );
    assert!(
        read("sqlite.json")
            .unwrap_err()
            .contains("was saved from SQLite")
    );
    assert!(read("none.json").unwrap_err().contains("cannot read"));
    let describe = read("good.json").unwrap();
    saved::write(&folder, SQL, &describe).unwrap();
    assert!(saved::read(&folder.join(saved::file_name(SQL)), SQL).is_ok());
    let nowhere = saved::write(&folder.join("none"), SQL, &describe).unwrap_err();
    assert!(
        nowhere.contains("of `SQLX_OFFLINE_DIR` does not exist"),
        "{nowhere}"
    );
}

#[test]
fn a_snapshot_is_read_again_when_it_changes() {
    let one = r#"{"format":1,"server":{"name":"duck","version":"1.4"},"queries":{}}"#;
    let folder = folder("snapshot", &[("s.json", one)]);
    let file = folder.join("s.json");
    let error = snapshot::read(&file, SQL).unwrap_err();
    assert!(
        error.contains("not among the 0 of") && error.contains("duck 1.4"),
        "{error}"
    );
    let two =
        r#"{"format":1,"queries":{"SELECT 1":{"columns":[],"parameters":null,"nullable":[]}}}"#;
    fs::write(&file, two).unwrap();
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(5);
    fs::File::options()
        .append(true)
        .open(&file)
        .unwrap()
        .set_modified(later)
        .unwrap();
    assert!(snapshot::read(&file, SQL).is_ok());
    fs::write(folder.join("t.json"), r#"{"format":9,"queries":{}}"#).unwrap();
    assert!(
        snapshot::read(&folder.join("t.json"), SQL)
            .unwrap_err()
            .contains("of form 9")
    );
}

#[track_caller]
fn points(text: &str, sql: &str, expected: &str) {
    let shown = message::of(text, sql);
    let (_, place) = shown.split_once('\n').unwrap_or((&shown, ""));
    assert_eq!(place, expected, "{shown}");
}

#[test]
fn an_error_points_at_the_place_that_its_text_names() {
    let sql = "SELECT id,\n\tnme\nFROM flights";
    points("no such column: nme", sql, "2 |  nme\n  |  ^");
    points(
        "Expected: x, found: nme at Line: 2, Column: 2",
        sql,
        "2 |  nme\n  |  ^",
    );
    points(
        "near \"FROM\": syntax error",
        sql,
        "3 | FROM flights\n  | ^",
    );
    // A position that does not exist, or is ambiguous.
    points("found at Line: 9, Column: 1", sql, "");
    points("found at Line: 2, Column: 99", sql, "");
    points("near \"a\": syntax error", "SELECT a, a", "");
    points("near \"i\": syntax error", sql, "");
    points(
        "no such column: é",
        "SELECT 'ä', é FROM t",
        "1 | SELECT 'ä', é FROM t\n  |             ^",
    );
    points("near \"\": syntax error", sql, "");
}
