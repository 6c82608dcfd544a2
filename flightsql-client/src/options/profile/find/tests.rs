//! The files of profiles: the order of folders, paths, and files that cannot be read.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::super::tests::HEAD;
use super::super::{Variables, of_name};
use crate::options::OptionsError;

fn no_variables(_: &str) -> Option<OsString> {
    None
}

/// A folder that is removed at the end of a test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("flightsql-client-profile-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Writes `HOST.toml` with a server of this name.
    fn write(&self, folder: &str, host: &str) -> PathBuf {
        let folder = self.0.join(folder);
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("sales.toml");
        let text = format!("{HEAD}[Options]\nuri = \"grpc+tls://{host}\"\n");
        fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn found(name: &str, variables: Variables<'_>) -> Result<String, OptionsError> {
    of_name(Path::new(name), variables).map(|options| options.get_host().to_owned())
}

#[test]
fn a_name_is_found_in_order() {
    let folder = Folder::new("order");
    let variables: HashMap<&str, OsString> = [
        ("ADBC_PROFILE_PATH", {
            let folders = ["first", "second"].map(|name| folder.0.join(name));
            std::env::join_paths(folders).unwrap()
        }),
        ("HOME", folder.0.join("home").into()),
        ("LOCALAPPDATA", folder.0.join("home").into()),
    ]
    .into();
    let lookup = |name: &str| variables.get(name).cloned();
    let in_home = if cfg!(windows) {
        "home/ADBC/Profiles"
    } else if cfg!(target_os = "macos") {
        "home/Library/Application Support/ADBC/Profiles"
    } else {
        "home/.config/adbc/profiles"
    };
    let error = found("sales", &lookup).unwrap_err().to_string();
    let tried = ["first", "second", in_home]
        .map(|name| folder.0.join(name).join("sales.toml").display().to_string());
    let expected = format!(
        "`profile` was not found; create one of the files {}, or set `ADBC_PROFILE_PATH` to the folder of profiles",
        tried.join(", ")
    );
    assert_eq!(error, expected);
    folder.write(in_home, "of-home");
    assert_eq!(found("sales", &lookup).unwrap(), "of-home");
    folder.write("second", "second");
    assert_eq!(found("sales", &lookup).unwrap(), "second");
    let path = folder.write("first", "first");
    assert_eq!(found("sales", &lookup).unwrap(), "first");
    // A broken file is not skipped.
    fs::write(&path, "s3cret = \n").unwrap();
    let error = found("sales", &lookup).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "profile {}: line 1 is not valid TOML; correct it",
            path.display()
        )
    );
    assert!(!format!("{error:?}").contains("s3cret"));

    if cfg!(target_os = "linux") {
        folder.write("settings/adbc/profiles", "of-settings");
        let lookup = |name: &str| match name {
            "XDG_CONFIG_HOME" => Some(folder.0.join("settings").into()),
            "ADBC_PROFILE_PATH" => Some("".into()),
            name => lookup(name),
        };
        assert_eq!(found("sales", &lookup).unwrap(), "of-settings");
    }
}

#[test]
fn a_path_is_a_file_of_its_own() {
    let folder = Folder::new("path");
    let path = folder.write("a", "here");
    let path = path.to_str().unwrap();
    for path in [path, path.strip_suffix(".toml").unwrap()] {
        assert_eq!(found(path, &no_variables).unwrap(), "here");
    }
    let missing = found("/does/not/exist.toml", &no_variables).unwrap_err();
    assert_eq!(
        missing.to_string(),
        "profile /does/not/exist.toml: `profile` names a file that cannot be read: entity not found"
    );
    for name in [
        "",
        ".",
        "..",
        "../sales",
        "a/sales",
        "./sales",
        "a\\b",
        "a.b",
        "sales.txt",
        "/x.conf",
        "a b",
        "ä",
    ] {
        let error = found(name, &no_variables).unwrap_err().to_string();
        assert!(
            error.starts_with("`profile` must be a name of letters"),
            "{name}: {error}"
        );
    }
}

#[test]
fn files_that_cannot_be_a_profile_are_rejected() {
    let folder = Folder::new("files");
    let path = folder.0.join("x.toml");
    let problem = || match of_name(&path, &no_variables).unwrap_err() {
        OptionsError::Profile { file, problem } => {
            assert_eq!(file, path);
            problem.to_string()
        }
        other => panic!("{other}"),
    };
    fs::create_dir(&path).unwrap();
    assert_eq!(
        problem(),
        "`profile` names something that is not a regular file"
    );
    fs::remove_dir(&path).unwrap();
    fs::write(&path, b"a = \"\xff\"").unwrap();
    assert_eq!(problem(), "`profile` names a file that is not UTF-8");
    fs::write(&path, vec![b'#'; (1 << 20) + 1]).unwrap();
    assert_eq!(
        problem(),
        "`profile` names a file of more than 1048576 bytes"
    );
    fs::write(
        &path,
        format!("{HEAD}[Options]\nuri = \"grpc+tls://h\"\npassword = s3cret\n"),
    )
    .unwrap();
    assert_eq!(problem(), "line 5 is not valid TOML; correct it");
    fs::write(&path, format!("x = {}", "[".repeat(100_000))).unwrap();
    assert_eq!(problem(), "line 1 is not valid TOML; correct it");
}
