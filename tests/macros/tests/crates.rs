//! Crates of users outside of this workspace: checked by a server, offline from `.sqlx`, and from a snapshot; with SQLx's own
//! macros in the same crate; under another name. Their output comes from the same server.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod blog;
#[path = "../../it/type_map/cases.rs"]
#[expect(dead_code, reason = "the values are for other tests")]
mod cases;
mod common;
#[path = "../../../examples/custom_dialect/engine/mod.rs"]
mod engine;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};

use flightsql_testkit::TestServer;

use engine::Quarry;
use engine::player::Player;

const HERE: &str = env!("CARGO_MANIFEST_DIR");

/// A copy of one of the crates of `crates/`, in a folder outside of this workspace.
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
        text = text.replace("FLIGHTSQL", &repository().display().to_string());
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

    /// Returns the output of `cargo run -- ARGUMENTS`, compiled in this environment.
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

    /// Runs `cargo flightsql ARGUMENTS`, as this program in another process.
    fn flightsql(&self, arguments: &[&str]) -> Output {
        let program = std::env::current_exe().unwrap();
        self.command(program.to_str().unwrap(), &[("CARGO", env!("CARGO"))])
            .args(["--ignored", "--exact", "program", "--nocapture"])
            .env("FLIGHTSQL_TEST_ARGUMENTS", arguments.join("\n"))
            .output()
            .unwrap()
    }

    /// Cargo does not detect a change of the server.
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

/// Runs `flightsql` in its own process, with its folder and environment; other tests call it.
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

/// The crates share a target folder, and each build uses all cores.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A column has the type of the dialect file, both when a crate is compiled and when it runs.
#[test]
fn a_dialect_file_is_all_that_a_crate_needs() {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let quarry = UserCrate::of("quarry");
    let file = repository().join("examples/custom_dialect/quarry.toml");
    fs::copy(file, quarry.0.join("quarry.toml")).unwrap();
    // Each run writes the same row, so each run has its own engine.
    let started = || {
        let player = Player::new(Quarry::default());
        let server = runtime
            .block_on(TestServer::scripted(player.script()))
            .unwrap();
        (player, server)
    };
    let at_run_time = |server: &TestServer| format!("{}?dialect_file=quarry.toml", server.url());
    let block = "00000000-0000-0000-0000-000000000007 Some(12.500) Some(true) Some(1970-01-01T00:00:00Z) \
                 Some(Array [Number(1)])\n";

    let (player, server) = started();
    let url = [("DATABASE_URL", server.url())];
    let url = url.each_ref().map(|(name, url)| (*name, url.as_str()));
    assert_eq!(quarry.prints(&url, &[&at_run_time(&server)]), block);
    let sent = player.received();
    let types: Vec<String> = sent
        .iter()
        .flat_map(|(_, batch)| batch.schema().fields().to_vec())
        .map(|field| format!("{}: {}", field.name(), field.data_type()))
        .collect();
    let expected =
        "id: Utf8, weight: Utf8, polished: Int8, dug: Timestamp(ms), note: Utf8, id: Utf8";
    assert_eq!(types.join(", "), expected);

    // A change of the file alone recompiles the crate: without the rule, the column has 8-bit integers.
    let quarry_toml = quarry.0.join("quarry.toml");
    let toml = fs::read_to_string(&quarry_toml).unwrap();
    let build_error = |toml: &str| {
        fs::write(&quarry_toml, toml).unwrap();
        let mut cargo = quarry.command(env!("CARGO"), &url);
        let output = cargo.args(["build", "--quiet"]).output().unwrap();
        assert!(!output.status.success(), "{}", said(&output));
        said(&output)
    };
    let flags = "  { sent = \"int8\", sql-type = \"BOOL*\", means = \"bool\" },\n";
    assert!(toml.contains(flags));
    let changed = build_error(&toml.replace(flags, ""));
    assert!(
        changed.contains("expected `Option<bool>`, found `Option<i8>`"),
        "{changed}"
    );
    // The error names the file and the key.
    let misspelt = build_error(&toml.replace("means = \"uuid\"", "meens = \"uuid\""));
    assert!(
        misspelt.contains("quarry.toml: line ") && misspelt.contains("meens"),
        "{misspelt}"
    );
    fs::remove_file(&quarry_toml).unwrap();
    quarry.touch();
    let mut cargo = quarry.command(env!("CARGO"), &url);
    let missing = said(&cargo.args(["build", "--quiet"]).output().unwrap());
    let tried = format!("no dialect file found; tried {}", quarry_toml.display());
    assert!(missing.contains(&tried), "{missing}");
    fs::write(&quarry_toml, &toml).unwrap();

    // The saved metadata has the meant types: offline, the compiler has neither the file nor `sqlx.toml`.
    succeeded(&quarry.flightsql(&["prepare", "-D", url[0].1]));
    fs::remove_file(quarry.0.join("sqlx.toml")).unwrap();
    let (_player, server) = started();
    let offline = [("SQLX_OFFLINE", "true")];
    assert_eq!(quarry.prints(&offline, &[&at_run_time(&server)]), block);
}

/// `query!` sees the meant type of every kind of rule, plain and nested, checked by a server and offline.
#[test]
fn every_kind_of_rule_is_known_to_query() {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let mut profile = flightsql::dialect::DialectProfile::new("mapped");
    let mut fields = Vec::new();
    for (index, case) in cases::all().into_iter().enumerate() {
        let name = format!("c{index}");
        let is_nested = case.sent.data_type().is_nested();
        for mut rule in case.rules {
            if !is_nested {
                rule.column = Some(name.clone());
            }
            if !profile.types.map.contains(&rule) {
                profile.types.map.push(rule);
            }
        }
        // These have a Rust type of the user's choice only.
        let name = match index {
            16 => "c16: Block".to_owned(),
            17 => "c17: HashMap<String, i64>".to_owned(),
            _ => name,
        };
        fields.push(case.sent.with_name(name));
    }
    assert_eq!(fields.len(), 18);
    let columns = arrow_schema::Schema::new(fields);
    let script = flightsql_testkit::Script::new().do_action(
        "CreatePreparedStatement",
        flightsql_testkit::Reply::prepared("handle", Some(&columns), None).always(),
    );
    let script = script.do_action(
        "ClosePreparedStatement",
        flightsql_testkit::Reply::empty().always(),
    );
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(TestServer::scripted(script)).unwrap();
    let url = server.url();

    let rules = UserCrate::of("rules");
    fs::write(rules.0.join("quarry.toml"), profile.to_toml()).unwrap();
    let check = |environment: &[(&str, &str)]| {
        rules.touch();
        let mut cargo = rules.command(env!("CARGO"), environment);
        cargo.args(["check", "--quiet"]).output().unwrap()
    };
    succeeded(&check(&[("DATABASE_URL", &url)]));
    succeeded(&rules.flightsql(&["prepare", "-D", &url]));
    fs::remove_file(rules.0.join("quarry.toml")).unwrap();
    fs::remove_file(rules.0.join("sqlx.toml")).unwrap();
    succeeded(&check(&[("SQLX_OFFLINE", "true")]));
    // Without the rules it does not compile.
    let unmapped = check(&[("DATABASE_URL", &url)]);
    assert!(!unmapped.status.success());
    let text = said(&unmapped);
    assert!(
        text.contains("expected `Option<Uuid>`, found `Option<String>`"),
        "{text}"
    );
}

#[test]
fn crates_of_users_compile_and_run() {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
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

    // Another name, a module that re-exports the macros, and tests with their own databases.
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
        said(&refused).contains("in the root of a workspace, use `--workspace`"),
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

#[test]
fn f6_a_program_with_two_providers_of_rustls_needs_no_default() {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    assert_eq!(UserCrate::of("providers").prints(&[], &[]), "2\n");
}
