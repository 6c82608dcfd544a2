//! `cargo flightsql prepare`: saves the query metadata of every checked query, so that the crate compiles without the
//! server.
//!
//! `project` (the crates, and how they are compiled) · `saved` (the files).
//!
//! It does not use sqlx-cli's `prepare`, which reads its URL from one variable, deletes the files of other drivers in the same
//! folder, and in a workspace finds only crates with SQLx's own macros.

mod project;
mod saved;

use std::path::PathBuf;

use flightsql::{ConnectOptions as _, FlightSqlConnectOptions};

use crate::failure::Failure;
use crate::shell::Io;

use project::Project;
use saved::{Saved, Server};

/// Variables from which the macros and this command read the URL.
const VARIABLES: [&str; 2] = ["FLIGHTSQL_DATABASE_URL", "DATABASE_URL"];

/// The arguments of `prepare`.
#[derive(Debug, clap::Args)]
pub(crate) struct PrepareArgs {
    /// The server; defaults to FLIGHTSQL_DATABASE_URL, DATABASE_URL or the variable in `sqlx.toml`, as in the macros
    #[arg(long, short = 'D', value_name = "URL")]
    database_url: Option<String>,
    /// Only compare with the saved metadata; fails if it differs
    #[arg(long)]
    check: bool,
    /// Save the metadata of all crates of the workspace in its root
    #[arg(long)]
    workspace: bool,
    /// Write one file for all queries instead of one file for each
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "flightsql-schema.json")]
    snapshot: Option<PathBuf>,
    /// Arguments for `cargo check`, such as `--all-targets`
    #[arg(last = true)]
    cargo: Vec<String>,
}

pub(crate) async fn run(args: PrepareArgs, io: &mut Io<'_>) -> Result<(), Failure> {
    let project = Project::find(args.workspace, io)?;
    let server = match &args.snapshot {
        Some(_) => server(url(&args, io)).await?,
        None => Server::default(),
    };
    let fresh = {
        let folder = project.check(args.database_url.as_deref(), &args.cargo)?;
        saved::read(folder.path())?
    };
    if fresh.is_empty() {
        writeln!(
            io.err,
            "note: no checked query of `flightsql` was found; add `-- --all-targets` to include tests and examples"
        )?;
    }
    let store = match &args.snapshot {
        Some(file) => MetadataStore::Snapshot(project.root.join(file)),
        None => MetadataStore::Folder(project.root.join(".sqlx")),
    };
    match args.check {
        true => store.compare(&fresh),
        false => {
            store.write(&fresh, &server)?;
            writeln!(
                io.err,
                "saved {} in {}; commit the files",
                counted(fresh.len()),
                store.path().display()
            )?;
            Ok(())
        }
    }
}

/// Returns the server's URL from the command line or a variable.
fn url(args: &PrepareArgs, io: &Io<'_>) -> Option<String> {
    let variable = |name: &&str| (io.variable)(name).filter(|url| !url.is_empty());
    let given = args.database_url.clone();
    given.or_else(|| VARIABLES.iter().find_map(variable))
}

/// Returns the description of the server for readers of the file.
async fn server(url: Option<String>) -> Result<Server, Failure> {
    let Some(url) = url else {
        return Ok(Server::default());
    };
    let options: FlightSqlConnectOptions = url
        .parse()
        .map_err(|error| Failure::usage(format!("invalid URL of the server: {error}")))?;
    let dialect = options.get_dialect().name().to_owned();
    let mut connection = options.connect().await?;
    // A server without server information is still described.
    let info = connection.catalog().server_info().await.ok();
    super::query::close(connection).await;
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    Ok(Server {
        name: text(info.as_ref().and_then(|info| info.name())),
        version: text(info.as_ref().and_then(|info| info.version())),
        dialect,
    })
}

/// Storage of query metadata.
enum MetadataStore {
    Folder(PathBuf),
    Snapshot(PathBuf),
}

impl MetadataStore {
    fn path(&self) -> &std::path::Path {
        match self {
            Self::Folder(path) | Self::Snapshot(path) => path,
        }
    }

    fn write(&self, fresh: &Saved, server: &Server) -> Result<(), Failure> {
        match self {
            Self::Folder(folder) => saved::write(folder, fresh),
            Self::Snapshot(file) => saved::write_snapshot(file, fresh, server),
        }
    }

    /// Returns an error with a hint if the metadata differs.
    fn compare(&self, fresh: &Saved) -> Result<(), Failure> {
        let kept = match self {
            Self::Folder(folder) => saved::read(folder)?,
            Self::Snapshot(file) => saved::read_snapshot(file)?,
        };
        let differences = saved::differences(&kept, fresh);
        if differences.is_empty() {
            return Ok(());
        }
        Err(Failure::failed(format!(
            "{} differs from the server:\n{}",
            self.path().display(),
            differences.join("\n")
        ))
        .hint("run the same command without `--check`, and commit the files"))
    }
}

fn counted(count: usize) -> String {
    match count {
        1 => "1 query".to_owned(),
        count => format!("{count} queries"),
    }
}

#[cfg(test)]
mod tests {
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
}
