//! Facts for `flightsql doctor` that no statement returns: the token of a source, and the servers of a result.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Session;
use super::execute::endpoints::EndpointStream;
use crate::error::Result;
use crate::options::ConnectOptions;
use crate::protocol::query;
use crate::transport::auth;

/// A token that its source has returned, without the token.
#[derive(Debug)]
pub struct TokenFacts {
    /// The source, such as `token_file`.
    pub source: String,
    /// The remaining time of validity, if the source states it.
    pub life: Option<Duration>,
}

/// Requests the token or password of the options once; `None` if the options contain it themselves.
///
/// # Errors
/// Returns the error of the source, or a timeout after `connect_timeout`.
pub async fn token(options: &Arc<ConnectOptions>) -> Result<Option<TokenFacts>> {
    let found = auth::ask(options).await?;
    Ok(found.map(|(source, life)| TokenFacts { source, life }))
}

/// The servers that the endpoints of a result are read from.
#[derive(Debug)]
pub struct Places {
    /// The number of endpoints.
    pub endpoints: usize,
    /// The other servers, each with the duration of a connect or its error.
    pub elsewhere: Vec<(String, Result<Duration>)>,
}

/// The maximum number of other servers that are tried.
const MAX_TRIED: usize = 16;

impl Session {
    /// Runs a query, connects to each server that its endpoints may be read from, and then reads the result. Connects to at
    /// most 16 servers.
    ///
    /// # Errors
    /// Returns an error if the options do not permit the locations of an endpoint, and any error of the query.
    pub async fn places_of(&mut self, sql: &str) -> Result<Places> {
        self.ready().await?;
        let statement = self.dialect().parse(sql)?;
        let info = query::info(self.rpc(), statement.text(), self.transaction.id()).await?;
        let mut result = EndpointStream::of_statement(&self.context, info, &statement)?;
        let mut places = Places {
            endpoints: result.endpoints(),
            elsewhere: Vec::new(),
        };
        for origin in result.origins()?.into_iter().take(MAX_TRIED) {
            let begun = Instant::now();
            let reached = self.rpc().reach(&origin).await;
            let outcome = reached.map(|()| begun.elapsed());
            let outcome = outcome.map_err(|error| self.rpc().session().masked(error));
            places.elsewhere.push((origin.to_string(), outcome));
        }
        result.drain().await?;
        Ok(places)
    }
}
