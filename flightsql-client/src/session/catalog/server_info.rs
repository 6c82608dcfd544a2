//! The server information, queried once per pool.

use std::sync::Arc;

use super::{CatalogQuery, Session, read};
use crate::catalog::ServerInfo;
use crate::error::Result;
use crate::protocol::metadata::Request;

pub(super) async fn server_info(session: &mut Session) -> Result<Arc<ServerInfo>> {
    let shared = Arc::clone(session.shared());
    let queried = shared
        .server_info
        .get_or_try_init(|| async { query(session).await.map(Arc::new) });
    queried.await.map(Arc::clone)
}

async fn query(session: &mut Session) -> Result<ServerInfo> {
    let everything = Request::SqlInfo(Vec::new());
    let query = CatalogQuery::new(session, everything, read::sql_info);
    let values = query.gathered().await?;
    Ok(ServerInfo::new(values.into_iter().collect()))
}
