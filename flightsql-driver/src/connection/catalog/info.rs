//! What the server says about itself (layer 4), asked for once per pool.

use std::sync::Arc;

use super::{FlightSqlListing, read};
use crate::connection::FlightSqlConnection;
use crate::error::Result;
use crate::protocol::metadata::Request;
use crate::server_info::ServerInfo;

pub(crate) async fn server_info(connection: &mut FlightSqlConnection) -> Result<Arc<ServerInfo>> {
    let shared = Arc::clone(connection.session.shared());
    let asked = shared
        .server_info
        .get_or_try_init(|| async { ask(connection).await.map(Arc::new) });
    asked.await.map(Arc::clone)
}

async fn ask(connection: &mut FlightSqlConnection) -> Result<ServerInfo> {
    let everything = Request::SqlInfo(Vec::new());
    let listing = FlightSqlListing::new(connection, everything, read::sql_info);
    let values = listing.gathered().await?;
    Ok(ServerInfo::new(values.into_iter().collect()))
}
