//! Server information as servers write it, in and out of the specification.

use arrow_flight::sql::SqlInfo;

use super::*;

fn info(values: &[(SqlInfo, SqlInfoValue)]) -> ServerInfo {
    ServerInfo::new(
        values
            .iter()
            .map(|(id, value)| (*id as u32, value.clone()))
            .collect(),
    )
}

#[test]
fn what_is_not_answered_is_not_known() {
    let info = ServerInfo::default();
    assert!(info.is_empty());
    assert_eq!(info.name(), None);
    assert_eq!(info.transactions(), None);
    assert_eq!(info.identifier_case(), IdentifierCase::Unknown);
    assert!(info.keywords().is_empty());
}

#[test]
fn levels_and_flags_are_read_in_either_form() {
    let info = info(&[
        (SqlInfo::FlightSqlServerTransaction, SqlInfoValue::Int(2)),
        (SqlInfo::FlightSqlServerCancel, SqlInfoValue::Int(1)),
        (SqlInfo::FlightSqlServerReadOnly, SqlInfoValue::Bool(false)),
        (SqlInfo::SqlIdentifierCase, SqlInfoValue::Int(3)),
        (
            SqlInfo::FlightSqlServerStatementTimeout,
            SqlInfoValue::Int(0),
        ),
        (
            SqlInfo::FlightSqlServerTransactionTimeout,
            SqlInfoValue::Int(1500),
        ),
        (
            SqlInfo::SqlIdentifierQuoteChar,
            SqlInfoValue::Text(" ".into()),
        ),
    ]);
    assert_eq!(info.transactions(), Some(TransactionSupport::Savepoint));
    assert_eq!(info.has_cancel(), Some(true));
    assert_eq!(info.is_read_only(), Some(false));
    assert_eq!(info.identifier_case(), IdentifierCase::Lower);
    assert_eq!(info.statement_timeout(), None);
    assert_eq!(
        info.transaction_timeout(),
        Some(Duration::from_millis(1500))
    );
    assert_eq!(info.identifier_quote(), None);
}

#[test]
fn senseless_values_are_not_known() {
    let info = info(&[
        (SqlInfo::FlightSqlServerTransaction, SqlInfoValue::Int(9)),
        (SqlInfo::FlightSqlServerName, SqlInfoValue::Int(1)),
        (
            SqlInfo::FlightSqlServerStatementTimeout,
            SqlInfoValue::Int(-5),
        ),
        (
            SqlInfo::FlightSqlServerSql,
            SqlInfoValue::Text("yes".into()),
        ),
    ]);
    assert_eq!(info.transactions(), None);
    assert_eq!(info.name(), None);
    assert_eq!(info.statement_timeout(), None);
    assert_eq!(info.has_sql(), None);
    assert_eq!(info.iter().count(), 4);
}

#[test]
fn ids_have_names() {}
