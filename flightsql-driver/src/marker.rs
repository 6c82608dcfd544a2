//! The database marker type.
//!
//! It is empty and stands below everything, so that rows, values and arguments can name it while
//! `impl Database for FlightSql` lives at the top, in `database.rs`.

/// Arrow Flight SQL, as SQLx's [`Database`](sqlx_core::database::Database).
///
/// One database type serves every engine: the differences between engines are a [`Dialect`](crate::dialect::Dialect)
/// that the connection carries at run time.
#[derive(Debug)]
pub struct FlightSql;
