//! Tests of the metadata commands.

use arrow_array::cast::AsArray;
use arrow_flight::IpcMessage;
use arrow_flight::sql::{
    CommandGetCrossReference, CommandGetDbSchemas, CommandGetExportedKeys, CommandGetImportedKeys,
    CommandGetPrimaryKeys, CommandGetTables, CommandGetXdbcTypeInfo, SqlInfo,
};
use arrow_schema::{DataType, Schema};

use super::support::{Served, cells, served, served_with};
use crate::service::SqliteConfig;

const TABLES: &str = "
    CREATE TABLE parent (a INT, b TEXT, PRIMARY KEY (b, a));
    CREATE TABLE child (id INTEGER PRIMARY KEY, a INT, b TEXT, top INT REFERENCES top ON DELETE CASCADE,
        FOREIGN KEY (b, a) REFERENCES parent (b, a) ON UPDATE SET NULL);
    CREATE TABLE top (id INTEGER PRIMARY KEY, any);
    CREATE TABLE a_b (x INT);
    CREATE TABLE acb (x INT);
    CREATE VIEW v AS SELECT a, count(*) AS n FROM parent GROUP BY a;
    CREATE VIEW broken AS SELECT * FROM gone";

async fn set_up() -> Served {
    let served = served().await;
    served.service.execute_batch(TABLES).unwrap();
    served
}

fn get_tables() -> CommandGetTables {
    CommandGetTables {
        catalog: None,
        db_schema_filter_pattern: None,
        table_name_filter_pattern: None,
        table_types: vec![],
        include_schema: false,
    }
}

async fn table_names(served: &mut Served, command: CommandGetTables) -> Vec<String> {
    let info = served.client.get_tables(command).await.unwrap();
    served
        .read(info)
        .await
        .unwrap()
        .1
        .into_iter()
        .map(|row| row[2].clone())
        .collect()
}

#[tokio::test]
async fn catalogs_schemas_and_types() {
    let mut served = set_up().await;
    let info = served.client.get_catalogs().await.unwrap();
    assert_eq!(served.read(info).await.unwrap().1, cells(&[&["main"]]));
    for (pattern, rows) in [(None, 1), (Some(""), 1), (Some("%"), 1), (Some("x"), 0)] {
        let command = CommandGetDbSchemas {
            catalog: None,
            db_schema_filter_pattern: pattern.map(str::to_owned),
        };
        let info = served.client.get_db_schemas(command).await.unwrap();
        assert_eq!(
            served.read(info).await.unwrap().1.len(),
            rows,
            "{pattern:?}"
        );
    }
    let info = served.client.get_table_types().await.unwrap();
    assert_eq!(
        served.read(info).await.unwrap().1,
        cells(&[&["TABLE"], &["VIEW"]])
    );
}

#[tokio::test]
async fn tables_are_filtered() {
    let mut served = set_up().await;
    let all = ["a_b", "acb", "broken", "child", "parent", "top", "v"];
    assert_eq!(table_names(&mut served, get_tables()).await, all);
    let named = |pattern: &str| CommandGetTables {
        table_name_filter_pattern: Some(pattern.to_owned()),
        ..get_tables()
    };
    assert_eq!(table_names(&mut served, named("a_b")).await, ["a_b", "acb"]);
    assert_eq!(table_names(&mut served, named("a\\_b")).await, ["a_b"]);
    assert_eq!(
        table_names(&mut served, named("%o%")).await,
        ["broken", "top"]
    );
    // I14: as SQLite compares names.
    assert_eq!(table_names(&mut served, named("TOP")).await, ["top"]);
    let views = CommandGetTables {
        table_types: vec!["VIEW".to_owned()],
        ..get_tables()
    };
    assert_eq!(table_names(&mut served, views).await, ["broken", "v"]);
    let elsewhere = CommandGetTables {
        catalog: Some("other".to_owned()),
        ..get_tables()
    };
    assert!(table_names(&mut served, elsewhere).await.is_empty());
}

#[tokio::test]
async fn lists_tables_with_schema() {
    let mut served = set_up().await;
    let command = CommandGetTables {
        include_schema: true,
        table_name_filter_pattern: Some("top".to_owned()),
        ..get_tables()
    };
    let info = served.client.get_tables(command).await.unwrap();
    let (_, batches) = served
        .batches(info.endpoint[0].ticket.clone().unwrap())
        .await
        .unwrap();
    let bytes = batches[0].column(4).as_binary::<i32>().value(0);
    let schema = Schema::try_from(IpcMessage(bytes.to_vec().into())).unwrap();
    assert_eq!(schema.field(0).data_type(), &DataType::Int64);
    assert!(!schema.field(0).is_nullable());
    assert_eq!(
        schema.field(0).metadata()["ARROW:FLIGHT:SQL:IS_AUTO_INCREMENT"],
        "1"
    );
    assert_eq!(schema.field(1).data_type(), &DataType::Null);
}

#[tokio::test]
async fn lists_keys_in_both_directions() {
    let mut served = set_up().await;
    let command = CommandGetPrimaryKeys {
        catalog: None,
        db_schema: None,
        table: "Parent".to_owned(),
    };
    let info = served.client.get_primary_keys(command).await.unwrap();
    let expected: &[&[&str]] = &[
        &["main", "", "parent", "b", "1", "NULL"],
        &["main", "", "parent", "a", "2", "NULL"],
    ];
    let (schema, rows) = served.read(info).await.unwrap();
    assert_eq!(rows, cells(expected));
    // H9: the order of Arrow's C++, Go and Java servers.
    assert_eq!(schema.field(4).name(), "key_sequence");
    assert_eq!(schema.field(5).name(), "key_name");

    let composite: &[&[&str]] = &[
        &[
            "main", "", "parent", "b", "main", "", "child", "b", "1", "NULL", "NULL", "2", "3",
        ],
        &[
            "main", "", "parent", "a", "main", "", "child", "a", "2", "NULL", "NULL", "2", "3",
        ],
    ];
    let single = [
        "main", "", "top", "id", "main", "", "child", "top", "1", "NULL", "NULL", "3", "0",
    ];
    let table = |name: &str| name.to_owned();
    let command = CommandGetExportedKeys {
        catalog: None,
        db_schema: None,
        table: table("parent"),
    };
    let info = served.client.get_exported_keys(command).await.unwrap();
    assert_eq!(served.read(info).await.unwrap().1, cells(composite));
    let command = CommandGetImportedKeys {
        catalog: Some(table("main")),
        db_schema: None,
        table: table("child"),
    };
    let info = served.client.get_imported_keys(command).await.unwrap();
    assert_eq!(
        served.read(info).await.unwrap().1,
        cells(&[composite[0], composite[1], &single])
    );
    let command = CommandGetCrossReference {
        pk_catalog: None,
        pk_db_schema: None,
        pk_table: table("top"),
        fk_catalog: None,
        fk_db_schema: None,
        fk_table: table("child"),
    };
    let info = served.client.get_cross_reference(command).await.unwrap();
    assert_eq!(served.read(info).await.unwrap().1, cells(&[&single]));
}

#[tokio::test]
async fn sql_info_is_filtered() {
    let mut served = set_up().await;
    let info = served.client.get_sql_info(vec![]).await.unwrap();
    let announced = info.clone().try_decode_schema().unwrap();
    let (schema, batches) = served
        .batches(info.endpoint[0].ticket.clone().unwrap())
        .await
        .unwrap();
    assert_eq!(announced, *schema);
    assert!(batches[0].num_rows() > 60);
    let wanted = vec![
        SqlInfo::FlightSqlServerName,
        SqlInfo::FlightSqlServerTransaction,
        SqlInfo::SqlIdentifierQuoteChar,
    ];
    let info = served.client.get_sql_info(wanted).await.unwrap();
    let rows = served.read(info).await.unwrap().1;
    let expected: &[&[&str]] = &[
        &["0", "{string_value=SQLite}"],
        &["8", "{int32_bitmask=2}"],
        &["504", "{string_value=\"}"],
    ];
    assert_eq!(rows, cells(expected));
    let mut without = served_with(SqliteConfig::new().transactions(false)).await;
    let info = without
        .client
        .get_sql_info(vec![SqlInfo::FlightSqlServerTransaction])
        .await
        .unwrap();
    assert_eq!(
        without.read(info).await.unwrap().1,
        cells(&[&["8", "{int32_bitmask=0}"]])
    );
    let mut off = served_with(SqliteConfig::new().sql_info(false)).await;
    let error = off
        .client
        .get_sql_info(vec![])
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("no GetSqlInfo"), "{error}");
}

#[tokio::test]
async fn type_info_is_filtered_and_sorted() {
    let mut served = set_up().await;
    let info = served
        .client
        .get_xdbc_type_info(CommandGetXdbcTypeInfo { data_type: None })
        .await
        .unwrap();
    let rows = served.read(info).await.unwrap().1;
    assert_eq!(rows.len(), 21);
    let types: Vec<i32> = rows.iter().map(|row| row[1].parse().unwrap()).collect();
    assert!(types.is_sorted(), "{types:?}");
    let info = served
        .client
        .get_xdbc_type_info(CommandGetXdbcTypeInfo {
            data_type: Some(-5),
        })
        .await
        .unwrap();
    let rows = served.read(info).await.unwrap().1;
    assert_eq!(
        rows.iter().map(|row| row[0].as_str()).collect::<Vec<_>>(),
        ["BIGINT", "UBIGINT"]
    );
}

#[tokio::test]
async fn h9_variants_of_sql_info_are_not_nullable() {
    let mut served = set_up().await;
    for infos in [vec![], vec![SqlInfo::FlightSqlServerName]] {
        let info = served.client.get_sql_info(infos).await.unwrap();
        let ticket = info.endpoint[0].ticket.clone().unwrap();
        let planned = info.try_decode_schema().unwrap();
        let (sent, batches) = served.batches(ticket).await.unwrap();
        assert_eq!(planned, *sent);
        let DataType::Union(variants, _) = sent.field(1).data_type() else {
            panic!("{sent}");
        };
        assert_eq!(variants.len(), 6);
        assert!(variants.iter().all(|(_, field)| !field.is_nullable()));
        let name = batches[0].column(1).as_union().value(0);
        assert_eq!(name.as_string::<i32>().value(0), "SQLite");
    }
}
