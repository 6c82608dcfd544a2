//! Metadata RPCs: catalog queries and server information.
//!
//! <https://arrow.apache.org/docs/format/FlightSql.html#sql-metadata>. All are commands to `GetFlightInfo`, whose results are
//! read as those of statements.

mod request;

use arrow_flight::sql::{CommandGetSqlInfo, SqlInfo};

pub(crate) use request::Request;

use super::command;
use super::rpc::{Operation, Rpc, TimeoutClass};
use crate::error::Result;

const PING: Operation = Operation::new("GetFlightInfo(CommandGetSqlInfo)", TimeoutClass::Close);

/// Queries one value of the server information. Any response counts as alive, including "not implemented". Only a lost
/// connection, a missed deadline or a lost session is an error.
pub(crate) async fn ping(rpc: &Rpc) -> Result<()> {
    let command = CommandGetSqlInfo {
        info: vec![SqlInfo::FlightSqlServerName as u32],
    };
    match rpc.info(PING, command::descriptor(&command)).await {
        Ok(_) => Ok(()),
        Err(error) if error.server().is_some() && rpc.session().broken().is_none() => Ok(()),
        Err(error) => Err(error),
    }
}
