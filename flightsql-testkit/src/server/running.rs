//! A run of the server: its accept loop and its connections.
//!
//! Job: serve routes with tonic; stop gracefully or immediately. Layer: harness.

use std::{
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use tokio::{sync::oneshot, task::JoinHandle};
use tonic::{
    service::Routes,
    transport::{Server, ServerTlsConfig},
};

use super::{
    error::TestServerError,
    listen::{Connections, Listener},
};

/// The maximum of HTTP/2 (RFC 9113, section 4.2), so that the client determines the frame size.
const MAX_FRAME: u32 = (1 << 24) - 1;
/// Large enough that uploads on loopback never wait for a window update.
const STREAM_WINDOW: u32 = 16 << 20;
const CONNECTION_WINDOW: u32 = 64 << 20;
/// Allows tests with long headers; the usual default is 16 KiB.
const MAX_HEADERS: u32 = 1 << 20;
/// Allows tests to drop thousands of RPCs; with the default of 20, HTTP/2 would close their connection.
const MAX_RESETS: usize = 1 << 20;
/// The time for tasks to close their sockets, which takes one turn of the runtime.
const CLOSE_DEADLINE: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(crate) struct Running {
    accept: JoinHandle<()>,
    shutdown: Option<oneshot::Sender<()>>,
    connections: Arc<Connections>,
}

impl Running {
    /// Serves in background tasks; `accepted` numbers the connections.
    pub(crate) fn spawn(
        listener: Listener,
        routes: Routes,
        tls: Option<ServerTlsConfig>,
        age: Option<Duration>,
        accepted: Arc<AtomicU64>,
    ) -> Result<Self, TestServerError> {
        let mut server = Server::builder()
            .max_frame_size(MAX_FRAME)
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .http2_max_header_list_size(MAX_HEADERS)
            .http2_max_pending_accept_reset_streams(Some(MAX_RESETS))
            .http2_max_local_error_reset_streams(Some(MAX_RESETS));
        if let Some(age) = age {
            server = server.max_connection_age(age);
        }
        if let Some(tls) = tls {
            server = server.tls_config(tls).map_err(TestServerError::tls)?;
        }
        let connections = Connections::new(accepted);
        let incoming = connections.accept_from(listener);
        let (shutdown, stopped) = oneshot::channel::<()>();
        let serve = server
            .add_routes(routes)
            .serve_with_incoming_shutdown(incoming, async {
                // A dropped sender means the same.
                let _ = stopped.await;
            });
        let accept = tokio::spawn(async move {
            // These errors belong to single connections, and their clients see them.
            let _ = serve.await;
        });
        Ok(Self {
            accept,
            shutdown: Some(shutdown),
            connections,
        })
    }

    /// Lets open RPCs finish within `grace`, then closes all connections.
    pub(crate) async fn stop(mut self, grace: Duration) {
        drop(self.shutdown.take());
        let ended = tokio::time::timeout(grace, &mut self.accept).await.is_ok();
        self.close(ended).await;
    }

    /// Closes all connections. Resolves when the sockets are closed.
    pub(crate) async fn kill(self) {
        self.close(false).await;
    }

    async fn close(mut self, accept_ended: bool) {
        self.cut();
        if !accept_ended {
            // The aborted task frees the port when it ends.
            let _ = (&mut self.accept).await;
        }
        // A slower task causes a later failure.
        let _ = tokio::time::timeout(CLOSE_DEADLINE, self.connections.all_closed()).await;
    }

    fn cut(&self) {
        self.accept.abort();
        self.connections.cut_all();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.cut();
    }
}
