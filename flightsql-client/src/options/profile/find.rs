//! The file of a profile: a path, or a name that is searched for.
//!
//! The order is that of ADBC's driver managers, without their folders of Conda and of Python environments.

use std::path::{Path, PathBuf};

use super::{Parsed, Variables};
use crate::options::OptionsError;

#[cfg(test)]
mod tests;

const SUFFIX: &str = "toml";
const SEARCH_PATH: &str = "ADBC_PROFILE_PATH";

/// Returns `true` for the name of a profile, which is no path.
pub(super) fn is_name(text: &str) -> bool {
    let is_part = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    (1..=128).contains(&text.len()) && text.bytes().all(is_part)
}

/// Returns the path of a profile.
pub(super) fn path(name_or_path: &Path, variables: Variables<'_>) -> Parsed<PathBuf> {
    if name_or_path
        .extension()
        .is_some_and(|suffix| suffix == SUFFIX)
    {
        return Ok(name_or_path.to_owned());
    }
    if name_or_path.is_absolute() && name_or_path.extension().is_none() {
        return Ok(name_or_path.with_extension(SUFFIX));
    }
    let Some(name) = name_or_path.to_str().filter(|name| is_name(name)) else {
        return Err(problem(
            "must be a name of letters, digits, `-` and `_`, an absolute path, or a path that ends in `.toml`",
        ));
    };
    let folders = folders(variables);
    let file = format!("{name}.{SUFFIX}");
    let mut tried = Vec::new();
    for folder in folders {
        let path = folder.join(&file);
        // Another error, such as a missing permission, is one of the file.
        match path.try_exists() {
            Ok(false) => tried.push(path.display().to_string()),
            Ok(true) | Err(_) => return Ok(path),
        }
    }
    Err(problem(format!(
        "was not found; create one of the files {}, or set `{SEARCH_PATH}` to the folder of profiles",
        tried.join(", ")
    )))
}

fn problem(text: impl Into<std::borrow::Cow<'static, str>>) -> OptionsError {
    OptionsError::value("profile", text)
}

/// Returns the folders of profiles, in order.
fn folders(variables: Variables<'_>) -> Vec<PathBuf> {
    let listed = variables(SEARCH_PATH).unwrap_or_default();
    let listed = std::env::split_paths(&listed).filter(|folder| !folder.as_os_str().is_empty());
    listed.chain(user_folder(variables)).collect()
}

/// Returns the folder of the user's profiles.
fn user_folder(variables: Variables<'_>) -> Option<PathBuf> {
    let folder = |name: &str| {
        let folder = variables(name).filter(|folder| !folder.is_empty());
        folder.map(PathBuf::from)
    };
    if cfg!(windows) {
        folder("LOCALAPPDATA").map(|folder| folder.join("ADBC").join("Profiles"))
    } else if cfg!(target_os = "macos") {
        folder("HOME").map(|home| home.join("Library/Application Support/ADBC/Profiles"))
    } else {
        let settings = folder("XDG_CONFIG_HOME").or_else(|| Some(folder("HOME")?.join(".config")));
        settings.map(|folder| folder.join("adbc/profiles"))
    }
}
