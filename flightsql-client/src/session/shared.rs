//! The parts that all sessions of one options value share: channels, and the knowledge of the server.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::sync::OnceCell;

use crate::catalog::ServerInfo;
use crate::dialect::Dialect;
use crate::options::ConnectOptions;
use crate::protocol::cancel::CancelActions;
use crate::transport::channel::Channels;

/// The shared state of a client, or of a pool of the SQLx driver.
#[derive(Debug)]
pub struct Shared {
    pub(crate) channels: Arc<Channels>,
    pub(crate) server_info: OnceCell<Arc<ServerInfo>>,
    /// Whether the server has listed tables or schemas without a catalog, so that an empty response is correct.
    pub(crate) lists_everywhere: AtomicBool,
    pub(crate) cancel_actions: Arc<CancelActions>,
    /// The dialect that `dialect=auto` detected.
    pub(crate) dialect: OnceCell<Arc<dyn Dialect>>,
}

impl Shared {
    pub fn new(options: &ConnectOptions) -> Self {
        Self {
            channels: Arc::new(Channels::new(options.limits.channels)),
            server_info: OnceCell::new(),
            lists_everywhere: AtomicBool::new(false),
            cancel_actions: Arc::default(),
            dialect: OnceCell::new(),
        }
    }
}
