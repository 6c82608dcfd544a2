//! Dialect files: the TOML of a [`DialectProfile`], with the feature `dialect-file`.
//!
//! Specification: <https://toml.io/en/v1.0.0>. Errors come from serde, without the file's text, because it may be any file.

use std::path::Path;

use toml::{Table, Value};

use crate::dialect::file::{self, FileError, FileProblem};
use crate::dialect::{DialectProfile, by_name};

#[cfg(test)]
mod tests;

impl DialectProfile {
    /// Reads a dialect file.
    ///
    /// The file is TOML, and its keys are the fields of this struct in kebab-case. `name` is required; every other key
    /// has the default of [`DialectProfile::new`], or the value of the dialect that `extends` names.
    ///
    /// # Errors
    /// Returns [`FileError`] if the file is missing, is not a regular file, is larger than 1 MiB or is not UTF-8, and for
    /// the reasons of [`from_toml`](Self::from_toml), which has an example. An error shows keys of the file and none of its
    /// other text.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, FileError> {
        load(path.as_ref())
    }

    /// Reads the text of a dialect file.
    ///
    /// ```
    /// use flightsql_dialect::dialect::DialectProfile;
    /// let quarry = DialectProfile::from_toml(
    ///     r#"
    ///     name = "quarry"
    ///     extends = "doris"
    ///     errors = { retryable = ["quarry is busy"] }
    ///     "#,
    /// )?;
    /// assert_eq!(quarry.identifiers.quote("a"), "`a`");
    /// # Ok::<(), flightsql_dialect::dialect::FileError>(())
    /// ```
    ///
    /// # Errors
    /// Returns [`FileError`] with line and column for a syntax error or an unknown key, and with every contradiction for a
    /// dialect that contradicts itself: see [`check`](Self::check).
    pub fn from_toml(text: &str) -> Result<Self, FileError> {
        Ok(parse(text)?)
    }

    /// Returns the profile as the text of a dialect file, complete with every default.
    #[must_use]
    pub fn to_toml(&self) -> String {
        // Every field has a form in TOML; a test writes each preset.
        toml::to_string_pretty(self).unwrap_or_default()
    }
}

pub fn load(path: &Path) -> Result<DialectProfile, FileError> {
    let text = file::text(path)?;
    parse(&text).map_err(|problem| FileError::new(Some(path), problem))
}

fn parse(text: &str) -> Result<DialectProfile, FileProblem> {
    // Reads the unmerged file first, so that an error has its line and column.
    let profile: DialectProfile = toml::from_str(text).map_err(|error| syntax(&error, text))?;
    let mut table: Table = toml::from_str(text).map_err(|error| syntax(&error, text))?;
    if !table.contains_key("name") {
        return Err(whole(
            "`name` is missing; name the dialect, as in `name = \"quarry\"`",
        ));
    }
    let profile = match &profile.extends {
        None => profile,
        Some(base) => {
            table.remove("extends");
            extended(base, table)?
        }
    };
    profile.check().map_err(FileProblem::Contradictory)?;
    Ok(profile)
}

/// Returns the dialect `base` with the tables of a file merged into its own.
fn extended(base: &str, table: Table) -> Result<DialectProfile, FileProblem> {
    let base = by_name(base).ok_or(FileProblem::UnknownBase)?;
    let mut merged = Table::try_from(base.profile()).map_err(|_| whole(NOT_MERGED))?;
    merge(&mut merged, table, "");
    merged.try_into().map_err(|_| whole(NOT_MERGED))
}

const NOT_MERGED: &str = "cannot be merged with the dialect that it extends";

/// Tables that are one choice, such as `{ digits = { max = 38 } }`, and are replaced instead of merged.
const CHOICES: [&str; 5] = [
    "literals.decimal",
    "migrations.checksum",
    "parameters.bind",
    "session.catalog",
    "session.ping",
];

/// Merges tables, puts rules before the rules of the base, and replaces other values.
fn merge(base: &mut Table, file: Table, at: &str) {
    for (key, value) in file {
        let place = match at {
            "" => key.clone(),
            at => format!("{at}.{key}"),
        };
        match (base.get_mut(&key), value) {
            (Some(Value::Table(base)), Value::Table(table)) if !CHOICES.contains(&&*place) => {
                merge(base, table, &place);
            }
            (Some(Value::Array(rules)), Value::Array(mut own)) if place == "types.map" => {
                own.append(rules);
                *rules = own;
            }
            (_, value) => _ = base.insert(key, value),
        }
    }
}

fn whole(message: &str) -> FileProblem {
    FileProblem::Syntax {
        line: 0,
        column: 0,
        message: message.to_owned(),
    }
}

/// Converts an error of TOML or serde, without the text of its line.
fn syntax(error: &toml::de::Error, text: &str) -> FileProblem {
    let message = without_values(error.message());
    let Some(before) = error.span().and_then(|span| text.get(..span.start)) else {
        return whole(&message);
    };
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    FileProblem::Syntax {
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        message,
    }
}

/// Returns a message of serde that shows keys and never a value.
fn without_values(message: &str) -> String {
    let expected = |part: &str| {
        message
            .rsplit_once(part)
            .map_or("invalid value".to_owned(), |(_, known)| {
                format!("invalid value{part}{known}")
            })
    };
    let text = if message.starts_with("unknown variant ") || message.starts_with("invalid ") {
        expected(", expected ")
    } else if message.starts_with("unknown type ") {
        expected("; use one of ")
    } else {
        message.to_owned()
    };
    // A key in quotes may contain anything, and be of any length.
    let text = text.trim().replace('\n', ", ");
    let text: String = text.chars().take(MAX_MESSAGE).collect();
    text.chars()
        .flat_map(|c| match c.is_control() {
            true => c.escape_default().collect::<Vec<_>>(),
            false => vec![c],
        })
        .collect()
}

/// The maximum length of a message. The longest message of a known key, with all keys of its table, has a third of it.
const MAX_MESSAGE: usize = 2048;
