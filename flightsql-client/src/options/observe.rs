//! Spans, metrics, and headers of a hook.

use std::borrow::Cow;

use super::{ConnectOptions, Transport};
use crate::observe::{HookSlot, ObserverSlot, Server};

/// The receivers of spans and metrics, and what they may contain.
#[derive(Debug, Clone, Default)]
pub(crate) struct ObserveOptions {
    pub(crate) observer: Option<ObserverSlot>,
    pub(crate) hook: Option<HookSlot>,
    /// Whether spans contain the SQL.
    pub(crate) query_text: bool,
}

impl ConnectOptions {
    /// Returns the attributes of the first host, or of the socket, for spans and metrics.
    pub(crate) fn server(&self) -> Server<'_> {
        let (address, port) = match &self.transport {
            Transport::Unix(path) => (path.display().to_string().into(), None),
            _ => (self.host.as_str().into(), Some(self.port)),
        };
        self.server_with(address, port)
    }

    /// Returns the attributes of one of several hosts, which a channel is connected to.
    pub(crate) fn server_at<'s>(&'s self, host: &'s str, port: u16) -> Server<'s> {
        match &self.transport {
            Transport::Unix(_) => self.server(),
            _ => self.server_with(host.into(), Some(port)),
        }
    }

    fn server_with<'s>(&'s self, address: Cow<'s, str>, port: Option<u16>) -> Server<'s> {
        Server {
            system: Server::system_of(self.dialect.name()),
            namespace: Server::namespace_of(self.catalog.as_deref(), self.schema.as_deref()),
            address,
            port,
        }
    }
}
