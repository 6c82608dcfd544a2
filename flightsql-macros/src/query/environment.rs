//! The sources of descriptions, from variables, `.env` files and `sqlx.toml`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use flightsql_client::ConnectOptions;
use flightsql_client::dialect::presets::URL_SCHEMES;
use flightsql_client::options::DriverConfig;
use serde::Deserialize;
use sqlx_core::config::Config;
use sqlx_macros_core::{env, env_opt};

use super::{message, saved};

/// The variable of this driver. It precedes SQLx's own, which names another database in a crate that uses both.
const URL: &str = "FLIGHTSQL_DATABASE_URL";
/// The variable that `cargo flightsql prepare --database-url` sets. It precedes all others.
const PREPARE: &str = "FLIGHTSQL_PREPARE_URL";
/// The scheme of a connection profile.
const PROFILE: &str = "profile";
const OFFLINE: &str = "SQLX_OFFLINE";
const OFFLINE_DIR: &str = "SQLX_OFFLINE_DIR";
const SNAPSHOT: &str = "FLIGHTSQL_SCHEMA_SNAPSHOT";
const SNAPSHOT_FILE: &str = "flightsql-schema.json";

pub(super) struct Environment {
    pub(super) config: Config,
    settings: DriverConfig,
    pub(super) manifest: PathBuf,
    variables: HashMap<String, Variable>,
}

/// The value of a variable, and the folder of its file.
#[derive(Debug, Clone)]
struct Variable {
    value: String,
    folder: Option<PathBuf>,
}

/// The source of a description.
#[derive(Debug, PartialEq)]
pub(super) enum Source {
    /// A server.
    Live {
        url: String,
        /// The folders to search for a dialect file of the URL.
        folders: Vec<PathBuf>,
        /// The folder to save its descriptions in.
        save_in: Option<PathBuf>,
    },
    /// A file in `.sqlx`.
    Saved(PathBuf),
    /// The file for all statements.
    Snapshot(PathBuf),
}

impl Environment {
    pub(super) fn load() -> Result<Self, String> {
        let manifest = PathBuf::from(env("CARGO_MANIFEST_DIR").map_err(|error| error.to_string())?);
        Self::of(manifest, |name| {
            env_opt(name).map_err(|error| error.to_string())
        })
    }

    /// Returns the environment of the crate in `manifest`. A variable of the process precedes `.env` files, and a near `.env`
    /// file precedes those in higher folders.
    pub(super) fn of(
        manifest: PathBuf,
        variable: impl Fn(&str) -> Result<Option<String>, String>,
    ) -> Result<Self, String> {
        let file = manifest.join("sqlx.toml");
        let config = Config::try_from_path_or_default(file.clone())
            .map_err(|error| format!("cannot read {}: {}", file.display(), causes(&error)))?;
        let settings: Option<DriverConfig> = config
            .drivers
            .external
            .try_parse("flightsql")
            .map_err(|error| in_table(&error))?;
        let settings = settings.unwrap_or_default();
        let mut variables = HashMap::new();
        for folder in manifest.ancestors() {
            read_dotenv(&folder.join(".env"), &mut variables)?;
        }
        let names = [
            PREPARE,
            URL,
            OFFLINE,
            OFFLINE_DIR,
            SNAPSHOT,
            config.common.database_url_var(),
        ];
        for name in names
            .into_iter()
            .chain(settings.database_url_var.as_deref())
        {
            if let Some(value) = variable(name)? {
                let folder = None;
                variables.insert(name.to_owned(), Variable { value, folder });
            }
        }
        Ok(Self {
            config,
            settings,
            manifest,
            variables,
        })
    }

    /// Applies the settings that the URL does not set; a relative `dialect-file` is in the folder of the crate.
    pub(super) fn configured(&self, options: ConnectOptions) -> Result<ConnectOptions, String> {
        let folders = std::slice::from_ref(&self.manifest);
        let configured = options.configured(self.settings.clone(), folders);
        configured.map_err(|error| in_table(&error))
    }

    fn variable(&self, name: &str) -> Option<&str> {
        self.set(name).map(|variable| variable.value.as_str())
    }

    fn set(&self, name: &str) -> Option<&Variable> {
        let variable = self.variables.get(name)?;
        (!variable.value.is_empty()).then_some(variable)
    }

    /// The variable with the URL of this driver.
    fn url(&self) -> Option<&Variable> {
        if let Some(url) = self.set(PREPARE) {
            return Some(url);
        }
        if let Some(name) = &self.settings.database_url_var {
            return self.set(name);
        }
        if let Some(url) = self.set(URL) {
            return Some(url);
        }
        let url = self.set(self.config.common.database_url_var());
        // Macros of another driver read the URL of another database.
        url.filter(|url| is_ours(&url.value))
    }

    /// Returns the source for `sql`: a server unless `SQLX_OFFLINE` is set, then a saved description of this statement, then
    /// the snapshot. A snapshot that its variable names precedes the server.
    pub(super) fn source(&self, sql: &str) -> Result<Source, String> {
        let offline = self.variable(OFFLINE).map(is_true);
        let named = self.variable(SNAPSHOT).map(|file| self.manifest.join(file));
        if let Some(file) = named.clone().filter(|_| offline != Some(false)) {
            return Ok(Source::Snapshot(file));
        }
        if offline != Some(true)
            && let Some(url) = self.url()
        {
            let named_in = url.folder.clone().into_iter();
            return Ok(Source::Live {
                url: url.value.clone(),
                folders: named_in.chain([self.manifest.clone()]).collect(),
                save_in: self.variable(OFFLINE_DIR).map(PathBuf::from),
            });
        }
        let name = saved::file_name(sql);
        let given = self
            .variable(OFFLINE_DIR)
            .map(|folder| self.manifest.join(folder));
        if let Some(file) = given
            .map(|folder| folder.join(&name))
            .filter(|file| file.exists())
        {
            return Ok(Source::Saved(file));
        }
        // A crate without a workspace, the usual case, needs no call of `cargo metadata`.
        let mut folders = vec![self.manifest.clone()];
        let here = |folder: &Path| folder.join(".sqlx").join(&name);
        if !here(&self.manifest).exists() {
            folders.push(workspace(&self.manifest)?);
        }
        if let Some(file) = folders
            .iter()
            .map(|folder| here(folder))
            .find(|file| file.exists())
        {
            return Ok(Source::Saved(file));
        }
        if let Some(file) = &self.settings.snapshot {
            return Ok(Source::Snapshot(self.manifest.join(file)));
        }
        let recorded = folders.iter().map(|folder| folder.join(SNAPSHOT_FILE));
        if let Some(file) = recorded.into_iter().find(|file| file.exists()) {
            return Ok(Source::Snapshot(file));
        }
        Err(self.nothing(offline == Some(true)))
    }

    /// Returns the error if there is neither a server nor a file.
    fn nothing(&self, offline: bool) -> String {
        let name = self
            .settings
            .database_url_var
            .as_deref()
            .unwrap_or(self.config.common.database_url_var());
        if offline {
            return format!(
                "`{OFFLINE}` is set and nothing is saved for this statement; run `cargo flightsql prepare` with `{name}` set \
                 (for tests and examples, `cargo flightsql prepare -- --all-targets`) and commit the folder `.sqlx`, or \
                 unset `{OFFLINE}`"
            );
        }
        let other = self
            .variable(name)
            .and_then(|url| url.split_once(':'))
            .map(|(scheme, _)| format!("`{name}` is a URL of another database (`{scheme}`); "))
            .unwrap_or_default();
        let name = match other.is_empty() {
            true => name,
            false => URL,
        };
        format!(
            "{other}set `{name}` to the URL of a server (`flightsql://…`) to check this statement, or run \
             `cargo flightsql prepare` with a server to save its description in the folder `.sqlx`"
        )
    }
}

fn is_ours(url: &str) -> bool {
    url.split_once(':')
        .is_some_and(|(scheme, _)| scheme == PROFILE || URL_SCHEMES.contains(&scheme))
        || url
            .split_once(':')
            .is_none_or(|(scheme, _)| scheme.contains("flightsql"))
}

fn is_true(value: &str) -> bool {
    value.eq_ignore_ascii_case("true") || value == "1"
}

/// Adds the variables of `file` that no nearer file sets.
fn read_dotenv(file: &Path, variables: &mut HashMap<String, Variable>) -> Result<(), String> {
    let pairs = match dotenvy::from_path_iter(file) {
        Ok(pairs) => pairs,
        Err(dotenvy::Error::Io(_)) => return Ok(()),
        Err(error) => return Err(format!("cannot read {}: {error}", file.display())),
    };
    for pair in pairs {
        // The error contains the line, which may contain a password.
        let (name, value) =
            pair.map_err(|_| format!("a line of {} is not `NAME=value`", file.display()))?;
        let folder = file.parent().map(Path::to_owned);
        variables.entry(name).or_insert(Variable { value, folder });
    }
    Ok(())
}

/// Returns the root of the workspace, from `cargo metadata`, which runs once per crate.
fn workspace(manifest: &Path) -> Result<PathBuf, String> {
    static ROOTS: Mutex<Vec<(PathBuf, PathBuf)>> = Mutex::new(Vec::new());
    let mut roots = ROOTS
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    if let Some((_, root)) = roots.iter().find(|(crate_, _)| crate_ == manifest) {
        return Ok(root.clone());
    }
    #[derive(Deserialize)]
    struct Metadata {
        workspace_root: PathBuf,
    }
    let cargo = env_opt("CARGO")
        .ok()
        .flatten()
        .unwrap_or_else(|| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version=1", "--no-deps"])
        .current_dir(manifest)
        .env_remove("__CARGO_FIX_PLZ")
        .output()
        .map_err(|error| format!("cannot run `cargo metadata`: {error}"))?;
    let metadata: Metadata = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("cannot read the output of `cargo metadata`: {error}"))?;
    roots.push((manifest.to_owned(), metadata.workspace_root.clone()));
    Ok(metadata.workspace_root)
}

/// Adds the location of a mistake in `sqlx.toml`.
fn in_table(error: &dyn std::fmt::Display) -> String {
    let before = message::CONFIGURATION;
    format!("{before}sqlx.toml, [drivers.external.flightsql]: {error}")
}

/// Returns an error with its causes.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(": ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}
