//! Metadata calls: what the catalog holds and what the server can do.
//!
//! <https://arrow.apache.org/docs/format/FlightSql.html#sql-metadata>. All are commands to `GetFlightInfo`, and their
//! answers are results like any other, so there is nothing to read here.

mod request;

use arrow_flight::sql::{CommandGetSqlInfo, SqlInfo};

pub(crate) use request::Request;

use super::command;
use super::rpc::{Operation, Rpc, TimeoutClass};
use crate::error::Result;

const PING: Operation = Operation::new("GetFlightInfo(CommandGetSqlInfo)", TimeoutClass::Close);

/// Asks for one piece of server information. Any answer of the server, "not implemented" too, says that it
/// is alive; only a lost wire, a missed deadline or a lost session is an error.
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
