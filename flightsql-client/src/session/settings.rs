//! Session options at run time, the public methods of a [`Session`].

use std::collections::BTreeMap;

use super::Session;
use crate::error::Result;
use crate::protocol::session;
use crate::session_option::SessionOptionValue;

impl Session {
    /// Sets an option of the session on the server.
    ///
    /// [`reset_session`](Self::reset_session) takes it back. Options for every session are those of
    /// [`ConnectOptions::session_option`](crate::ConnectOptions::session_option).
    ///
    /// ```
    /// # use flightsql_testkit::TestServer;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = TestServer::sqlite().await?;
    /// # let mut session = flightsql_client::connect(&server.url()).await?;
    /// session.set_session_option("time_zone", "UTC").await?;
    /// session.set_session_option("threads", 4).await?;
    /// session.set_session_option("search_path", ["sales", "main"]).await?;
    /// let options = session.session_options().await?;
    /// assert_eq!(options["threads"].as_int64(), Some(4));
    /// session.erase_session_option("threads").await?;
    /// assert_eq!(session.session_options().await?.len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Returns an error with [`session_options`](crate::Error::session_options) if the server rejects the name or the value.
    /// Returns an error for which [`is_unsupported`](crate::Error::is_unsupported) is true if the server has no session
    /// options.
    ///
    /// # Cancel safety
    /// This method is cancel safe. If the future is dropped, the option may be set or not, and counts as set.
    ///
    /// Corresponds to `SetSessionOptions` in [Flight.proto](https://github.com/apache/arrow/blob/main/format/Flight.proto).
    pub async fn set_session_option(
        &mut self,
        name: impl Into<String>,
        value: impl Into<SessionOptionValue>,
    ) -> Result<()> {
        let option = (name.into(), Some(value.into()));
        self.change_options(BTreeMap::from([option])).await
    }

    /// Sets several options of the session on the server, in one RPC.
    ///
    /// # Errors
    /// Returns an error with [`session_options`](crate::Error::session_options) if the server rejects some of them, and has
    /// then set the others. Also returns the errors of [`set_session_option`](Self::set_session_option).
    ///
    /// # Cancel safety
    /// This method is cancel safe. If the future is dropped, the options may be set or not, and count as set.
    pub async fn set_session_options<N, V>(
        &mut self,
        options: impl IntoIterator<Item = (N, V)>,
    ) -> Result<()>
    where
        N: Into<String>,
        V: Into<SessionOptionValue>,
    {
        let options = options.into_iter();
        let options = options.map(|(name, value)| (name.into(), Some(value.into())));
        self.change_options(options.collect()).await
    }

    /// Erases an option of the session on the server, which then uses its default. [`reset_session`](Self::reset_session)
    /// takes that back.
    ///
    /// # Errors
    /// Returns the errors of [`set_session_option`](Self::set_session_option).
    ///
    /// # Cancel safety
    /// This method is cancel safe. If the future is dropped, the option may be erased or not.
    pub async fn erase_session_option(&mut self, name: impl Into<String>) -> Result<()> {
        self.change_options(BTreeMap::from([(name.into(), None)]))
            .await
    }

    /// Returns the options of the session on the server that have a value.
    ///
    /// # Errors
    /// Returns an error for which [`is_unsupported`](crate::Error::is_unsupported) is true if the server has no session
    /// options. Returns a protocol error for a value of an unknown type, and for more than 4 MiB of options.
    ///
    /// # Cancel safety
    /// This method is cancel safe.
    ///
    /// Corresponds to `GetSessionOptions` in [Flight.proto](https://github.com/apache/arrow/blob/main/format/Flight.proto).
    pub async fn session_options(&mut self) -> Result<BTreeMap<String, SessionOptionValue>> {
        let options = match self.ready().await {
            Ok(()) => session::get(self.rpc()).await,
            Err(error) => Err(error),
        };
        options.map_err(|error| self.masked(error))
    }

    async fn change_options(&mut self, options: session::Settings) -> Result<()> {
        let changed = self.send_options(options).await;
        changed.map_err(|error| self.masked(error))
    }

    async fn send_options(&mut self, options: session::Settings) -> Result<()> {
        if options.is_empty() {
            return Ok(());
        }
        self.ready().await?;
        let before = self.changes.state().options;
        self.redact(&options);
        let names: Vec<String> = options.keys().cloned().collect();
        self.session_open = true;
        self.changes.change(|state| {
            // The cached statements may name tables of another catalog.
            state.is_moved |= names
                .iter()
                .any(|name| name == "catalog" || name == "schema");
            state.options.extend(names.iter().cloned());
        });
        let Err(error) = session::set(self.rpc(), options).await else {
            return Ok(());
        };
        let rejected = error.session_options().map(|error| {
            let rejected = error.rejected();
            rejected.map(|(name, _)| name.to_owned()).collect()
        });
        let not_set: Vec<String> = match rejected {
            Some(rejected) => rejected,
            None if error.is_unsupported() => names,
            None => Vec::new(),
        };
        self.changes.change(|state| {
            let is_set = |name: &String| before.contains(name) || !not_set.contains(name);
            state.options.retain(is_set);
        });
        Err(error)
    }

    /// Masks the values, which the server may repeat.
    fn redact(&self, options: &session::Settings) {
        for (name, value) in options {
            let texts = match value {
                Some(SessionOptionValue::Text(text)) => std::slice::from_ref(text),
                Some(SessionOptionValue::TextList(texts)) => texts,
                _ => &[],
            };
            for text in texts {
                self.rpc().session().redact_setting(name, text);
            }
        }
    }
}
