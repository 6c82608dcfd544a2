//! [`Client`] and [`connect`]: how a session is opened.

use std::sync::Arc;

use super::Session;
use super::open::establish;
use super::shared::Shared;
use crate::error::Result;
use crate::observe::ChannelMetrics;
use crate::options::ConnectOptions;

/// Opens a session with a client of its own, as in the example of the [crate].
///
/// # Errors
/// Returns an error if the URL is invalid, which [`ConnectOptions`] documents. Also returns the errors of [`Client::session`].
///
/// # Cancel safety
/// This function is cancel safe.
pub async fn connect(url: &str) -> Result<Session> {
    Client::new(url.parse::<ConnectOptions>()?)?.session().await
}

/// HTTP/2 connections to one server, and the client's knowledge of that server. Clones share both.
///
/// ```
/// # use flightsql_testkit::TestServer;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = TestServer::sqlite().await?;
/// # let url = server.url();
/// use flightsql_client::{Client, ConnectOptions};
///
/// let options: ConnectOptions = url.parse()?;
/// let client = Client::new(options.application_name("reports"))?;
/// // Two sessions that share the client's HTTP/2 connections.
/// let (mut one, mut two) = (client.session().await?, client.session().await?);
/// one.execute("CREATE TABLE t (n BIGINT)").await?;
/// two.ping().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Client {
    options: Arc<ConnectOptions>,
    shared: Arc<Shared>,
}

impl Client {
    /// Creates a client, without connecting.
    ///
    /// # Errors
    /// Returns an error for which [`is_configuration`](crate::Error::is_configuration) is true if the options are invalid
    /// or contradict each other.
    pub fn new(options: ConnectOptions) -> Result<Self> {
        options.check()?;
        Ok(Self {
            shared: Arc::new(Shared::new(&options)),
            options: Arc::new(options),
        })
    }

    /// Opens a session: takes a slot on an HTTP/2 connection, authenticates, and sets the catalog, the schema and the
    /// session options. All of it together takes at most `connect_timeout`.
    ///
    /// # Errors
    /// Returns an error if the server cannot be reached, refuses the credentials, or does not support an option.
    ///
    /// # Cancel safety
    /// This method is cancel safe. If the future is dropped, the client closes a session that the server has opened.
    pub async fn session(&self) -> Result<Session> {
        establish(&self.options, &self.shared).await
    }

    /// Returns the state of the HTTP/2 connections to the server, for gauges. The method does not wait, and RPCs do not wait for
    /// it. Connections to other servers of a cluster are not listed.
    #[must_use]
    pub fn channel_metrics(&self) -> Vec<ChannelMetrics> {
        self.shared.channel_metrics()
    }

    /// Returns the options.
    pub fn options(&self) -> &ConnectOptions {
        &self.options
    }
}
