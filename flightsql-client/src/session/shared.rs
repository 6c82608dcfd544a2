//! The parts that all sessions of one options value share: channels, and the knowledge of the server.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::OnceCell;

use crate::catalog::ServerInfo;
use crate::dialect::Dialect;
use crate::error::{Error, Kind, TlsCause};
use crate::observe::ChannelMetrics;
use crate::options::ConnectOptions;
use crate::protocol::cancel::CancelActions;
use crate::session::retry::RetryBudget;
use crate::transport::channel::Channels;

/// The shared state of a client, or of a pool of the SQLx driver.
#[derive(Debug)]
pub struct Shared {
    pub(crate) channels: Arc<Channels>,
    pub(crate) server_info: OnceCell<Arc<ServerInfo>>,
    /// Whether the server has listed tables or schemas without a catalog, so that an empty response is correct.
    pub(crate) lists_everywhere: AtomicBool,
    pub(crate) cancel_actions: Arc<CancelActions>,
    pub(crate) retries: RetryBudget,
    /// Whether a session was opened, so that the options are right.
    pub(crate) has_worked: AtomicBool,
    /// The dialect that `dialect=auto` detected.
    pub(crate) dialect: OnceCell<Arc<dyn Dialect>>,
}

impl Shared {
    /// Returns `true` if a server that was reached before has closed a new connection. SQLx's pool itself waits for a server
    /// that refuses it.
    pub(super) fn is_restarting(&self, error: &Error) -> bool {
        use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
        let is_closed = match error.kind() {
            Kind::Io { kind, .. } => matches!(
                kind,
                BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof
            ),
            Kind::Tls { cause, .. } => *cause == TlsCause::NotTls,
            _ => false,
        };
        is_closed && self.has_worked.load(Ordering::Relaxed)
    }

    pub fn channel_metrics(&self) -> Vec<ChannelMetrics> {
        self.channels.metrics()
    }

    pub fn new(options: &ConnectOptions) -> Self {
        Self {
            channels: Arc::new(Channels::new(options.limits.channels)),
            server_info: OnceCell::new(),
            lists_everywhere: AtomicBool::new(false),
            cancel_actions: Arc::default(),
            retries: RetryBudget::new(options.retries),
            has_worked: AtomicBool::new(false),
            dialect: OnceCell::new(),
        }
    }
}
