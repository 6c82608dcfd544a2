//! What a server's catalog holds, as plain data. Layer D.
//!
//! Made by [`FlightSqlConnection::catalog`](crate::FlightSqlConnection::catalog). The calls behind it:
//! <https://arrow.apache.org/docs/format/FlightSql.html#sql-metadata>.
//!
//! `names` (what a table is called) · `filter` (what is asked for) · `table` (schemas, tables, columns) · `key` · `xdbc`
//! (types).

mod filter;
mod key;
mod names;
mod table;
mod xdbc;

pub(crate) use filter::{Filter, Pattern};
pub use key::{ForeignKey, ForeignKeyColumn, KeyAction, PrimaryKey, PrimaryKeyColumn};
pub use names::TableName;
pub use table::{DbSchema, Table, TableColumn};
pub use xdbc::{Nullable, Searchable, XdbcType};

pub use crate::server_info::{IdentifierCase, ServerInfo, SqlInfoValue, TransactionSupport};
