//! The parts that all sessions of one options value share: channels, and the knowledge of the server.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::sync::OnceCell;

use crate::catalog::ServerInfo;
use crate::dialect::Dialect;
use crate::options::ConnectOptions;
use crate::protocol::cancel::CancelActions;
use crate::transport::channel::Channels;

/// One for each client, and for each pool of the SQLx driver.
#[derive(Debug)]
pub struct Shared {
    pub(crate) channels: Channels,
    /// Asked for once, by the first who wants to know.
    pub(crate) server_info: OnceCell<Arc<ServerInfo>>,
    /// The server was seen to list tables or schemas without being told a catalog, so that an empty answer is true.
    pub(crate) lists_everywhere: AtomicBool,
    /// The actions that cancel a statement on this server.
    pub(crate) cancel_actions: Arc<CancelActions>,
    /// What `dialect=auto` came to.
    pub(crate) dialect: OnceCell<Arc<dyn Dialect>>,
}

impl Shared {
    pub fn new(options: &ConnectOptions) -> Self {
        Self {
            channels: Channels::new(options.limits.channels),
            server_info: OnceCell::new(),
            lists_everywhere: AtomicBool::new(false),
            cancel_actions: Arc::default(),
            dialect: OnceCell::new(),
        }
    }
}
