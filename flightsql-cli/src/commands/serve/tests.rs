//! Which file is what, without a server.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::PathBuf;

use super::files::{Kind, TableFile};
use super::*;

#[test]
fn files_are_sorted_by_their_extension() {
    let directory =
        std::env::temp_dir().join(format!("flightsql-cli-files-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let file = |name: &str| {
        let path: PathBuf = directory.join(name);
        std::fs::write(&path, "").unwrap();
        path
    };
    let paths = [file("a b.csv"), file("x.y.parquet"), file("d.sqlite3")];
    let files = Files::sort(&paths).unwrap();
    let table = |path: &PathBuf, kind, name: &str| TableFile {
        path: path.clone(),
        kind,
        table: name.to_owned(),
    };
    assert_eq!(files.database.as_ref(), Some(&paths[2]));
    assert_eq!(
        files.tables,
        [
            table(&paths[0], Kind::Csv, "a b"),
            table(&paths[1], Kind::Parquet, "x.y")
        ]
    );
    std::fs::remove_dir_all(&directory).unwrap();
    assert!(Files::sort(&paths).is_err());
}

#[test]
fn an_address_for_all_is_reached_by_its_own_machine() {
    for (listening, expected) in [
        ("0.0.0.0:7", "127.0.0.1:7"),
        ("[::]:7", "[::1]:7"),
        ("127.0.0.2:7", "127.0.0.2:7"),
        ("192.0.2.1:7", "192.0.2.1:7"),
    ] {
        let reached = reachable(listening.parse().unwrap());
        assert_eq!(reached.to_string(), expected);
    }
}

#[test]
fn the_url_of_a_server_holds_no_secret() {
    let guard = Guard {
        login: Some(("ann".to_owned(), "s3cret".to_owned())),
        token: Some("t0ken".to_owned()),
    };
    let url = guard.options("[::1]:7".parse().unwrap()).to_url_lossy();
    assert_eq!(url.as_str(), "sqlite+flightsql+tcp://ann@[::1]:7");
}
