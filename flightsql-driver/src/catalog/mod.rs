//! Contents of a server's catalog, as plain data.
//!
//! [`FlightSqlConnection::catalog`](crate::FlightSqlConnection::catalog) returns them, through the
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

pub use crate::server_info::{IdentifierCase, ServerInfo, SqlInfoValue, TransactionSupport};
