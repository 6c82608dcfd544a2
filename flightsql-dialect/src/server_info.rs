//! [`ServerInfo`]: the server information, as plain data.
//!
//! Ids and meanings: [`SqlInfo`](https://github.com/apache/arrow/blob/main/format/FlightSql.proto) in FlightSql.proto.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A value of the server information, in one of the five forms of the protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SqlInfoValue {
    /// `bool_value`.
    Bool(bool),
    /// `bigint_value` or `int32_bitmask`.
    Int(i64),
    /// `string_value`.
    Text(String),
    /// `string_list`.
    TextList(Vec<String>),
    /// `int32_to_int32_list_map`, such as which types convert to which.
    IntLists(BTreeMap<i32, Vec<i32>>),
}

/// Transaction support of a server: `SqlSupportedTransaction`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransactionSupport {
    /// Transactions are unsupported.
    None,
    /// Transactions.
    Transaction,
    /// Transactions and savepoints.
    Savepoint,
}

/// Case folding of identifiers: `SqlSupportedCaseSensitivity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum IdentifierCase {
    /// The server does not report it. `as-written` in a dialect file: names are compared as written.
    #[default]
    #[serde(rename = "as-written")]
    Unknown,
    /// Names keep their case and are compared without it.
    Insensitive,
    /// Names are folded to upper case.
    Upper,
    /// Names are folded to lower case.
    Lower,
}

/// The server information (`GetSqlInfo`), returned by `Catalog::server_info`.
///
/// Every value is optional, because servers report what they like. [`get`](Self::get) returns values without a method of
/// their own by number.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerInfo {
    values: BTreeMap<u32, SqlInfoValue>,
}

/// Declares getters of values by id.
macro_rules! values {
    ($($(#[$doc:meta])* $name:ident -> $type:ty = $read:ident($id:literal);)*) => {
        impl ServerInfo {$(
            $(#[$doc])*
            #[must_use]
            pub fn $name(&self) -> $type {
                self.$read($id)
            }
        )*}
    };
}

values! {
    /// Returns `FLIGHT_SQL_SERVER_NAME`.
    name -> Option<&str> = text(0);
    /// Returns `FLIGHT_SQL_SERVER_VERSION`.
    version -> Option<&str> = text(1);
    /// Returns `FLIGHT_SQL_SERVER_ARROW_VERSION`.
    arrow_version -> Option<&str> = text(2);
    /// Returns `FLIGHT_SQL_SERVER_READ_ONLY`.
    is_read_only -> Option<bool> = flag(3);
    /// Returns `FLIGHT_SQL_SERVER_SQL`.
    has_sql -> Option<bool> = flag(4);
    /// Returns `FLIGHT_SQL_SERVER_SUBSTRAIT`.
    has_substrait -> Option<bool> = flag(5);
    /// Returns `FLIGHT_SQL_SERVER_CANCEL`.
    has_cancel -> Option<bool> = flag(9);
    /// Returns `FLIGHT_SQL_SERVER_BULK_INGESTION`.
    has_ingest -> Option<bool> = flag(10);
    /// Returns `FLIGHT_SQL_SERVER_INGEST_TRANSACTIONS_SUPPORTED`.
    has_ingest_in_transactions -> Option<bool> = flag(11);
    /// Returns `FLIGHT_SQL_SERVER_STATEMENT_TIMEOUT`; `None` also if the server has no timeout (0).
    statement_timeout -> Option<Duration> = millis(100);
    /// Returns `FLIGHT_SQL_SERVER_TRANSACTION_TIMEOUT`; `None` also if the server has no timeout (0).
    transaction_timeout -> Option<Duration> = millis(101);
    /// Returns `SQL_IDENTIFIER_CASE`: the folding of unquoted identifiers.
    identifier_case -> IdentifierCase = case(503);
    /// Returns `SQL_QUOTED_IDENTIFIER_CASE`: the folding of quoted identifiers.
    quoted_identifier_case -> IdentifierCase = case(505);
    /// Returns `SQL_CATALOG_TERM`: the server's term for a catalog.
    catalog_term -> Option<&str> = text(531);
    /// Returns `SQL_SCHEMA_TERM`: the server's term for a schema.
    schema_term -> Option<&str> = text(529);
}

impl ServerInfo {
    /// Creates the information with these values by id.
    #[must_use]
    pub fn new(values: BTreeMap<u32, SqlInfoValue>) -> Self {
        Self { values }
    }

    /// Returns the value of this id of `SqlInfo`, including ids that the protocol does not define (500 000 and more are
    /// the server's own).
    #[must_use]
    pub fn get(&self, id: u32) -> Option<&SqlInfoValue> {
        self.values.get(&id)
    }

    /// Returns all values, by id.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &SqlInfoValue)> {
        self.values.iter().map(|(id, value)| (*id, value))
    }

    /// Returns `true` if the server reports nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Returns `FLIGHT_SQL_SERVER_TRANSACTION`.
    #[must_use]
    pub fn transactions(&self) -> Option<TransactionSupport> {
        match self.number(8)? {
            0 => Some(TransactionSupport::None),
            1 => Some(TransactionSupport::Transaction),
            2 => Some(TransactionSupport::Savepoint),
            _ => None,
        }
    }

    /// Returns `SQL_IDENTIFIER_QUOTE_CHAR`; `None` also for the blank that means "no quoting".
    #[must_use]
    pub fn identifier_quote(&self) -> Option<&str> {
        self.text(504).filter(|quote| !quote.trim().is_empty())
    }

    /// Returns `SQL_KEYWORDS`; empty if the server does not report them.
    #[must_use]
    pub fn keywords(&self) -> &[String] {
        match self.get(508) {
            Some(SqlInfoValue::TextList(words)) => words,
            _ => &[],
        }
    }

    fn text(&self, id: u32) -> Option<&str> {
        match self.get(id)? {
            SqlInfoValue::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// Some servers write a flag as a number.
    fn flag(&self, id: u32) -> Option<bool> {
        match self.get(id)? {
            SqlInfoValue::Bool(flag) => Some(*flag),
            SqlInfoValue::Int(number) => Some(*number != 0),
            _ => None,
        }
    }

    /// Some servers write a level as a flag.
    fn number(&self, id: u32) -> Option<i64> {
        match self.get(id)? {
            SqlInfoValue::Int(number) => Some(*number),
            SqlInfoValue::Bool(flag) => Some((*flag).into()),
            _ => None,
        }
    }

    fn millis(&self, id: u32) -> Option<Duration> {
        let millis = u64::try_from(self.number(id)?).ok()?;
        (millis > 0).then(|| Duration::from_millis(millis))
    }

    fn case(&self, id: u32) -> IdentifierCase {
        match self.number(id) {
            Some(1) => IdentifierCase::Insensitive,
            Some(2) => IdentifierCase::Upper,
            Some(3) => IdentifierCase::Lower,
            _ => IdentifierCase::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
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
}
