//! Saved descriptions: one file per statement, with the format and name of SQLx: `.sqlx/query-<SHA-256 of the SQL>.json`.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::description::Description;

/// The name of the database, equal to SQLx's `Database::NAME`.
pub(super) const NAME: &str = "Flight SQL";

#[derive(Serialize)]
struct Written<'a> {
    db_name: &'a str,
    query: &'a str,
    describe: &'a Description,
    hash: String,
}

#[derive(Deserialize)]
struct Read {
    db_name: String,
    query: String,
    describe: serde_json::Value,
}

fn hash(sql: &str) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(sql.as_bytes()) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

pub(super) fn file_name(sql: &str) -> String {
    format!("query-{}.json", hash(sql))
}

pub(super) fn read(file: &Path, sql: &str) -> Result<Description, String> {
    let at = file.display();
    let again = "run `cargo flightsql prepare` again";
    let text = fs::read_to_string(file).map_err(|error| format!("cannot read {at}: {error}"))?;
    let read: Read = serde_json::from_str(&text)
        .map_err(|error| format!("{at} is not valid query metadata ({error}); {again}"))?;
    if read.query != sql {
        return Err(format!("{at} describes another statement; {again}"));
    }
    if read.db_name != NAME {
        return Err(format!(
            "{at} was saved from {}, and this is a statement for {}: one file cannot contain the same \
             text for both; change the text of one of the two",
            read.db_name, NAME
        ));
    }
    serde_json::from_value(read.describe)
        .map_err(|error| format!("{at} does not describe a statement ({error}); {again}"))
}

/// Writes the complete file or nothing, because other compilers may write it too. The last one replaces the others, with
/// the same content.
pub(super) fn write(folder: &Path, sql: &str, describe: &Description) -> Result<(), String> {
    let written = Written {
        db_name: NAME,
        query: sql,
        describe,
        hash: hash(sql),
    };
    let mut text = serde_json::to_vec_pretty(&written)
        .map_err(|error| format!("cannot write this description as JSON: {error}"))?;
    text.push(b'\n');
    let file = folder.join(file_name(sql));
    let part = folder.join(format!("{}.{}.part", file_name(sql), std::process::id()));
    let done = fs::File::create(&part)
        .and_then(|mut open| open.write_all(&text))
        .and_then(|()| fs::rename(&part, &file));
    done.map_err(|error| match error.kind() {
        ErrorKind::NotFound => format!(
            "the folder {} of `SQLX_OFFLINE_DIR` does not exist",
            folder.display()
        ),
        _ => format!("cannot write {}: {error}", file.display()),
    })
}
