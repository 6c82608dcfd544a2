//! Statements in files.

use flightsql::{
    query_file, query_file_as, query_file_as_unchecked, query_file_scalar, query_file_unchecked,
};

use super::with_rows;
use crate::common::connect;

#[derive(Debug, PartialEq)]
struct Account {
    id: i64,
    name: Option<String>,
}

fn herp() -> Account {
    Account {
        id: 1,
        name: Some("Herp Derpinson".to_owned()),
    }
}

#[tokio::test]
async fn a_statement_lies_in_a_file() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let row = query_file!("tests/it/macros/account.sql",)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!((row.id, row.name), (1, herp().name));
    let row = query_file!("tests/it/macros/account_of.sql", 2)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!((row.id, row.name), (2, None));
    let names: Vec<Option<String>> = query_file_scalar!("tests/it/macros/names.sql")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(names, [herp().name]);
}

#[tokio::test]
async fn a_file_gives_a_struct() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let account = query_file_as!(Account, "tests/it/macros/account.sql")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(account, herp());
    let account = query_file_as!(Account, "tests/it/macros/account_of.sql", 2)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(account, Account { id: 2, name: None });
}

#[tokio::test]
async fn a_file_is_read_unchecked() {
    let server = with_rows().await;
    let mut connection = connect(&server).await;
    let account = query_file_as_unchecked!(Account, "tests/it/macros/account_of.sql", 1_i16)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(account, herp());
    let row = query_file_unchecked!("tests/it/macros/account.sql")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(row.name, herp().name);
}
