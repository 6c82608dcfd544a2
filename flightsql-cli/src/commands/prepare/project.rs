//! The crates whose macros run: Cargo compiles these crates again.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use serde::Deserialize;

use crate::failure::Failure;
use crate::shell::Io;

/// The crate whose dependents have checked queries.
const MACROS: &str = "flightsql-macros";

pub(super) struct Project {
    cargo: String,
    /// The folder of the files, in the crate or in the workspace.
    pub(super) root: PathBuf,
    target: PathBuf,
    workspace: bool,
    sources: Vec<PathBuf>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_members: Vec<String>,
    workspace_root: PathBuf,
    target_directory: PathBuf,
    resolve: Option<Resolve>,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    manifest_path: PathBuf,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    src_path: PathBuf,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    dependencies: Vec<String>,
}

/// A folder that is deleted on drop.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // If deleting fails, the files stay in Cargo's target folder.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Project {
    /// Finds the crate of the current folder, or its workspace.
    pub(super) fn find(workspace: bool, io: &Io<'_>) -> Result<Self, Failure> {
        let cargo = (io.variable)("CARGO").unwrap_or_else(|| "cargo".to_owned());
        let here = std::env::current_dir()?;
        if !here.join("Cargo.toml").exists() {
            return Err(Failure::usage(
                "no Cargo.toml in this folder; run the command in the folder of the crate or workspace",
            ));
        }
        let output = Command::new(&cargo)
            .args(["metadata", "--format-version=1"])
            .output()
            .map_err(|error| Failure::failed(format!("cannot run {cargo}: {error}")))?;
        if !output.status.success() {
            return Err(Failure::failed(format!(
                "`cargo metadata` failed: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            )));
        }
        let metadata: Metadata = serde_json::from_slice(&output.stdout)
            .map_err(|error| Failure::failed(format!("cannot read cargo's metadata: {error}")))?;
        let users = metadata.users();
        let chosen = |package: &&Package| {
            users.contains(package.id.as_str())
                && (workspace || package.manifest_path.parent() == Some(here.as_path()))
        };
        let sources: Vec<PathBuf> = metadata
            .packages
            .iter()
            .filter(chosen)
            .flat_map(|package| package.targets.iter().map(|target| target.src_path.clone()))
            .collect();
        if sources.is_empty() {
            return Err(Failure::usage(match workspace {
                true => {
                    "no crate of this workspace depends on `flightsql` with its feature `macros`"
                }
                false => {
                    "the crate of this folder does not depend on `flightsql` with its feature `macros`; \
                     in the root of a workspace, use `--workspace`"
                }
            }));
        }
        Ok(Self {
            cargo,
            root: match workspace {
                true => metadata.workspace_root,
                false => here,
            },
            target: metadata.target_directory,
            workspace,
            sources,
        })
    }

    /// Compiles the crates. Their macros write the query metadata into the returned folder.
    pub(super) fn check(
        &self,
        url: Option<&str>,
        arguments: &[String],
    ) -> Result<Scratch, Failure> {
        let scratch = Scratch(
            self.target
                .join(format!("flightsql-prepare-{}", std::process::id())),
        );
        fs::create_dir_all(&scratch.0).map_err(|error| {
            Failure::failed(format!("cannot create {}: {error}", scratch.0.display()))
        })?;
        let now = SystemTime::now();
        for source in &self.sources {
            // Cargo recompiles sources that are newer than its last result.
            File::options()
                .append(true)
                .open(source)
                .and_then(|file| file.set_modified(now))
                .map_err(|error| {
                    Failure::failed(format!("cannot touch {}: {error}", source.display()))
                })?;
        }
        let mut check = Command::new(&self.cargo);
        check
            .arg("check")
            .args(self.workspace.then_some("--workspace"))
            .args(arguments)
            .env("SQLX_OFFLINE", "false")
            .env("SQLX_OFFLINE_DIR", &scratch.0);
        if let Some(url) = url {
            check.env("FLIGHTSQL_PREPARE_URL", url);
        }
        let status = check
            .status()
            .map_err(|error| Failure::failed(format!("cannot run {}: {error}", self.cargo)))?;
        match status.success() {
            true => Ok(scratch),
            false => Err(Failure::failed(
                "no metadata was saved, because `cargo check` failed; fix the errors above",
            )),
        }
    }
}

impl Metadata {
    /// Returns the members of the workspace that depend on the macros, directly or indirectly.
    fn users(&self) -> HashSet<&str> {
        let Some(resolve) = &self.resolve else {
            return HashSet::new();
        };
        let mut dependents: HashMap<&str, Vec<&str>> = HashMap::new();
        for node in &resolve.nodes {
            for dependency in &node.dependencies {
                dependents.entry(dependency).or_default().push(&node.id);
            }
        }
        let macros = self
            .packages
            .iter()
            .filter(|package| package.name == MACROS);
        let mut open: Vec<&str> = macros.map(|package| package.id.as_str()).collect();
        let mut reached = HashSet::new();
        while let Some(id) = open.pop() {
            for dependent in dependents.get(id).into_iter().flatten() {
                if reached.insert(*dependent) {
                    open.push(dependent);
                }
            }
        }
        reached.retain(|id| self.workspace_members.iter().any(|member| member == id));
        reached
    }
}
