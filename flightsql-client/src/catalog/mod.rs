//! Contents of a server's catalog, as plain data.
//!
//! [`Session::catalog`](crate::Session::catalog) returns them, through the
//! [metadata commands](https://arrow.apache.org/docs/format/FlightSql.html#sql-metadata) of Flight SQL.

mod filter;
mod key;
mod names;
mod table;
mod xdbc;

pub(crate) use filter::{Filter, Pattern};
pub use key::{ForeignKey, ForeignKeyColumn, PrimaryKey, PrimaryKeyColumn, ReferentialAction};
pub use names::{TableName, TableNameError};
pub use table::{DbSchema, Table, TableColumn};
pub use xdbc::{Nullable, Searchable, XdbcType};

pub use flightsql_dialect::{IdentifierCase, ServerInfo, SqlInfoValue, TransactionSupport};

/// Returns the protocol's name of an id of the server information, such as `FLIGHT_SQL_SERVER_NAME` for 0; `None` for an id
/// of the server's own.
///
/// Corresponds to `SqlInfo` in [FlightSql.proto](https://github.com/apache/arrow/blob/main/format/FlightSql.proto).
#[must_use]
pub fn sql_info_name(id: u32) -> Option<&'static str> {
    let known = arrow_flight::sql::SqlInfo::try_from(i32::try_from(id).ok()?).ok()?;
    Some(known.as_str_name())
}

#[cfg(test)]
mod tests {
    use super::sql_info_name;

    #[test]
    fn ids_have_the_names_of_the_protocol() {
        assert_eq!(sql_info_name(0), Some("FLIGHT_SQL_SERVER_NAME"));
        assert_eq!(sql_info_name(504), Some("SQL_IDENTIFIER_QUOTE_CHAR"));
        assert_eq!(sql_info_name(500_001), None);
        assert_eq!(sql_info_name(u32::MAX), None);
    }
}
