//! The stored form: files of earlier versions read and write the same bytes, and SQLx's own form is the same.

use std::fs;
use std::path::Path;

use flightsql_driver::{FlightSql, FlightSqlConnection};
use sqlx_core::connection::Connection as _;
use sqlx_core::database::Database as _;
use sqlx_core::describe::Describe;
use sqlx_core::executor::Executor as _;
use sqlx_core::sql_str::{AssertSqlSafe, SqlSafeStr as _};

use super::live::{environment, server};
use crate::query::description::Description;
use crate::query::{live, saved};

#[test]
fn the_name_of_the_database_is_sqlxs() {
    assert_eq!(saved::NAME, FlightSql::NAME);
}

/// The text as both forms write it after they read it.
#[track_caller]
fn rewritten(text: &str) -> String {
    let ours: Description = serde_json::from_str(text).unwrap();
    let ours = serde_json::to_string(&ours).unwrap();
    let sqlxs: Describe<FlightSql> = serde_json::from_str(text).unwrap();
    assert_eq!(ours, serde_json::to_string(&sqlxs).unwrap());
    ours
}

/// `cargo flightsql prepare` sorts the keys of a file.
#[test]
fn saved_files_keep_their_bytes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.sqlx");
    let files: Vec<_> = fs::read_dir(folder).unwrap().collect();
    assert!(files.len() > 50, "{}", files.len());
    for file in files {
        let file = file.unwrap().path();
        let text = fs::read_to_string(&file).unwrap();
        let mut saved: serde_json::Value = serde_json::from_str(&text).unwrap();
        let described = rewritten(&saved["describe"].to_string());
        saved["describe"] = serde_json::from_str(&described).unwrap();
        let written = serde_json::to_string_pretty(&saved).unwrap();
        assert_eq!(written.trim_end(), text.trim_end(), "{}", file.display());
    }
}

#[test]
fn each_part_keeps_its_bytes() {
    let item = r#"{"name":"item","data_type":"Utf8","nullable":true,"dict_id":0,"dict_is_ordered":false,"metadata":{}}"#;
    let column = |rest: &str| {
        format!(
            r#"{{"ordinal":0,"name":"a","data_type":{{"List":{item}}},"nullable":false{rest}}}"#
        )
    };
    let meant = r#"{"data_type":"Utf8","extension":"arrow.json","name":"VARIANT"}"#;
    let columns = [
        column(""),
        column(r#","metadata":{"ARROW:FLIGHT:SQL:TYPE_NAME":"TEXT","b":""}"#),
        column(&format!(r#","type_info":{meant}"#)),
    ]
    .join(",");
    for parameters in [
        "null",
        r#"{"Right":2}"#,
        &format!(r#"{{"Left":[{meant}]}}"#),
    ] {
        let text = format!(
            r#"{{"columns":[{columns}],"parameters":{parameters},"nullable":[true,false,null]}}"#
        );
        assert_eq!(rewritten(&text), text);
    }
}

/// The description of a server is SQLx's, under a dialect that means other types too.
#[test]
fn a_servers_description_is_sqlxs() {
    let (runtime, server) = server();
    let folder = super::folder(
        "description",
        &[(
            "quarry.toml",
            "name = \"quarry\"\n[types]\nmap = [{ sent = \"int64\", means = \"text\" }]\n",
        )],
    );
    let file = folder.join("quarry.toml");
    let environment = environment("description-environment", "");
    let urls = [
        server.url(),
        format!("{}?dialect=sqlite", server.url()),
        format!("{}?dialect_file={}", server.url(), file.display()),
    ];
    for url in urls {
        for sql in ["SELECT n, 'a' AS b FROM t WHERE n > ?", "DELETE FROM t"] {
            let (ours, _) = live::describe(sql, &url, &[], &environment).unwrap();
            let sqlxs = runtime.block_on(async {
                let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
                let sql = AssertSqlSafe(sql.to_owned()).into_sql_str();
                (&mut connection).describe(sql).await.unwrap()
            });
            let ours = serde_json::to_string(&ours).unwrap();
            assert_eq!(ours, serde_json::to_string(&sqlxs).unwrap(), "{url}");
            let is_mapped = url.contains("dialect_file") && sql.starts_with("SELECT");
            assert_eq!(ours.contains("\"type_info\""), is_mapped, "{ours}");
            rewritten(&ours);
        }
    }
}
