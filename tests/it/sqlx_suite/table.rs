//! Reads `docs/sqlx-behaviors.md`: each of SQLx's cases names a test that exists.

use std::fs;
use std::path::Path;

/// Rows whose tests are not written yet.
const TODO: usize = 0;

const COLUMNS: usize = 3;
const NOT_APPLICABLE: &str = "not applicable: ";
const LATER: &str = "TODO(lead)";

/// Returns the mistakes of the table, and the rows that are left for later.
fn check(table: &str, read: impl Fn(&str) -> Option<String>) -> (Vec<String>, Vec<String>) {
    let (mut wrong, mut later) = (Vec::new(), Vec::new());
    let rows = table.lines().filter(|line| line.starts_with('|'));
    let rows = rows.filter(|line| !line.starts_with("|---") && !line.starts_with("| sqlx's case "));
    for line in rows {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let mut say = |what: &str| wrong.push(format!("{what}: {line}"));
        if cells.len() != COLUMNS || cells.iter().any(|cell| cell.is_empty()) {
            say("not three filled cells");
            continue;
        }
        let here = cells[2];
        if here == LATER {
            later.push(line.to_owned());
        } else if let Some(reason) = here.strip_prefix(NOT_APPLICABLE) {
            if reason.len() < 10 {
                say("no reason");
            }
        } else {
            for name in here.split(", ") {
                if let Err(what) = exists(name, &read) {
                    say(&what);
                }
            }
        }
    }
    (wrong, later)
}

/// Whether `` `path::test` `` is a function of that file, with a test attribute or in a macro that makes tests, or
/// `` `path` `` a file.
fn exists(name: &str, read: &impl Fn(&str) -> Option<String>) -> Result<(), String> {
    let inner = name
        .strip_prefix('`')
        .and_then(|name| name.strip_suffix('`'));
    // A program that must not compile is a file of its own.
    if let Some(path) = inner.filter(|path| path.ends_with(".rs")) {
        return read(path)
            .map(drop)
            .ok_or_else(|| format!("there is no {path}"));
    }
    let Some((path, test)) = inner.and_then(|name| name.split_once(".rs::")) else {
        return Err(format!("`{name}` is not `path.rs::test`"));
    };
    let path = format!("{path}.rs");
    let Some(text) = read(&path) else {
        return Err(format!("there is no {path}"));
    };
    let words = |line: &str, before: &str, after: &str| {
        let rest = line.trim_start().strip_prefix(before)?.strip_prefix(test)?;
        rest.trim_start().starts_with(after).then_some(())
    };
    let mut lines = text.lines();
    let found = lines.any(|line| {
        ["fn ", "async fn ", "pub fn "]
            .iter()
            .any(|before| words(line, before, "(").is_some())
            // `round_trips!` and `agrees!` make a test of each line.
            || words(line, "", ":").is_some()
            || words(line, "", "{").is_some()
    });
    found
        .then_some(())
        .ok_or_else(|| format!("{path} has no `{test}`"))
}

#[test]
fn every_case_of_sqlx_names_a_test_that_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = fs::read_to_string(root.join("docs/sqlx-behaviors.md")).unwrap();
    let (wrong, later) = check(&table, |path| fs::read_to_string(root.join(path)).ok());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(later.len(), TODO, "{}", later.join("\n"));
}

#[test]
fn the_check_finds_what_is_wrong() {
    let read = |path: &str| {
        let text = "#[tokio::test]\nasync fn there() {}\nround_trips! {\n    macro_made: bool as \"B\" = [], echo [];\n}";
        (path == "a.rs").then(|| text.to_owned())
    };
    let rows = |here: &str| {
        let table =
            format!("| sqlx's case | it says | here |\n|---|---|---|\n| f.rs::x | says | {here} |");
        let (wrong, later) = check(&table, read);
        (wrong.len(), later.len())
    };
    assert_eq!(rows("`a.rs::there`"), (0, 0));
    assert_eq!(rows("`a.rs::there`, `a.rs::macro_made`"), (0, 0));
    assert_eq!(rows("`a.rs`"), (0, 0));
    assert_eq!(rows("not applicable: an engine's own"), (0, 0));
    assert_eq!(rows("TODO(lead)"), (0, 1));
    for wrong in [
        "",
        " ",
        "`a.rs::the`",
        "`a.rs::there_not`",
        "`b.rs::there`",
        "`b.rs`",
        "`a.rs::there`, `a.rs::elsewhere`",
        "there",
        "not applicable: ",
        "TODO",
    ] {
        assert_eq!(rows(wrong), (1, 0), "{wrong:?}");
    }
}
