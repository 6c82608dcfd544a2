//! From options to a connection that is ready for its first statement (layer 4).

use std::sync::Arc;

use super::FlightSqlConnection;
use super::shared::Shared;
use crate::error::{Error, Result};
use crate::options::FlightSqlConnectOptions;
use crate::protocol::rpc::Rpc;
use crate::protocol::session;
use crate::transport::auth;
use crate::transport::call::Session;

/// Takes a channel (opening it if need be), logs in, and sets up the session: headers, then session options.
/// Cancel-safe.
pub(crate) async fn establish(options: &FlightSqlConnectOptions) -> Result<FlightSqlConnection> {
    options
        .check()
        .map_err(|error| Error::configuration(error.to_string()))?;
    let shared = Shared::of(options);
    let channels = &shared.channels;
    let (channel, lease) = channels.get(options).await?;
    let session = Session::new(options)?;
    auth::login(options, &channel, &session, &channels.login).await?;
    let rpc = Rpc::new(channel, session, Arc::new(options.clone()));
    let session_options = options.wire_session();
    if !session_options.is_empty() {
        set_session(&rpc, &session_options).await?;
    }
    Ok(FlightSqlConnection::new(
        rpc,
        lease,
        shared,
        !session_options.is_empty(),
    ))
}

async fn set_session(rpc: &Rpc, options: &[(&str, &str)]) -> Result<()> {
    session::set(rpc, options).await.map_err(|error| {
        if error.is_unimplemented() {
            return Error::configuration(
                "this server has no session options: leave the catalog and schema out of the URL's path \
                 (and `session.*` out of its query), or choose the server's dialect",
            );
        }
        error
    })
}
