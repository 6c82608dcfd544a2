//! Crates of users, outside of this workspace: checked by a server, offline from `.sqlx`, from a snapshot; beside SQLx's own
//! macros; under another name. What they print comes from the same server.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod common;
#[path = "../../../examples/custom_dialect/engine/mod.rs"]
#[expect(dead_code, reason = "for the example and other tests")]
mod engine;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// A copy of one of the crates of `crates/`, in a folder that knows nothing of this workspace.
struct UserCrate(PathBuf);

impl UserCrate {
    fn of(name: &str) -> Self {
        Self::within(&scratch().join(name), name, true)
    }

    fn within(to: &Path, name: &str, alone: bool) -> Self {
        let _ = fs::remove_dir_all(to);
        copy(&Path::new(HERE).join("crates").join(name), to);
        let manifest = to.join("Cargo.toml");
        let mut text = fs::read_to_string(&manifest).unwrap();
        text = text.replace("\"FLIGHTSQL\"", &format!("{:?}", repository()));
        if !alone {
            text = text.replace("[workspace]\n", "");
        }
        fs::write(manifest, text).unwrap();
        let lock = repository().join("Cargo.lock");
        if alone && lock.exists() {
            // The versions that the workspace was tested with.
            fs::copy(lock, to.join("Cargo.lock")).unwrap();
        }
        Self(to.to_owned())
    }

    fn command(&self, program: &str, environment: &[(&str, &str)]) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(&self.0)
            .env("CARGO_TARGET_DIR", scratch().join("target"))
            .env("CARGO_INCREMENTAL", "0")
            .env("CARGO_PROFILE_DEV_DEBUG", "0");
        for name in [
            "DATABASE_URL",
            "FLIGHTSQL_DATABASE_URL",
            "FLIGHTSQL_TEST_URL",
            "FLIGHTSQL_URL",
            "FLIGHTSQL_SCHEMA_SNAPSHOT",
            "SQLX_OFFLINE",
            "SQLX_OFFLINE_DIR",
            "CARGO_MANIFEST_DIR",
        ] {
            command.env_remove(name);
        }
        command.envs(environment.iter().copied());
        command
    }

    /// What `cargo run -- ARGUMENTS` prints, compiled in this environment.
    #[track_caller]
    fn prints(&self, environment: &[(&str, &str)], arguments: &[&str]) -> String {
        self.touch();
        let mut cargo = self.command(env!("CARGO"), environment);
        let output = cargo
            .args(["run", "--quiet", "--"])
            .args(arguments)
            .output()
            .unwrap();
        succeeded(&output);
        String::from_utf8(output.stdout).unwrap()
    }

    /// `cargo flightsql ARGUMENTS`: this program again, as that one.
    fn flightsql(&self, arguments: &[&str]) -> Output {
        let program = std::env::current_exe().unwrap();
        self.command(program.to_str().unwrap(), &[("CARGO", env!("CARGO"))])
            .args(["--ignored", "--exact", "program", "--nocapture"])
            .env("FLIGHTSQL_TEST_ARGUMENTS", arguments.join("\n"))
            .output()
            .unwrap()
    }

    /// Cargo does not see which server was asked.
    fn touch(&self) {
        let source = fs::File::options()
            .append(true)
            .open(self.0.join("src/main.rs"))
            .unwrap();
        source.set_modified(std::time::SystemTime::now()).unwrap();
    }
}

fn repository() -> PathBuf {
    Path::new(HERE).join("../..").canonicalize().unwrap()
}

fn scratch() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("user-crates")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to),
            false => drop(fs::copy(entry.path(), to).unwrap()),
        }
    }
}

#[track_caller]
fn succeeded(output: &Output) {
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

const ALONE: &str =
    "total 2\nlate 1 ZRH Some(\"a\")\nFlight { id: 2, origin: \"GVA\", delay: None } true\n";

/// Not a test of its own: `flightsql` in a process of its own, with its folder and environment.
#[test]
#[ignore = "called by the other test"]
fn program() {
    let arguments = std::env::var("FLIGHTSQL_TEST_ARGUMENTS").unwrap();
    let arguments = ["flightsql"].into_iter().chain(arguments.lines());
    let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
    let mut shell = flightsql_cli::Shell::new(&mut out, &mut err);
    shell.variable = &|name| std::env::var(name).ok();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let exit = runtime.block_on(flightsql_cli::run(arguments, shell));
    std::process::exit(exit as i32);
}

/// One test: the crates share a target folder, and each build takes both cores.
#[test]
fn crates_of_users_compile_and_run() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (server, url) = runtime.block_on(common::server());

    let alone = UserCrate::of("alone");
    assert_eq!(alone.prints(&[("DATABASE_URL", &url)], &[&url]), ALONE);

    // Saved by the server, and then compiled without it.
    succeeded(&alone.flightsql(&["prepare", "-D", &url]));
    assert_eq!(fs::read_dir(alone.0.join(".sqlx")).unwrap().count(), 3);
    assert_eq!(alone.prints(&[("SQLX_OFFLINE", "true")], &[&url]), ALONE);
    succeeded(&alone.flightsql(&["prepare", "-D", &url, "--check"]));

    succeeded(&alone.flightsql(&["prepare", "-D", &url, "--snapshot"]));
    fs::remove_dir_all(alone.0.join(".sqlx")).unwrap();
    assert_eq!(alone.prints(&[], &[&url]), ALONE);
    succeeded(&alone.flightsql(&["prepare", "-D", &url, "--snapshot", "--check"]));

    // Another name, a module that passes the macros on, and tests with databases of their own.
    let renamed = UserCrate::of("renamed");
    assert_eq!(
        renamed.prints(&[("FLIGHTSQL_DATABASE_URL", &url)], &[&url]),
        "ZRH Code(\"GVA\") 1\n"
    );
    let tested = renamed
        .command(
            env!("CARGO"),
            &[("DATABASE_URL", &url), ("FLIGHTSQL_TEST_URL", "embedded")],
        )
        .args(["test", "--quiet"])
        .output()
        .unwrap();
    succeeded(&tested);
    assert!(String::from_utf8_lossy(&tested.stdout).contains("1 passed"));

    // All crates of a workspace, from its root.
    let workspace = scratch().join("workspace");
    let _ = fs::remove_dir_all(&workspace);
    UserCrate::within(&workspace.join("alone"), "alone", false);
    UserCrate::within(&workspace.join("renamed"), "renamed", false);
    fs::write(
        workspace.join("Cargo.toml"),
        "[workspace]\nmembers = [\"alone\", \"renamed\"]\nresolver = \"3\"\n",
    )
    .unwrap();
    fs::copy(
        repository().join("Cargo.lock"),
        workspace.join("Cargo.lock"),
    )
    .unwrap();
    let workspace = UserCrate(workspace);
    succeeded(&workspace.flightsql(&["prepare", "-D", &url, "--workspace"]));
    assert_eq!(fs::read_dir(workspace.0.join(".sqlx")).unwrap().count(), 5);
    let refused = workspace.flightsql(&["prepare", "-D", &url]);
    assert!(
        said(&refused).contains("in the root of a workspace say `--workspace`"),
        "{}",
        said(&refused)
    );

    // Both families in one crate.
    let beside = UserCrate::of("beside");
    let file = beside.0.join("airports.db");
    let airports = rusqlite::Connection::open(&file).unwrap();
    airports
        .execute_batch("CREATE TABLE airports (code TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL); INSERT INTO airports VALUES ('ZRH', 'Zurich');")
        .unwrap();
    let sqlite = format!("sqlite://{}", file.display());
    let both = [
        ("DATABASE_URL", sqlite.as_str()),
        ("FLIGHTSQL_DATABASE_URL", &url),
    ];
    assert_eq!(beside.prints(&both, &[&sqlite, &url]), "Zurich 1\n");

    dialect_by_file(&runtime);

    // A server whose tables changed.
    succeeded(&alone.flightsql(&["prepare", "-D", &url]));
    server
        .sqlite()
        .execute_batch("DROP TABLE flights; CREATE TABLE flights (id INTEGER PRIMARY KEY NOT NULL, origin TEXT NOT NULL, delay BIGINT NOT NULL, type TEXT)")
        .unwrap();
    let changed = alone.flightsql(&["prepare", "-D", &url, "--check"]);
    assert_eq!(changed.status.code(), Some(1));
    let said = said(&changed);
    assert!(
        said.contains("differs:   SELECT id, origin, delay FROM flights"),
        "{said}"
    );
    assert!(said.contains("without `--check`"), "{said}");
}

const BLOCK: &str =
    "Some(00000000-0000-0000-0000-000000000007) Some(12.500) Some(true) None None None\n";

/// A crate whose dialect is a TOML file: checked by a server, offline without the file, and compiled again when it changes.
fn dialect_by_file(runtime: &tokio::runtime::Runtime) {
    let server = || {
        let player = engine::player::Player::new(engine::Quarry::default());
        let server = flightsql_testkit::TestServer::scripted(player.script());
        runtime.block_on(server).unwrap()
    };
    let by_file = UserCrate::of("dialect");
    let file = by_file.0.join("quarry.toml");
    let toml =
        fs::read_to_string(repository().join("examples/custom_dialect/quarry.toml")).unwrap();
    fs::write(&file, &toml).unwrap();
    // Each program inserts one block.
    let run = |environment: &[(&str, &str)]| {
        let server = server();
        let url = format!("{}?dialect_file={}", server.url(), file.display());
        let mut environment = environment.to_vec();
        let checked_by = server.url();
        environment.push(("DATABASE_URL", &checked_by));
        by_file.prints(&environment, &[&url])
    };
    assert_eq!(run(&[]), BLOCK);

    // The change of the file alone compiles the crate again: without its rule, the column is of 8-bit integers.
    let flags = "  { sent = \"int8\", sql-type = \"BOOL*\", means = \"bool\" },\n";
    assert!(toml.contains(flags));
    fs::write(&file, toml.replace(flags, "")).unwrap();
    let server = server();
    let build = |url: &str| {
        let mut cargo = by_file.command(env!("CARGO"), &[("DATABASE_URL", url)]);
        cargo.args(["build", "--quiet"]).output().unwrap()
    };
    let refused = build(&server.url());
    assert!(!refused.status.success());
    assert!(
        said(&refused).contains("expected `Option<bool>`, found `Option<i8>`"),
        "{}",
        said(&refused)
    );

    // A key that is not known: the error names the file, its line, and the keys.
    fs::write(&file, toml.replace("means = \"uuid\"", "meens = \"uuid\"")).unwrap();
    let refused = build(&server.url());
    let text = said(&refused);
    assert!(
        text.contains("quarry.toml") && text.contains("meens"),
        "{text}"
    );

    // Saved descriptions hold the meant types, so an offline build needs neither the file nor the server.
    fs::write(&file, &toml).unwrap();
    succeeded(&by_file.flightsql(&["prepare", "-D", &server.url()]));
    let config = by_file.0.join("sqlx.toml");
    fs::remove_file(&config).unwrap();
    assert_eq!(run(&[("SQLX_OFFLINE", "true")]), BLOCK);
}
