//! Serves until the stop signal, then lets open requests finish and closes the pools.

use std::io;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tracing::{info, warn};

use crate::routes::router;
use crate::state::Service;

/// Serves on `listener` until `stop` resolves. Open requests then have `grace` to finish. The pools are closed last.
///
/// # Errors
/// Returns an error if the listener fails.
pub async fn serve(
    listener: TcpListener,
    service: Service,
    stop: impl Future<Output = ()> + Send + 'static,
    grace: Duration,
) -> io::Result<()> {
    let (stopping, stopped) = oneshot::channel();
    let stop = async move {
        stop.await;
        info!("stopping: open requests may finish");
        // The receiver is dropped only after serving has ended.
        let _ = stopping.send(());
    };
    let late = async move {
        match stopped.await {
            Ok(()) => tokio::time::sleep(grace).await,
            Err(_) => std::future::pending().await,
        }
    };
    let serving = axum::serve(listener, router(service.clone())).with_graceful_shutdown(stop);
    let served = tokio::select! {
        served = serving.into_future() => served,
        () = late => {
            warn!("requests were still open");
            Ok(())
        }
    };
    // Closing would wait for connections of requests that are still open.
    if tokio::time::timeout(grace, service.close()).await.is_err() {
        warn!("connections were still in use");
    }
    served
}
