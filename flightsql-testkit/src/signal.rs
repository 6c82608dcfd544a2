//! Signals that stop a server program.

use std::io;

/// Catches Ctrl-C and SIGTERM from the moment this function returns; the future resolves at the first of them.
///
/// # Errors
///
/// Returns an error if the handlers cannot be installed.
///
/// # Panics
///
/// Panics outside a Tokio runtime with I/O enabled.
#[cfg(unix)]
pub fn stop_signal() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    );
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Resolves at Ctrl-C.
///
/// # Errors
///
/// Returns no error on this platform.
#[cfg(not(unix))]
pub fn stop_signal() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        // Without a signal handler the system ends the program.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
