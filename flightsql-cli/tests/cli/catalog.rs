//! `tables`, `columns` and `info`.

use flightsql_cli::Exit;
use flightsql_testkit::{SqliteConfig, TestServer};

use crate::common::{run, server};

#[tokio::test]
async fn lists_and_filters_tables() {
    let server = server().await;
    let url = server.url();
    let table = run(&["tables", &url]).await.clean();
    assert_eq!(
        table,
        "\
+---------+--------+---------+-------+
| catalog | schema | name    | type  |
+====================================+
| main    |        | airline | TABLE |
| main    |        | cheap   | VIEW  |
| main    |        | flight  | TABLE |
+---------+--------+---------+-------+
3 rows
"
    );
    for (filter, expected) in [
        (&["--like", "%l%t"][..], "main,,flight,TABLE\n"),
        (&["--type", "VIEW"], "main,,cheap,VIEW\n"),
        (&["--catalog", "other"], ""),
        (
            &["--catalog", "main", "--type", "TABLE", "--like", "a%"],
            "main,,airline,TABLE\n",
        ),
        (&["--schema", "other"], ""),
    ] {
        let mut args = vec!["tables", &url, "--format", "csv"];
        args.extend(filter);
        let csv = run(&args).await.clean();
        assert_eq!(
            csv,
            format!("catalog,schema,name,type\n{expected}"),
            "{filter:?}"
        );
    }
}

#[tokio::test]
async fn lists_columns_with_types_defaults_and_keys() {
    let server = server().await;
    let csv = run(&["columns", &server.url(), "flight", "--format", "csv"]).await;
    assert_eq!(
        csv.clean(),
        "name,type,nullable,default,comment,key\n\
         id,BIGINT,false,,,primary\n\
         airline,TEXT,true,,,references main.airline (code)\n\
         price,\"DECIMAL(10,2)\",true,,,\n"
    );
    let json = run(&["columns", &server.url(), "airline", "--format", "ndjson"]).await;
    let json = json.clean();
    let name = json.lines().nth(1).unwrap();
    let name: serde_json::Value = serde_json::from_str(name).unwrap();
    assert_eq!(name["name"], "name");
    assert_eq!(name["nullable"], true);
    assert_eq!(name["default"], "'nameless'");
    assert_eq!(name["key"], serde_json::Value::Null);
}

#[tokio::test]
async fn rejects_missing_table_with_hint() {
    let server = server().await;
    let missing = run(&["columns", &server.url(), "nothing"]).await;
    missing.fails(
        Exit::Failed,
        &[
            "error: table or view \"nothing\" does not exist",
            "flightsql tables",
        ],
    );
    let dotted = run(&["columns", &server.url(), "main.flight"]).await;
    dotted.fails(Exit::Failed, &["write `flight --schema main`"]);
}

#[tokio::test]
async fn info_lists_values_by_name() {
    let server = server().await;
    let csv = run(&["info", &server.url(), "--format", "csv"])
        .await
        .clean();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "id,name,value");
    assert_eq!(lines[1], "0,FLIGHT_SQL_SERVER_NAME,SQLite");
    assert!(lines.contains(&"3,FLIGHT_SQL_SERVER_READ_ONLY,false"));
    assert!(lines.contains(&"8,FLIGHT_SQL_SERVER_TRANSACTION,2"));
    let keywords = lines.iter().find(|line| line.contains("SQL_KEYWORDS"));
    assert!(keywords.unwrap().contains(", "), "{keywords:?}");
}

#[tokio::test]
async fn rejects_unsupported_listing() {
    let silent = SqliteConfig::new().sql_info(false);
    let server = TestServer::builder().sqlite(silent).start().await.unwrap();
    let info = run(&["info", &server.url()]).await;
    info.fails(
        Exit::Failed,
        &[
            "this server does not report its features (`GetSqlInfo`)",
            "hint: ",
        ],
    );
    assert_eq!(info.out(), "");
}
